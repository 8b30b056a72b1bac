"""Figures of the checks on one slice, with the levels that this audit's own nulls set."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dlaudit.attributions.checks.meanings import meaning
from dlaudit.attributions.checks.people import FEWEST_ROWS, Some, intervals, ratio_column, some_of
from dlaudit.attributions.explained import MethodAnswer
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.record.base import finite
from dlaudit.record.explained import AttributionQuality
from dlaudit.record.measured import OVERALL

POWERED = 0.5
"""Half-width of the interval of the row-specific part, up to which contributions of other rows could have been told
apart: right ones have 1, those of other rows 0."""
TOO_SMALL = 1.5
"""Slope of effects on predictions from which contributions twice as large would predict effects better."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One method on one slice."""

    method: MethodAnswer
    """The method."""
    slice: str
    """Id of the slice."""
    chosen: Bool[np.ndarray, " n"]
    """Its explained rows."""
    rows: ExplainedRows
    """All explained rows."""

    def some(self, *measures: str) -> Some:
        """Rows for which all these measures are defined, as figure and, where there is one, as null."""
        defined = np.ones(len(self.chosen), dtype=bool)
        for measure in measures:
            for known in (self.method.figures, self.method.nulls):
                defined &= np.isfinite(known[measure]) if measure in known else defined
        return some_of(self.rows, self.chosen, defined)

    def record(self, measure: str, value: float, **known: float | bool | None) -> AttributionQuality:
        """The record of a figure; undefined numbers become None."""
        ok = known.pop("ok", None)
        numbers = {name: finite(one) for name, one in known.items() if one is not None}
        return AttributionQuality(
            method=self.method.method,
            slice=self.slice,
            measure=measure,
            value=finite(value),
            ok=None if ok is None else bool(ok),
            meaning=meaning(measure),
            **numbers,
        )

    def too_few(self, measure: str, rows: int) -> AttributionQuality:
        """The record of a figure that rests on too few rows."""
        said = f"Only {rows} rows of this slice were checked; {FEWEST_ROWS} are needed."
        return AttributionQuality(
            method=self.method.method, slice=self.slice, measure=measure, value=None, ok=None, meaning=said
        )


def faithfulness(one: Checked, generator: np.random.Generator) -> Iterator[AttributionQuality]:
    """`faithfulness`, `relative_infidelity` and `scale` of a slice, each with its interval, null and required level.

    - Faithfulness is required to be above that of other rows' contributions, by more than chance among people.
    - Relative infidelity is required to be below 1, an even split, and below that of other rows' contributions.
    - The scale is required to be below 1.5, from where contributions twice as large would predict effects better.

    A level is met where the interval lies on its right side, and missed where that fails although contributions of
    other rows could have been told apart, or where the interval lies on its wrong side; else it is undecided.
    """
    some = one.some("faithfulness", "infidelity", "even_split", "apart", "product", "square")
    if len(some.at) < FEWEST_ROWS:
        yield one.too_few("faithfulness", len(some.at))
        return
    own, null = one.method.figures, one.method.nulls
    gain = null["infidelity"] - own["infidelity"]
    value, other = some.mean(own["faithfulness"]), some.mean(null["faithfulness"])
    infidelity, of_infidelity = ratio_column(own["infidelity"], own["even_split"], some)
    own_part, of_own_part = ratio_column(gain, own["apart"], some)
    slope, of_slope = ratio_column(own["product"], own["square"], some)
    columns = (
        own["faithfulness"][some.at] - value,
        (own["faithfulness"] - null["faithfulness"])[some.at] - (value - other),
        of_infidelity,
        of_own_part,
        of_slope,
    )
    low, high = (ends.tolist() for ends in intervals(np.stack(columns, axis=1), some, generator))
    told_apart = high[3] - low[3] < 2 * POWERED
    above = value - other + low[1] > 0
    yield one.record(
        "faithfulness",
        value,
        low=value + low[0],
        high=value + high[0],
        null=other,
        required=other - low[1],
        ok=_decided(above, not above and told_apart),
    )
    worst = ratio_column(null["infidelity"], own["even_split"], some)[0]
    better = own_part + low[3] > 0 and infidelity + high[2] < 1
    worse = infidelity + low[2] >= 1 or (own_part + low[3] <= 0 and told_apart)
    yield one.record(
        "relative_infidelity",
        infidelity,
        low=max(infidelity + low[2], 0.0),
        high=infidelity + high[2],
        null=worst,
        required=min(1.0, worst),
        ok=_decided(better, worse),
    )
    # as an even split is better than contributions from a slope of .5 down, twice the contributions are from 1.5 up
    small = _decided(slope + high[4] < TOO_SMALL, slope + low[4] >= TOO_SMALL)
    yield one.record("scale", slope, low=slope + low[4], high=slope + high[4], required=TOO_SMALL, ok=small)


def _decided(met: bool, missed: bool) -> bool | None:
    return True if met else False if missed else None


def beside_nulls(one: Checked, generator: np.random.Generator) -> Iterator[AttributionQuality]:
    """Means of the other figures, each beside its null.

    An order of inputs must matter more than another row's, and faithfulness be above that of random weights; two runs
    must be nearer to each other than to halfway between the null and 1; and contributions to a net of random weights
    nearer to the null than that.
    """
    for measure in one.method.figures:
        if measure not in one.method.nulls or measure in {"faithfulness", "infidelity", "noise"}:
            continue
        some = one.some(measure)
        if len(some.at) < FEWEST_ROWS:
            if one.slice == OVERALL and len(some.at):
                yield one.too_few(measure, len(some.at))
            continue
        yield _beside_null(one, measure, some, generator)


def _beside_null(one: Checked, measure: str, some: Some, generator: np.random.Generator) -> AttributionQuality:
    own, null = one.method.figures[measure], one.method.nulls[measure]
    halfway = (1 + null) / 2
    level = null if measure in {"insertion_deletion", "random_weights"} else halfway
    value, required = some.mean(own), some.mean(level)
    columns: Float[np.ndarray, " m 2"] = np.stack([own[some.at], (own - level)[some.at]], axis=1)
    low, high = (ends.tolist() for ends in intervals(columns - columns.mean(axis=0), some, generator))
    above = _decided(value - required + low[1] > 0, value - required + high[1] < 0)
    below = None if above is None else not above
    ok = {"seed_stability": above, "insertion_deletion": above, "random_weights": above, "randomised_all": below}
    judged = measure in ok
    return one.record(
        measure,
        value,
        low=value + low[0],
        high=value + high[0],
        null=some.mean(null),
        required=required if judged else None,
        ok=ok.get(measure),
    )


def noise(one: Checked) -> Iterator[AttributionQuality]:
    """The share of the spread between inputs that is the method's own sampling, where it states standard errors."""
    if "noise" not in one.method.figures:
        return
    some = one.some("noise")
    if len(some.at) < FEWEST_ROWS:
        return
    share, _ = ratio_column(one.method.figures["noise"], one.method.nulls["noise"], some)
    yield one.record("noise", share)
