"""The parent's side of layer methods: contributions of units over slices, and gaps split over units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.explained import Question
from dlaudit.attributions.registry import Cost, Size
from dlaudit.attributions.resample import People, people, studentised_interval
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.record.explained import LayerAttribution
from dlaudit.record.judged import NotApplicable

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.models.host import Host

LAYERS = "dlaudit.attributions.libraries.operations:layers"
LAYER_METHODS = ("captum.LayerConductance", "captum.LayerGradCam")
"""What `explain.layers` may name, with `@` and a layer's name after it."""
CONCEPTS = "captum.TCAV"
"""The concept probe, which `explain.layers` may name, too."""
_COSTS: dict[str, Cost] = {
    "captum.LayerConductance": lambda size: float(size.rows * size.steps),
    "captum.LayerGradCam": lambda size: 2.0 * size.rows,
    CONCEPTS: lambda size: 2.0 * size.rows,
}
SHOWN = 12
"""Units with records of their own, those with the largest contributions; the others are one together."""
OTHERS = "all other units"
_SAME = 1e-9
"""Relative difference of two sums of the same numbers."""


def layers_cost(layers: Sequence[str], size: Size) -> float:
    """Expected forward-and-backward passes of what `explain.layers` names."""
    methods = [one.partition("@")[0] for one in layers]
    return float(sum(_COSTS[one](size) for one in methods if one in _COSTS))


@runtime_checkable
class Compared(Protocol):
    """A slice and the one it is compared with."""

    @property
    def slice(self) -> str:
        """Id of the slice explained."""
        ...

    @property
    def reference(self) -> str:
        """Id of the slice it is compared with."""
        ...


@dataclass(frozen=True, kw_only=True)
class LayerAnswer:
    """One layer method's contributions of units to the scores of the explained rows."""

    method: str
    """Name of the method."""
    layer: str
    """The layer in words."""
    values: Float[np.ndarray, " n units"]
    """Contributions, in units of the score."""
    completeness: Float[np.ndarray, " n"]
    """Sum of the contributions minus the change of the score."""
    change: Float[np.ndarray, " n"]
    """Score minus the reference's score."""
    reference: str
    """What the reference was."""
    adds_up: bool
    """Whether contributions add up to the change of the score; only then gaps are split over units."""
    map: Float[np.ndarray, "n ..."] | None = None
    """For Grad-CAM the contributions by place, in the size of the input's picture."""


@dataclass(frozen=True, kw_only=True)
class LayersAnswer:
    """What was found about layers, and what it took."""

    answers: list[LayerAnswer]
    """One per layer method that applies."""
    not_applicable: list[NotApplicable]
    """What does not apply, with the reason."""
    passes: float = 0.0
    """Forward-and-backward passes that it took, of one row each."""
    halved: list[int] = field(default_factory=list)
    """Rows of passes that ran out of memory."""


def explain_layers(
    host: "Host",
    question: Question,
    tables: "tuple[pa.Table, pa.Table]",
    layers: Sequence[str],
    limits: Mapping[str, int | float] | None = None,
) -> LayersAnswer:
    """Contributions of units to the scores of the rows in `tables[0]`.

    Args:
        host: Where the model lives.
        question: What is explained.
        tables: Rows to explain and background rows, as `score` takes them.
        layers: `METHOD` or `METHOD@name.of.a.layer`.
        limits: `steps`, `tolerance`, where not the defaults.
    """
    from dlaudit.models.replies import forged, number_of

    known = [one for one in layers if one.partition("@")[0] in LAYER_METHODS]
    left_out = [_unknown(one) for one in layers if one.partition("@")[0] not in (*LAYER_METHODS, CONCEPTS)]
    if not known:
        return LayersAnswer(answers=[], not_applicable=left_out)
    params = {**question.params(), **(limits or {}), "layers": known}
    result, found = host.call(LAYERS, params, {"rows": tables[0], "background": tables[1]})
    if not isinstance(result["layers"], dict) or not isinstance(result["not_applicable"], list):
        raise forged("layers of another form")
    answers = [_answer(result, found, one, tables[0].num_rows) for one in known if one in result["layers"]]
    passes = number_of(result, "passes")
    if passes is None or passes < 0 or not all(type(one) is int and one > 0 for one in result["halved"]):
        raise forged("passes that are no amount")
    return LayersAnswer(
        answers=answers,
        not_applicable=[*left_out, *(_left_out(one) for one in result["not_applicable"])],
        passes=passes,
        halved=list(result["halved"]),
    )


