"""Pairs as the records of a table: each with its label, its similarity, its levels and its two people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.data.pairs_blocks import Block, Compared
from dlaudit.data.pairs_names import PEOPLE, SAME, level_of_pair, written
from dlaudit.data.preview import cells_at
from dlaudit.data.raw import RawTable
from dlaudit.record.pairs import PairsInfo
from dlaudit.spec.pairs import SIMILARITY

FIRST, SECOND = "first sample", "second sample"
"""Columns of the numbers of both samples, for models of two embeddings."""


class PairsSource:
    """Records of pairs; streamed, so that no more than a block of them is in memory.

    Args:
        pairs: Which samples are compared.
        info: What is told of them.
        listed: The list that they stand in, whose further columns are theirs too; None where all pairs are compared.
        samples: The table of samples, where all pairs of them are compared.
    """

    def __init__(
        self, pairs: Compared, info: PairsInfo, listed: RawTable | None = None, samples: RawTable | None = None
    ) -> None:
        self.pairs, self.info, self._listed, self._samples = pairs, info, listed, samples

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns of every pair."""
        made = self._made()
        others = [name for name in columns if name not in made and self._listed is not None]
        stream = None if not others or self._listed is None else self._listed.batches(65_536, others)
        for first, second, cosine in self.pairs.blocks():
            block = (first, second, cosine)
            own = None if stream is None else next(stream)  # as many records as a block of a list has pairs
            arrays = [own.column(name) if own and name in others else self._column(name, block) for name in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def line_of(self, record: int) -> int | None:
        """Line in the list; None where all pairs are compared."""
        return None if self._listed is None else self._listed.source.line_of(record)

    def _made(self) -> list[str]:
        samples = self.pairs.samples
        scored = [SIMILARITY, FIRST, SECOND] if samples.vectors is not None else []
        return [SAME, PEOPLE, *scored, *samples.levels]

    def sides(self, cells: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """What a reader is told of some pairs: columns of both samples, or those of the list that they stand in."""
        told = {name: column for name, column in cells.items() if name not in (FIRST, SECOND)}
        if self._samples is None:
            return told
        for side, numbers in (("first", cells[FIRST]), ("second", cells[SECOND])):
            found = cells_at(self._samples, self._samples.columns, np.asarray(numbers) + 1)
            told |= {f"{side}: {name}": column for name, column in found.items()}
        names = [f"{side}: {name}" for name in self._samples.columns for side in ("first", "second")]
        return {name: told[name] for name in [*names, *(one for one in told if one not in names)]}

    @property
    def columns(self) -> list[str]:
        """Names of the columns, those of the list included."""
        theirs = [] if self._listed is None else self._listed.columns
        return list(dict.fromkeys([*theirs, *self._made()]))

    def _column(self, name: str, block: Block) -> pa.Array:
        first, second, cosine = block
        samples = self.pairs.samples
        if name == SAME:
            return pa.array((samples.person[first] == samples.person[second]).astype(np.int8))
        if name == PEOPLE:
            return pa.array(written(samples.person[first], samples.person[second]), pa.string())
        if name == SIMILARITY:
            return pa.array(np.asarray(cosine, dtype=np.float64))
        if name in (FIRST, SECOND):
            return pa.array(first if name == FIRST else second)
        return levels_of(samples.levels[name], first, second)


def levels_of(levels: np.ndarray[Any, Any], first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> pa.Array:
    """The level of each pair, null where that of a side is unknown."""
    texts = sorted({text for text in levels if text is not None})
    code_of = {text: code for code, text in enumerate(texts)} | {None: len(texts)}
    codes = np.array([code_of[text] for text in levels], dtype=np.int64)
    known = [*texts, None]
    table = np.array([[level_of_pair(a, b) for b in known] for a in known], dtype=object)
    return pa.array(table[codes[first], codes[second]], pa.string())
