"""How strongly inputs go together, from 0 (not at all) to 1 (one tells the other), one number per pair of players.

Every player becomes one or several standardised columns: a number its ranks, levels one column each. The squared
correlations of two players' columns add up to Spearman's squared for two numbers, to the correlation ratio of ranks for
a number and levels, and to phi squared for levels and levels; divided by the smaller number of dimensions and with the
root taken they are |Spearman|, the correlation ratio and Cramer's V. Two unrelated players show
(dimensions) (dimensions) / (rows - 1) by chance; it is taken out wherever levels take part, as Bergsma 2013 does for
Cramer's V (DOI 10.1016/j.jkss.2012.10.002).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from dlaudit.attributions.gaps.levels import levels_of
from dlaudit.data.batch import Player

MOST_ROWS = 10_000
"""Rows that are looked at, evenly spaced: the standard error of an association is then at most .01."""
MOST_DIRECTIONS = 32
"""Of a player with many columns and no levels, so many directions of largest spread are compared."""
LEVELS_OF_A_NUMBER = 2
"""A single column with more different values than this is compared by its ranks: their order says something."""


def associations(
    columns: Num[np.ndarray, "n F"], players: Sequence[Player], weight: Float[np.ndarray, " n"] | None = None
) -> Float[np.ndarray, "M M"]:
    """The association of every pair of players; 1 on the diagonal, 0 with a player that does not vary.

    Args:
        columns: Encoded inputs.
        players: Inputs as positions on axis 1.
        weight: Weights of the rows, as `half_and_half` gives them for two slices; None where all count alike.
    """
    rows = _evenly(len(columns))
    mass = np.ones(len(rows)) if weight is None else weight[rows].astype(np.float64)
    if not players or len(rows) < 3 or mass.sum() <= 0:
        return np.eye(len(players))
    mass = mass / mass.sum()
    blocks = [_block(columns[rows][:, list(player.columns)], mass) for player in players]
    dimensions = np.array([one.dimensions for one in blocks], dtype=np.float64)
    effective = 1.0 / float((mass**2).sum())
    chance = np.multiply.outer(dimensions, dimensions) / max(effective - 1, 1.0)
    chance[_both_single(dimensions)] = 0.0
    fewer = np.minimum.outer(
        *(2 * [np.where(dimensions > 1, dimensions - dimensions**2 / (effective - 1), dimensions)])
    )
    shared = np.maximum(_shared(blocks) - chance, 0.0)
    squared = np.divide(shared, fewer, out=np.zeros_like(shared), where=fewer > 0)
    found = np.sqrt(np.clip(squared, 0.0, 1.0))
    np.fill_diagonal(found, 1.0)
    return np.asarray((found + found.T) / 2)


def half_and_half(weight_a: Float[np.ndarray, " nA"], weight_b: Float[np.ndarray, " nB"]) -> Float[np.ndarray, " n"]:
    """Weights of both slices' rows, one after the other, with which each slice counts half."""
    return np.concatenate([weight_a / weight_a.sum(), weight_b / weight_b.sum()]) / 2


@dataclass(frozen=True, kw_only=True)
class _Block:
    """One player's columns: centred, of length 1 and, together, uncorrelated or the levels of one column."""

    columns: Float[np.ndarray, "n p"]
    dimensions: int
    """How many directions they span."""


def _block(columns: Num[np.ndarray, "n p"], mass: Float[np.ndarray, " n"]) -> _Block:
    code = levels_of(columns, LEVELS_OF_A_NUMBER)
    if code is not None:
        return _of_levels(code, mass)
    ranked = np.stack([_ranked(column, mass) for column in columns.T], axis=1)
    return _Block(columns=ranked, dimensions=1) if ranked.shape[1] == 1 else _uncorrelated(ranked)


def _of_levels(code: Int[np.ndarray, " n"], mass: Float[np.ndarray, " n"]) -> _Block:
    """One column per level, (1 there - share) / root of share: products of two such blocks are cells of chi squared."""
    share = np.bincount(code, weights=mass)
    held = np.flatnonzero(share > 0)
    if len(held) < 2:
        return _Block(columns=np.zeros((len(code), 0)), dimensions=0)
    inside = (code[:, None] == held).astype(np.float64) - share[held]
    return _Block(columns=inside / np.sqrt(share[held]) * np.sqrt(mass)[:, None], dimensions=len(held) - 1)


def _ranked(values: Num[np.ndarray, " n"], mass: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Mid-ranks by weight, centred and of length 1 (times the root of the weight); 0 where nothing varies."""
    distinct, place = np.unique(values, return_inverse=True)
    held = np.bincount(place.reshape(-1), weights=mass, minlength=len(distinct))
    rank = (np.cumsum(held) - held / 2)[place.reshape(-1)]
    centred = (rank - rank @ mass) * np.sqrt(mass)
    length = float(np.sqrt(centred @ centred))
    return np.asarray(centred / length if length > 1e-9 else np.zeros_like(centred))


def _uncorrelated(ranked: Float[np.ndarray, "n p"]) -> _Block:
    """The directions of largest spread, each of length 1."""
    spread, direction = np.linalg.eigh(ranked.T @ ranked)
    kept = np.flatnonzero(spread > 1e-9 * max(float(spread[-1]), 1e-300))[-MOST_DIRECTIONS:]
    if spread[-1] <= 0:
        return _Block(columns=ranked[:, :0], dimensions=0)
    return _Block(columns=ranked @ direction[:, kept] / np.sqrt(spread[kept]), dimensions=len(kept))


def _shared(blocks: Sequence[_Block]) -> Float[np.ndarray, "M M"]:
    """Sum of the squared products of every two blocks' columns."""
    widths = np.array([one.columns.shape[1] for one in blocks])
    together = np.concatenate([one.columns for one in blocks], axis=1).astype(np.float32)
    squared = (together.T @ together).astype(np.float64) ** 2
    owner = np.zeros((len(blocks), together.shape[1]))
    owner[np.repeat(np.arange(len(blocks)), widths), np.arange(together.shape[1])] = 1.0
    return np.asarray(owner @ squared @ owner.T)


def _both_single(dimensions: Float[np.ndarray, " M"]) -> Bool[np.ndarray, "M M"]:
    """Pairs of one direction each, whose association is told as it is."""
    return np.asarray(np.multiply.outer(dimensions, dimensions) <= 1)


def _evenly(rows: int) -> Int[np.ndarray, " m"]:
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.linspace(0, rows - 1, MOST_ROWS).round().astype(np.int64)
