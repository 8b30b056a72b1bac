"""What changed since an earlier run, in whole sentences."""

from collections import Counter
from collections.abc import Sequence

from dlaudit.outputs import text
from dlaudit.outputs.against_sentences import split_up
from dlaudit.outputs.catalogue import KINDS
from dlaudit.outputs.drop_sentences import then
from dlaudit.outputs.gap_moves import BETTER, TURNED, WORSE, AnyChange, move_of, worst_first
from dlaudit.outputs.rate_moves import rates_line, values_line
from dlaudit.outputs.words import Name, Prose, Sentence, difference, label, levels, said, words
from dlaudit.record import Audit, DisparityChange, GapChange, RunComparison

_COUNTED = {WORSE: "changes_grown", BETTER: "changes_shrunk", TURNED: "changes_turned"}


def changes_line(audit: Audit, one: RunComparison, *, short: bool = False) -> Sentence:
    """Whether gaps grew since the earlier run, on how many rows, and which grew most; or why nothing is compared.

    Args:
        audit: The later run, which names its slices.
        one: The comparison.
        short: Whether the gap that grew most is left out, and why the rows of an accepted baseline are not paired,
            which a finding says.
    """
    if one.paired is not None:
        return _paired_line(audit, one, short)
    reason = (Prose(one.not_paired),) if one.not_paired else ()
    why = said("changes_not_paired" if short and one.accepted else "changes_not_paired_because", reason=reason)
    known = [change for change in one.changes if change.change.low is not None and change.change.high is not None]
    counts, values = _counted(known), values_line(audit, one)
    if not counts and values:
        return (*said("changes_unpaired_values", why=why), *values)
    if not known:
        return said("changes_nothing_because", reason=reason) if reason else said("changes_nothing")
    if not counts:
        return said("changes_unpaired_still", len(known), why=why, all=text.count(len(known)))
    told = said("changes_unpaired", len(known), why=why, all=text.count(len(known)), counts=counts)
    return (*told, *(() if short else _most(audit, known)), *values)


def accepted_lines(one: RunComparison) -> list[Sentence]:
    """When the earlier run was accepted as the baseline, and why; nothing for the directory of a run."""
    if one.accepted is None:
        return []
    at, reason = (Name(text.moment(one.accepted.at)),), one.accepted.reason.strip().rstrip(".")
    if not reason:
        return [said("changes_accepted", at=at)]
    return [said("changes_accepted_because", at=at, reason=(Prose(reason),))]


def _paired_line(audit: Audit, one: RunComparison, short: bool) -> Sentence:
    assert one.paired is not None, "asked for a sentence about the same rows"
    single, crossed = split_up(one.paired)
    changes: Sequence[AnyChange] = single or crossed
    rows, every = text.count(one.paired.rows), text.count(len(changes))
    if not changes:
        return said("changes_nothing")
    counts, rates = _counted(changes), rates_line(audit, one.paired)
    if counts:
        told = said("changes_paired", len(changes), rows=rows, all=every, counts=counts)
        return (*told, *(() if short else _most(audit, changes)), *rates)
    if one.unchanged:
        key = "changes_unchanged_values" if audit.model.task == "regression" else "changes_unchanged"
        return said(key, rows=rows, then=then(one))
    if all(change.change.value == 0 for change in changes):
        return (*said("changes_same_rows", rows=rows), *rates)
    return (*said("changes_still", len(changes), rows=rows, all=every), *rates)


def _counted(changes: Sequence[AnyChange]) -> Sentence:
    """`2 grew, 1 shrank`; nothing where no change is shown."""
    found = Counter(move_of(one) for one in changes)
    told: list[str] = []
    for kind, key in _COUNTED.items():
        if found[kind]:
            told += [", " if told else "", *said(key, found[kind], count=text.count(found[kind]))]
    return tuple(piece for piece in told if piece)


def _most(audit: Audit, changes: Sequence[AnyChange]) -> Sentence:
    """The gap that grew most; nothing where none is shown to have grown."""
    first = worst_first(changes)[0]
    if move_of(first) != WORSE:
        return ()
    written, values = figures_of(first)
    return said(
        "changes_most",
        named=named(first),
        about=about(audit, first),
        old=written(values[0]),
        new=written(values[1]) + (text.points_unit() if is_points(first) else ""),
    )


def about(audit: Audit, one: AnyChange) -> Sentence:
    """What a gap is between: two slices by their levels, or all levels of features."""
    if isinstance(one, GapChange):
        return (Name(_short(audit, one.slice)), " − ", Name(_short(audit, one.reference)))
    within = "".join(f", {key} = {value}" for key, value in sorted(one.within.items()))
    return said("changes_by", by=Name(" & ".join(one.by) + within))


def is_points(one: AnyChange) -> bool:
    """Whether the gap is a difference of two shares."""
    return words(one.metric).rate and not (isinstance(one, DisparityChange) and one.kind == "ratio")


def named(one: AnyChange) -> Sentence:
    """The metric, and of a widest gap how its slices are compared."""
    spoken = label(one.metric)
    return said("changes_named", label=spoken, kind=KINDS[one.kind]) if isinstance(one, DisparityChange) else spoken


def figures_of(one: AnyChange) -> tuple[text.Format, tuple[float | None, float | None]]:
    """How the gap is written, and its earlier and later value."""
    if isinstance(one, GapChange):
        return difference(one.metric), (one.base.value, one.tuned.value)
    written = text.ratio if one.kind == "ratio" else _unsigned(difference(one.metric))
    return written, (one.old.value, one.new.value)


def _unsigned(form: text.Format) -> text.Format:
    """The same without a plus: how wide a gap is has no direction."""
    return lambda value: form(value).lstrip("+")


def _short(audit: Audit, slice_: str) -> str:
    """The slice by its levels alone: its features stand below."""
    return next((levels(one) for one in audit.slices if one.id == slice_), slice_)
