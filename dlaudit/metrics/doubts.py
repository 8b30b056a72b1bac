"""Sensitivity: what every gap of a binary task could be if labels or slices were recorded wrongly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from dlaudit.metrics.counts import Counts
from dlaudit.metrics.evidence import Slices
from dlaudit.metrics.forms import Asked, form
from dlaudit.metrics.names import metric_named
from dlaudit.metrics.registry import Ratio
from dlaudit.record import Sensitivity, Slice
from dlaudit.slices.make import Comparison
from dlaudit.stats.sensitivity import (
    Bounds,
    Shares,
    contaminated_gap,
    contamination_that_closes,
    flipped_ends,
    flips_that_close,
    gap_of,
    most_flipped,
    unknown_gap,
)

DOUBTED = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy", "precision")
"""Rates whose gaps are looked at, where they were measured: the others are 1 minus one of these."""
TOO_FEW = "fewer than two slices have a value"
UNKNOWN = "Each row of unknown level could be in any of the slices compared, or in none of them."
SLICE_LABELS = (
    "In every slice this share of the rows that the rate rests on belongs elsewhere, whatever its outcomes: bounds for "
    "the people who are rightly in their slices. Were rows in wrong slices at random, the true gap would be larger "
    "than the one observed."
)
TARGET_LABELS = (
    "In every slice up to this share of labels is wrong at random, whatever the prediction; the worst arrangement of "
    "as many wrong labels could do more."
)


@dataclass(frozen=True)
class _Gap:
    """One rate on the slices of one feature that have a value, and on its rows of unknown level."""

    metric: str
    by: list[str]
    shares: Shares
    unknown: tuple[int, int]
    """Rows of unknown level above and below the line."""
    left: Slice | None
    """The slice of unknown level; None where there is none."""

    def record(self, kind: str, share: float, bounds: Bounds | None, **more: object) -> Sensitivity:
        """What a doubt does to the gap."""
        x, n = self.shares.above, self.shares.below
        known: dict[str, object] = {"reason": TOO_FEW, "observed": None, "low": None, "high": None}
        if bounds is not None:
            observed = float(
                (x / n).max() - (x / n).min()
            )  # within the bounds, but for the rounding of their last digit
            ends = {"low": min(bounds.low, observed), "high": max(bounds.high, observed)}
            known = {"observed": observed, **ends, **more}
        given = {"metric": self.metric, "by": self.by, "kind": kind, "share": share, **known}
        return Sensitivity.model_validate(given)


def sensitivities(
    counts: Counts, slices: Slices, comparisons: Sequence[Comparison], measured: Sequence[str], label_error: float
) -> list[Sensitivity]:
    """What wrong slices, unknown levels and wrong labels could do to the gap of every rate over every feature.

    Args:
        counts: Counts of atoms of a binary task; every row counts once.
        slices: Slices and their atoms.
        comparisons: Features whose levels are all compared with each other, by positions of slices.
        measured: Names of the metrics that were measured.
        label_error: Share of rows taken to be in a wrong slice, or to have a wrong label.
    """
    return [
        record
        for one in comparisons
        for name in DOUBTED
        if name in measured
        for record in _records(_gap(name, counts, slices, one), label_error)
    ]


def _records(gap: _Gap, label_error: float) -> list[Sensitivity]:
    x, n = gap.shares.above, gap.shares.below
    able = len(x) >= 2
    made = []
    if gap.left is not None:
        bounds = unknown_gap(x, n, *gap.unknown) if able else None
        made.append(gap.record("unknown_slice", gap.left.share, bounds, slice=gap.left.id, reason=UNKNOWN))
    bounds = contaminated_gap(x, n, label_error) if able else None
    closing = contamination_that_closes(x, n) if able else None
    made.append(gap.record("slice_labels", label_error, bounds, overturns=closing, reason=SLICE_LABELS))
    if _reads_labels(gap.metric):
        bounds = gap_of(*flipped_ends(gap.shares, label_error)) if able else None
        flips = flips_that_close(gap.shares) if able else None
        made.append(gap.record("target_labels", label_error, bounds, overturns=flips, reason=TARGET_LABELS))
    return made


def _reads_labels(metric: str) -> bool:
    return metric != "selection_rate"


def _gap(name: str, counts: Counts, slices: Slices, comparison: Comparison) -> _Gap:
    left = [at for at, one in enumerate(slices.slices) if one.by == comparison.by and one.unknown and not one.apart]
    cells = _cells(counts, slices, [*comparison.slices, *left[:1]])
    plain, turned = _ratio(name, counts, cells), _ratio(name, counts, cells[:, :, ::-1])
    known = np.flatnonzero(plain.denominator[: len(comparison.slices)] > 0)
    return _Gap(
        metric=name,
        by=list(comparison.by),
        shares=Shares(
            above=plain.numerator[known],
            below=plain.denominator[known],
            turned_above=turned.numerator[known],
            turned_below=turned.denominator[known],
            most=most_flipped(cells[known, 0]),
        ),
        unknown=(int(plain.numerator[-1]), int(plain.denominator[-1])) if left else (0, 0),
        left=slices.slices[left[0]] if left else None,
    )


def _cells(counts: Counts, slices: Slices, places: list[int]) -> Int[np.ndarray, "slices tables truth predicted"]:
    """Tables of those slices; atoms beyond those counted are empty."""
    member = slices.member[places, : len(counts.rows)]
    return np.stack([counts.cells[row].sum(axis=0) for row in member]) if places else counts.cells[:0]


def _ratio(name: str, counts: Counts, cells: Int[np.ndarray, "slices tables truth predicted"]) -> Ratio:
    made = form(Asked(metric_named(name), name), cells, counts.task)
    assert isinstance(made, Ratio), f"{name} is a share of rows"
    return made
