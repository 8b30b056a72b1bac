"""Whether histograms, calibrations, sweeps, sensitivities and spreads of an audit.json contradict themselves."""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from dlaudit.errors import shown
from dlaudit.record.audit import Audit
from dlaudit.record.base import Estimate
from dlaudit.record.distributions import Calibration, ScoreHistogram, Sensitivity, ThresholdSweep
from dlaudit.record.measured import Disparity

_SWEPT = ("selection_rate", "true_positive_rate", "false_positive_rate")
_DOUBTS = ("slice_labels", "unknown_slice", "target_labels")
_ROUNDING = 1e-6
_MOST_BINS = 10_000
"""Bins of one record, many times as many as dlaudit writes."""


def distribution_faults(audit: Audit) -> Iterator[str]:
    """Everything in which these records contradict themselves or speak of slices that are not there."""
    rows = {one.id: one.n for one in audit.slices}
    return chain(
        _repeated(audit),
        _other_edges(audit),
        _unknown(audit, set(rows)),
        (fault for one in audit.histograms if one.slice in rows for fault in _of_histogram(one, rows[one.slice])),
        (fault for one in audit.calibrations if one.slice in rows for fault in _of_calibration(one, rows[one.slice])),
        (fault for one in audit.sweeps for fault in _of_sweep(one)),
        (fault for one in audit.sensitivity for fault in _of_sensitivity(one)),
        (fault for one in audit.disparities for fault in _of_spread(one)),
    )


def _repeated(audit: Audit) -> Iterator[str]:
    for what, named in (
        ("histogram", [(one.slice, one.output) for one in audit.histograms]),
        ("calibration", [(one.slice, one.output) for one in audit.calibrations]),
    ):
        if len(set(named)) < len(named):
            yield f"a {what} of one slice and output is there twice"


def _other_edges(audit: Audit) -> Iterator[str]:
    first: dict[str, list[float]] = {}
    for one in audit.histograms:
        if first.setdefault(one.output, one.edges) != one.edges:
            yield f"the histograms of {shown(one.output)} have different edges"


def _unknown(audit: Audit, known: set[str]) -> Iterator[str]:
    named = chain(
        (one.slice for one in audit.histograms),
        (one.slice for one in audit.calibrations),
        (name for one in audit.sweeps for name in (one.worst, one.reference)),
        (one.slice for one in audit.sensitivity),
    )
    yield from (f"there is no slice {shown(name)}, of which it speaks" for name in named if name and name not in known)


def _of_histogram(one: ScoreHistogram, rows: int) -> Iterator[str]:
    named = f"the histogram of {shown(one.slice)}"
    if len(one.edges) > _MOST_BINS:
        yield f"{named} has more than {_MOST_BINS:,} edges"
    if not _ascend(one.edges):
        yield f"the edges of {named} do not ascend"
    if not len(one.positive) == len(one.negative) == len(one.edges) - 1:
        yield f"{named} has other numbers of bins than its edges"
    if min([0, *one.positive, *one.negative]) < 0:
        yield f"{named} counts fewer than no rows"
    if sum(one.positive) + sum(one.negative) > rows:
        yield f"{named} counts more rows than the slice has"


def _of_calibration(one: Calibration, rows: int) -> Iterator[str]:
    named = f"the calibration of {shown(one.slice)}"
    if len(one.bins) > _MOST_BINS:
        yield f"{named} has more than {_MOST_BINS:,} bins"
    edges = [edge for each in one.bins for edge in (each.low, each.high)]
    ordered = all(each.low < each.high for each in one.bins) and edges == sorted(edges)
    if not ordered or (edges and not (edges[0] >= 0 and edges[-1] <= 1 + _ROUNDING)):
        yield f"the bins of {named} do not ascend from 0 to 1"
    if any(each.n < 0 for each in one.bins) or sum(each.n for each in one.bins) > rows:
        yield f"{named} counts other rows than the slice has"
    for each in one.bins:
        if each.mean_score is not None and not each.low - _ROUNDING <= each.mean_score <= each.high + _ROUNDING:
            yield f"a mean score of {named} lies outside its bin"
        if _is_no_share(each.rate):
            yield f"a rate of {named} is no share of its rows"
    if _is_turned(one.squared_error):
        yield f"the interval of {named} ends before it begins"


def _of_sweep(one: ThresholdSweep) -> Iterator[str]:
    named = f"the sweep of {shown(one.metric)}"
    if one.metric not in _SWEPT:
        yield f"{named} is of no rate that scores give"
    if not _are_shares(one.largest.value, one.largest.low, one.largest.high, one.critical):
        yield f"{named} has a gap that rates cannot have"
    if _is_turned(one.largest):
        yield f"the interval of {named} ends before it begins"
    if one.largest.value is None and (one.threshold is not None or one.worst is not None or one.reference is not None):
        yield f"{named} is undefined, and says where it is"


def _of_sensitivity(one: Sensitivity) -> Iterator[str]:
    named = f"the sensitivity of {shown(one.metric)}"
    if one.kind not in _DOUBTS:
        yield f"{named} is to a doubt called {shown(one.kind)}, which there is none of"
    if not _are_shares(one.share, one.overturns):
        yield f"{named} has a share outside 0 to 1"
    if one.low is None or one.high is None or one.observed is None:
        if not one.low == one.high == one.observed:
            yield f"{named} has a part of its bounds only"
    elif not one.low - _ROUNDING <= one.observed <= one.high + _ROUNDING:
        yield f"{named} has bounds that leave out the gap itself"


def _of_spread(one: Disparity) -> Iterator[str]:
    spread = one.spread
    if spread is None:
        return
    if one.kind != "difference" or one.value is None:
        yield f"{shown(one.id)} has a spread without being a difference"
    if not _are_shares(spread.noise_mean, spread.noise_95, spread.shrunken, spread.between_sd):
        yield f"the spread of {shown(one.id)} is none that rates can have"


def _ascend(edges: Sequence[float]) -> bool:
    return len(edges) >= 2 and all(low < high for low, high in pairwise(edges))


def _are_shares(*values: float | None) -> bool:
    return all(value is None or -_ROUNDING <= value <= 1 + _ROUNDING for value in values)


def _is_no_share(one: Estimate) -> bool:
    """Whether a bin's rate is another than that of its counts."""
    if one.value is None or one.numerator is None or one.denominator is None:
        return one.value is not None and not _are_shares(one.value)
    if not 0 <= one.numerator <= one.denominator or one.denominator == 0:
        return True
    return abs(one.value - one.numerator / one.denominator) > _ROUNDING


def _is_turned(one: Estimate) -> bool:
    return one.low is not None and one.high is not None and one.low > one.high
