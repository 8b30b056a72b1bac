"""Sampled methods run several times over, so that their noise is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.layout import NOBODY
from dlaudit.attributions.libraries.gathering import explanation_of
from dlaudit.attributions.request import Explanation, Request
from dlaudit.attributions.score import scores_of

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.libraries.moving import Moving

REPLICATES = 4
"""Runs of a sampled method on every row; the spread of four is known within a factor of about two."""


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Means over runs."""

    elements: "tuple[torch.Tensor, ...]"
    """Contributions of elements, float64, a tensor `[n, …]` per input tensor."""
    error: Float[np.ndarray, " n M"]
    """Standard error of each player's mean."""


def pooled(
    request: Request,
    seeds: Int[np.ndarray, "n runs"],
    run: "Callable[[int, int], tuple[torch.Tensor, ...]]",
    *,
    each: int,
) -> Pooled:
    """Means over runs of every row, each with a seed of its own, so that batch sizes change nothing.

    Args:
        request: What is explained.
        seeds: A seed for each run of each row.
        run: Contributions of the elements of one row `[1, …]`, given the row's number and a seed.
        each: Rows of a forward pass that a run takes.
    """
    import torch

    def one(part: slice) -> "list[tuple[tuple[torch.Tensor, ...], np.ndarray]]":
        return [
            _of_row(request, row, [run(row, int(seed)) for seed in seeds[row]]) for row in range(request.count)[part]
        ]

    rows = [row for part in request.memory.parts(request.count, one, each=each) for row in part]
    tensors = range(len(request.rows))
    return Pooled(
        elements=tuple(torch.cat([found[at] for found, _ in rows]) for at in tensors),
        error=np.stack([error for _, error in rows]),
    )


def from_background(given: "Moving", run: "Callable[[int, int], tuple[torch.Tensor, ...]]") -> Explanation:
    """Expected gradients by a library: means over `REPLICATES` runs, each of `steps` samples of every row.

    Args:
        given: The rows as the library can move them.
        run: What the library finds for what moves of one row, given the row's number and a seed.
    """
    request = given.request
    seeds = request.generator.integers(2**31, size=(request.count, REPLICATES))
    found = pooled(request, seeds, lambda row, seed: given.elements(run(row, seed)), each=request.steps)
    return explanation_of(
        request,
        found.elements,
        change=given.change_on_average(),
        reference=f"the mean score of {len(request.background[0])} background rows",
        error=found.error,
        detail={"samples": REPLICATES * request.steps},
    )


def _of_row(
    request: Request, row: int, runs: "list[tuple[torch.Tensor, ...]]"
) -> "tuple[tuple[torch.Tensor, ...], Float[np.ndarray, ' M']]":
    """The row's mean elements, and the standard errors of its players."""
    import torch

    layout = request.layout.take(slice(row, row + 1))
    found = [tuple(one.detach().double().cpu() for one in run) for run in runs]
    values = np.concatenate([layout.gathered(run) for run in found])
    mean = tuple(torch.stack(several).mean(dim=0) for several in zip(*found, strict=True))
    return mean, values.std(axis=0, ddof=1) / np.sqrt(len(runs))


def against_background(request: Request) -> Float[np.ndarray, " n"]:
    """f(row) - mean of f over the background rows; with elements of nobody, each row's own stay in them."""
    import torch

    found = scores_of(request.score, request.rows, request.memory)
    if not any(bool((owner == NOBODY).any()) for owner in request.layout.owner):
        return np.asarray(found - scores_of(request.score, request.background, request.memory).mean())
    size = len(request.background[0])
    absent = torch.zeros((1, len(request.layout)), dtype=torch.bool, device=request.rows[0].device)

    def reference(part: slice) -> Float[np.ndarray, " m"]:
        means = []
        for row in range(request.count)[part]:
            own = tuple(one[row : row + 1].expand(size, *one.shape[1:]) for one in request.rows)
            layout = request.layout.take(slice(row, row + 1))
            means.append(scores_of(request.score, layout.mixed(own, request.background, absent), request.memory).mean())
        return np.array(means)

    return np.asarray(found - np.concatenate(request.memory.parts(request.count, reference, each=size)))
