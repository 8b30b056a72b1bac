"""Where the model looks: maps of slices, their differences, and how much lies outside the objects that masks mark."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.attributions import (
    Answer,
    ExplainedRows,
    MethodAnswer,
    attribution_maps,
    explain_layers,
    map_differences,
    outside_mask,
    with_layer_maps,
)
from dlaudit.data.image_masks import inside_column
from dlaudit.record import AttributionMap, AttributionQuality, MapDifference, NotApplicable, ProbeResult
from dlaudit.spec import ExplainSpec
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_plan import ExplainSetup
from dlaudit.tensors import ndarray_of

GRAD_CAM = "captum.LayerGradCam"
BLOCK = 256
"""Rows that cross to the model's process at once."""


@dataclass(frozen=True, kw_only=True)
class MapsExplained:
    """What was found about places."""

    maps: list[AttributionMap] = field(default_factory=list)
    """Per method, slice and input."""
    differences: list[MapDifference] = field(default_factory=list)
    """Per method and pair of slices, where places are aligned."""
    quality: list[AttributionQuality] = field(default_factory=list)
    """Shares outside masks, per method and slice."""
    probes: list[ProbeResult] = field(default_factory=list)
    """Shares outside masks, slice against slice."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What was not done."""


def explain_maps(material: Material, setup: ExplainSetup, answer: Answer, rows: ExplainedRows) -> MapsExplained:
    """Maps of the explained rows, by the methods that know elements and by Grad-CAM of convolutions."""
    grids = material.question.maps
    if not grids:
        return MapsExplained(not_applicable=_no_pictures(material.subject.spec.explain))
    seen, left_out = _with_grad_cam(material, setup, answer)
    differences, apart = map_differences(seen, rows, grids, material.generator(8))
    inside = _inside(material, setup.sample.rows)
    outside = outside_mask(seen, inside, rows, material.generator(9)) if inside is not None else None
    return MapsExplained(
        maps=attribution_maps(seen, rows, grids),
        differences=differences,
        quality=outside.quality if outside is not None else [],
        probes=outside.differences if outside is not None else [],
        not_applicable=[*left_out, *apart],
    )


def _with_grad_cam(material: Material, setup: ExplainSetup, answer: Answer) -> tuple[Answer, list[NotApplicable]]:
    """The answer with Grad-CAM's maps: of the layers named, or where methods are chosen, of the last convolution."""
    grids = material.question.maps
    asked = _layers_asked(material.subject.spec.explain, is_convolution=setup.looked.facts.conv)
    if not asked or len(grids) != 1 or set(grids[0].axes) != {2, 3}:  # pictures alone: rows of channels, down, right
        return answer, _no_pictures(material.subject.spec.explain) if asked else []
    background, rows = material.inputs(setup.background), setup.sample.rows
    parts = []
    for some in np.array_split(rows, -(-len(rows) // BLOCK)):  # a picture and its map take megabytes
        found = explain_layers(material.host, material.question, (material.inputs(some), background), asked)
        if not found.answers:
            return answer, found.not_applicable
        parts.append(with_layer_maps(found.answers, grids[0]))
    methods = [*answer.methods, *(_joined(one) for one in zip(*parts, strict=True))]
    return replace(answer, methods=methods), found.not_applicable


def _no_pictures(spec: ExplainSpec) -> list[NotApplicable]:
    """That the layer named is not looked at, where there is one."""
    if spec.layer is None:
        return []
    reason = "explain.layer is about networks whose one input is a picture; explain.layers is for others"
    return [NotApplicable(what=f"{GRAD_CAM}@{spec.layer}", reason=reason)]


def _layers_asked(spec: ExplainSpec, *, is_convolution: bool) -> list[str]:
    named = [one for one in spec.layers if one.partition("@")[0] == GRAD_CAM]
    if spec.layer is not None:
        return list(dict.fromkeys([f"{GRAD_CAM}@{spec.layer}", *named]))
    return named or ([GRAD_CAM] if spec.methods == "auto" and is_convolution else [])


def _joined(parts: Sequence[MethodAnswer]) -> MethodAnswer:
    """One method's answers about blocks of rows as one."""
    return replace(
        parts[0],
        values=np.concatenate([one.values for one in parts]),
        completeness=np.concatenate([one.completeness for one in parts]),
        change=np.concatenate([one.change for one in parts]),
        mapped=np.concatenate([one.mapped for one in parts if one.mapped is not None]),
    )


def _inside(material: Material, at: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """How much of each place of the map is inside the object, 0 to 1; None without masks."""
    kept, grids = material.scored.inputs.take(at), material.question.maps
    if not isinstance(kept, pa.Table) or len(grids) != 1 or inside_column(grids[0].input) not in kept.column_names:
        return None
    return np.asarray(ndarray_of(kept, inside_column(grids[0].input)), dtype=np.float64) / 255
