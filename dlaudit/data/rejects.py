"""Rows that are left out: why, and how many of which slice, so that leaving out can be seen to be uneven."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from dlaudit.record import UNKNOWN, Rejected, slice_id

NO_LABEL = "no label"
MISSING_INPUT = "a model input is missing"
NOT_FINITE_INPUT = "a model input is not finite"
LevelOf = Callable[[str, str | None], str]
"""`(feature, text) -> level`, as the slices name it."""


class Rejects:
    """Rejected rows of one pass, counted by reason and by the text of every sensitive and control feature."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._texts: dict[str, Counter[tuple[str, str | None]]] = {}

    def add(self, reason: str, rejected: np.ndarray[Any, Any], groups: dict[str, np.ndarray[Any, Any]]) -> None:
        """Count the rows of the mask `rejected` under `reason`."""
        count = int(rejected.sum())
        if not count:
            return
        self._rows[reason] += count
        texts = self._texts.setdefault(reason, Counter())
        for feature, column in groups.items():
            texts.update((feature, text) for text in column[rejected])

    def told(self, level_of: LevelOf | None = None) -> list[Rejected]:
        """The counts as records, in the order in which the reasons appeared.

        Args:
            level_of: How the slices name a text; where absent, a text is its own level.
        """
        return [
            Rejected(reason=reason, rows=rows, by_slice=self._by_slice(reason, level_of or _own_level))
            for reason, rows in self._rows.items()
        ]

    def _by_slice(self, reason: str, level_of: LevelOf) -> dict[str, int]:
        slices: Counter[str] = Counter()
        for (feature, text), rows in self._texts[reason].items():
            slices[slice_id({feature: level_of(feature, text)})] += rows
        return dict(sorted(slices.items()))


def _own_level(feature: str, text: str | None) -> str:
    return UNKNOWN if text is None else text
