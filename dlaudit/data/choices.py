"""Options of a question: token codes int64 [n, options, tokens] of each after its prompt, for a language model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.choices_tokens import Writing, Written, columns_in, filled, prompt_words
from dlaudit.data.encoded import Encoded, Inputs, Unadorned
from dlaudit.data.grid import Grid
from dlaudit.data.modalities import MODALITIES, Making, Modality
from dlaudit.data.names import require
from dlaudit.data.showing import Showing
from dlaudit.data.shown_texts import passages_of
from dlaudit.data.text_tokens import LONGEST, Tokens, read_tokens
from dlaudit.data.text_words import NOBODY
from dlaudit.errors import DataRefused, ModelRefused, Place, UsageError, shown
from dlaudit.record import Content
from dlaudit.spec import AuditSpec, ChoicesInput, TextInput
from dlaudit.spec.choices import IDS, WEIGHTS
from dlaudit.tensors import ABOUT, OWN, tensor_table

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable

EMPTY = "an option or a column of the prompt is empty"
TOO_LONG = "an option has more tokens than the model takes"
SILENT = "an option has no tokens"
ALONE = "an option begins the text, and no token is known that could stand before it"
BYTES_AT_ONCE = 32 * 2**20
"""Bytes of codes that are made at once, about."""


@dataclass(frozen=True, kw_only=True)
class ChoiceInputs(Unadorned):
    """Options after their prompts as codes, with the weight of every token."""

    asked: ChoicesInput
    """`[input.choices]`."""
    writing: Writing
    """How texts become tokens."""
    tokens: Tokens
    """The tokenizer."""
    length: int
    """Tokens that every text is filled up to."""
    reject: bool
    """Whether rows that cannot be used are left out rather than an error."""
    missing: tuple[str, ...]
    """`data.missing`."""
    modality = "choices"

    @property
    def columns(self) -> list[str]:
        """Those of the prompt, and the options."""
        return columns_of(self.asked)

    @property
    def at_once(self) -> int:
        """Fewer where texts are long."""
        return max(16, BYTES_AT_ONCE // (16 * self.length * len(self.asked.options)))

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: "RawTable") -> Encoded:
        """Codes and weights; a row with an empty option, or one that is too long, is bad.

        Raises:
            DataRefused: A row cannot be used (DLA349) and `data.on_bad` is `error`.
        """
        prompts, written = self._written(columns)
        counted = np.array([[one.counted for one in row] for row in written]).reshape(len(prompts), -1)
        bad = {
            EMPTY: self._empty(columns),
            SILENT: (counted == 0).any(axis=1),
            TOO_LONG: (counted >= self.writing.most).any(axis=1),
            ALONE: np.array([any(one.weights[:1].any() for one in row) for row in written], dtype=bool),
        }
        for what, rows in bad.items():
            self._check(np.flatnonzero(rows), what, first_row, file)
        lost = np.array([any(one.lost for one in row) for row in written], dtype=bool)
        cut = f"beginnings of prompts cut to {self.writing.most:,} tokens"
        if self.asked.truncate == "error":
            self._check(
                np.flatnonzero(lost), f"a text has more than {self.writing.most:,} tokens", first_row, file, always=True
            )
        return Encoded(inputs=self._table(prompts, written), bad=bad, altered={cut: lost})

    @property
    def grids(self) -> list[Grid]:
        """Words of the prompt by their place; none where there is no prompt or no token that could stand for a word."""
        if not columns_in(self.asked.prompt) or not self.tokens.blanks:
            return []
        names = tuple(f"word {at + 1}" for at in range(self.asked.words))
        return [Grid(input=IDS, names=names, by_row=True, aligned=False, blanks=self.tokens.blanks)]

    def words(self, inputs: pa.Table) -> list[list[str]] | None:
        """The words of each prompt, in order; spans of words where there are more than `input.choices.words`."""
        prompts = inputs.column(ABOUT + IDS).to_pylist()
        return [prompt_words(one, self.asked.words)[0] for one in prompts] if self.grids else None

    def preview(self, columns: dict[str, pa.Array], how: Showing) -> list[Content]:
        """The prompts and the options, with what each word of a prompt moved the score by."""
        prompts, options = texts_of(columns, self.asked)
        named = [("prompt", prompts), *zip(self.asked.options, options, strict=True)]
        rows = [[(name, texts[row]) for name, texts in named if texts[row]] for row in range(len(prompts))]
        return [Content(passages=one) for one in passages_of(rows, how, self.columns)]

    def files(self, file: "RawTable") -> Iterator[str]:
        """The tokenizer."""
        return iter([self.tokens.path])

    def _empty(self, columns: dict[str, pa.Array]) -> np.ndarray[Any, Any]:
        blank = [
            is_missing(columns[name], self.missing)
            | np.array([text is None or not text.strip() for text in as_text(columns[name]).to_pylist()], dtype=bool)
            for name in self.columns
        ]
        return np.asarray(np.logical_or.reduce(blank))

    def _written(self, columns: dict[str, pa.Array]) -> tuple[list[str], list[list[Written]]]:
        """The prompts, and for each its options after it."""
        prompts, options = texts_of(columns, self.asked)
        each = [self.writing.written(prompts, one) for one in options]
        return prompts, [list(row) for row in zip(*each, strict=True)]

    def _table(self, prompts: list[str], written: list[list[Written]]) -> pa.Table:
        longest = max((len(one.ids) for row in written for one in row), default=0)
        shape = (len(written), len(self.asked.options), max(self.length, min(longest, self.writing.most)))
        ids = np.full(shape, self.tokens.pad, dtype=np.int64)
        weights, owner = np.zeros(shape, dtype=np.float32), np.full(shape, NOBODY, dtype=np.int16)
        for at, row in enumerate(written):
            for number, one in enumerate(row):
                stop = min(len(one.ids), shape[2])  # only rows that are bad are longer
                ids[at, number, :stop], weights[at, number, :stop] = one.ids[:stop], one.weights[:stop]
                owner[at, number, :stop] = one.owner[:stop]
        made: dict[str, np.ndarray[Any, Any]] = {IDS: ids, WEIGHTS: weights}
        made[ABOUT + IDS] = np.array(prompts, dtype=object)
        return tensor_table(made | ({OWN + IDS: owner} if self.grids else {}))

    def _check(
        self, rows: np.ndarray[Any, Any], what: str, first_row: int, file: "RawTable", *, always: bool = False
    ) -> None:
        """Refuse rows that cannot be used, unless they are to be left out."""
        if not len(rows) or (self.reject and not always):
            return
        more = f", and {len(rows) - 1:,} more of the records looked at with it" if len(rows) > 1 else ""
        fix = "Correct the record; or count such records by slice and leave them out: --set data.on_bad=reject."
        if what == ALONE:
            fix = 'Name the token that texts begin with: [input.choices] start = "<s>".'
        raise DataRefused(
            "DLA349",
            what + more,
            place=file.place(first_row + int(rows[0]), self.asked.options[0]),
            expected="a prompt and options of which the tokenizer makes tokens, within the length allowed",
            fix=fix if not always else 'Raise [input.choices] max_length, or set truncate = "report".',
        )


def columns_of(asked: ChoicesInput) -> list[str]:
    """Columns of the prompt and of the options, once each."""
    return list(dict.fromkeys([*columns_in(asked.prompt), *asked.options]))


def texts_of(columns: dict[str, pa.Array], asked: ChoicesInput) -> tuple[list[str], list[list[str]]]:
    """The prompt of every row, and for each option its text in every row, with what stands before it."""
    cells = {name: [text or "" for text in as_text(column).to_pylist()] for name, column in columns.items()}
    rows = len(next(iter(cells.values())))
    named = columns_in(asked.prompt)
    prompts = [filled(asked.prompt, {name: cells[name][row] for name in named}) for row in range(rows)]
    return prompts, [
        [(asked.between if prompt else "") + text for prompt, text in zip(prompts, cells[name], strict=True)]
        for name in asked.options
    ]


def choice_columns(spec: AuditSpec) -> list[str] | None:
    """The columns that prompts and options are made of."""
    return columns_of(spec.input.choices) if spec.input.choices is not None else None


def choice_inputs(making: Making) -> Inputs:
    """Options as inputs of a language model.

    Raises:
        UsageError: There is no tokenizer, or it cannot be used (DLA103, DLA107, DLA111, DLA706).
        ModelRefused: The folder holds no language model (DLA204).
    """
    asked = making.spec.input.choices
    assert asked is not None
    if making.model_folder is not None and IDS not in making.input_names:
        raise ModelRefused(
            "DLA204",
            "[input.choices] asks how likely options are, and the folder holds no causal language model",
            expected="a model saved as ...ForCausalLM",
            place=Place(file=making.model_folder),
            fix="Give such a folder; a classifier reads texts: [data] text = COLUMN.",
        )
    require(columns_of(asked), making.raw.columns, key="input.choices", file=making.raw.path)
    tokens = read_tokens(TextInput(tokenizer=asked.tokenizer, blank=asked.blank), making.model_folder, pads=False)
    most = asked.max_length or min(tokens.limit or LONGEST, LONGEST)
    writing = Writing(
        tokenizer=tokens.tokenizer,
        start=_start(asked, tokens),
        most=most,
        normalise=asked.normalise,
        words=asked.words,
    )
    return ChoiceInputs(
        asked=asked,
        writing=writing,
        tokens=tokens,
        length=_longest(making.raw, asked, writing),
        reject=making.spec.data.on_bad == "reject",
        missing=tuple(making.spec.data.missing),
    )


def _start(asked: ChoicesInput, tokens: Tokens) -> int | None:
    if asked.start is None:
        return tokens.start
    code = tokens.tokenizer.token_to_id(asked.start)
    if code is None:
        raise UsageError(
            "DLA107",
            f"[input.choices] start names {shown(asked.start)}, which the tokenizer does not have",
            place=Place(file=tokens.path),
            fix="Name a token of its vocabulary.",
        )
    return int(code)


def _longest(raw: "RawTable", asked: ChoicesInput, writing: Writing) -> int:
    """Tokens of the longest text of the data, a multiple of 8 unless the model takes fewer."""
    longest, names = 1, columns_of(asked)
    for batch in raw.batches(1_024, names):
        prompts, options = texts_of(dict(zip(names, batch.columns, strict=True)), asked)
        longest = max(longest, *(len(one.ids) for each in options for one in writing.written(prompts, each)))
        if longest >= writing.most:
            break
    return min(writing.most, -(-longest // 8) * 8)


MODALITIES.add("choices", Modality(columns=choice_columns, make=choice_inputs))
