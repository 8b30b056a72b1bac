"""Texts of single rows: in pieces with what each word moved the score by, rare words masked where that is asked."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from dlaudit.data.cells import as_text
from dlaudit.data.showing import COMMON, MASKED, Showing
from dlaudit.data.text_words import short_name, word_spans
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
        kept = text[:MOST_CHARACTERS]
        stretches, at = _stretches(kept, spoken, at, common)
        made.append(Passage(name=name, stretches=stretches, left_out=len(text) - len(kept)))
    return made


def _stretches(
    text: str, spoken: list[tuple[str, int, float]], at: int, common: frozenset[str] | None
) -> tuple[list[Stretch], int]:
    """The pieces of a text: words of one span together, all that nothing is known of together."""
    pieces: list[tuple[str, int | None, float | None]] = []
    end = 0
    for word, start, stop in word_spans(text):
        between, end = re.sub(r"\s+", " ", text[end:start]), stop
        span, value = None, None
        if at < len(spoken) and spoken[at][0] == short_name(word):
            _, span, value = spoken[at]
            at += 1
        shown = word if common is None or _is_shown(word, common) else MASKED
        inside = span is not None and bool(pieces) and pieces[-1][1] == span
        if inside:
            pieces[-1] = (pieces[-1][0] + between + shown, span, value)
        else:
            pieces += [(between, None, None)] if between else []
            pieces.append((shown, span, value))
    pieces += [(re.sub(r"\s+", " ", text[end:]), None, None)] if text[end:] else []
    return _joined(pieces), at


def _joined(pieces: list[tuple[str, int | None, float | None]]) -> list[Stretch]:
    made: list[Stretch] = []
    for text, span, value in pieces:
        if span is None and made and made[-1].contribution is None:
            made[-1] = Stretch(text=made[-1].text + text)
        else:
            made.append(Stretch(text=text, contribution=value))
    return [one.model_copy(update={"text": _SEVERAL_MASKED.sub(MASKED, one.text)}) for one in made]


def _is_shown(word: str, common: frozenset[str]) -> bool:
    return not any(character.isalnum() for character in word) or word.lower() in common


def _common_words(rows: Sequence[Named], how: Showing, columns: Sequence[str]) -> frozenset[str]:
    """The words of those texts that `COMMON` texts of the file hold in lower case and that have no digit."""
    words = {word.lower() for texts in rows for _, text in texts for word, _, _ in word_spans(text[:MOST_CHARACTERS])}
    wanted = {word for word in words if not any(character.isdigit() for character in word)}
    counts: Counter[str] = Counter()
    if not wanted or not columns:
        return frozenset()
    for batch in how.file.batches(_CHUNK, list(columns)):
        for cells in zip(*(as_text(column).to_pylist() for column in batch.columns), strict=True):
            held = {word for text in cells if text for word, _, _ in word_spans(text[:_SEARCHED])}
            counts.update(held & wanted)
    return frozenset(word for word, texts in counts.items() if texts >= COMMON)
