"""What the metrics of one audit are computed from, and what each finds on a slice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from dlaudit.metrics.chosen_threshold import ChosenAgain, chosen_again
from dlaudit.metrics.counts import Counts
from dlaudit.metrics.registry import NO_INTERVAL, Interval
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import Measurement, Slice

NO_ROWS = "no rows in this slice"


@runtime_checkable
class Slices(Protocol):
    """Slices and the atoms they are made of; dlaudit.slices.make.SliceTable is one."""

    @property
    def slices(self) -> Sequence[Slice]:
        """The slices, `overall` first."""
        ...

    @property
    def member(self) -> Bool[np.ndarray, "slices atoms"]:
        """Which atoms make up each slice."""
        ...


@dataclass(frozen=True)
class Evidence:
    """Counts of slices and, where they were kept, rows."""

    counts: Counts
    """Counts of atoms."""
    rows: ScoredRows | None
    """The rows counted; None where only counts are left."""
    slices: Slices
    """Slices and their atoms."""
    level: float
    """Confidence level of every interval."""

    @cached_property
    def totals(self) -> Counts:
        """Counts of slices."""
        return self.counts.rollup(self.slices.member)

    @cached_property
    def again(self) -> ChosenAgain | None:
        """The threshold chosen without each person in turn; None where it was not chosen on these rows."""
        if self.rows is None or self.rows.chosen_at is None:
            return None
        return chosen_again(self.rows, self.rows.chosen_at)

    def again_of(self, place: int) -> ChosenAgain | None:
        """The same with the people of the rows of the slice at `place`."""
        if self.again is None or self.rows is None:
            return None
        inside = self.slices.member[place][self.rows.atom]
        return replace(self.again, low=self.again.low[inside], high=self.again.high[inside])

    @property
    def places(self) -> range:
        """Positions of the slices."""
        return range(len(self.slices.slices))

    def size(self, place: int) -> int:
        """Rows of the slice at `place`."""
        return int(self.totals.rows[place])

    def rows_of(self, place: int) -> ScoredRows:
        """Rows of the slice at `place`, in file order."""
        assert self.rows is not None, "asked for rows that were not kept"
        return self.rows.take(self.slices.member[place][self.rows.atom])

    def others_of(self, place: int) -> ScoredRows:
        """All rows outside the slice at `place`, in file order."""
        assert self.rows is not None, "asked for rows that were not kept"
        return self.rows.take(~self.slices.member[place][self.rows.atom])

    def sides_of(self, place: int) -> Counts:
        """Counts of the slice at `place`, at 0, and of all other rows, at 1."""
        own = self.slices.member[place]
        return self.counts.rollup(np.stack([own, ~own]))


@dataclass(frozen=True, kw_only=True)
class Found:
    """One metric on one slice."""

    value: float | None = None
    """Point estimate; None where undefined."""
    undefined: str | None = None
    """Why there is no value."""
    interval: Interval = NO_INTERVAL
    """Interval of the value."""
    n: int = 0
    """Rows that the value rests on."""
    numerator: float | int | None = None
    """Of a share: rows or weight above the line."""
    denominator: float | int | None = None
    """Of a share: rows or weight below the line."""
    within: float = 0.0
    """How far the metric of the rows themselves may lie from `value`, where it comes from counts."""

    def measurement(self, metric: str, slice_id: str, level: float) -> Measurement:
        """The record of what was found."""
        return Measurement(
            metric=metric,
            slice=slice_id,
            value=self.value,
            low=self.interval.low,
            high=self.interval.high,
            level=level,
            n=self.n,
            numerator=self.numerator,
            denominator=self.denominator,
            undefined=self.undefined,
            method=self.interval.method,
            guarantee=self.interval.guarantee,
            freedom=self.interval.freedom,
        )


def undefined(reason: str, n: int = 0) -> Found:
    """No value, because of `reason`."""
    return Found(undefined=reason, n=n)


def clipped(interval: Interval, span: Sequence[float]) -> Interval:
    """The interval cut to the values that the metric can take."""
    least, most = span
    low = None if interval.low is None else max(interval.low, least)
    high = None if interval.high is None else min(interval.high, most)
    return replace(interval, low=low, high=high)
