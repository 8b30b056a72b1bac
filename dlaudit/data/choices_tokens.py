"""An option after its prompt as tokens: which of them count, how much, and which word of the prompt each is of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from dlaudit.data.grid import cut
from dlaudit.data.text_words import NOBODY, word_spans

_COLUMN = re.compile(r"\{([^{}]+)\}")
"""A column in a prompt."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """One option after its prompt."""

    ids: Int[np.ndarray, " tokens"]
    """Codes."""
    weights: Float[np.ndarray, " tokens"]
    """How much the log-likelihood of each token counts; 0 for those of the prompt."""
    owner: Int[np.ndarray, " tokens"]
    """Word of the prompt that each token is of; -1 for others."""
    lost: int
    """Tokens at the beginning of the prompt that were cut."""

    @property
    def counted(self) -> int:
        """Tokens that count."""
        return int((self.weights != 0).sum())


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How an option and its prompt become tokens."""

    tokenizer: Any
    """A `tokenizers.Tokenizer` that neither cuts nor pads."""
    start: int | None
    """Code that is put before a text whose first token would count; None where none is known."""
    most: int
    """Tokens at most."""
    normalise: str
    """`sum`, `tokens` or `characters`."""
    words: int
    """Words of a prompt at most."""

    def written(self, prompts: Sequence[str], options: Sequence[str]) -> list[Written]:
        """Every option after its prompt.

        Both are tokenised together, as a model would read them; a token that holds a character of the option counts.
        """
        texts = [prompt + option for prompt, option in zip(prompts, options, strict=True)]
        encodings = self.tokenizer.encode_batch(texts, add_special_tokens=True)
        return [self._one(*one) for one in zip(prompts, options, encodings, strict=True)]

    def _one(self, prompt: str, option: str, encoding: Any) -> Written:
        ids = np.array(encoding.ids, dtype=np.int64)
        offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        begin, end = offsets[:, 0], offsets[:, 1]
        real = (np.array(encoding.special_tokens_mask) == 0) & (end > begin)
        counts = real & (end > len(prompt))
        owner = np.full(len(ids), NOBODY, dtype=np.int64)
        mine = real & ~counts
        owner[mine] = prompt_words(prompt, self.words)[1][end[mine] - 1]
        # what stands behind the option, as an end-of-text token, is not asked about
        stop = int(np.flatnonzero(counts).max()) + 1 if counts.any() else len(ids)
        ids, counts, owner = ids[:stop], counts[:stop], owner[:stop]
        if stop and counts[0] and self.start is not None:
            ids, counts, owner = np.r_[self.start, ids], np.r_[False, counts], np.r_[NOBODY, owner]
        lost, kept = self._cut(ids, counts, owner)
        weights = counts[kept] / self._divisor(int(counts.sum()), option)
        return Written(ids=ids[kept], weights=weights, owner=owner[kept], lost=lost)

    def _cut(self, ids: Int[np.ndarray, " m"], counts: Any, owner: Any) -> tuple[int, Any]:
        """How many tokens of the prompt are lost, and the places of those that stay.

        Its first ones go, but for a token that begins the text.
        """
        lost = max(0, len(ids) - self.most)
        head = 1 if len(ids) and not counts[0] and owner[0] == NOBODY else 0
        return lost, np.r_[np.arange(head), np.arange(head + lost, len(ids))].astype(np.int64)

    def _divisor(self, tokens: int, option: str) -> float:
        divisor = {"sum": 1, "tokens": tokens, "characters": len(option.strip())}[self.normalise]
        return float(max(1, divisor))


def columns_in(prompt: str) -> list[str]:
    """Columns that a prompt names, once each."""
    return list(dict.fromkeys(_COLUMN.findall(prompt)))


def filled(prompt: str, cells: dict[str, str]) -> str:
    """The prompt with the cells of a row in place of their columns."""
    return _COLUMN.sub(lambda match: cells[match[1]], prompt)


def prompt_words(prompt: str, most: int) -> tuple[list[str], Int[np.ndarray, " characters"]]:
    """The words of a prompt, merged to at most `most` spans, and the span of each character; of a blank the next."""
    words = word_spans(prompt)
    spans = cut(len(words), most) if words else ()
    of = np.full(len(prompt), NOBODY, dtype=np.int64)
    names: list[list[str]] = [[] for _ in range(max(spans, default=-1) + 1)]
    before = 0
    for (word, _, stop), span in zip(words, spans, strict=True):
        of[before:stop], before = span, stop
        names[span].append(word)
    of[before:] = len(names) - 1
    return [" ".join(one) for one in names], of
