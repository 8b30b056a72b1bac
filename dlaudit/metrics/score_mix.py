"""Score mix and calibration: each gap of a rate or a loss, split by what slices score and what their scores mean.

No model is needed: labels and scores are enough. Rates follow from the fine score histograms exactly, because the
threshold is an edge of them. Losses are added up from the rows themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np
from jaxtyping import Int, Real

from dlaudit.metrics.evidence import Evidence
from dlaudit.metrics.mix_draws import drawn_slices, drawn_units
from dlaudit.metrics.mix_marks import parts_of
from dlaudit.metrics.mix_numbers import LOSSES, RATES, loss_number, rate_number
from dlaudit.record import Disparity, NotApplicable, ScoreMix
from dlaudit.stats.score_mix import MixBins, MixParts, Number, mix_bins, mix_parts, shares

WHAT = "score mix and calibration"
MOST = 60
"""Gaps that are split; the rest is told as not done."""
_DECIDED_OTHERWISE = {
    "multiclass": "a decision takes the largest of several scores, so that no single score tells who is selected",
    "regression": "a regression has no classes that scores could be of",
}


@dataclass(frozen=True, kw_only=True)
class _Gap:
    """One gap to split, and where its figures are."""

    metric: str
    by: tuple[str, ...]
    ids: tuple[str, str]
    """The slice explained and the one it is compared with."""
    slices: tuple[int, int]
    """Their positions."""
    output: int
    """Position of the score: 0 for a binary task, else that of the label."""
    chosen_from: int
    """Gaps from which this one was picked for being wide, at most."""

    @property
    def base(self) -> str:
        """The metric without the label that it is of."""
        return self.metric.partition("[")[0]

    @property
    def pair(self) -> tuple[tuple[int, int], int, bool]:
        """Gaps for which this is the same share bootstrap samples."""
        return self.slices, self.output, self.base in RATES


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """Two slices and one score, with the bootstrap samples that all rates of them share, or all losses."""

    columns: Int[np.ndarray, " columns"]
    """First fine bin of each column of the counts: for rates the bins, for losses every fine bin with a row."""
    counts: tuple[Int[np.ndarray, "2 columns"], Int[np.ndarray, "2 columns"]]
    drawn: tuple[Real[np.ndarray, "r 2 columns"], Real[np.ndarray, "r 2 columns"]] | None
    """None where rows belong to units and were not kept."""
    bins: MixBins
    """Bins as unions of columns."""

    @cached_property
    def support(self) -> float:
        """Share of rows of both slices in bins that both have."""
        held = np.add.reduceat(np.stack([one.sum(axis=0) for one in self.counts]), self.bins.starts, axis=1)
        return float(held[:, self.bins.supported].sum() / held.sum())

    def parts(self, fine: tuple[Number, Number]) -> tuple[MixParts, MixParts | None]:
        """The parts of a metric's gap, and those of every bootstrap sample."""
        numbers = _at(fine[0], self.columns), _at(fine[1], self.columns)
        sample = mix_parts(self.counts, numbers, self.bins)
        if self.drawn is None:
            return sample, None
        usual = shares(self.counts[0], self.bins), shares(self.counts[1], self.bins)
        return sample, mix_parts(self.drawn, numbers, self.bins, usual)


def score_mixes(evidence: Evidence, gaps: Sequence[Disparity]) -> tuple[list[ScoreMix], list[NotApplicable]]:
    """Every gap of a rate or a loss between `worst` and `reference` as mix, calibration and what only one slice has.

    The parts add up to the gap as measured, to rounding. Intervals and p-values are percentiles of a bootstrap of rows
    (drawn on the cells of the histograms, which is the same law) or of units, with Holm over the parts of one gap and
    times the gaps that it is the widest of; bins stay those of the sample. Seeds come from the counts, so that row
    order has no effect. Gaps within levels of control features are left to the gaps they are made of.

    Args:
        evidence: Counts, rows where they were kept, and slices.
        gaps: Disparities of any metrics; those of other metrics are passed over.

    Returns:
        The splits in the order of `gaps`, and what could not be split.
    """
    told = [one for one in gaps if one.kind == "difference" and not one.within and one.value is not None]
    named = {one.id: at for at, one in enumerate(evidence.slices.slices)}
    asked = [found for one in told if (found := _asked(one, named, evidence)) is not None]
    reason = _reason(evidence)
    if reason is not None:
        return [], [NotApplicable(what=WHAT, reason=reason)] if asked else []
    missing: list[NotApplicable] = []
    if len(asked) > MOST:
        rest = f"{WHAT} of {len(asked) - MOST:,} gaps"
        missing.append(NotApplicable(what=rest, reason=f"the first {MOST} are worked out"))
    split = _by_pair(asked[:MOST], evidence)
    made = [one for one in split if isinstance(one, ScoreMix)]
    missing += [
        NotApplicable(what=f"{WHAT} of {gap.metric} ({' and '.join(gap.ids)})", reason=one)
        for gap, one in zip(asked[:MOST], split, strict=True)
        if isinstance(one, str)
    ]
    if evidence.counts.clustered and evidence.rows is None and made:
        reason = "rows belong to units, and only their counts were kept"
        missing.append(NotApplicable(what=f"intervals of {WHAT}", reason=reason))
    return made, missing


