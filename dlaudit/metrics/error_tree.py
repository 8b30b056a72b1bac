"""Where errors gather, by a small decision tree: candidate slices with cuts of numbers that no quartile has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32

from dlaudit.record import UNKNOWN
from dlaudit.slices.bins import number_text
from dlaudit.slices.discovery import Candidate, LevelColumn, NumberColumn
from dlaudit.slices.discovery.columns import FEW, shortest

DEPTH = 4
MOST_NAMED = 2
"""Values of a number that are named one by one: `1`, `2 or 3`; more are told by their ends."""


@dataclass(frozen=True, kw_only=True)
class _Feature:
    """One numeric input of the tree: a column of numbers, or whether a row is at one level."""

    column: str
    """Column."""
    level: str | None
    """Level; None for a column of numbers."""
    values: Float32[np.ndarray, " n"]
    """Numbers, with what is not recorded below all others; or 0 and 1."""
    least: float = 0.0
    """Smallest recorded number."""
    values_held: tuple[float, ...] = ()
    """All recorded numbers, ascending, where they are few."""
    levels_held: tuple[str, ...] = ()
    """All levels that a row has, of a column of levels."""


@dataclass
class _Conditions:
    """What a path of the tree says of one column."""

    low: float = -np.inf
    high: float = np.inf
    is_level: str | None = None
    is_not: list[str] = field(default_factory=list)


def error_leaves(
    columns: Sequence[LevelColumn | NumberColumn],
    bad: Bool[np.ndarray, " n"],
    finding: Bool[np.ndarray, " n"],
    least: int,
) -> list[Candidate]:
    """The leaves of a tree of at most four levels, fitted on the finding half alone.

    Ties between cuts are broken by a fixed seed, and a tree does not depend on the order of its rows.

    Args:
        columns: What the tree may ask about.
        bad: Whether the model erred on each row.
        finding: Which rows the tree may see.
        least: Fewest rows of a leaf in the finding half.
    """
    from sklearn.tree import DecisionTreeClassifier

    features = [one for column in columns for one in _features(column)]
    seen = bad[finding]
    if not features or not seen.any() or seen.all():
        return []
    matrix = np.stack([one.values for one in features], axis=1)
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, random_state=0)
    tree.fit(matrix[finding], seen)
    leaf_of = tree.apply(matrix)
    paths = _paths(tree.tree_, features)
    return [Candidate(where=where, member=np.asarray(leaf_of == leaf)) for leaf, where in paths if where]


def _features(column: LevelColumn | NumberColumn) -> list[_Feature]:
    if isinstance(column, LevelColumn):
        used = set(np.unique(column.codes).tolist())
        held = tuple(sorted(level for at, level in enumerate(column.levels) if at in used))
        return [
            _Feature(column=column.name, level=level, values=(column.codes == at).astype(np.float32), levels_held=held)
            for at, level in sorted(enumerate(column.levels), key=lambda pair: pair[1])
        ]
    distinct = np.unique(column.values[~np.isnan(column.values)])
    if not len(distinct):
        return []
    least = float(distinct[0])
    below = np.nextafter(np.float32(least), np.float32(-np.inf)) - np.float32(abs(least) + 1)
    return [
        _Feature(
            column=column.name,
            level=None,
            values=np.nan_to_num(column.values, nan=below),
            least=least,
            values_held=tuple(distinct.tolist()) if len(distinct) <= FEW else (),
        )
    ]


def _paths(tree: Any, features: Sequence[_Feature]) -> list[tuple[int, dict[str, str]]]:
    """Each leaf with the conditions that lead to it."""
    found: list[tuple[int, dict[str, str]]] = []

    def walk(node: int, path: list[tuple[_Feature, float, bool]]) -> None:
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left == right:
            found.append((node, _where(path)))
            return
        feature, cut = features[tree.feature[node]], float(tree.threshold[node])
        walk(left, [*path, (feature, cut, False)])
        walk(right, [*path, (feature, cut, True)])

    walk(0, [])
    return found


def _where(path: Sequence[tuple[_Feature, float, bool]]) -> dict[str, str]:
    said: dict[str, tuple[_Feature, _Conditions]] = {}
    for feature, cut, above in path:
        conditions = said.setdefault(feature.column, (feature, _Conditions()))[1]
        if feature.level is None:
            conditions.low = max(conditions.low, cut) if above else conditions.low
            conditions.high = conditions.high if above else min(conditions.high, cut)
        elif above:
            conditions.is_level = feature.level
        else:
            conditions.is_not.append(feature.level)
    return {name: _told(feature, conditions) for name, (feature, conditions) in said.items()}


def _told(feature: _Feature, conditions: _Conditions) -> str:
    """`North`, `not North or South`, `1`, `above 2.5 and at most 7`; what is not recorded is below every number.

    Few levels and few values are named as the exhaustive search names them, so that one slice has one name.
    """
    if feature.level is not None:
        return conditions.is_level or _levels_told(feature.levels_held, conditions.is_not)
    low, high = conditions.low, conditions.high
    if high < feature.least:
        return UNKNOWN
    unknown = f" or {UNKNOWN}" if low == -np.inf and bool((feature.values < feature.least).any()) else ""
    named = [value for value in feature.values_held if low < value <= high]
    if len(named) < len(feature.values_held) and len(named) <= MOST_NAMED:
        return " or ".join(shortest(value) for value in named) + unknown
    parts = [f"above {number_text(low)}"] if low >= feature.least else []
    parts += [f"at most {number_text(high)}"] if np.isfinite(high) else []
    return " and ".join(parts) + unknown if parts else "recorded"


def _levels_told(held: Sequence[str], excluded: Sequence[str]) -> str:
    """The levels that are left, or `not` those that are excluded, whichever are fewer."""
    left = [level for level in held if level not in excluded]
    return " or ".join(left) if 0 < len(left) <= len(excluded) else f"not {' or '.join(sorted(excluded))}"
