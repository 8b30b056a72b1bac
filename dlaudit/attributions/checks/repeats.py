"""Explaining again: with other random numbers, and with other reference rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.checks.ranks import rank_correlations
from dlaudit.attributions.request import Explanation, Request

if TYPE_CHECKING:
    import torch

Again = Callable[[str, Request], Explanation]
"""A method's name and a request to the method's explanation of it."""
PARTS = 3
"""Parts of the background that serve as references in turn."""
SAME = 1e-9
"""Repeats that differ by less than this share of their size do not differ."""


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """Rows to be explained again, what was found for them, and how."""

    method: str
    """The method."""
    request: Request
    """The rows, alone."""
    values: Float[np.ndarray, " a M"]
    """Their contributions as found first."""
    again: Again
    """Explains them again."""

    def explained(self, generator: np.random.Generator, **changed: object) -> Float[np.ndarray, " a M"]:
        """Contributions of the rows, found again."""
        request = replace(self.request, generator=generator, **changed)  # type: ignore[arg-type]
        return self.again(self.method, request).values


def seed_stability(repeated: Repeated, generator: np.random.Generator) -> Float[np.ndarray, " a"] | None:
    """Rank correlation of each row's contributions in two runs with other random numbers.

    None where both runs give the same: the method draws nothing.

    Raises:
        CannotExplainError: The method refuses.
    """
    second = repeated.explained(generator)
    size = float(np.abs(repeated.values).max(initial=0.0))
    if np.abs(second - repeated.values).max(initial=0.0) <= SAME * size:
        return None
    return rank_correlations(repeated.values, second)


def baseline_sensitivity(repeated: Repeated, generator: np.random.Generator) -> Float[np.ndarray, " a"] | None:
    """Mean rank correlation of each row's contributions against three disjoint parts of the background.

    None with fewer than two background rows for each part.

    Raises:
        CannotExplainError: The method refuses.
    """
    found = []
    for part in parts_of(len(repeated.request.background[0]), generator):
        found.append(repeated.explained(_copy(generator), background=_taken(repeated.request.background, part)))
    if not found:
        return None
    return np.asarray(np.mean([rank_correlations(one, two) for one, two in combinations(found, 2)], axis=0))


def parts_of(background: int, generator: np.random.Generator) -> list[Int[np.ndarray, " b"]]:
    """Places of three disjoint parts of the background; none where it has fewer than six rows."""
    if background < 2 * PARTS:
        return []
    return [np.sort(part) for part in np.array_split(generator.permutation(background), PARTS)]


def part_of_request(request: Request, rows: Int[np.ndarray, " k"]) -> Request:
    """The request about some of its rows."""
    import torch

    at = torch.from_numpy(np.asarray(rows, dtype=np.int64)).to(request.rows[0].device)
    return replace(request, rows=_taken(request.rows, rows), layout=request.layout.take(at))


def _taken(tensors: "tuple[torch.Tensor, ...]", rows: Int[np.ndarray, " k"]) -> "tuple[torch.Tensor, ...]":
    import torch

    at = torch.from_numpy(np.asarray(rows, dtype=np.int64)).to(tensors[0].device)
    return tuple(one[at] for one in tensors)


def _copy(generator: np.random.Generator) -> np.random.Generator:
    """The same random numbers for every reference, so that references alone differ."""
    copied = np.random.default_rng()
    copied.bit_generator.state = generator.bit_generator.state
    return copied
