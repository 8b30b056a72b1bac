"""What is said of a gap in a base and in the model made from it, once its three tests have been told apart."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from dlaudit.record import Exchanged, GapChange, PairedEstimate, finite
from dlaudit.record.against import Status
from dlaudit.stats.multiplicity import holm
from dlaudit.stats.paired import paired_test
from dlaudit.stats.triples import adjusted_triples

ALPHA = 0.05


def judged(changes: Sequence[GapChange]) -> list[GapChange]:
    """The changes with what is shown, and the word for it, once all their tests share the error rate of .05."""
    tests = [(one.base, one.tuned, one.change) for one in changes]
    p = np.array([[_p(one) for one in triple] for triple in tests], dtype=np.float64).reshape(-1, 3)
    rates = {(change.metric, one.slice) for change in changes for one in change.exchanged}
    made = []
    for change, triple, values in zip(changes, tests, adjusted_triples(p), strict=True):
        base, tuned, moved = (_told(one, float(value)) for one, value in zip(triple, values, strict=True))
        parts = {
            "base": base,
            "tuned": tuned,
            "change": moved,
            "status": status_of(base, tuned, moved),
            "exchanged": [_tested(one, len(rates)) for one in change.exchanged],
        }
        made.append(change.model_copy(update=parts))
    return made


def status_of(base: PairedEstimate, tuned: PairedEstimate, change: PairedEstimate) -> Status:
    """What three tests of one gap come to; points alone never decide.

    Where a change is shown and one of the two gaps is not, that gap's own interval says whether it may be 0: with 0 in
    it the gap was created or removed, without it only grew or shrank.
    """
    if base.shown and tuned.shown:
        if base.value * tuned.value < 0:
            return "reversed"
        if not change.shown:
            return "inherited"
        return "grown" if abs(tuned.value) > abs(base.value) else "shrunk"
    if change.shown and tuned.shown and change.value * tuned.value > 0:
        return "created" if _may_be_none(base) else "grown"
    if change.shown and base.shown and change.value * base.value < 0:
        return "removed" if _may_be_none(tuned) else "shrunk"
    return "undecided"


def adjusted(tests: Sequence[PairedEstimate]) -> Iterator[PairedEstimate]:
    """The estimates with Holm's p-values over all of them, in their order."""
    for one, value in zip(tests, holm(np.array([_p(one) for one in tests], dtype=np.float64)), strict=True):
        yield _told(one, float(value))


def _told(one: PairedEstimate, value: float) -> PairedEstimate:
    known = finite(value)
    return one.model_copy(update={"p_adjusted": known, "shown": known is not None and known <= ALPHA})


def _p(one: PairedEstimate) -> float:
    return math.nan if one.p_value is None else one.p_value


def _may_be_none(one: PairedEstimate) -> bool:
    """Whether its interval has 0 in it, or an end that is not known."""
    return one.low is None or one.high is None or one.low <= 0 <= one.high


def _tested(one: Exchanged, rates: int) -> Exchanged:
    """Both directions by the exact paired test, each at its share of the error rate (Bonferroni)."""
    share = ALPHA / (2 * rates)
    up, down = (paired_test(*counts, one.n, 0.0, share) for counts in ((one.gained, one.lost), (one.lost, one.gained)))
    return one.model_copy(update={"changed": up.rejected or down.rejected})
