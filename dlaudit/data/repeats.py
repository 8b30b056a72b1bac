"""Repeats: the same file or text in several rows, and whether those rows are told apart by slice or by label."""

from typing import Any

import numpy as np

from dlaudit.data.rejects import LevelOf
from dlaudit.record import UNKNOWN, Repeated

Array = np.ndarray[Any, Any]


class Repeats:
    """Digests of one pass, each with its row's levels and label; some 10 bytes and 4 more per feature for a row."""

    def __init__(self) -> None:
        self._digests: list[Array] = []
        self._labels: list[Array] = []
        self._codes: dict[str, list[Array]] = {}
        self._texts: dict[str, dict[str | None, int]] = {}

    def add(self, digests: Array, groups: dict[str, Array], target: Array) -> None:
        """Take the next rows: their digests, the text of every feature, and their labels `[n]` or `[n, L]`."""
        self._digests.append(digests)
        self._labels.append(np.asarray(target, dtype=np.float64).reshape(len(digests), -1))
        for feature, column in groups.items():
            known = self._texts.setdefault(feature, {})
            codes = np.array([known.setdefault(text, len(known)) for text in column], dtype=np.int32)
            self._codes.setdefault(feature, []).append(codes)

    def told(self, level_of: LevelOf | None = None) -> Repeated | None:
        """What is repeated; None where every row has a file or text of its own.

        Args:
            level_of: How the slices name a text; where absent, a text is its own level.
        """
        if not self._digests:
            return None
        _, item, count = np.unique(np.concatenate(self._digests), return_inverse=True, return_counts=True)
        several = count > 1
        if not several.any():
            return None
        labels = np.concatenate(self._labels)
        differs = np.zeros(len(count), dtype=bool)
        for column in labels.T:
            differs |= _vary(column, item, len(count))
        across = {
            feature: int(_vary(self._levels(feature, level_of), item, len(count)).sum()) for feature in self._codes
        }
        return Repeated(
            items=int(several.sum()), rows=int(count[several].sum()), across=across, other_labels=int(differs.sum())
        )

    def _levels(self, feature: str, level_of: LevelOf | None) -> Array:
        """The level of every row as a number: texts that the slices take for one are one."""
        known = self._texts[feature]
        names = [(level_of(feature, text) if level_of else UNKNOWN if text is None else text) for text in known]
        places = {name: at for at, name in enumerate(dict.fromkeys(names))}
        number = np.array([places[name] for name in names], dtype=np.int64)
        return np.asarray(number[np.concatenate(self._codes[feature])])


def _vary(values: Array, item: Array, items: int) -> Array:
    """Which items have rows with different values, bool [items]."""
    first = np.zeros(items, dtype=values.dtype)
    first[item] = values
    return np.bincount(item, weights=values != first[item], minlength=items) > 0
