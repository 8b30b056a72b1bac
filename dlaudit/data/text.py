"""Texts: token codes int64 [n, length] and a mask, with the words that explanations speak of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.encoded import Encoded, Inputs, Unadorned
from dlaudit.data.grid import Grid
from dlaudit.data.modalities import MODALITIES, Making, Modality
from dlaudit.data.raw_rows import RawRows
from dlaudit.data.showing import Showing
from dlaudit.data.shown_texts import texts_shown
from dlaudit.data.table_inputs import RawInputs
from dlaudit.data.text_tokens import LONGEST, Tokens, read_tokens
from dlaudit.data.text_words import NOBODY, Words, words_of
from dlaudit.errors import DataRefused, UsageError
from dlaudit.record import Content
from dlaudit.spec import AuditSpec, TextInput
from dlaudit.tensors import ABOUT, OWN, tensor_table

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable

MASK, KINDS = "attention_mask", "token_type_ids"
"""Inputs of Hugging Face models besides the codes: 1 for tokens, and which text of a pair a token is of."""
EMPTY, NO_TOKENS = "a text is empty", "a text has no tokens that stand for any of it"
NOT_TEXT = "texts with characters that could not be decoded (U+FFFD)"
PAIR = ".pair"
"""Ending of the column that holds the second text of a pair, for readers."""


@dataclass(frozen=True, kw_only=True)
class TextInputs(Unadorned):
    """Columns of texts as codes."""

    texts: list[str]
    """Columns: that of the text, or those of a pair of texts."""
    asked: TextInput
    """How they are encoded."""
    tokens: Tokens
    """The tokenizer."""
    mask: str | None
    """Name of the mask; None for a model that takes none."""
    kinds: bool
    """Whether the model is told which text of a pair a token is of."""
    most: int
    """Tokens that a text is cut after."""
    length: int
    """Tokens that every text is filled up to."""
    reject: bool
    """Whether texts that cannot be used are left out rather than an error."""
    missing: tuple[str, ...]
    """`data.missing`."""
    modality = "text"
    at_once = 4_096

    @property
    def columns(self) -> list[str]:
        """The columns of texts."""
        return self.texts

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: "RawTable") -> Encoded:
        """Codes, mask and the word of every token; a text that is empty or has no tokens is bad.

        Raises:
            DataRefused: A text cannot be used (DLA349) and `data.on_bad` is `error`.
        """
        texts = [as_text(columns[name]).to_pylist() for name in self.texts]
        absent = np.logical_or.reduce(
            [self._absent(columns[name], one) for name, one in zip(self.texts, texts, strict=True)]
        )
        given = [["" if text is None else text for text in one] for one in texts]
        encodings = self._encodings(given)
        cut = np.array([bool(one.overflowing) for one in encodings], dtype=bool)
        words = self._words(given, encodings)
        silent = ~absent & ~np.array([(one.owner != NOBODY).any() for one in words], dtype=bool)
        self._check(np.flatnonzero(absent), EMPTY, first_row, file)
        self._check(np.flatnonzero(silent), NO_TOKENS, first_row, file)
        if self.asked.truncate == "error":
            self._check(np.flatnonzero(cut), f"a text has more than {self.most:,} tokens", first_row, file, always=True)
        odd = np.array(["\ufffd" in "".join(one) for one in zip(*given, strict=True)], dtype=bool)
        return Encoded(
            inputs=self._table(given, encodings, words),
            bad={EMPTY: absent, NO_TOKENS: silent},
            altered={f"texts cut after {self.most:,} tokens": cut, NOT_TEXT: odd},
        )

    @property
    def grids(self) -> list[Grid]:
        """Words by their place in the text; an absent word is blank, since words of two people do not correspond."""
        places = min(self.asked.words, self.length)
        names = tuple(f"word {at + 1}" for at in range(places))
        return [Grid(input=self.asked.name, names=names, by_row=True, aligned=False, blanks=self.tokens.blanks)]

    @property
    def only_text(self) -> str | None:
        """Its column, unless rows are pairs of texts."""
        return self.texts[0] if len(self.texts) == 1 else None

    def words(self, inputs: pa.Table) -> list[list[str]] | None:
        """The words of each text, in order; spans of words where a text has more than `input.text.words`."""
        about = ABOUT + self.asked.name
        held = [about, about + PAIR][: len(self.texts)]
        given = [inputs.column(name).to_pylist() for name in held]
        return [one.names for one in self._words(given, self._encodings(given))]

    def preview(self, columns: dict[str, pa.Array], how: Showing) -> list[Content]:
        """The texts, with what each word moved the score by."""
        return texts_shown(columns, self.texts, how)

    def files(self, file: "RawTable") -> Iterator[str]:
        """The tokenizer."""
        return iter([self.tokens.path])

    def _absent(self, column: pa.Array, texts: Sequence[str | None]) -> np.ndarray[Any, Any]:
        blank = np.array([text is None or not text.strip() for text in texts], dtype=bool)
        return np.asarray(blank | is_missing(column, self.missing))

    def _encodings(self, given: list[list[str]]) -> list[Any]:
        return self.tokens.encodings(given[0], given[1] if len(given) > 1 else None, self.most)

    def _words(self, given: list[list[str]], encodings: list[Any]) -> list[Words]:
        most = min(self.asked.words, self.length)
        return [words_of(list(one), told, most) for *one, told in zip(*given, encodings, strict=True)]

    def _table(self, given: list[list[str]], encodings: list[Any], words: list[Words]) -> pa.Table:
        longest = max((len(one.ids) for one in encodings), default=0)
        # texts that are no rows of the data may be longer than all of them
        name, shape = self.asked.name, (len(encodings), max(self.length, longest))
        codes = np.full(shape, self.tokens.pad, dtype=np.int64)
        mask, kinds, owner = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.full(shape, NOBODY, np.int16)
        for row, (one, said) in enumerate(zip(encodings, words, strict=True)):
            count = len(one.ids)
            codes[row, :count], mask[row, :count], owner[row, :count] = one.ids, 1, said.owner
            kinds[row, :count] = one.type_ids
        made = {name: codes}
        made |= {self.mask: mask} if self.mask is not None else {}
        made |= {KINDS: kinds} if self.kinds else {}
        endings = ("", PAIR)[: len(given)]
        told = {ABOUT + name + end: np.array(one, dtype=object) for end, one in zip(endings, given, strict=True)}
        return tensor_table({**made, OWN + name: owner, **told})

    def _check(
        self, rows: np.ndarray[Any, Any], what: str, first_row: int, file: "RawTable", *, always: bool = False
    ) -> None:
        """Refuse rows that cannot be used, unless they are to be left out."""
        if not len(rows) or (self.reject and not always):
            return
        more = f", and {len(rows) - 1:,} more of the records looked at with it" if len(rows) > 1 else ""
        cutting = 'Raise [input.text] max_length, or set truncate = "report".'
        leave = "Correct the record; or count such records by slice and leave them out: --set data.on_bad=reject."
        raise DataRefused(
            "DLA349",
            what + more,
            place=file.place(first_row + int(rows[0]), self.texts[0]),
            expected="a text that the tokenizer makes tokens of, within the length allowed",
            fix=cutting if always else leave,
        )


def text_columns(spec: AuditSpec) -> list[str] | None:
    """The column of texts, or the two of pairs of texts."""
    if spec.data.text is None:
        return None
    return [spec.data.text] if spec.data.text_pair is None else [spec.data.text, spec.data.text_pair]


def text_inputs(making: Making) -> Inputs:
    """Texts as inputs: by a tokenizer, or raw for the user's own `preprocess`.

    Raises:
        UsageError: There is no tokenizer, or it cannot be used (DLA103, DLA107, DLA111, DLA706).
    """
    spec, features = making.spec, making.features
    if making.has_preprocess:
        if spec.input.text is not None:
            raise UsageError(
                "DLA107",
                "both [input.text] and the code's preprocess say how texts become inputs",
                fix="Remove one of them.",
            )
        return RawInputs(rows=RawRows.peek(making.raw, features, spec.data.missing), features=features)
    asked = spec.input.text or TextInput()
    tokens = read_tokens(asked, making.model_folder)
    mask = asked.mask or (MASK if MASK in making.input_names else None)
    most = asked.max_length or min(tokens.limit or LONGEST, LONGEST)
    filled = asked.padding == "max_length" or (
        asked.padding == "auto" and mask is None and asked.max_length is not None
    )
    longest = most if filled else min(most, _longest(making.raw, features, tokens, most))
    return TextInputs(
        texts=features,
        asked=asked,
        tokens=tokens,
        mask=mask,
        kinds=len(features) > 1 and KINDS in making.input_names,
        most=most,
        length=max(1, longest),
        reject=spec.data.on_bad == "reject",
        missing=tuple(spec.data.missing),
    )


def _longest(raw: "RawTable", columns: Sequence[str], tokens: Tokens, most: int) -> int:
    """Tokens of the longest text of the data, a multiple of 8; the search ends once `most` is reached."""
    longest = special = len(tokens.encodings([""], [""] if len(columns) > 1 else None, most)[0].ids)
    for batch in raw.batches(TextInputs.at_once, list(columns)):
        rows = zip(*(as_text(column).to_pylist() for column in batch.columns), strict=True)
        given = [one for one in {tuple(text or "" for text in row) for row in rows} if _may_pass(one, longest, special)]
        if given:
            texts, *pairs = ([one[at] for one in given] for at in range(len(columns)))
            longest = max(
                longest, *(len(one.ids) for one in tokens.encodings(texts, pairs[0] if pairs else None, most))
            )
        if longest >= most:
            break
    return -(-longest // 8) * 8


def _may_pass(texts: tuple[str, ...], longest: int, special: int) -> bool:
    """Whether texts may have more than `longest` tokens: plain ASCII has at most one a character."""
    return not all(text.isascii() for text in texts) or special + 2 + sum(map(len, texts)) > longest


MODALITIES.add("text", Modality(columns=text_columns, make=text_inputs, rows_are="texts"))
