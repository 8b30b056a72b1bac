"""Two embeddings as the inputs of a model that says whether they are of one person."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.data.encoded import Encoded, Inputs, Unadorned
from dlaudit.data.grid import Grid
from dlaudit.data.modalities import MODALITIES, Making, Modality
from dlaudit.data.pairs_samples import Samples
from dlaudit.data.pairs_source import FIRST, SECOND, PairsSource
from dlaudit.data.showing import Showing
from dlaudit.data.shown_cells import rows_beside
from dlaudit.record import Content
from dlaudit.tensors import tensor_table

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable
    from dlaudit.spec import AuditSpec

INPUTS = {"a": FIRST, "b": SECOND}
"""Input of the model to the column of sample numbers."""
BYTES_AT_ONCE = 64 * 2**20
"""Bytes of embeddings that are handed on at once."""


@dataclass(frozen=True, kw_only=True)
class PairInputs(Unadorned):
    """The embeddings of both samples as they were given, float32 [n, dimensions] each."""

    samples: Samples
    """The samples."""
    modality = "pairs"

    @property
    def columns(self) -> list[str]:
        """Numbers of both samples."""
        return list(INPUTS.values())

    @property
    def at_once(self) -> int:
        """Fewer for longer embeddings."""
        assert self.samples.vectors is not None
        return max(1, BYTES_AT_ONCE // (8 * int(self.samples.vectors.shape[1])))

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: "RawTable") -> Encoded:
        """The embeddings of those pairs."""
        made = {name: self._vectors(np.asarray(columns[column])) for name, column in INPUTS.items()}
        return Encoded(inputs=tensor_table(made))

    def preview(self, columns: dict[str, pa.Array], how: Showing) -> list[Content]:
        """What is told of both samples; nothing where masked, since that is who they are."""
        return rows_beside(columns, how)

    @property
    def grids(self) -> list[Grid]:
        """One player for each side: single numbers of an embedding have no meaning of their own."""
        return [Grid(input="a", names=("first sample",)), Grid(input="b", names=("second sample",))]

    def _vectors(self, at: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        vectors, length = self.samples.vectors, self.samples.length
        assert vectors is not None and length is not None
        return np.asarray(vectors[at] * length[at][:, None], dtype=np.float32)


def _columns(spec: "AuditSpec") -> list[str] | None:
    return list(INPUTS.values()) if spec.pairs is not None and not spec.scores else None


def _make(making: Making) -> Inputs:
    source = making.raw.source
    assert isinstance(source, PairsSource), "pairs were made before their inputs"
    return PairInputs(samples=source.pairs.samples)


MODALITIES.add("pairs", Modality(columns=_columns, make=_make))
