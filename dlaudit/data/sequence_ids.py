"""Sequences of symbols: characters or events of a text to ids int64 [n, time]."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import as_text
from dlaudit.data.encoded import Encoded, Unadorned
from dlaudit.data.grid import Grid
from dlaudit.data.raw import RawTable
from dlaudit.data.sequence_beside import EMPTY, UNKNOWN_SYMBOL, Beside, beside_of, cut_name, frame_of, refuse
from dlaudit.data.sequence_steps import Frame
from dlaudit.data.sequence_symbols import Symbols, symbols_of
from dlaudit.data.showing import Showing
from dlaudit.data.shown_series import symbols_shown
from dlaudit.record import Content
from dlaudit.spec import SequenceInput
from dlaudit.tensors import ndarray_of, tensor_table

PADDING = "(padding)"
"""What a place without a symbol is called."""


@dataclass(frozen=True, kw_only=True)
class SymbolInputs(Unadorned):
    """Texts as ids, with lengths or a mask beside them."""

    asked: SequenceInput
    """`[input.sequence]`."""
    column: str
    """Column of texts."""
    symbols: Symbols
    """Which id each symbol has."""
    frame: Frame
    """How ids are laid out."""
    beside: Beside | None
    """What else the model takes."""
    reject: bool
    """`data.on_bad` is `reject`."""
    modality = "sequence"
    at_once = 16_384

    @property
    def columns(self) -> list[str]:
        """The column of texts."""
        return [self.column]

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: RawTable) -> Encoded:
        """The ids, and lengths or mask.

        Raises:
            DataRefused: A text has no symbols (DLA350), or one that is not listed (DLA325).
        """
        found = [self._read(text or "") for text in as_text(columns[self.column]).to_pylist()]
        unlisted = np.array([odd for _, _, odd in found])
        lengths = np.array([length for _, length, _ in found], dtype=np.int64)
        bad = {EMPTY: (lengths == 0) & ~unlisted} if self.symbols.unknown == "error" else {EMPTY: lengths == 0}
        if self.symbols.unknown == "error":
            bad[UNKNOWN_SYMBOL] = unlisted
        if not self.reject:
            refuse(bad, first_row, file, self.column)
        made = np.full((len(found), self.frame.length), int(self.asked.pad), dtype=np.int64)
        made[self.frame.mask(lengths)] = np.concatenate([ids for ids, _, _ in found])
        tensors: dict[str, Any] = {self.asked.name: made}
        if self.beside is not None:
            tensors[self.beside.name] = self.beside.made(self.frame, lengths)
        altered = {cut_name(self.frame): lengths > self.frame.length}
        if self.symbols.unknown != "error":
            altered[UNKNOWN_SYMBOL] = unlisted
        return Encoded(inputs=tensor_table(tensors), bad=bad, altered=altered)

    @property
    def grids(self) -> list[Grid]:
        """Each position; and the number of symbols, where the model is told it."""
        return [self._grid, *([self.beside.grid] if self.beside is not None else [])]

    @property
    def maps(self) -> list[Grid]:
        """Positions."""
        return [self._grid]

    def words(self, inputs: pa.Table) -> list[list[str]]:
        """The symbols of each row, the first and the last one said to be so."""
        ids = ndarray_of(inputs, self.asked.name)
        more = ["number of steps"] if self.beside is not None else []
        return [[*one, *more] for one in self.symbols.called(ids, ids != int(self.asked.pad), PADDING)]

    def preview(self, columns: dict[str, pa.Array], how: Showing) -> list[Content]:
        """The symbols in order, with what each of them moved the score by."""
        texts = [text or "" for text in as_text(columns[self.column]).to_pylist()]
        return [symbols_shown(self, text, how.of(at), masked=how.masked) for at, text in enumerate(texts)]

    def _read(self, text: str) -> tuple[np.ndarray[Any, Any], int, bool]:
        """The ids of a text that are kept, how many it has, and whether a symbol is not listed."""
        ids, missing = self.symbols.of(text)
        kept = ids[: self.frame.length] if self.frame.keep == "first" else ids[-self.frame.length :]
        return np.array(kept, dtype=np.int64), len(ids), bool(missing)

    @property
    def _grid(self) -> Grid:
        return Grid(
            input=self.asked.name,
            names=tuple(f"position {number + 1}" for number in range(self.frame.length)),
            axes={1: tuple(range(self.frame.length))},
            titles=("position",),
            aligned=self.asked.aligned,
        )


def symbol_inputs(asked: SequenceInput, *, reject: bool) -> SymbolInputs:
    """Texts as ids, as `[input.sequence]` says.

    Raises:
        UsageError: The symbols cannot be used (DLA107, DLA111).
    """
    assert asked.column is not None
    return SymbolInputs(
        asked=asked,
        column=asked.column,
        symbols=symbols_of(asked),
        frame=frame_of(asked, 0),
        beside=beside_of(asked),
        reject=reject,
    )
