"""Which confirmed slices are only shadows of surer ones: they hold much the same rows under other names."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, UInt8

from dlaudit.slices.discovery.columns import LevelColumn
from dlaudit.slices.discovery.outcomes import Outcome
from dlaudit.slices.discovery.testing import Tables

MOST_COMPARED = 1_000
"""The surest slices that are compared; further ones are left out."""
Named = tuple[str, dict[str, str]]
"""Outcome and conditions."""


def own_merit(
    named: Sequence[Named],
    columns: Sequence[LevelColumn],
    states: UInt8[np.ndarray, " n"],
    outcomes: Sequence[Outcome],
    level: float,
) -> list[int]:
    """Places of the slices that are still worse than the rest without the rows of surer ones.

    From the surest on: a slice is kept where its rows outside all kept slices (of the same outcome, other than those
    that contain it, which `simpler` has compared) have a rate above that of the other rows outside of them, by the same
    exact test with p <= `level`. This only shortens what was confirmed, and so costs no error rate.

    Args:
        named: Confirmed slices, the surest first.
        columns: Columns that were combined.
        states: State of each row.
        outcomes: What may be worse.
        level: alpha over the number of tests made.
    """
    by_name = {column.name: column for column in columns}
    kept: list[int] = []
    for outcome in outcomes:
        mine = [at for at, (name, _) in enumerate(named[:MOST_COMPARED]) if name == outcome.name]
        if not mine:
            continue
        risk, bad = np.isin(states, outcome.at_risk), np.isin(states, outcome.bad)
        wheres = [named[at][1] for at in mine]
        members = (_member(where, by_name) & risk for where in wheres)
        kept += [mine[at] for at in _kept(wheres, members, risk, bad, level)]
    return sorted(kept)


def _kept(
    wheres: Sequence[dict[str, str]],
    members: Iterator[Bool[np.ndarray, " n"]],
    risk: Bool[np.ndarray, " n"],
    bad: Bool[np.ndarray, " n"],
    level: float,
) -> list[int]:
    kept: list[tuple[int, Bool[np.ndarray, " n"]]] = []
    for at, member in enumerate(members):
        free = risk.copy()
        for other, taken in kept:
            if not wheres[other].items() <= wheres[at].items():
                free &= ~taken
        if _is_worse(member & free, free, bad, level):
            kept.append((at, member))
    return [at for at, _ in kept]


def _is_worse(
    inside: Bool[np.ndarray, " n"], of: Bool[np.ndarray, " n"], bad: Bool[np.ndarray, " n"], level: float
) -> bool:
    counts = [int(np.count_nonzero(one)) for one in (inside & bad, inside, of & bad, of)]
    x, size, events, total = (np.array([count]) for count in counts)
    return bool(Tables(x=x, size=size, events=events, total=total).p[0] <= level)


def _member(where: dict[str, str], columns: dict[str, LevelColumn]) -> Bool[np.ndarray, " n"]:
    conditions = [columns[name].codes == columns[name].levels.index(level) for name, level in where.items()]
    return np.asarray(np.logical_and.reduce(conditions))
