"""Inputs of several kinds for one model: a table and an image, a text and a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.data.encoded import Encoded, Inputs, Unadorned
from dlaudit.data.grid import Grid
from dlaudit.data.showing import Showing, together
from dlaudit.record import Content
from dlaudit.tensors import tensor_table

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable


_ODD = np.uint64(0x9E3779B97F4A7C15)
"""Mixes the digests of several parts: a row is a copy where all of them are."""


@dataclass(frozen=True, kw_only=True)
class SeveralInputs(Unadorned):
    """The inputs of each kind beside one another, each under its own name."""

    parts: list[Inputs]
    """Inputs of each kind; a table's matrix is the input `table`."""

    @property
    def modality(self) -> str:
        """Names of the kinds, as `table + image`."""
        return " + ".join(part.modality for part in self.parts)

    @property
    def columns(self) -> list[str]:
        """Columns of all kinds, once each."""
        return list(dict.fromkeys(column for part in self.parts for column in part.columns))

    @property
    def at_once(self) -> int:
        """The fewest of any kind."""
        return min(part.at_once for part in self.parts)

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: "RawTable") -> Encoded:
        """The inputs of all kinds side by side; a row that is bad for one is bad."""
        table: dict[str, Any] = {}
        bad: dict[str, np.ndarray[Any, Any]] = {}
        altered: dict[str, np.ndarray[Any, Any]] = {}
        digest: np.ndarray[Any, Any] | None = None
        for part in self.parts:
            made = part.encode({name: columns[name] for name in part.columns}, first_row, file)
            inputs = made.inputs
            own = inputs if isinstance(inputs, pa.Table) else tensor_table({part.modality: inputs})
            table |= dict(zip(own.column_names, own.columns, strict=True))
            bad |= made.bad
            altered |= made.altered
            if made.digest is not None:
                digest = made.digest if digest is None else digest * _ODD + made.digest
        return Encoded(inputs=pa.table(table), bad=bad, altered=altered, digest=digest)

    @property
    def names(self) -> list[str]:
        """Names of the columns of tables."""
        return [name for part in self.parts for name in part.names]

    @property
    def grids(self) -> list[Grid]:
        """Grids of every kind, those of a table by its features; those that rows lay out themselves come last."""
        found = [grid for part in self.parts for grid in (part.grids or _of_columns(part))]
        return sorted(found, key=lambda grid: grid.by_row)

    @property
    def maps(self) -> list[Grid]:
        """Maps of every kind."""
        return [grid for part in self.parts for grid in part.maps]

    def files(self, file: "RawTable") -> Iterator[str]:
        """Files of every kind."""
        return (path for part in self.parts for path in part.files(file))

    def preview(self, columns: dict[str, pa.Array], how: Showing) -> list[Content]:
        """What every kind shows of a row, one after the other."""
        parts = [part.preview({name: columns[name] for name in part.columns}, how) for part in self.parts]
        return [together(row) for row in zip(*parts, strict=True)]

    def words(self, inputs: pa.Table) -> list[list[str]] | None:
        """The words of the kind that rows lay out themselves, as texts are."""
        return next((part.words(inputs) for part in self.parts if any(grid.by_row for grid in part.grids)), None)


def _of_columns(part: Inputs) -> list[Grid]:
    """A table's features as a grid along axis 1."""
    if not part.players:
        return []
    owner = [0] * sum(len(player.columns) for player in part.players)
    for number, player in enumerate(part.players):
        for column in player.columns:
            owner[column] = number
    names = tuple(player.name for player in part.players)
    return [Grid(input=part.modality, names=names, axes={1: tuple(owner)})]
