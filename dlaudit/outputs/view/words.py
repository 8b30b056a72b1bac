"""Words of texts: those that raise and those that lower the score most, slice by slice."""

from collections.abc import Iterable
from dataclasses import dataclass

from dlaudit.findings.explained import distrusted, is_withheld, withheld
from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.order import slices_of
from dlaudit.outputs.view.profiles import methods_by_role
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Sentence, capitalised, people
from dlaudit.record import OVERALL, Attribution, Audit

MOST_WORDS = 6
"""Words on each side."""
MOST_FIRST, MOST_MORE = 6, 24
"""Slices whose words are shown at once, and folded."""
KIND = "text"
"""The kind of input whose features are words."""


@dataclass(frozen=True)
class Word:
    """A word and its mean contribution."""

    word: str
    value: str
    interval: str
    bucket: str


@dataclass(frozen=True, kw_only=True)
class WordTable:
    """The words of one slice."""

    slice: Sentence
    rows: str
    doubt: str
    sides: list[tuple[str, list[Word]]]
    """Heading and words: raising, lowering, and what is no single word."""


@dataclass(frozen=True)
class Words:
    """Tables of the first slices, of others, and how many are left out."""

    caption: str
    first: list[WordTable]
    more: list[WordTable]
    left_out: int
    few: int
    """Slices with too few texts for an interval."""


def word_tables(audit: Audit) -> Words:
    """A table per slice of a sensitive feature, by the method chosen first; none where no input is a text."""
    methods = methods_by_role(audit, audit.attributions)
    if KIND not in audit.data.modality.split(" + ") or not methods:
        return Words("", [], [], 0, 0)
    found: dict[str, list[Attribution]] = {}
    for one in audit.attributions:
        if one.method == methods[0]:
            found.setdefault(one.slice, []).append(one)
    held = withheld(audit)
    wanted = [one.id for feature in audit.data.sensitive for one in slices_of(audit, [feature]) if not one.unknown]
    slices = [one for one in wanted or [OVERALL] if one in found and not is_withheld(held, methods[0], one)]
    sure = [one for one in slices if any(part.low is not None for part in found[one])]
    tables = [_table(audit, found[one]) for one in sure[: MOST_FIRST + MOST_MORE]]
    caption = TEXT["words_caption"].format(method=text.name(method_named(methods[0])))
    return Words(caption, tables[:MOST_FIRST], tables[MOST_FIRST:], len(sure) - len(tables), len(slices) - len(sure))


def _table(audit: Audit, parts: list[Attribution]) -> WordTable:
    method, slice_ = parts[0].method, parts[0].slice
    columns = set(audit.data.features) if " + " in audit.data.modality else set()
    words = [one for one in parts if not _is_rest(one.feature) and one.feature not in columns]
    rest = [one for one in parts if _is_rest(one.feature)]
    doubtful = any((one.method, one.slice) == (method, slice_) for one in distrusted(audit))
    largest = max((abs(one.mean) for one in parts), default=0.0)
    sides = (
        (TEXT["words_raise"], sorted((one for one in words if one.mean > 0), key=lambda one: (-one.mean, one.feature))),
        (TEXT["words_lower"], sorted((one for one in words if one.mean < 0), key=lambda one: (one.mean, one.feature))),
        (TEXT["words_rest"], rest),
    )
    return WordTable(
        slice=capitalised(people(audit, slice_)),
        rows=text.rows(parts[0].rows),
        doubt=TEXT["distrust_word"] if doubtful else "",
        sides=[(title, _told(side[:MOST_WORDS], largest)) for title, side in sides if side],
    )


def _is_rest(name: str) -> bool:
    """Whether it is what is left beside the words: its name stands in brackets, which no word has."""
    return name.startswith("(") and name.endswith(")")


def _told(parts: Iterable[Attribution], largest: float) -> list[Word]:
    written = text.changes(largest)
    return [
        Word(one.feature, written(one.mean), text.span(one.low, one.high, written), _bucket(one, largest))
        for one in parts
    ]


def _bucket(one: Attribution, largest: float) -> str:
    """Class of colour by size and direction; pale where chance could be all of it."""
    step = min(4, max(1, round(abs(one.mean) / largest * 4))) if largest and one.mean else 0
    if one.low is None or one.high is None or one.low <= 0 <= one.high:
        step = min(1, step)
    return "mid" if step == 0 else f"{'lo' if one.mean < 0 else 'hi'}{step}"
