"""A fine-tuned model against its base in whole sentences."""

from collections import Counter
from pathlib import PurePath

from dlaudit.outputs import text
from dlaudit.outputs.catalogue_against import STATUS, STATUS_COUNTED
from dlaudit.outputs.translate import ngettext
from dlaudit.outputs.words import Name, Sentence, difference, label, people, plain, said
from dlaudit.record import AgainstModel, Audit, GapChange


def against_line(one: AgainstModel) -> Sentence:
    """What was compared, and how many gaps have which status."""
    single, crossed = split_up(one)
    agree: Sentence = ()
    if one.agree is not None and one.rows:
        agree = said("base_agree", share=text.percent(one.agree / one.rows))
    return said(
        "base_line",
        base=(Name(base_named(one)),),
        rows=text.count(one.rows),
        agree=agree,
        told=said("base_gaps", len(single), count=text.count(len(single)), told=_counted(single))
        if single
        else said("base_none"),
        crossed=said("base_crossed", count=text.count(len(crossed)), told=_counted(crossed)) if crossed else (),
    )


def split_up(one: AgainstModel) -> tuple[list[GapChange], list[GapChange]]:
    """Gaps between slices of single features, and all others: each kind has an error rate of its own."""
    crossed = [change for change in one.changes if len(change.by) > 1 or change.within]
    return [change for change in one.changes if len(change.by) == 1 and not change.within], crossed


def _counted(changes: list[GapChange]) -> str:
    counted: Counter[str] = Counter(change.status for change in changes)
    return ", ".join(
        ngettext(*told, counted[status]).format(count=text.count(counted[status]))
        for status, told in STATUS_COUNTED.items()
        if counted[status]
    )


def ordered(changes: list[GapChange]) -> list[GapChange]:
    """The changes: by status as a reader wants them, the larger change first."""
    statuses = list(STATUS)
    return sorted(changes, key=lambda change: (statuses.index(change.status), -abs(change.change.value)))


def change_line(audit: Audit, one: GapChange) -> Sentence:
    """One gap's status, both gaps and the change."""
    written = difference(one.metric)
    return said(
        "base_change",
        status=STATUS[one.status].capitalize(),
        label=label(one.metric),
        slice=people(audit, one.slice),
        reference=people(audit, one.reference),
        base=written(one.base.value),
        tuned=written(one.tuned.value),
        change=written(one.change.value),
        interval=text.span(one.change.low, one.change.high, written),
    )


def base_named(one: AgainstModel) -> str:
    """The base by its file's name."""
    if one.model.path:
        return PurePath(one.model.path).name
    return plain(said("base_scores" if one.model.format == "scores" else "base_unnamed"))
