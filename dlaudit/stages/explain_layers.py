"""Contributions of units inside the model, for the layer methods that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dlaudit.attributions import Pair, explain_layers, layer_attributions
from dlaudit.record import LayerAttribution, NotApplicable
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_plan import ExplainSetup
from dlaudit.stages.explain_rows import explained_rows


@dataclass(frozen=True, kw_only=True)
class UnitsExplained:
    """What was found about units of layers."""

    layers: list[LayerAttribution] = field(default_factory=list)
    """Contributions of units."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What was not done."""
    passes: float = 0.0
    """Forward-and-backward passes that it took."""
    halved: list[int] = field(default_factory=list)
    """Rows of passes that ran out of memory."""


def explain_units(material: Material, setup: ExplainSetup, pairs: Sequence[Pair]) -> UnitsExplained:
    """Units of the layers that `explain.layers` names, over slices and as parts of gaps of the mean score.

    Args:
        material: Rows and model.
        setup: Which rows are explained.
        pairs: Gaps of the mean score.
    """
    spec = material.subject.spec.explain
    if not spec.layers:
        return UnitsExplained()
    if not len(setup.sample.rows):
        return UnitsExplained(not_applicable=[NotApplicable(what="layers", reason="no row is explained")])
    if setup.no_layers is not None:
        return UnitsExplained(not_applicable=[NotApplicable(what="layers", reason=setup.no_layers)])
    material.progress.stage("explain: layers")
    found = explain_layers(
        material.host,
        material.question,
        (material.inputs(setup.sample.rows), material.inputs(setup.background)),
        spec.layers,
        {"steps": spec.steps, "tolerance": spec.tolerance},
    )
    rows = explained_rows(material, setup)
    return UnitsExplained(
        layers=layer_attributions(found.answers, rows, pairs, material.generator(7)),
        not_applicable=found.not_applicable,
        passes=found.passes,
        halved=found.halved,
    )
