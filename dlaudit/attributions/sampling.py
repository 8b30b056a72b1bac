"""Which rows are explained, and which serve as background."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

FEWEST_ROWS = 100
"""Rows of a slice that are enough for its mean contributions."""


@dataclass(frozen=True, kw_only=True)
class RowSample:
    """Chosen rows, and how many rows each of them stands for."""

    rows: Int[np.ndarray, " k"]
    """Positions of the chosen rows, ascending."""
    weight: Float[np.ndarray, " k"]
    """Rows of the stratum over its chosen rows, so that weighted means are those of all rows in expectation.
    """


def stratified_sample(codes: Int[np.ndarray, " n"], k: int, generator: np.random.Generator) -> RowSample:
    """At most `k` rows, spread over the atoms as evenly as their sizes allow.

    Small slices get as many rows as large ones, so that every slice has an explanation; the weights undo it
    where atoms are pooled. With more atoms than `k`, some (chosen at random) get no row.

    Args:
        codes: Atom of every row (which combination of sensitive levels it has).
        k: Rows wanted.
        generator: Source of the choice.
    """
    atoms, sizes = np.unique(codes, return_counts=True)
    wanted = _even_shares(sizes, min(k, len(codes)), generator)
    rows, weight = [], []
    for atom, size, want in zip(atoms, sizes, wanted, strict=True):
        if want:
            rows.append(generator.choice(np.flatnonzero(codes == atom), size=want, replace=False))
            weight.append(np.full(want, size / want))
    if not rows:
        return RowSample(rows=np.zeros(0, dtype=np.int64), weight=np.zeros(0))
    chosen = np.concatenate(rows).astype(np.int64)
    order = np.argsort(chosen)
    return RowSample(rows=chosen[order], weight=np.concatenate(weight)[order])


def rows_needed(
    sizes: Int[np.ndarray, " atoms"], member: Bool[np.ndarray, "slices atoms"], each: int = FEWEST_ROWS
) -> int:
    """Fewest rows of a stratified sample with which every slice has `each` of them, or all that it has.

    Args:
        sizes: Rows of every atom.
        member: Which atoms make up each slice.
        each: Rows that are enough.
    """
    wanted = np.minimum(member @ sizes, each)
    low, high = 0, int(sizes.sum())
    while low < high:
        middle = (low + high) // 2
        if (member @ _even_floor(sizes, middle) >= wanted).all():
            high = middle
        else:
            low = middle + 1
    return low


def background_sample(n: int, k: int, generator: np.random.Generator) -> Int[np.ndarray, " k"]:
    """Positions of at most `k` of `n` rows, drawn uniformly without replacement, ascending.

    Uniform, not stratified: the reference is the whole evaluation set, so that no slice is another's baseline
    by design.
    """
    return np.sort(generator.choice(n, size=min(k, n), replace=False)).astype(np.int64)


def unused_sample(n: int, used: Int[np.ndarray, " u"], k: int, generator: np.random.Generator) -> Int[np.ndarray, " k"]:
    """Positions of at most `k` of `n` rows that are none of `used`, drawn uniformly without replacement, ascending."""
    left = np.setdiff1d(np.arange(n), used)
    return np.sort(generator.choice(left, size=min(k, len(left)), replace=False)).astype(np.int64)


def _even_shares(sizes: Int[np.ndarray, " atoms"], k: int, generator: np.random.Generator) -> Int[np.ndarray, " atoms"]:
    """`k` places over strata: all alike, but never more than a stratum has; leftovers go to random strata."""
    shares = np.zeros(len(sizes), dtype=np.int64)
    while k > 0:
        open_ones = np.flatnonzero(shares < sizes)
        each = k // len(open_ones)
        if each == 0:
            shares[generator.choice(open_ones, size=k, replace=False)] += 1
            break
        added = np.minimum(each, sizes[open_ones] - shares[open_ones])
        shares[open_ones] += added
        k -= int(added.sum())
    return shares


def _even_floor(sizes: Int[np.ndarray, " atoms"], k: int) -> Int[np.ndarray, " atoms"]:
    """What each stratum has for certain of `k` places, whoever gets the leftovers."""
    low, high = 0, int(sizes.max(initial=0))
    while low < high:
        middle = (low + high + 1) // 2
        if int(np.minimum(sizes, middle).sum()) <= k:
            low = middle
        else:
            high = middle - 1
    return np.asarray(np.minimum(sizes, low))
