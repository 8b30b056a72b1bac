"""Random pairs of people from two slices with exact marginals: pair averages are slice averages."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, kw_only=True)
class Coupling:
    """Weighted pairs; the weights of a person's pairs add up to that person's share of the slice."""

    a: Int[np.ndarray, " pairs"]
    """Row numbers in the first slice."""
    b: Int[np.ndarray, " pairs"]
    """Row numbers in the second slice."""
    weight: Float[np.ndarray, " pairs"]
    """Shares; they add up to 1."""


def random_coupling(
    mass_a: Float[np.ndarray, " nA"], mass_b: Float[np.ndarray, " nB"], generator: np.random.Generator
) -> Coupling:
    """The north-west-corner coupling of two randomly ordered slices: at most nA + nB - 1 pairs.

    Both orders are uniformly random, so that over draws every pair is as likely as under independence, while
    in every single draw the marginals are exactly the given ones (the transportation problem's first feasible
    solution, Dantzig 1951).

    Args:
        mass_a: Weights of the first slice's rows, > 0 for at least one of them; rows of weight 0 get no pair.
        mass_b: The same for the second slice.
        generator: Source of the two orders.
    """
    order_a, order_b = _shuffled(mass_a, generator), _shuffled(mass_b, generator)
    # Each side's cumulative mass times the other side's total: whole numbers, hence exact, where weights are
    # 1.
    end_a = np.cumsum(mass_a[order_a]) * mass_b.sum()
    end_b = np.cumsum(mass_b[order_b]) * mass_a.sum()
    total = end_a[-1] = end_b[-1] = max(end_a[-1], end_b[-1])
    cuts = np.unique(np.concatenate([end_a, end_b]))
    return Coupling(
        a=order_a[np.searchsorted(end_a, cuts)],
        b=order_b[np.searchsorted(end_b, cuts)],
        weight=np.diff(cuts, prepend=0.0) / total,
    )


def _shuffled(mass: Float[np.ndarray, " n"], generator: np.random.Generator) -> Int[np.ndarray, " m"]:
    return np.asarray(generator.permutation(np.flatnonzero(mass > 0)), dtype=np.int64)
