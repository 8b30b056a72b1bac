"""Texts encoded a few at a time: only the tokens that are kept stay in memory, and what the library raises is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

AT_ONCE = 1 << 20
"""Characters that are encoded at once; the library takes some 200 bytes for each."""
A_TOKEN = 32
"""Characters of a long text that are encoded for every token that is kept; all of it where that is too little."""
LEAST = 4_096
"""Characters of a text that are always encoded."""
Given = Sequence[Any]
"""Texts, or pairs of texts."""


class TokenizerFault(Exception):
    """The tokenizer cannot encode a text."""


@dataclass(frozen=True, kw_only=True)
class Coded:
    """What is kept of a `tokenizers.Encoding`, under its names."""

    ids: Int[np.ndarray, " tokens"]
    """Codes."""
    type_ids: Int[np.ndarray, " tokens"]
    """Which text of a pair each token is of, as models are told."""
    sequence_ids: Int[np.ndarray, " tokens"]
    """Which text each token is of; -1 for special tokens."""
    offsets: Int[np.ndarray, "tokens 2"]
    """First character of each token in its text, and the one behind its last."""
    overflowing: bool
    """Whether the text was cut."""


def coded(tokenizer: Any, given: Given, most: int, *, special: bool) -> list[Coded]:
    """Every text (or pair) as the first `most` of its tokens.

    Of a long text the beginning is encoded. Where that gives more tokens than are kept, the rest cannot change them,
    as the two ends of `A_TOKEN * most` characters do not meet within a token; else all of the text is encoded.

    Args:
        tokenizer: A `tokenizers.Tokenizer`.
        given: The texts.
        most: Tokens that a text is cut after.
        special: Whether special tokens are put around a text.

    Raises:
        TokenizerFault: A text cannot be encoded.
    """
    tokenizer.enable_truncation(most)
    length = max(LEAST, A_TOKEN * most)
    heads = [_head(one, length) for one in given]
    made = [one for part in _parts(heads) for one in _encoded(tokenizer, part, special)]
    for at, (whole, head) in enumerate(zip(given, heads, strict=True)):
        if _size(head) < _size(whole) and not made[at].overflowing:
            made[at] = _encoded(tokenizer, [whole], special)[0]
    return made


def _encoded(tokenizer: Any, given: Given, special: bool) -> list[Coded]:
    try:
        return [_kept(one) for one in tokenizer.encode_batch(list(given), add_special_tokens=special)]
    except Exception as fault:  # the library raises bare Exceptions
        raise TokenizerFault(str(fault)) from fault
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # what Rust code raises where it gives up is no Exception
            raise
        raise TokenizerFault(str(panic)) from panic


def _kept(one: Any) -> Coded:
    sequence = [-1 if number is None else number for number in one.sequence_ids]
    return Coded(
        ids=np.array(one.ids, dtype=np.int64),
        type_ids=np.array(one.type_ids, dtype=np.int64),
        sequence_ids=np.array(sequence, dtype=np.int8),
        offsets=np.array(one.offsets, dtype=np.int32).reshape(-1, 2),
        overflowing=bool(one.overflowing),
    )


def _head(one: Any, length: int) -> Any:
    return one[:length] if isinstance(one, str) else tuple(text[:length] for text in one)


def _size(one: Any) -> int:
    return len(one) if isinstance(one, str) else sum(map(len, one))


def _parts(given: Given) -> Iterator[Given]:
    """The texts in order, about `AT_ONCE` characters at a time."""
    start = size = 0
    for at, one in enumerate(given):
        size += _size(one)
        if size >= AT_ONCE:
            yield given[start : at + 1]
            start, size = at + 1, 0
    if start < len(given):
        yield given[start:]
