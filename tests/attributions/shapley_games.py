"""Shapley values of requests by their definition: the games of rows against background rows."""

import numpy as np
import torch
from brute_force import brute_force_shapley as brute_force_shapley


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
