"""Words of a text: where they lie, and which token belongs to which of them."""

import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
from jaxtyping import Int

from dlaudit.data.grid import cut

NOBODY = -1
"""Word of tokens that stand for no part of the text, as [CLS] and padding."""
LONGEST_NAME = 200
"""Characters of a word that are shown."""
_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts that write no blanks between words: each of their characters stands alone."""
_WORD = re.compile(rf"[{_ALONE}]|(?:(?![{_ALONE}])\w)+(?:['’-](?:(?![{_ALONE}])\w)+)*|[^\w\s]")
"""Letters and digits with apostrophes and hyphens between them, one character of those scripts, or one sign."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of one text that tokens stand for, merged into spans where there are too many."""

    names: list[str]
    """The words, or spans of words, in order."""
    owner: Int[np.ndarray, " tokens"]
    """Which of them each token belongs to; -1 for tokens of none."""


def word_spans(text: str) -> list[tuple[str, int, int]]:
    """The words of a text with the places of their first character and of the one behind their last."""
    return [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]


def word_runs(text: str) -> list[tuple[str, int, int]]:
    """Whole runs of letters, marks and digits of any script, with apostrophes and hyphens between them, and where.

    In scripts without blanks a run holds several words; it never is only a part of one, as a vowel sign or a
    character of a name is.
    """
    return [(match.group(), match.start(), match.end()) for match in _run().finditer(text)]


@cache
def _run() -> "re.Pattern[str]":
    """Letters and digits are of `\\w`, marks are not; joiners stand within words of some scripts."""
    marks = [at for at in range(sys.maxunicode + 1) if unicodedata.category(chr(at)).startswith("M")]
    spans = [[at for _, at in group] for _, group in groupby(enumerate(marks), lambda one: one[1] - one[0])]
    held = r"[\w\u200c\u200d" + "".join(f"{chr(span[0])}-{chr(span[-1])}" for span in spans) + "]+"
    return re.compile(rf"{held}(?:['’-]{held})*")


def words_of(texts: list[str], encoding: Any, most: int) -> Words:
    """The words of a text, or of a pair of texts one after the other, as its tokens cover them.

    Args:
        texts: The text, or both texts of a pair.
        encoding: Its `tokenizers.Encoding`, or what is kept of it.
        most: Words from which neighbours are merged into that many spans.
    """
    owner = np.full(len(encoding.ids), NOBODY, dtype=np.int64)
    sequence = np.array([NOBODY if one is None else one for one in encoding.sequence_ids], dtype=np.int64)
    begin, ends = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2).T
    # of a text that was cut no more is searched than the tokens reach
    reached = [int(ends[sequence == number].max(initial=0)) + LONGEST_NAME for number in range(len(texts))]
    found = [word_spans(text[:stop]) for text, stop in zip(texts, reached, strict=True)]
    before = 0
    for number, words in enumerate(found):
        mine = (sequence == number) & (ends > begin)
        if words:
            owner[mine] = before + _word_at(ends[mine] - 1, words)
        before += len(words)
    return _kept([word for words in found for word, _, _ in words], owner, most)


def _word_at(last: Int[np.ndarray, " m"], words: list[tuple[str, int, int]]) -> Int[np.ndarray, " m"]:
    """The word that holds each character; the next one for a character between words, as a leading blank."""
    stops = np.array([stop for _, _, stop in words], dtype=np.int64)
    return np.minimum(np.searchsorted(stops, last, side="right"), len(words) - 1)


def _kept(words: list[str], owner: Int[np.ndarray, " tokens"], most: int) -> Words:
    """The words that have tokens, numbered through, merged to at most `most`."""
    known = np.unique(owner[owner != NOBODY])
    place = np.full(len(words) + 1, NOBODY, dtype=np.int64)  # the last entry is that of -1
    spans = np.array(cut(len(known), most) if len(known) else (), dtype=np.int64)
    place[known] = spans
    names: list[list[str]] = [[] for _ in range(int(spans.max(initial=-1)) + 1)]
    for word, span in zip(known, spans, strict=True):
        names[span].append(short_name(words[word]))
    return Words(names=[" ".join(one) for one in names], owner=place[owner])


def short_name(word: str) -> str:
    """How a word is called: itself, cut in its middle where it is longer than any word, as a line of 900,000 signs."""
    return word if len(word) <= LONGEST_NAME else f"{word[: LONGEST_NAME // 2]}…{word[-LONGEST_NAME // 2 :]}"