def layer_attributions(
    answers: Iterable[LayerAnswer], rows: ExplainedRows, pairs: Iterable[Compared], generator: np.random.Generator
) -> list[LayerAttribution]:
    """Mean contribution of each unit on each slice, and its part of the gap of the mean score of each pair of slices.

    For a pair the parts of all units add up to the gap of mean scores (of the explained rows) up to the completeness
    error, which is checked. 95 % intervals are studentised bootstraps of people; None under ten people in a slice.
    The units with the largest sizes over all rows have records of their own, the others one together.

    Args:
        answers: From `explain_layers`.
        rows: Who the explained rows are.
        pairs: Slices to compare.
        generator: Source of the bootstrap's draws.
    """
    records: list[LayerAttribution] = []
    several = list(pairs)
    for answer in answers:
        names, values = _shown(answer.values)
        for at, slice_id in enumerate(rows.slices):
            if rows.member[at].any():
                part = _people(values, rows, rows.member[at])
                records += _records(answer, names, (slice_id, None), [part], generator)
        for pair in several if answer.adds_up else []:
            a, b = (_member(rows, one) for one in (pair.slice, pair.reference))
            if a is None or b is None:
                continue
            parts = [_people(values, rows, a), _people(-values, rows, b)]
            _check_sum(answer, rows, (a, b), sum(part.mean.sum() for part in parts))
            records += _records(answer, names, (pair.slice, pair.reference), parts, generator)
    return records


def _check_sum(
    answer: LayerAnswer,
    rows: ExplainedRows,
    members: tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]],
    total: float,
) -> None:
    """The parts of a gap add up to it, up to what the rows' own contributions miss: anything else is our fault."""
    a, b = (_people(answer.change[:, None], rows, one).mean[0] for one in members)
    missed = sum(_people(np.abs(answer.completeness)[:, None], rows, one).mean[0] for one in members)
    assert abs(total - (a - b)) <= missed + 1e-9 * (1 + abs(a) + abs(b)), "parts of units do not add up to the gap"


def _shown(values: Float[np.ndarray, " n units"]) -> tuple[list[str], Float[np.ndarray, " n shown"]]:
    """Names and values of the largest units, and of the others as one."""
    count = values.shape[1]
    if count <= SHOWN + 1:
        return [str(at) for at in range(count)], values
    largest = np.sort(np.argsort(-np.abs(values).mean(axis=0), kind="stable")[:SHOWN])
    rest = np.setdiff1d(np.arange(count), largest)
    kept = np.column_stack([values[:, largest], values[:, rest].sum(axis=1)])
    return [*(str(at) for at in largest), f"{OTHERS} ({len(rest)})"], kept


def _people(values: Float[np.ndarray, " n M"], rows: ExplainedRows, chosen: Bool[np.ndarray, " n"]) -> People:
    weight = None if rows.weight is None else rows.weight[chosen]
    unit: Int[np.ndarray, " m"] | None = None if rows.unit is None else rows.unit[chosen]
    return people(values[chosen], weight, unit)


def _member(rows: ExplainedRows, slice_id: str) -> Bool[np.ndarray, " n"] | None:
    """Explained rows of a slice; None where there are none."""
    if slice_id not in rows.slices:
        return None
    found = rows.member[list(rows.slices).index(slice_id)]
    return found if found.any() else None


def _records(
    answer: LayerAnswer,
    names: Sequence[str],
    compared: tuple[str, str | None],
    parts: Sequence[People],
    generator: np.random.Generator,
) -> list[LayerAttribution]:
    value = np.sum([part.mean for part in parts], axis=0)
    offsets = studentised_interval(parts, generator)
    low, high = (None, None) if offsets is None else (value + offsets[0], value + offsets[1])
    return [
        LayerAttribution(
            method=answer.method,
            layer=answer.layer,
            unit=name,
            slice=compared[0],
            reference=compared[1],
            value=float(value[at]),
            low=None if low is None else float(low[at]),
            high=None if high is None else float(high[at]),
            rows=sum(len(part.mass) for part in parts),
        )
        for at, name in enumerate(names)
    ]


def _answer(result: Mapping[str, Any], found: "Mapping[str, pa.Table]", asked: str, rows: int) -> LayerAnswer:
    from dlaudit.models.replies import finite_numbers, forged
    from dlaudit.models.wire import ndarray_of

    about = result["layers"][asked]
    if not isinstance(about, dict) or not {"layer", "reference", "adds_up"} <= set(about):
        raise forged("a layer of another form")
    width = ndarray_of(found[asked], "values").shape[-1]
    seen = ndarray_of(found[asked], "map").shape if "map" in found[asked].column_names else None
    values = finite_numbers(found[asked], "values", (rows, width))
    missed, change = (finite_numbers(found[asked], name, (rows,)) for name in ("completeness", "change"))
    size = np.abs(values).sum(axis=1) + np.abs(change)
    if not (np.abs(values.sum(axis=1) - change - missed) <= _SAME * (1 + size)).all():
        raise forged("completeness errors that are none")
    return LayerAnswer(
        method=asked.partition("@")[0],
        layer=str(about["layer"]),
        values=values,
        completeness=missed,
        change=change,
        reference=str(about["reference"]),
        adds_up=about["adds_up"] is True,
        map=None if seen is None else finite_numbers(found[asked], "map", (rows, *seen[1:])),
    )


def _left_out(written: object) -> NotApplicable:
    from dlaudit.models.replies import forged

    match written:
        case {"what": str(what), "reason": str(reason)}:
            return NotApplicable(what=what, reason=reason)
    raise forged("a reason of another form")


def _unknown(asked: str) -> NotApplicable:
    known = ", ".join((*LAYER_METHODS, CONCEPTS))
    return NotApplicable(
        what=asked, reason=f"explain.layers knows {known}, each with @ and a layer's name where wanted"
    )
