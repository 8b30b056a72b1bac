"""Which slices are tested: decided by their rows alone, before anybody looks at an outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from dlaudit.slices.discovery.columns import LevelColumn
from dlaudit.slices.discovery.cubes import Cube


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Slices with enough rows, in the order of the cubes."""

    counts: Int[np.ndarray, "slices states"]
    """Rows of each, by state."""
    cube: Int[np.ndarray, " slices"]
    """Place in `sets` of the columns of each."""
    cell: Int[np.ndarray, " slices"]
    """Place in its cube."""
    sets: tuple[tuple[int, ...], ...]
    """Columns of each cube."""
    searched: int
    """Combinations of levels that have any row."""

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def depths(self) -> Int[np.ndarray, " slices"]:
        """Conditions of each slice."""
        lengths = np.array([len(chosen) for chosen in self.sets], dtype=np.int64)
        return np.asarray(lengths[self.cube])

    def where(self, at: int, columns: Sequence[LevelColumn]) -> dict[str, str]:
        """Column to level of one slice."""
        chosen = self.sets[self.cube[at]]
        places = np.unravel_index(int(self.cell[at]), [len(columns[place].levels) for place in chosen])
        return {columns[c].name: columns[c].levels[int(level)] for c, level in zip(chosen, places, strict=True)}


def candidates(counted: Sequence[Cube], min_rows: int) -> Candidates:
    """The slices of the cubes with at least `min_rows` rows inside and outside.

    A slice that leaves out no row of a simpler one (pregnant women are the pregnant) is that one, and not tested again.
    """
    total = int(counted[0].counts.sum()) if counted else 0
    kept, counts, searched = [], [], 0
    for cube in counted:
        rows = cube.counts.sum(axis=-1)
        searched += int(np.count_nonzero(rows))
        cells = np.flatnonzero((rows >= min_rows) & (total - rows >= min_rows) & _narrower(rows))
        kept.append(cells)
        counts.append(cube.counts.reshape(-1, cube.counts.shape[-1])[cells])
    return Candidates(
        counts=np.concatenate(counts) if counts else np.zeros((0, 1), dtype=np.int64),
        cube=np.repeat(np.arange(len(kept)), [len(cells) for cells in kept]),
        cell=np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64),
        sets=tuple(cube.columns for cube in counted),
        searched=searched,
    )


def _narrower(rows: Int[np.ndarray, "*levels"]) -> Bool[np.ndarray, "*levels"]:
    """Where each condition leaves rows out that all the others let in."""
    narrower = np.ones(rows.shape, dtype=bool)
    if rows.ndim > 1:
        for axis in range(rows.ndim):
            narrower &= rows < rows.sum(axis=axis, keepdims=True)
    return narrower
