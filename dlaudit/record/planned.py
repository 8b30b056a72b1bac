"""What a policy can decide: chances of each verdict in samples drawn by computer, before any model is judged."""

from math import sqrt
from typing import Literal

from pydantic import Field

from dlaudit.record.base import Record
from dlaudit.record.judged import NotApplicable


class Chances(Record):
    """How often each verdict came up in samples."""

    samples: int
    """Samples judged."""
    passes: float
    """Share of them that passed, 0..1."""
    fails: float
    """Share of them that failed."""
    undecided: float
    """Share of them that were undecided."""
    error: float
    """Largest standard error of the three shares; never 0, because no share is known from finitely many samples."""

    @classmethod
    def of(cls, passes: int, fails: int, undecided: int) -> "Chances":
        """The shares of counts; at least one of them is above 0."""
        samples = passes + fails + undecided
        # Agresti and Coull's shares (one more of each), so that 0 of 200 is not known without error
        near = [(count + 1) / (samples + 2) for count in (passes, fails, undecided)]
        return cls(
            samples=samples,
            passes=passes / samples,
            fails=fails / samples,
            undecided=undecided / samples,
            error=max(sqrt(share * (1 - share) / samples) for share in near),
        )


class PlannedSlice(Record):
    """What one slice's size allows, by the planning formula."""

    slice: str
    """Id of the slice."""
    rows: int
    """Rows of the slice."""
    counted: int
    """Rows that the metric counts (its denominator), as measured or as expected."""
    found: float | None
    """Chance of a FAIL where this slice alone has the gap; None where no formula is known."""
    smallest_gap: float | None
    """The gap of this slice that four in five samples would fail: in rates; for a ratio rule as the ratio; for a
    floor or ceiling as the distance from the limit. None where even the largest would not."""
    rows_to_pass: int | None
    """Rows that it must have (others alike, larger ones as they are) so that four in five samples pass under equal
    rates; None where no number does."""
    rows_to_fail: int | None
    """The same so that four in five samples fail where it has the gap."""


class PlannedCheck(Record):
    """What one rule on one feature can decide at these sizes."""

    rule: str
    """Id of the rule."""
    metric: str
    """Name of the metric."""
    kind: Literal["difference", "ratio", "value"]
    """As in a check."""
    by: list[str]
    """Features whose levels are compared."""
    limit: float
    """The rule's limit."""
    bound: Literal["min", "max"]
    """Whether `limit` is a floor or a ceiling."""
    judge: Literal["exact", "interval", "point"]
    """How it would be judged."""
    alpha: float
    """Error rate of the check."""
    rate: float
    """Rate that every slice is supposed to have."""
    rate_from: str
    """Where that rate comes from."""
    gap: float
    """The gap supposed: a difference of rates, a ratio of rates, or how far a value falls below (above) the others."""
    gap_rate: float
    """Rate of the slice that has the gap."""
    equal: Chances
    """Verdicts where all slices have `rate`."""
    with_gap: Chances
    """Verdicts where one slice, each in turn, has `gap_rate`."""
    formula_pass: float | None
    """Chance of a PASS under equal rates by the planning formula; None where none is known."""
    formula_fail: float | None
    """Chance of a FAIL under the gap by the planning formula, the mean over the slices."""
    counted_to_pass: int | None
    """Counted rows of every slice with which four in five samples pass under equal rates."""
    assessed: list[str]
    """Slices that a PASS speaks about at these sizes, whatever the outcomes."""
    not_assessed: list[str]
    """Slices that it may leave out."""
    slices: list[PlannedSlice]
    """Each slice."""


class Odds(Record):
    """The chances of the three verdicts on a drop, from the test itself."""

    passes: float
    """Chance of a PASS, 0..1."""
    fails: float
    """Chance of a FAIL."""
    undecided: float
    """Chance of neither."""
    error: float
    """Largest standard error of the three; 0 where all borders of the test were asked for."""