def _asked(gap: Disparity, named: dict[str, int], evidence: Evidence) -> _Gap | None:
    """Where the figures of a gap are; None for a metric that scores and labels do not make up, or equal slices."""
    base, _, label = gap.metric.partition("[")
    if base not in RATES and base not in LOSSES:
        return None
    if gap.worst not in named or gap.reference not in named or gap.worst == gap.reference:
        return None
    output = 0
    if evidence.counts.task == "multilabel":
        if label.removesuffix("]") not in evidence.counts.classes:
            return None
        output = evidence.counts.classes.index(label.removesuffix("]"))
    ids = str(gap.worst), str(gap.reference)
    return _Gap(
        metric=gap.metric,
        by=tuple(gap.by),
        ids=ids,
        slices=(named[ids[0]], named[ids[1]]),
        output=output,
        chosen_from=_chosen_from(gap),
    )


def _chosen_from(gap: Disparity) -> int:
    """Pairs of slices that the widest gap is one of: those with the whole, or all (too many where a level is named)."""
    slices = len(gap.slices)
    return max(comb(slices, 2) if gap.reference in gap.slices else slices, 1)


def _reason(evidence: Evidence) -> str | None:
    """Why nothing can be split; None where something can."""
    counts = evidence.counts
    if counts.task in _DECIDED_OTHERWISE:
        return _DECIDED_OTHERWISE[counts.task]
    if not counts.probabilities and counts.task == "binary" and _are_labels(evidence):
        return "the scores are predicted labels, of which there is no density"
    if counts.row_weights is not None:
        return "rows have weights, and histograms count rows"
    if evidence.rows is not None and evidence.rows.unit is not None and evidence.rows.unit.ndim == 2:
        return "rows are pairs that share people, which its bootstrap does not draw"
    if counts.histograms is None or counts.bins is None:
        return "no scores were counted"
    return None


def _are_labels(evidence: Evidence) -> bool:
    """Whether every counted score is 0 or 1."""
    counts = evidence.counts
    if counts.histograms is None or counts.bins is None:
        return False
    held = np.flatnonzero(counts.histograms.sum(axis=(0, 1, 2)))
    return bool(np.isin(held, counts.bins.codes(np.array([0.0, 1.0]))).all())


def _pair(evidence: Evidence, gap: _Gap) -> _Pair:
    histograms, scheme = evidence.counts.histograms, evidence.counts.bins
    assert histograms is not None and scheme is not None, "asked for without histograms"
    member = evidence.slices.member[:, : len(histograms)]
    fine = np.stack([histograms[member[place], gap.output].sum(axis=0) for place in gap.slices])
    rows = fine.sum(axis=1)
    parting = None if scheme.threshold is None else int(np.searchsorted(scheme.edges[:-1], scheme.threshold))
    bins = mix_bins(rows, parting)
    columns = bins.starts if gap.base in RATES else np.union1d(np.flatnonzero(rows.sum(axis=0)), bins.starts)
    a, b = np.add.reduceat(fine, columns, axis=-1)
    drawn = None
    if not evidence.counts.clustered:
        drawn = drawn_slices(a, b)
    elif evidence.rows is not None:
        drawn = drawn_units(evidence.rows, member[list(gap.slices)], gap.output, scheme, columns)
    starts = np.searchsorted(columns, bins.starts)
    return _Pair(columns=columns, counts=(a, b), drawn=drawn, bins=MixBins(starts=starts, supported=bins.supported))


def _by_pair(gaps: Sequence[_Gap], evidence: Evidence) -> list[ScoreMix | str]:
    """Every gap in parts, or why there are none; one pair of slices at a time, whose samples fill some memory."""
    found: list[ScoreMix | str] = [""] * len(gaps)
    for key in dict.fromkeys(one.pair for one in gaps):
        pair: _Pair | None = None
        for at, gap in enumerate(gaps):
            if gap.pair != key:
                continue
            reason = _lacks(gap, evidence)
            if reason is None:
                pair = pair or _pair(evidence, gap)
                found[at] = _split(gap, pair, evidence)
            else:
                found[at] = reason
    return found


def _lacks(gap: _Gap, evidence: Evidence) -> str | None:
    """What is not there that the metric needs; None where all is."""
    if gap.base in LOSSES and evidence.rows is None:
        return "the rows do not fit in memory, and histograms hold no losses"
    if gap.base in RATES and evidence.counts.bins is not None and evidence.counts.bins.threshold is None:
        return "no threshold was given"
    return None


def _split(gap: _Gap, pair: _Pair, evidence: Evidence) -> ScoreMix | str:
    """The gap in parts, or why there are none."""
    if not pair.bins.supported.any():
        return "the slices have no scores in common"
    bins = evidence.counts.bins
    assert bins is not None, "asked for without histograms"
    if gap.base in RATES:
        number = rate_number(gap.base, bins)
        sample, many = pair.parts((number, number))
    else:
        a, b = (loss_number(gap.base, evidence.rows_of(place), bins) for place in gap.slices)
        sample, many = pair.parts((a, b))
    if not np.isfinite([sample.gap, sample.mix, sample.calibration, sample.unsupported]).all():
        return "it is undefined on the scores that both slices have"
    names = ("mix", "calibration") if pair.support == 1.0 else ("mix", "calibration", "unsupported")
    parts = dict(zip(names, parts_of(names, sample, many, gap.chosen_from), strict=True))
    return ScoreMix(
        metric=gap.metric,
        by=list(gap.by),
        slice=gap.ids[0],
        reference=gap.ids[1],
        gap=float(sample.gap),
        **parts,
        chosen_from=gap.chosen_from,
        support=pair.support,
        bins=len(pair.bins.starts),
    )


def _at(number: Number, columns: Int[np.ndarray, " columns"]) -> Number:
    """What rows bring in columns of fine bins: rates do not vary within them, and of losses one bin alone has rows."""
    return Number(above=number.above[:, columns], below=number.below[:, columns], seen=number.seen[:, columns])
