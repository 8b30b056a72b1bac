"""What became of each slice's rates since an earlier run, on the same rows: worse, better, or what could be chance."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.gap_moves import BETTER, OPEN, WORSE
from dlaudit.outputs.words import Name, Sentence, figure, label, levels, people, said, words
from dlaudit.outputs.worse_values import changed
from dlaudit.record import OVERALL, AgainstModel, Audit, RateChange, RunComparison, ValueChange

_ORDER = (WORSE, OPEN, BETTER)


@dataclass(frozen=True)
class RateMove:
    """One rate of one slice in both runs."""

    rate: RateChange
    """The figures."""
    fell_short: float
    """How much worse it is, in its own unit; below 0 where it is better."""
    move: str
    """`fail` (worse), `pass` (better) or `undecided`."""


def rate_moves(paired: AgainstModel) -> list[RateMove]:
    """Shares of single features' slices that can be better or worse, those that got worse first.

    Worse and better are said only where the exact paired tests of all rates, which share an error rate of 5 %, show it.
    """
    shown = {
        (one.metric, slice_.slice): slice_.changed
        for one in paired.changes
        if len(one.by) == 1 and not one.within
        for slice_ in one.exchanged
    }
    found = [_moved(one, shown.get((one.metric, one.slice), False)) for one in paired.rates if _is_told(one)]
    return sorted(found, key=lambda one: (_ORDER.index(one.move), -one.fell_short, one.rate.metric, one.rate.slice))


def rates_line(audit: Audit, paired: AgainstModel) -> Sentence:
    """How many rates got worse, and which one most; nothing where none is shown to have.

    Args:
        audit: The later run, which names its slices.
        paired: The comparison on the same rows.
    """
    moves = rate_moves(paired)
    worse = [one for one in moves if one.move == WORSE]
    if not worse:
        return ()
    first = worse[0].rate
    return said(
        "changes_rates",
        len(worse),
        count=text.count(len(worse)),
        all=text.count(len(moves)),
        label=label(first.metric),
        slice=slice_told(audit, first.slice),
        old=figure(first.metric)(first.base),
        new=figure(first.metric)(first.tuned),
    )


def values_line(audit: Audit, one: RunComparison) -> Sentence:
    """The same of two runs whose rows are not paired, from the figures that rules on a drop judge.

    A change is shown where the tests of all values, which share an error rate of 5 %, show it.
    """
    moves = [(_fell(each), each) for each in one.values if _better(each.metric) is not None]
    known = [(fell, each) for fell, each in moves if fell is not None]
    if not known:
        return ()
    shown = changed([each for _fell_by, each in known])
    worse = [pair for pair, is_shown in zip(known, shown, strict=True) if is_shown and pair[0] > 0]
    if not worse:
        return said("changes_values_still", len(known), all=text.count(len(known)))
    _most, first = max(worse, key=lambda pair: pair[0])
    return said(
        "changes_rates",
        len(worse),
        count=text.count(len(worse)),
        all=text.count(len(known)),
        label=label(first.metric),
        slice=slice_told(audit, first.slice),
        old=figure(first.metric)(first.old.value),
        new=figure(first.metric)(first.new.value),
    )


def _fell(one: ValueChange) -> float | None:
    """How much worse a value is; None where one of the two is undefined."""
    if one.change.value is None:
        return None
    return one.change.value if is_better_lower(one.metric) else -one.change.value


def slice_named(audit: Audit, slice_: str) -> str:
    """The slice by its levels alone."""
    return next((levels(one) for one in audit.slices if one.id == slice_), slice_)


def slice_told(audit: Audit, slice_: str) -> Sentence:
    """The slice within a sentence: by its levels alone, unless one is a number and would read as one of the figures."""
    short = slice_named(audit, slice_)
    has_words = all(any(sign.isalpha() for sign in part) for part in short.split(" & "))
    return (Name(short),) if has_words and slice_ != OVERALL else people(audit, slice_)


def is_better_lower(metric: str) -> bool:
    """Whether the metric is worse the larger it is."""
    return _better(metric) == "lower"


def _is_told(one: RateChange) -> bool:
    is_single = len(one.by) == 1 and not one.within
    return is_single and one.n is not None and words(one.metric).rate and _better(one.metric) is not None


def _moved(one: RateChange, shown: bool) -> RateMove:
    assert one.base is not None and one.tuned is not None, "a counted rate has a value in both runs"
    fell = one.base - one.tuned if _better(one.metric) == "higher" else one.tuned - one.base
    move = OPEN if not shown or fell == 0 else WORSE if fell > 0 else BETTER
    return RateMove(one, fell, move)


def _better(metric: str) -> str | None:
    from dlaudit.metrics.names import metric_named

    return metric_named(metric).better
