"""The contrastive game: what each player adds when a person of one slice is changed into a person of another.

For a pair (a, b) the game is v(S) = f(a on S, b elsewhere), so its Shapley values add up to f(a) - f(b).
Averaged over pairs with exact marginals they add up to the gap of the mean score, for every draw of pairs and
orders. No baseline is chosen: each slice is the other's reference.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.coupling import random_coupling

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.request import Request


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Contributions to the gap, for every person of both slices."""

    a: Float[np.ndarray, " nA M"]
    """Contributions of the first slice's people; their weighted mean is the split of the gap."""
    b: Float[np.ndarray, " nB M"]
    """The same seen from the second slice's people; its weighted mean is the same split."""
    rounds: Float[np.ndarray, " rounds M"]
    """The split of each round alone; their spread is the Monte-Carlo noise."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The two slices: their encoded rows and weights."""

    a: "tuple[torch.Tensor, ...]"
    b: "tuple[torch.Tensor, ...]"
    mass_a: Float[np.ndarray, " nA"]
    mass_b: Float[np.ndarray, " nB"]


def contrast(request: "Request", sides: Sides, rounds: int) -> Contrast:
    """Shapley values of the contrastive game, averaged over `rounds` random couplings of the two slices.

    Each round couples the slices anew and walks every pair along one random order of the players and its
    reverse. `request.rows` and `request.background` are not used.
    """
    count = len(request.layout)
    totals = np.zeros((rounds, count))
    per_a, per_b = np.zeros((len(sides.mass_a), count)), np.zeros((len(sides.mass_b), count))
    for number in range(rounds):
        pairs = random_coupling(sides.mass_a, sides.mass_b, request.generator)
        split = _walk_pairs(request, _at(sides.a, pairs.a), _at(sides.b, pairs.b)) * pairs.weight[:, None]
        totals[number] = split.sum(axis=0)
        np.add.at(per_a, pairs.a, split)
        np.add.at(per_b, pairs.b, split)
    return Contrast(
        a=_per_person(per_a / rounds, sides.mass_a),
        b=_per_person(per_b / rounds, sides.mass_b),
        rounds=totals,
    )


def _per_person(totals: Float[np.ndarray, " n M"], mass: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n M"]:
    """Each person's share of the sum over the person's share of the slice; 0 for a person of weight 0."""
    share = (mass / mass.sum())[:, None]
    return np.asarray(np.divide(totals, share, out=np.zeros_like(totals), where=share > 0))


def _at(rows: "tuple[torch.Tensor, ...]", places: Int[np.ndarray, " pairs"]) -> "tuple[torch.Tensor, ...]":
    import torch

    chosen = torch.from_numpy(places).to(rows[0].device)
    return tuple(one[chosen] for one in rows)


def _walk_pairs(
    request: "Request", a: "tuple[torch.Tensor, ...]", b: "tuple[torch.Tensor, ...]"
) -> Float[np.ndarray, " pairs M"]:
    """Shapley values of every pair from one random order of the players and its reverse."""
    count = len(request.layout)
    order = np.argsort(request.generator.random((len(a[0]), count)), axis=1)
    split = np.zeros((len(a[0]), count))
    for walked in (order, order[:, ::-1]):

        def some(part: slice, walked: Int[np.ndarray, " pairs M"] = walked) -> Float[np.ndarray, " m M"]:
            pair = tuple(one[part] for one in a), tuple(one[part] for one in b)
            return _walk(request, pair, walked[part])

        split += np.concatenate(request.memory.parts(len(a[0]), some, each=count + 1)) / 2
    return split


def _walk(
    request: "Request",
    pair: "tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]",
    order: Int[np.ndarray, " pairs M"],
) -> Float[np.ndarray, " pairs M"]:
    """What each player changes when the players of `b` become those of `a` one by one in the given order."""
    import torch

    a, b = pair
    pairs, count = order.shape
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(count)[None, :].repeat(pairs, axis=0), axis=1)
    changed = place[:, None, :] < np.arange(count + 1)[None, :, None]
    with torch.inference_mode():
        hybrids = request.layout.mixed(a, b, torch.from_numpy(changed).to(a[0].device))
        score = request.score(*hybrids).double().reshape(pairs, count + 1).cpu().numpy()
    split = np.zeros((pairs, count))
    np.put_along_axis(split, order, np.diff(score, axis=1), axis=1)
    return split
