"""Shapley values by their definition, and the games of rows against background rows."""

import math
from itertools import combinations

import numpy as np
import torch


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


def by_definition(request, row: int) -> np.ndarray:
    """Shapley values of one row, hybrids made element by element: no code of the engines."""
    layout = request.layout.take(slice(row, row + 1))

    def value(present):
        taken = torch.tensor([*present, -1])
        hybrids = []
        for rows, background, owner in zip(request.rows, request.background, layout.owner, strict=True):
            own = torch.isin(owner, taken).expand_as(rows[row : row + 1])
            hybrids.append(torch.where(own, rows[row : row + 1], background))
        with torch.no_grad():
            return float(request.score(*hybrids).double().mean())

    return brute_force_shapley(value, len(layout))


def relative(found: np.ndarray, truth: np.ndarray) -> float:
    """Median over rows of the error's length relative to the values'."""
    return float(np.median(np.linalg.norm(found - truth, axis=1) / np.linalg.norm(truth, axis=1)))
