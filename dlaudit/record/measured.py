"""What was measured: slices, metrics on slices, and gaps between slices."""

from typing import Literal

from pydantic import Field

from dlaudit.record.base import Estimate, Record
from dlaudit.record.distributions import Spread

UNKNOWN = "(unknown)"
"""The level of a row whose sensitive feature was not recorded."""
OVERALL = "overall"
"""The id of the slice of all scored rows."""


def slice_id(where: dict[str, str]) -> str:
    """`race=Black & sex=F`, features in alphabetical order; `overall` for an empty `where`. Never parsed back."""
    return " & ".join(f"{feature}={where[feature]}" for feature in sorted(where)) or OVERALL


class Slice(Record):
    """A set of rows that share the levels named in `where`."""

    id: str
    """Written from `where`, as `race=Black & sex=F`; `overall` for all rows."""
    by: list[str]
    """Sensitive and control features of `where`, alphabetical."""
    where: dict[str, str]
    """Feature to level."""
    n: int
    """Scored rows in the slice."""
    share: float
    """`n` over the scored rows."""
    kind: Literal["overall", "group", "intersection", "discovered"]
    """What the slice is."""
    unknown: bool = False
    """Whether a feature of `where` was not recorded for these rows, or they stand apart: compared with none."""
    apart: bool = False
    """Whether the rows were recorded and are compared with none all the same (`slices.apart`), as pairs of people of
    two levels."""
    small: bool = False
    """Whether `n`, or the number of people where rows are pairs, is below `slices.min_size`: shown, kept in the FAIL
    family, but no PASS speaks about it."""


class Measurement(Estimate):
    """One metric on one slice."""

    metric: str
    """Name in the metric registry, as `selection_rate`."""
    slice: str
    """Id of the slice."""


class Disparity(Estimate):
    """A metric's gap over the slices of one sensitive feature (or intersection).

    `difference` is the largest minus the smallest value, `ratio` the smallest over the largest (against `reference`
    where one is named: the value farthest from it). The interval is simultaneous over the slices.
    """

    id: str
    """`selection_rate.difference by race`, with ` within region=North` under a control feature."""
    metric: str
    """Name of the metric."""
    kind: Literal["difference", "ratio"]
    """How the slices are compared."""
    by: list[str]
    """Features whose levels are compared."""
    within: dict[str, str] = Field(default_factory=dict)
    """Levels of the control features that hold for every slice compared; empty without control."""
    p_value: float | None = None
    """Upper bound of the p-value of equal values for the pair that speaks most against them; of slices of unequal sizes
    that need not be `worst` and `reference`."""
    p_adjusted: float | None = None
    """The same, times the number of pairs compared (Bonferroni), at most 1."""
    worst: str | None = None
    """Id of the slice with the least favourable value (see the metric's `better`; lowest where it has none)."""
    reference: str | None = None
    """Id of the slice it is compared with."""
    slices: list[str] = Field(default_factory=list)
    """Ids of the slices compared (defined, known level)."""
    undefined_slices: list[str] = Field(default_factory=list)
    """Ids of the slices left out because the metric is undefined there."""
    minimum_detectable: float | None = None
    """Smallest true gap that 80 % of samples of these sizes would show, for the smallest slice compared."""
    spread: Spread | None = None
    """What chance alone would show, and estimates freed of it; None where the metric is no share of counted rows."""
