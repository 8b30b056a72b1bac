"""Texts that a configuration takes as not recorded, although they say something: how many rows have each."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.cells import as_text
from dlaudit.spec import AuditSpec


class SetAside:
    """Rows of one pass, counted by the texts of features that `slices.unknown` and `data.missing` take for nothing.

    Empty cells and blanks are not counted: they do say nothing.

    Args:
        spec: What was asked.
    """

    def __init__(self, spec: AuditSpec) -> None:
        listed = dict.fromkeys([*spec.slices.unknown, *spec.data.missing])
        self._declared = [text for text in listed if text.strip()]
        self._rows: dict[str, Counter[str]] = {}

    def add(self, columns: Mapping[str, pa.Array], kept: np.ndarray[Any, Any]) -> None:
        """Count the rows of the mask `kept`, by feature and text."""
        if not self._declared:
            return
        some, declared = pa.array(kept), pa.array(self._declared, pa.string())
        for feature, column in columns.items():
            texts = as_text(column).filter(some)
            counted = pc.value_counts(texts.filter(pc.is_in(texts, value_set=declared)))
            for one in counted.to_pylist():
                self._rows.setdefault(feature, Counter())[one["values"]] += one["counts"]

    def add_several(self, feature: str, column: pa.Array, separator: str, kept: np.ndarray[Any, Any]) -> None:
        """Count the rows of the mask `kept` by the texts that take a cell of several levels out of comparison.

        A whole cell is taken out where one of its levels is declared to be none (`slices.multi`).
        """
        declared = set(self._declared)
        if not declared:
            return
        counted = pc.value_counts(as_text(column).filter(pa.array(kept)))
        for one in counted.to_pylist():
            text = one["values"]
            parts = {part.strip() for part in text.split(separator)} | {text} if text is not None else set()
            for found in sorted(parts & declared):
                self._rows.setdefault(feature, Counter())[found] += one["counts"]

    @property
    def counts(self) -> bool:
        """Whether any text is declared that could be counted."""
        return bool(self._declared)

    @property
    def rows(self) -> dict[str, dict[str, int]]:
        """Feature to text to rows, the most frequent first; features without such a text are absent."""
        return {
            feature: dict(sorted(texts.items(), key=lambda one: (-one[1], one[0])))
            for feature, texts in self._rows.items()
        }
