"""Shapley values by their definition: the only place where tests write it out."""

import math
from itertools import combinations

import numpy as np


def brute_force_shapley(value, players: int) -> np.ndarray:
    """Shapley values by their definition, from `value(frozenset of players)`."""
    found = np.zeros(players)
    known = {
        subset: value(subset)
        for size in range(players + 1)
        for subset in map(frozenset, combinations(range(players), size))
    }
    for j in range(players):
        others = [p for p in range(players) if p != j]
        for size in range(players):
            weight = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
            for subset in combinations(others, size):
                found[j] += weight * (known[frozenset({*subset, j})] - known[frozenset(subset)])
    return found
