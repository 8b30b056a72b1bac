"""Encoded inputs kept for the explanations: all of them while they fit, then a uniform sample that keeps fitting."""

from typing import Any

import numpy as np
import pyarrow as pa

INPUTS_IN_MEMORY = 1 << 30
"""Bytes of encoded inputs that are kept."""


class KeptInputs:
    """Inputs of scored rows and their positions among them.

    When the kept inputs outgrow the limit, a random half of them is dropped and from then on every row is kept with
    half the probability: at any time what is kept is a uniform sample of what was added.

    Args:
        seed: Seed of the draws.
        limit: Bytes to keep at most.
    """

    def __init__(self, seed: int, limit: int = INPUTS_IN_MEMORY) -> None:
        self._generator = np.random.default_rng([seed, 1])
        self._limit, self._share, self._seen = limit, 1.0, 0
        self._parts: list[Any] = []
        self._positions: list[np.ndarray[Any, Any]] = []

    def add(self, inputs: Any) -> None:
        """Take the inputs of the next rows: an array `[n, …]` or an Arrow table."""
        positions = np.arange(self._seen, self._seen + len(inputs))
        self._seen += len(inputs)
        chosen = np.flatnonzero(self._generator.random(len(positions)) < self._share)
        self._parts.append(_taken(inputs, chosen))
        self._positions.append(positions[chosen])
        while sum(part.nbytes for part in self._parts) > self._limit:
            self._halve()

    @property
    def complete(self) -> bool:
        """Whether every row that was added is kept."""
        return self._share == 1.0

    @property
    def positions(self) -> np.ndarray[Any, Any]:
        """Positions of the kept rows among all that were added, ascending, int64."""
        return np.concatenate(self._positions) if self._positions else np.zeros(0, dtype=np.int64)

    def take(self, at: np.ndarray[Any, Any]) -> Any:
        """Inputs of the kept rows at those places in `positions`, as one array or table."""
        whole = self._whole()
        return _taken(whole, at)

    def _whole(self) -> Any:
        if len(self._parts) > 1:
            first = self._parts[0]
            joined = pa.concat_tables(self._parts) if isinstance(first, pa.Table) else np.concatenate(self._parts)
            self._parts = [joined]
        return self._parts[0]

    def _halve(self) -> None:
        self._share /= 2
        for index, part in enumerate(self._parts):
            chosen = np.flatnonzero(self._generator.random(len(self._positions[index])) < 0.5)
            self._parts[index] = _taken(part, chosen)
            self._positions[index] = self._positions[index][chosen]


def _taken(inputs: Any, at: np.ndarray[Any, Any]) -> Any:
    return inputs.take(pa.array(at)) if isinstance(inputs, pa.Table) else inputs[at]