class DropSliceAt(Record):
    """What one slice can show of a drop at one share of flipped decisions."""

    churn: float
    """Share of the rows that count whose decision flips at random, half of them each way."""
    same: Odds
    """What it shows where nothing else changed."""
    worse: Odds
    """What it shows where it got worse by the drop supposed."""
    rows_to_pass: int | None
    """Rows that it must have (others alike, larger ones as they are) so that four in five runs pass where nothing got
    worse; None where no number does."""
    rows_to_fail: int | None
    """The same so that four in five runs fail where it got worse."""


class PlannedDropSlice(Record):
    """One slice of a rule on a drop."""

    slice: str
    """Id of the slice."""
    rows: int
    """Rows of the slice."""
    counted: int
    """Rows that the metric counts (its denominator), which both runs must have scored."""
    assessed: bool
    """Whether a PASS speaks about it; a slice of which none does can still fail."""
    alpha: float
    """Error rate of its FAIL while no other slice is shown to be worse; 0 where it could never be shown."""
    at: list[DropSliceAt]
    """One for each share of flipped decisions."""


class DropOdds(Record):
    """What a check of a drop can decide at one share of flipped decisions."""

    churn: float
    """Share of the rows that count whose decision flips at random, half of them each way."""
    same: Odds
    """Verdicts where nothing else changed."""
    worse: Odds
    """Verdicts where one slice, each in turn, got worse by the drop supposed."""


class PlannedDrop(Record):
    """What a rule on a drop (`max_drop`) can decide of one feature, on rows that both runs scored."""

    rule: str
    """Id of the rule."""
    metric: str
    """Name of the metric."""
    by: list[str]
    """Features whose levels are compared."""
    max_drop: float
    """How much worse each slice may be."""
    drop: float
    """How much worse one slice is supposed to have got."""
    alpha: float
    """Error rate of the rule."""
    brought: bool
    """Whether an accepted baseline brings it; False for a rule of the policy."""
    odds: list[DropOdds]
    """One for each share of flipped decisions."""
    slices: list[PlannedDropSlice]
    """Each slice."""


class Planned(Record):
    """What a policy can decide at these sizes, and what more data would do."""

    source: str
    """What the sizes are from, in a few words."""
    gap_rule: str
    """Which gap was supposed, in a few words."""
    seed: str
    """SHA-256 of sizes, rates and policy; the samples are drawn from it."""
    checks: list[PlannedCheck] = Field(default_factory=list)
    """One for each rule and feature that can be planned."""
    drops: list[PlannedDrop] = Field(default_factory=list)
    """One for each rule on a drop and feature that can be planned."""
    equal: Chances | None = None
    """Verdicts of the whole policy where all slices are alike; None where no check can be planned."""
    with_gap: Chances | None = None
    """Verdicts of the whole policy where in every check one slice, each in turn, has the gap."""
    stopped_early: bool = False
    """Whether time ran out before all samples were drawn."""
    not_applicable: list[NotApplicable] = Field(default_factory=list)
    """Rules that cannot be planned, and why."""


class SelfcheckedCheck(Record):
    """How often one rule fires on slices that are alike by construction."""

    rule: str
    """Id of the rule."""
    by: list[str]
    """Features whose levels are compared."""
    permuted: str
    """What was dealt out anew, which makes the slices alike."""
    gate: Chances
    """Verdicts of the rule as it is."""
    screen: Chances
    """Verdicts of the same limit on the bare estimates."""


class Selfchecked(Record):
    """A policy's own false alarms on this data (A/A): slices dealt out at random, so that there is nothing to find."""

    source: str
    """What the rows are from, in a few words."""
    rows: int
    """Rows dealt out."""
    seed: int
    """Seed of the permutations."""
    checks: list[SelfcheckedCheck] = Field(default_factory=list)
    """One for each rule and feature."""
    gate: Chances | None = None
    """Verdicts of the whole policy; None where no rule could be checked."""
    screen: Chances | None = None
    """Verdicts of the whole policy on the bare estimates."""
    not_applicable: list[NotApplicable] = Field(default_factory=list)
    """Rules that cannot be checked so, and why."""
