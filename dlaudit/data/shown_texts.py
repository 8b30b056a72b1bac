"""Texts of single rows: in pieces with what each word moved the score by, rare words masked where that is asked."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from dlaudit.data.cells import as_text
from dlaudit.data.showing import COMMON, MASKED, Showing, coarse
from dlaudit.data.text_words import LONGEST_NAME, short_name, word_runs, word_spans
from dlaudit.record import Content, Passage, Stretch

MOST_CHARACTERS = 600
"""Of a text that are shown."""
_SEARCHED = 100_000
"""Characters of a text in which words are counted."""
_CHUNK = 4_096
_SEVERAL_MASKED = re.compile(rf"{re.escape(MASKED)}(?:\s?{re.escape(MASKED)})+")
Named = Sequence[tuple[str, str]]
"""Texts of one row with what they are called."""


def texts_shown(columns: Mapping[str, pa.Array], names: Sequence[str], how: Showing) -> list[Content]:
    """Columns of texts, each row's in pieces."""
    texts = [[text or "" for text in as_text(columns[name]).to_pylist()] for name in names]
    rows = [list(zip(names if len(names) > 1 else [""], row, strict=True)) for row in zip(*texts, strict=True)]
    return [Content(passages=one) for one in passages_of(rows, how, names)]


def passages_of(rows: Sequence[Named], how: Showing, columns: Sequence[str]) -> list[list[Passage]]:
    """The texts of every row in pieces.

    Args:
        rows: For every row its texts with their names, in the order in which their words are explained.
        how: What is asked.
        columns: Columns of the file that hold such texts: they say which words are rare.
    """
    common = _common_words(rows, how, columns) if how.masked else None
    return [_passages(texts, list(_spoken(how.of(at).words)), common) for at, texts in enumerate(rows)]


def _spoken(words: Sequence[tuple[str, float]]) -> Iterator[tuple[str, int, float]]:
    """Single words, the span that each is of, and what the span moved the score by."""
    for span, (name, value) in enumerate(words):
        for word in name.split(" "):
            yield word, span, value


def _passages(texts: Named, spoken: list[tuple[str, int, float]], common: frozenset[str] | None) -> list[Passage]:
    made, at = [], 0
    for name, text in texts:
        stretches, at = _stretches(text, spoken, at, common)
        made.append(Passage(name=name, stretches=stretches, left_out=max(0, len(text) - MOST_CHARACTERS)))
    return made


def _stretches(
    whole: str, spoken: list[tuple[str, int, float]], at: int, common: frozenset[str] | None
) -> tuple[list[Stretch], int]:
    """The pieces of a text: words of one span together, all that nothing is known of together; nothing is known of a
    span with a word that is masked.
    """
    pieces: list[tuple[str, int | None, float | None]] = []
    text, end = whole[:MOST_CHARACTERS], 0
    hidden = _Hidden(whole, common) if common is not None else None
    for word, start, stop in word_spans(text):
        between, end = re.sub(r"\s+", " ", text[end:start]), stop
        span, value = None, None
        if at < len(spoken) and spoken[at][0] == short_name(word):
            _, span, value = spoken[at]
            at += 1
        shown, value = (word, value) if hidden is None else hidden.told(word, start, value)
        if span is not None and pieces and pieces[-1][1] == span:
            known = None if pieces[-1][2] is None else value
            pieces[-1] = (pieces[-1][0] + between + shown, span, known)
        else:
            pieces += [(between, None, None)] if between else []
            pieces.append((shown, span, value))
    pieces += [(re.sub(r"\s+", " ", text[end:]), None, None)] if text[end:] else []
    return _joined(pieces), at


def _joined(pieces: list[tuple[str, int | None, float | None]]) -> list[Stretch]:
    made: list[Stretch] = []
    for text, _, value in pieces:
        if value is None and made and made[-1].contribution is None:
            made[-1] = Stretch(text=made[-1].text + text)
        else:
            made.append(Stretch(text=text, contribution=value))
    return [one.model_copy(update={"text": _SEVERAL_MASKED.sub(MASKED, one.text)}) for one in made]


class _Hidden:
    """Which places of a text are masked: all those of a run of letters that is not common."""

    def __init__(self, text: str, common: frozenset[str]) -> None:
        runs = [one for one in _runs(text) if any(map(str.isalnum, one[0])) and one[0].lower() not in common]
        self._starts, self._stops = [one[1] for one in runs], [one[2] for one in runs]

    def told(self, word: str, start: int, value: float | None) -> tuple[str, float | None]:
        """A word with what it moved the score by, coarsely; what stands for it, and nothing, where it is masked."""
        before = bisect_right(self._starts, start) - 1
        return (MASKED, None) if before >= 0 and start < self._stops[before] else (word, coarse(value))


def _runs(text: str) -> list[tuple[str, int, int]]:
    """The runs of letters that begin in what is shown of a text, each to its end."""
    return [one for one in word_runs(text[: MOST_CHARACTERS + LONGEST_NAME]) if one[1] < MOST_CHARACTERS]


def _common_words(rows: Sequence[Named], how: Showing, columns: Sequence[str]) -> frozenset[str]:
    """The words of those texts that `COMMON` texts, or people, of the file have in lower case and without a digit."""
    words = {word.lower() for texts in rows for _, text in texts for word, _, _ in _runs(text)}
    wanted = {word for word in words if not any(character.isdigit() for character in word)}
    if not wanted or not columns:
        return frozenset()
    counts: Counter[str] = Counter()
    people: dict[str, set[str | None]] = {word: set() for word in wanted}
    for batch in how.file.batches(_CHUNK, [*columns, *how.units]):
        told = [as_text(column).to_pylist() for column in batch.columns]
        for cells in zip(*told, strict=True):
            texts = cells[: len(columns)]
            held = {word for text in texts if text for word, _, _ in word_runs(text[:_SEARCHED])} & wanted
            counts.update(held)
            for word in held if how.units else ():
                if len(people[word]) < COMMON:
                    people[word].add(cells[-1])
    if how.units:
        return frozenset(word for word, units in people.items() if len(units) >= COMMON)
    return frozenset(word for word, texts in counts.items() if texts >= COMMON)
