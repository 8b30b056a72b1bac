"""Atoms: the combinations of levels that occur. Every slice is a union of atoms, so rows are counted once."""

import numpy as np
import pyarrow as pa
from jaxtyping import Int, Shaped

from dlaudit.slices.levels import Levels
from dlaudit.spec import SlicesSpec


class AtomIndex:
    """Combinations of levels, numbered in the order in which rows show them.

    Args:
        features: Sensitive and control features; at least one.
        spec: `[slices]`: unknown texts, bins, limits.

    Raises:
        UsageError: Bins cannot be used (DLA409).
    """

    def __init__(self, features: list[str], spec: SlicesSpec) -> None:
        self._features = list(dict.fromkeys(features))
        self._levels = {name: Levels(name, spec) for name in self._features}
        self._ids: dict[tuple[str, ...], int] = {}

    @property
    def atoms(self) -> list[dict[str, str]]:
        """Feature to level of every atom, by number."""
        return [dict(zip(self._features, levels, strict=True)) for levels in self._ids]

    @property
    def odd_levels(self) -> dict[str, list[str]]:
        """Levels with characters that cannot be seen, by feature; features without such levels are absent."""
        return {name: levels.odd for name, levels in self._levels.items() if levels.odd}

    def level_of(self, feature: str, text: str | None) -> str:
        """How the slices name a text of a feature.

        Raises:
            DataRefused: The text cannot be a level (DLA406-409).
        """
        return self._levels[feature].of(text)

    def codes(self, groups: dict[str, Shaped[np.ndarray, " n"]]) -> Int[np.ndarray, " n"]:
        """Atom number of every row; new combinations get the next numbers.

        Args:
            groups: Feature to text [n] (object), None where not recorded.

        Raises:
            DataRefused: A text cannot be a level (DLA406-409).
        """
        rows = len(next(iter(groups.values()))) if groups else 0
        combined = np.zeros(rows, dtype=np.int64)
        parts: list[Shaped[np.ndarray, " n"]] = []
        for name in self._features:
            part, levels = self._coded(name, groups[name])
            parts.append(np.array(levels, dtype=object)[part])
            # Renumbering after every feature keeps the product of level counts from overflowing.
            combined = np.unique(combined * len(levels) + part, return_inverse=True)[1]
        firsts, inverse = np.unique(combined, return_index=True, return_inverse=True)[1:]
        ids = np.empty(len(firsts), dtype=np.int64)
        for at in np.argsort(firsts):
            key = tuple(part[firsts[at]] for part in parts)
            ids[at] = self._ids.setdefault(key, len(self._ids))
        return ids[inverse]

    def _coded(self, name: str, texts: Shaped[np.ndarray, " n"]) -> tuple[Int[np.ndarray, " n"], list[str]]:
        """Code of every row's level, and the levels by code; a text is looked at once, however often it occurs."""
        coded = pa.array(texts, pa.string(), from_pandas=False).dictionary_encode(null_encoding="encode")
        levels = [self.level_of(name, text) for text in coded.dictionary.to_pylist()]
        codes = coded.indices.to_numpy(zero_copy_only=False)
        distinct = list(dict.fromkeys(levels))
        part = np.array([distinct.index(level) for level in levels], dtype=np.int64)[codes]
        return part, distinct or [""]
