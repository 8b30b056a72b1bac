"""Which samples are compared: all pairs block by block, or those of a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float32, Int

from dlaudit.data.pairs_samples import Samples, similarity

_CELLS = 1 << 21
"""Similarities that are calculated at once."""
Block = tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], Float32[np.ndarray, " n"] | None]
"""First and second sample of each pair, and their similarity where there are embeddings."""


class Compared(Protocol):
    """Pairs of samples."""

    @property
    def samples(self) -> Samples:
        """The samples."""
        ...

    @property
    def kept(self) -> float:
        """Share of the non-mated pairs that are compared."""
        ...

    def blocks(self) -> Iterator[Block]:
        """The pairs, always the same and in the same order, a part at a time."""
        ...


@dataclass(frozen=True, kw_only=True)
class AllPairs:
    """Every sample with every later one; of the non-mated pairs a uniform sample where there are too many."""

    samples: Samples
    """The samples, with embeddings."""
    most: int
    """Pairs that are compared at most, about; every mated pair is."""
    seed: int
    """Seed of the sample."""

    @property
    def nonmated(self) -> int:
        """Pairs of two people among all pairs."""
        count = len(self.samples)
        return count * (count - 1) // 2 - self.samples.mated

    @property
    def kept(self) -> float:
        """Share of the non-mated pairs that is kept."""
        room = max(self.most - self.samples.mated, 1)
        return min(1.0, room / self.nonmated) if self.nonmated else 1.0

    def blocks(self) -> Iterator[Block]:
        """A few samples with all later ones."""
        vectors, person, count = self.samples.vectors, self.samples.person, len(self.samples)
        assert vectors is not None
        step = max(1, _CELLS // max(1, count))
        kept = self.kept
        for start in range(0, count, step):
            rows = np.arange(start, min(start + step, count))
            later = np.arange(start, count)
            chosen = rows[:, None] < later[None, :]
            if kept < 1:
                drawn = np.random.default_rng([self.seed, 8, start]).random(chosen.shape)
                chosen &= (person[rows][:, None] == person[later][None, :]) | (drawn < kept)
            at, other = np.nonzero(chosen)
            cosine = np.clip(vectors[rows] @ vectors[start:].T, -1, 1)
            yield rows[at], later[other], cosine[at, other].astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class ListedPairs:
    """The pairs of a list, in its order."""

    samples: Samples
    """The samples."""
    first: Int[np.ndarray, " pairs"]
    """First sample of each pair."""
    second: Int[np.ndarray, " pairs"]
    """Second sample of each pair."""
    kept: float = 1.0
    """All are compared."""
    repeated: int = 0
    """Pairs whose two samples stand in the list before."""

    def blocks(self) -> Iterator[Block]:
        """Some pairs after the others."""
        step = 65_536
        for start in range(0, len(self.first), step):
            first, second = self.first[start : start + step], self.second[start : start + step]
            yield first, second, None if self.samples.vectors is None else similarity(self.samples, first, second)


def repeats(first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]) -> int:
    """How many pairs of samples stand before in a list, in the same order or mirrored."""
    sides = np.sort(np.stack([first, second], axis=1), axis=1)
    return len(sides) - len(np.unique(sides, axis=0))
