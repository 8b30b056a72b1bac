"""The exhaustive search: every combination of levels up to a depth, tested exactly against all other rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, UInt8

from dlaudit.record import Discovery
from dlaudit.slices.discovery.candidates import Candidates, candidates
from dlaudit.slices.discovery.columns import LevelColumn
from dlaudit.slices.discovery.cubes import cubes
from dlaudit.slices.discovery.findable import smallest_findable
from dlaudit.slices.discovery.outcomes import Outcome
from dlaudit.slices.discovery.shadows import Named, own_merit
from dlaudit.slices.discovery.simpler import Confirmed, pairs_with_simpler, unexplained
from dlaudit.slices.discovery.testing import Rejected, Tables, holm_rejections
from dlaudit.slices.discovery.told import discovered

GUARANTEE = (
    "Finite-sample: exact tests of independent rows (hypergeometric), Holm's correction over every slice and outcome "
    "tested. Differences are those of the rows that the slice was found in, and so on average too large."
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a search is made."""

    depth: int = 3
    """Most conditions of a slice."""
    min_rows: int = 50
    """Fewest rows inside and outside a slice."""
    alpha: float = 0.05
    """Probability of confirming any slice where none differs."""


def search(
    columns: Sequence[LevelColumn], states: UInt8[np.ndarray, " n"], outcomes: Sequence[Outcome], settings: Settings
) -> Discovery:
    """Every slice with a higher rate of an outcome than the rest of the rows, that no other confirmed slice explains.

    Which slices are tested is decided by their rows alone; all outcomes are tested together.

    Args:
        columns: Columns to combine; their levels may not depend on outcomes.
        states: State of each row.
        outcomes: What may be worse.
        settings: Depth, fewest rows, error rate.
    """
    kinds = 1 + max((state for outcome in outcomes for state in outcome.at_risk), default=0)
    found = candidates(list(cubes(columns, states, kinds, settings.depth)), settings.min_rows)
    totals = np.bincount(states, minlength=kinds)
    tables = _tables(found, totals, outcomes)
    rejected = holm_rejections(tables, settings.alpha)
    named = [_named(int(at), found, columns, outcomes) for at in rejected.at]
    kept = _kept(named, tables.take(rejected.at), found, (len(outcomes), settings.alpha))
    own = own_merit([named[at] for at in kept], columns, states, outcomes, settings.alpha / max(1, len(tables)))
    kept = kept[np.array(own, dtype=np.int64)]
    slices = discovered(
        [named[at] for at in kept],
        tables.take(rejected.at[kept]),
        Rejected(at=rejected.at[kept], p=rejected.p[kept], adjusted=rejected.adjusted[kept]),
    )
    events, total = outcomes[0].counts(totals)
    return Discovery(
        method="exhaustive",
        columns=[column.name for column in columns],
        outcomes=[outcome.name for outcome in outcomes],
        searched=found.searched,
        tested=len(tables),
        depth=settings.depth,
        min_rows=settings.min_rows,
        alpha=settings.alpha,
        smallest_findable=smallest_findable(int(events), int(total), len(tables), settings.alpha),
        found=slices,
        redundant=len(named) - len(slices),
        guarantee=GUARANTEE,
    )


def _tables(found: Candidates, totals: Int[np.ndarray, " states"], outcomes: Sequence[Outcome]) -> Tables:
    """Every test: all slices for the first outcome, then for the next."""
    inside = [outcome.counts(found.counts) for outcome in outcomes]
    whole = [outcome.counts(totals) for outcome in outcomes]
    return Tables(
        x=np.concatenate([x for x, _ in inside]),
        size=np.concatenate([size for _, size in inside]),
        events=np.repeat([int(events) for events, _ in whole], len(found)),
        total=np.repeat([int(total) for _, total in whole], len(found)),
    )


def _named(
    at: int, found: Candidates, columns: Sequence[LevelColumn], outcomes: Sequence[Outcome]
) -> tuple[str, dict[str, str]]:
    return outcomes[at // len(found)].name, found.where(at % len(found), columns)


def _kept(
    named: Sequence[Named], tables: Tables, found: Candidates, family: tuple[int, float]
) -> Int[np.ndarray, " kept"]:
    """Places of the confirmed slices that no simpler one explains."""
    outcomes, alpha = family
    confirmed = [
        Confirmed(key=(outcome, frozenset(where.items())), x=int(tables.x[at]), size=int(tables.size[at]))
        for at, (outcome, where) in enumerate(named)
    ]
    keys = unexplained(confirmed, outcomes * pairs_with_simpler(found.depths.tolist()), alpha)
    return np.array([at for at, one in enumerate(confirmed) if one.key in keys], dtype=np.int64)
