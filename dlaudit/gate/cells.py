"""The slices that a rule compares, with what was measured on them."""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from dlaudit.gate.changed import Flips, Growth
from dlaudit.record import Audit, Measurement, Slice, slice_id
from dlaudit.stats.nulls import Table

_COUNTED = {"wilson", "clopper_pearson", None}
"""Interval methods of shares of independent rows that count once each; weighted and clustered shares have others."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One metric on one slice (or on all other slices together)."""

    id: str
    """Id of the slice."""
    label: str
    """How a sentence names it: the level alone where one feature is compared."""
    rows: int
    """Rows of the slice."""
    small: bool
    """Whether it has fewer rows than a PASS speaks about."""
    value: float | None = None
    """Estimate; None where undefined."""
    undefined: str | None = None
    """Why there is no value."""
    x: int | None = None
    """Successes of a share of counted rows; None where the metric is none."""
    n: int | None = None
    """Trials of a share of counted rows; 0 where it is undefined for want of any."""
    low: float | None = None
    """Lower end of the measured interval."""
    high: float | None = None
    """Upper end of the measured interval."""
    level: float = 0.95
    """Level of the measured interval."""
    freedom: float | None = None
    """Degrees of freedom of the measured interval, where it rests on Student's quantile."""
    support: int = 0
    """Rows that the value rests on."""
    is_rest: bool = False
    """Whether it is several slices together: all but one, or all of them."""
    pairs: bool = False
    """Whether rows are pairs of people, so that they grow as the square of what is independent."""
    among: tuple[str, ...] = ()
    """Slices that the value is of, where it is not the one of the same id."""
    flips: Flips | None = None
    """Of how much worse a rate got: the rows that moved it, one for one."""
    samples: Table | None = None
    """Of how much worse a rate got from one independent sample to another: successes and trials of the run that has
    more of them where it got worse, then those of the other one."""
    growth: Growth | None = None
    """Of how much worse the gap between two slices got: what is known of it at any level."""

    @property
    def slices(self) -> tuple[str, ...]:
        """Ids of the slices that it speaks of; none for all slices but one."""
        return self.among or (() if self.is_rest else (self.id,))

    @property
    def is_counted(self) -> bool:
        """Whether the value is a share of counted rows: a binomial given its denominator."""
        return self.x is not None and self.n is not None

    @property
    def has_interval(self) -> bool:
        """Whether anything is known of the value's uncertainty."""
        found = (self.flips, self.samples, self.growth)
        measured = self.is_counted or any(one is not None for one in found)
        return measured or self.low is not None or self.high is not None

    @property
    def exact(self) -> Fraction:
        """The value without rounding; the quotient of whole counts where there are any."""
        assert self.value is not None, "asked for the value of an undefined cell"
        if self.x is not None and self.n:
            return Fraction(self.x, self.n)
        if self.flips is not None:
            return Fraction(self.flips.worse - self.flips.better, self.flips.n)
        if self.samples is not None:
            more, n, less, m = self.samples
            return Fraction(more, n) - Fraction(less, m)
        return Fraction(self.value)


def read_cells(audit: Audit, metric: str, features: list[str]) -> list[Cell]:
    """A cell for every slice over `features` with known levels, in the audit's order, then those that nobody is in.

    A metric that was not measured in a slice is undefined there.
    """
    measured = {found.slice: found for found in audit.measurements if found.metric == metric}
    independent = audit.data.weight is None and audit.data.unit is None
    cells = [
        replace(_cell(one, measured.get(one.id), independent, audit.min_size), pairs=audit.data.pairs is not None)
        for one in audit.slices
        if sorted(one.by) == features and one.kind in {"group", "intersection"} and not one.unknown
    ]
    return [*cells, *_empty(audit, features, {cell.id for cell in cells})] if cells else []


def rest_of(cells: list[Cell], left_out: Cell, min_size: int) -> Cell | None:
    """All cells but one, pooled; None where they are no shares of counted rows or hold nobody."""
    others = [cell for cell in cells if cell.id != left_out.id]
    trials = sum(cell.n or 0 for cell in others)
    if trials == 0 or not all(cell.is_counted for cell in others):
        return None
    successes, rows = sum(cell.x or 0 for cell in others), sum(cell.rows for cell in others)
    return Cell(
        id=f"not {left_out.id}",
        label="the rest",
        rows=rows,
        small=rows < min_size,
        value=successes / trials,
        x=successes,
        n=trials,
        support=trials,
        is_rest=True,
    )


def _empty(audit: Audit, features: list[str], found: set[str]) -> list[Cell]:
    """Combinations of levels that nobody is in: they are told, not passed over."""
    if len(features) < 2:
        return []
    levels = [
        [one.where[feature] for one in audit.slices if one.by == [feature] and one.kind == "group" and not one.unknown]
        for feature in features
    ]
    names = (slice_id(dict(zip(features, chosen, strict=True))) for chosen in product(*levels))
    return [
        Cell(id=one, label=one, rows=0, small=True, undefined="nobody is in it") for one in names if one not in found
    ]


def _cell(one: Slice, found: Measurement | None, independent: bool, min_size: int) -> Cell:
    label = next(iter(one.where.values())) if len(one.where) == 1 else one.id
    small = one.n < min_size or one.small
    if found is None or found.value is None:
        reason = found.undefined if found else "it was not measured there"
        return Cell(id=one.id, label=label, rows=one.n, small=small, undefined=reason)
    x, n = found.numerator, found.denominator
    counted = (
        independent
        and found.method in _COUNTED
        and isinstance(x, int)
        and isinstance(n, int)
        and 0 <= x <= n <= one.n
        and n > 0
    )
    return Cell(
        id=one.id,
        label=label,
        rows=one.n,
        small=small,
        value=found.value,
        x=x if counted and isinstance(x, int) else None,
        n=n if counted and isinstance(n, int) else None,
        low=found.low,
        high=found.high,
        level=found.level,
        freedom=found.freedom,
        support=found.n,
    )
