"""Walks: from the person of one slice to the person of the other, player by player, each mixture scored once.

For a pair (a, b) the game is v(S) = g(f(a on S, b elsewhere)), and its Shapley values add up to g(f(a)) - g(f(b)).
All games of a pair read the same scores, so the model runs once for all of them. A mixture that equals its neighbour,
because a and b have the same value there, is not scored again.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from dlaudit.attributions.gaps.paths import Coalitions, Orders, Path

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.request import Request

MOST_ENUMERATED = 3
"""Up to so many players all coalitions of a pair are scored, beyond them those along an order and its reverse."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The rows of both slices, one after the other, and their scores."""

    rows: "tuple[torch.Tensor, ...]"
    scores: Float[np.ndarray, "n k"]
    labels: Shaped[np.ndarray, "n *L"] | None
    """Labels; None where no game asks for them."""
    label_player: bool = False
    """Whether the label is the last player: it is exchanged as inputs are, but the model does not see it."""


@dataclass(frozen=True, kw_only=True)
class Walked:
    """The scores of all mixtures of all pairs."""

    path: Path
    scores: Float[np.ndarray, "pairs nodes k"]


def passes_per_row(players: int) -> float:
    """Forward-and-backward passes per row of both slices that one round of pairing takes, where every input differs.

    Args:
        players: Number of players.
    """
    nodes = 2**players - 2 if players <= MOST_ENUMERATED else 2 * (players - 1)
    return nodes / 3


def walk(
    request: "Request",
    pool: Pool,
    pairs: tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]],
    order: Int[np.ndarray, "pairs M"],
) -> Walked:
    """Every pair's mixtures, scored.

    Args:
        request: Gives `score` (all scores of rows, `[n, k]`), `layout` and `memory`.
        pool: Both slices.
        pairs: Places in the pool of the first and of the second person of every pair.
        order: A permutation of the players for every pair; not looked at where all coalitions are scored.
    """
    first, second = pairs
    differs = _differs(request, pool, pairs)
    path: Path = Coalitions(differs) if differs.shape[1] <= MOST_ENUMERATED else Orders(order, differs)
    nodes = path.source.shape[1]
    scores = np.empty((len(first), nodes, pool.scores.shape[1]))
    scores[:, 0], scores[:, -1] = pool.scores[second], pool.scores[first]

    def some(part: slice) -> Float[np.ndarray, "m k"]:
        at = path.pair[part]
        present = path.present(part)[:, : len(request.layout)]
        return _scored(request, pool, (first[at], second[at]), present)

    found = request.memory.parts(len(path.pair), some)
    if found:
        scores[path.pair, path.node] = np.concatenate(found)
    return Walked(path=path, scores=np.take_along_axis(scores, path.source[:, :, None], axis=1))


def _scored(
    request: "Request",
    pool: Pool,
    pairs: tuple[Int[np.ndarray, " m"], Int[np.ndarray, " m"]],
    present: Bool[np.ndarray, "m M"],
) -> Float[np.ndarray, "m k"]:
    import torch

    first, second = (_taken(pool.rows, one) for one in pairs)
    with torch.inference_mode():
        mask = torch.from_numpy(np.ascontiguousarray(present)).to(first[0].device)
        hybrids = request.layout.mixed(first, second, mask)
        return np.asarray(request.score(*hybrids).detach().double().cpu().numpy())


def _differs(
    request: "Request", pool: Pool, pairs: tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]
) -> Bool[np.ndarray, "pairs M"]:
    """Whether the two people of each pair differ in a player's inputs; never in the label, which is no input."""

    def some(part: slice) -> Bool[np.ndarray, "m M"]:
        first, second = (_taken(pool.rows, one[part]) for one in pairs)
        unlike = [one != other for one, other in zip(first, second, strict=True)]
        return request.layout.gathered(unlike) > 0

    parts = request.memory.parts(len(pairs[0]), some)
    found = np.concatenate(parts) if parts else np.zeros((0, len(request.layout)), dtype=bool)
    return np.pad(found, ((0, 0), (0, int(pool.label_player))))


def _taken(rows: "tuple[torch.Tensor, ...]", places: Int[np.ndarray, " m"]) -> "tuple[torch.Tensor, ...]":
    import torch

    chosen = torch.from_numpy(places).to(rows[0].device)
    return tuple(one[chosen] for one in rows)
