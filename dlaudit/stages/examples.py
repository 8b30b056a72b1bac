"""Single rows, chosen by rule and shown as `report.examples` says; nothing of a row where it says `none`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlaudit.data.preview import row_digests
from dlaudit.data.showing import COMMON, RowParts, Showing
from dlaudit.errors import DataRefused
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import LEAST_MASKED, Audit, Content, Example, Examples, ExampleSlice, NotApplicable, Slice, WhyNone
from dlaudit.stages.example_choice import MOST, Chosen, Doubt, Ties, choose, doubt_of, numbers_of
from dlaudit.stages.example_parts import parts_of
from dlaudit.stages.explain import Explained
from dlaudit.stages.explain_material import class_explained
from dlaudit.stages.measure import Measured
from dlaudit.stages.prepare import Subject
from dlaudit.stages.score import Scored

BYTES = 1_000_000
"""Of everything that the rows hold, as it is written, at most."""
PICTURES = 60
"""Pictures and sounds at most."""


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """What was chosen, and from what."""

    rows: ScoredRows
    doubt: Doubt
    slices: list[Slice]
    """Slices of a single sensitive feature."""
    roomy: list[Slice]
    """Those of them that rows are shown of."""
    few: frozenset[str]
    """Ids of those that are too small."""
    chosen: list[Chosen]
    records: np.ndarray[Any, Any]
    numbers: tuple[int, int]
    member: dict[str, np.ndarray[Any, Any]]
    """Slice id to its rows."""


def with_examples(audit: Audit, found: Examples | NotApplicable | None) -> Audit:
    """The Audit with the rows that were asked for, or with the reason why there are none."""
    if isinstance(found, NotApplicable):
        return audit.model_copy(update={"not_applicable": [*audit.not_applicable, found]})
    return audit if found is None else audit.model_copy(update={"examples": found})


def examples(
    subject: Subject, scored: Scored, measured: Measured, explained: Explained
) -> Examples | NotApplicable | None:
    """The rows that are asked for, or why there are none; None where none are asked for.

    Raises:
        DataRefused: The file changed since it was scored (DLA326).
    """
    asked = subject.spec.report.examples
    if asked == "none":
        return None
    reason = _why_not(subject, measured)
    if reason is not None or measured.rows is None:
        return NotApplicable(what="examples", reason=str(reason))
    choice = _choice(subject, scored, measured, measured.rows)
    method, contents, known = _contents(choice, subject, scored, explained)
    if not subject.raw.unchanged():
        raise DataRefused("DLA326", "the data file changed while it was read", fix="Run again on a file at rest.")
    cards = [_card(one, choice, subject, scored, content) for one, content in zip(choice.chosen, contents, strict=True)]
    kept = _within_limits(choice.chosen, cards)
    shown, labels = [cards[at] for at in kept], subject.labels
    several = labels.task in {"multiclass", "multilabel"}
    return Examples(
        mode=asked,
        cards=shown,
        slices=[_told(one, choice, shown) for one in choice.slices],
        worst=choice.numbers[0],
        typical=choice.numbers[1],
        most=MOST,
        left_out=len(cards) - len(shown),
        common=COMMON,
        method=method,
        explained=sum(known[at] for at in kept),
        explains=labels.classes[class_explained(labels)] if several and method is not None else "",
    )


def _why_not(subject: Subject, measured: Measured) -> str | None:
    if subject.spec.report.small_cells > 1:
        return "a single row is a count of one, and report.small_cells lets no small count be shown"
    if measured.rows is None:
        return "the rows do not fit in memory"
    metrics = subject.spec.metrics
    if not subject.labels.target or metrics.values is not None or metrics.counts is not None:
        return "no label is read, so no row is right or wrong"
    return None


def _choice(subject: Subject, scored: Scored, measured: Measured, rows: ScoredRows) -> _Choice:
    table, sensitive = measured.table, set(subject.roles.sensitive)
    at = [
        place
        for place, one in enumerate(table.slices)
        if one.kind == "group" and (one.n or not one.unknown) and sensitive.issuperset(one.by)
    ]
    slices = [table.slices[place] for place in at]
    member = {table.slices[place].id: table.member[place][rows.atom] for place in at}
    large = [one for one in slices if not one.unknown and not _few(one, member[one.id], rows, subject)]
    worst, typical, room = numbers_of(len(large))
    records = np.concatenate(scored.records)
    digests = row_digests(subject.raw, subject.roles.columns)[records - 1]
    doubt, roomy, ids = doubt_of(rows), large[:room], {one.id for one in large}
    chosen = choose(doubt, [member[one.id] for one in roomy], Ties(digest=digests, record=records), (worst, typical))
    return _Choice(
        rows=rows,
        doubt=doubt,
        slices=slices,
        roomy=roomy,
        few=frozenset(one.id for one in slices if not one.unknown and one.id not in ids),
        chosen=chosen,
        records=records,
        numbers=(worst, typical),
        member=member,
    )


def _few(one: Slice, member: np.ndarray[Any, Any], rows: ScoredRows, subject: Subject) -> bool:
    """Whether a slice is too small for single rows of it to be shown: in rows, where a unit is declared in people."""
    if one.small or subject.spec.report.examples != "masked":
        return one.small
    people = rows.unit is not None and rows.unit.ndim == 1
    count = len(np.unique(rows.unit[member])) if people and rows.unit is not None else one.n
    return count < LEAST_MASKED


def _contents(
    choice: _Choice, subject: Subject, scored: Scored, explained: Explained
) -> tuple[str | None, list[Content], list[bool]]:
    """What the chosen rows hold, and of which of them contributions are known."""
    at = np.array([one.row for one in choice.chosen], dtype=np.int64)
    method, parts = _parts(choice.chosen, scored, explained)
    roles = subject.roles
    hidden = [*roles.groups, *roles.target, *subject.raw.joined]
    hidden += [name for name in (roles.id, roles.unit, roles.weight) if name is not None]
    how = Showing(
        masked=subject.spec.report.examples == "masked",
        file=subject.raw,
        hidden=frozenset(hidden),
        units=() if roles.unit is None else (roles.unit,),
        parts=parts,
    )
    contents = subject.data.preview(choice.records[at], how) if len(at) else []
    return method, contents, [one is not None for one in parts]


def _parts(chosen: Sequence[Chosen], scored: Scored, explained: Explained) -> tuple[str | None, list[RowParts | None]]:
    """What moved the score of each row; rows that no sample held are explained now, within bounds."""
    at = np.array([one.row for one in chosen], dtype=np.int64)
    ids = _ids(scored)[at].tolist() if len(at) else []
    method, parts = parts_of(explained.rows, ids)
    unknown = [place for place in _by_rank(chosen) if parts[place] is None]
    if explained.further is None or not unknown:
        return method, parts
    for found in explained.further.rows(at[unknown]):
        _, more = parts_of(found, ids)
        parts = [one if one is not None else other for one, other in zip(parts, more, strict=True)]
    return method, parts


def _by_rank(chosen: Sequence[Chosen]) -> list[int]:
    """Places of what was chosen: the first row of every slice before the second one of any."""
    return sorted(range(len(chosen)), key=lambda at: (chosen[at].rank, chosen[at].why != "worst", chosen[at].slice))


def _card(one: Chosen, choice: _Choice, subject: Subject, scored: Scored, content: Content) -> Example:
    masked, row = subject.spec.report.examples == "masked", one.row
    rows, classes = choice.rows, subject.labels.classes
    place = _place_scored(choice, row, one.why == "worst")
    score = float(rows.score[row, place])
    return Example(
        slice=choice.roomy[one.slice].id,
        why=one.why,
        row=None if masked else int(choice.records[row]),
        id=None if masked or subject.roles.id is None else str(_ids(scored)[row]),
        levels={} if masked else dict(scored.atoms.atoms[int(rows.atom[row])]),
        label=_written(rows.target[row], classes, rows.task, masked=masked),
        prediction=_written(rows.prediction[row], classes, rows.task, masked=masked),
        score=float(f"{score:.2g}") if masked else score,
        scored=classes[place] if rows.task in {"multiclass", "multilabel"} and place < len(classes) else "",
        content=content,
    )


def _place_scored(choice: _Choice, row: int, wrong: bool) -> int:
    """The label whose score is told: the predicted one; of several labels, the one that is in doubt."""
    rows = choice.rows
    if rows.task == "multiclass":
        return int(rows.prediction[row])
    if choice.doubt.distance is None:
        return 0
    distance = choice.doubt.distance[row]
    if wrong:
        return int(np.argmax(np.where(rows.prediction[row] != rows.target[row], distance, -1.0)))
    return int(np.argmin(distance))


def _written(value: Any, classes: Sequence[str], task: str, *, masked: bool) -> str:
    """A label, labels, or a number in words."""
    if task == "regression":
        return f"{float(value):.2g}" if masked else f"{float(value):.6g}"
    if task == "multilabel":
        return ", ".join(name for name, there in zip(classes, value, strict=True) if there) or "–"
    return classes[int(value)] if int(value) < len(classes) else str(int(value))


def _ids(scored: Scored) -> np.ndarray[Any, Any]:
    return np.concatenate([batch.row_ids for batch in scored.batches])


def _within_limits(chosen: Sequence[Chosen], cards: Sequence[Example]) -> list[int]:
    """Places of the cards that are written: the first ones of every slice before the second ones of any."""
    kept, size, pictures = [], 0, 0
    for at in _by_rank(chosen):
        content = cards[at].content
        size += len(content.model_dump_json())
        pictures += len(content.rasters)
        if size > BYTES or pictures > PICTURES:
            break
        kept.append(at)
    return sorted(kept)


def _told(one: Slice, choice: _Choice, shown: Sequence[Example]) -> ExampleSlice:
    ours = [card for card in shown if card.slice == one.id]
    return ExampleSlice(
        slice=one.id,
        worst=sum(card.why == "worst" for card in ours),
        typical=sum(card.why == "typical" for card in ours),
        none_wrong=not bool((choice.doubt.wrong & choice.member[one.id]).any()),
        why_none="" if ours else _why_none(one, choice),
    )


def _why_none(one: Slice, choice: _Choice) -> WhyNone:
    if one.unknown:
        return "unknown"
    if one.id in choice.few:
        return "small"
    return "" if any(one.id == other.id for other in choice.roomy) else "room"
