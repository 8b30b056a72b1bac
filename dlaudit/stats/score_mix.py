"""A gap of a rate or a loss, split into the scores that two slices have and what their scores mean.

With p the density of scores, c(s) the share of positives at score s, and M(p, c) the metric that follows from both, the
gap M(pA, cA) - M(pB, cB) is the sum of

* mix: 1/2 [M(pA, cA) - M(pB, cA) + M(pA, cB) - M(pB, cB)], what other scores do under either meaning, and
* calibration: 1/2 [M(pA, cA) - M(pA, cB) + M(pB, cA) - M(pB, cB)], what another meaning does under either scores.

These are the Shapley values of the two, and the symmetric form of Kitagawa 1955 (DOI 10.1080/01621459.1955.10501299)
where the metric is a mean. At scores that only one slice has, the other's c is unknown: what rows there change is a
part of its own.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int, Real

LEAST_ROWS = 25
"""A bin of scores grows until it holds so many rows of both slices."""
SUPPORT = 5
"""Rows of each slice without which a bin tells nothing of that slice's share of positives."""
WIDEST = 1 / 16
"""Share of rows (half and half of the slices) from which a bin is closed although only one slice has rows in it."""
MOST_BINS = 128
"""More bins than this add nothing: what bins hide falls with the square of their number."""


@dataclass(frozen=True, kw_only=True)
class MixBins:
    """Bins of scores, as unions of fine ones, that never reach over the threshold."""

    starts: Int[np.ndarray, " bins"]
    """First fine bin of each."""
    supported: Bool[np.ndarray, " bins"]
    """Whether both slices have rows enough there."""


@dataclass(frozen=True, kw_only=True)
class Number:
    """What a row adds above and below the line of a metric, by its label (another [0], the positive one [1]).

    A metric is the sum of `above` over the sum of `below`. Where rows of one fine bin bring different numbers (losses),
    `above` is their mean over all rows of the bin, and `seen` over those that do have the label.
    """

    above: Float[np.ndarray, "2 fine"]
    """Above the line, were the label so."""
    below: Float[np.ndarray, "2 fine"]
    """Below the line; the same for every slice."""
    seen: Float[np.ndarray, "2 fine"]
    """Above the line, of the rows that have the label."""


@dataclass(frozen=True, kw_only=True)
class MixParts:
    """The parts of a gap; `mix`, `calibration` and `unsupported` add up to `gap`. NaN where the metric is undefined."""

    gap: Float[np.ndarray, "*r"]
    """The first slice's value minus the second's."""
    mix: Float[np.ndarray, "*r"]
    """From other scores."""
    calibration: Float[np.ndarray, "*r"]
    """From other shares of positives at equal scores, and from what binning hides of them."""
    unsupported: Float[np.ndarray, "*r"]
    """From rows at scores that only one slice has."""


def mix_bins(rows: Int[np.ndarray, "2 fine"], parting: int | None = None) -> MixBins:
    """Bins in which both slices have rows enough to compare their shares of positives, where they have any.

    A bin grows until it holds `LEAST_ROWS` of both slices (more where that would make more than `MOST_BINS`), or until
    one slice has so many, the other has not, and it holds a share of `WIDEST` of all rows; it then ends with the last
    row of the other slice. What is left at an end joins the bin before it. Only scores are looked at, never labels, so
    that the choice does not bias what is compared.

    Args:
        rows: Rows of both slices in each fine bin, whatever their label; both slices have some.
        parting: First fine bin at or above the threshold; None without one.
    """
    fine = rows.shape[1]
    share = (rows / rows.sum(axis=1, keepdims=True)).mean(axis=0)
    cuts = [0, fine] if parting is None else sorted({0, min(max(parting, 0), fine), fine})
    starts: list[int] = []
    for first, last in pairwise(cuts):
        starts += [first + at for at in _grown(rows[:, first:last], share[first:last])]
    held = np.add.reduceat(rows, starts, axis=1)
    return MixBins(starts=np.asarray(starts, dtype=np.int64), supported=np.asarray(held.min(axis=0) >= SUPPORT))


def _grown(rows: Int[np.ndarray, "2 fine"], share: Float[np.ndarray, " fine"]) -> list[int]:
    """First fine bins of the bins on one side of the threshold."""
    total, mass = (
        np.concatenate([np.zeros((len(one), 1)), np.cumsum(one, axis=1)], axis=1) for one in (rows, share[None])
    )
    starts, fine = [0], rows.shape[1]
    for at in range(1, fine):
        held, wide = total[:, at] - total[:, starts[-1]], float(mass[0, at] - mass[0, starts[-1]])
        if held.min() >= LEAST_ROWS and wide >= 1 / MOST_BINS:
            starts.append(at)
        elif held.max() >= LEAST_ROWS and wide >= WIDEST:
            fewer = rows[int(held.argmin()), starts[-1] : at]
            last = starts[-1] + int(np.flatnonzero(fewer)[-1]) + 1 if fewer.any() else at
            starts.append(last)
    held, wide = total[:, fine] - total[:, starts[-1]], float(mass[0, fine] - mass[0, starts[-1]])
    unfinished = held.min() < LEAST_ROWS and not (held.max() >= LEAST_ROWS and wide >= WIDEST)
    return starts[:-1] if unfinished and len(starts) > 1 else starts


def mix_parts(
    counts: tuple[Real[np.ndarray, "*r 2 fine"], Real[np.ndarray, "*r 2 fine"]],
    numbers: tuple[Number, Number],
    bins: MixBins,
    usual: tuple[Float[np.ndarray, " bins"], Float[np.ndarray, " bins"]] | None = None,
) -> MixParts:
    """The parts of the gap between two slices, for one sample or for many bootstrap samples of both.

    Within a bin, rows with higher scores are positive more often; that a loss rewards it belongs to what scores mean,
    and so to `calibration`. With the sum of losses of the rows as they are, the parts add up to the metrics' gap
    exactly.

    Args:
        counts: Rows by label and fine bin of both slices.
        numbers: What rows add to the metric in both slices.
        bins: From `mix_bins`, of the whole sample.
        usual: Shares of positives of the whole sample, taken where a bootstrap sample has no row of a slice in a bin.
    """
    a, b = (_pooled(c, n, bins) for c, n in zip(counts, numbers, strict=True))
    c_a, c_b = (_share(one, usual and usual[at]) for at, one in enumerate((a, b)))
    kept = bins.supported
    whole = a.value(np.ones_like(kept)) - b.value(np.ones_like(kept))
    common = a.value(kept) - b.value(kept)
    mix = (a.under(c_a, kept) - b.under(c_a, kept) + a.under(c_b, kept) - b.under(c_b, kept)) / 2
    parts = {"gap": whole, "mix": mix, "calibration": common - mix, "unsupported": whole - common}
    return MixParts(**{name: np.asarray(part) for name, part in parts.items()})


def shares(counts: Real[np.ndarray, "2 fine"], bins: MixBins) -> Float[np.ndarray, " bins"]:
    """The share of positives in every bin; NaN where there are no rows."""
    held = np.add.reduceat(counts, bins.starts, axis=1).astype(np.float64)
    return _ratio(held[1], held.sum(axis=0))


@dataclass(frozen=True, kw_only=True)
class _Pooled:
    """One slice in coarse bins."""

    rows: Float[np.ndarray, "*r bins"]
    positive: Float[np.ndarray, "*r bins"]
    above: tuple[Float[np.ndarray, "*r bins"], Float[np.ndarray, "*r bins"]]
    """Sum over all rows of what they add above the line, were all of them of this label."""
    below: tuple[Float[np.ndarray, "*r bins"], Float[np.ndarray, "*r bins"]]
    seen: tuple[Float[np.ndarray, "*r bins"], Float[np.ndarray, "*r bins"]]
    """Sums above and below the line, with the labels that rows have."""

    def under(self, c: Float[np.ndarray, "*r bins"], kept: Bool[np.ndarray, " bins"]) -> Float[np.ndarray, "*r"]:
        """The metric, were the share of positives `c` in every bin: M(p, c) on the bins kept."""
        c = np.where(kept, c, 0.0)
        above, below = (_over((1 - c) * one[0] + c * one[1], kept) for one in (self.above, self.below))
        return _ratio(above, below)

    def value(self, kept: Bool[np.ndarray, " bins"]) -> Float[np.ndarray, "*r"]:
        """The metric of the rows as they are, in the bins kept."""
        return _ratio(_over(self.seen[0], kept), _over(self.seen[1], kept))


def _pooled(counts: Real[np.ndarray, "*r 2 fine"], number: Number, bins: MixBins) -> _Pooled:
    rows = counts.sum(axis=-2)

    def pooled(fine: Real[np.ndarray, "*r fine"]) -> Float[np.ndarray, "*r bins"]:
        return np.add.reduceat(fine, bins.starts, axis=-1).astype(np.float64)

    return _Pooled(
        rows=pooled(rows),
        positive=pooled(counts[..., 1, :]),
        above=(pooled(rows * number.above[0]), pooled(rows * number.above[1])),
        below=(pooled(rows * number.below[0]), pooled(rows * number.below[1])),
        seen=(pooled((counts * number.seen).sum(axis=-2)), pooled((counts * number.below).sum(axis=-2))),
    )


def _share(of: _Pooled, usual: Float[np.ndarray, " bins"] | None) -> Float[np.ndarray, "*r bins"]:
    share = _ratio(of.positive, of.rows)
    return share if usual is None else np.where(np.isnan(share), usual, share)


def _over(values: Float[np.ndarray, "*r bins"], kept: Bool[np.ndarray, " bins"]) -> Float[np.ndarray, "*r"]:
    """The sum over the bins kept."""
    return np.asarray(values @ kept.astype(np.float64))


def _ratio(above: Float[np.ndarray, "*s"], below: Float[np.ndarray, "*s"]) -> Float[np.ndarray, "*s"]:
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))
