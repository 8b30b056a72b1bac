"""Contributions of the explained rows as a matrix, read from the table that is kept of them."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.stages.explain_table import META

MOST_WORDS = 40
"""Words of texts that are compared, the most frequent ones."""


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One method's contributions."""

    ids: list[str]
    """Ids of the rows."""
    features: list[str]
    """Names of the players; of texts, words."""
    values: np.ndarray[Any, Any]
    """float64 [n, features]."""
    holds: np.ndarray[Any, Any]
    """bool [n, features]: whether the row has that part; of a table all do."""
    words: bool = False
    """Whether the players are words of texts."""


def values_of(table: pa.Table, method: str) -> Explained | None:
    """The contributions by `method`; None where it explained nothing."""
    own = table.filter(pc.equal(table["method"], method)) if "method" in table.column_names else table.slice(0, 0)
    if own.num_rows == 0:
        return None
    if "word" in own.column_names:
        return _of_words(own)
    meta = json.loads((table.schema.metadata or {})[META])
    values = np.column_stack([own[name].to_numpy() for name in meta["columns"]])
    holds = np.ones(values.shape, dtype=bool)
    return Explained(ids=own["row_id"].to_pylist(), features=list(meta["features"]), values=values, holds=holds)


def _of_words(table: pa.Table) -> Explained:
    """A row per text and a column per word: the sum of its contributions, wherever it stands in the text."""
    ids, words = table["row_id"].to_pylist(), table["word"].to_pylist()
    rows = {name: place for place, name in enumerate(dict.fromkeys(ids))}
    texts = Counter(word for _, word in set(zip(ids, words, strict=True)))
    common = sorted(texts, key=lambda word: (-texts[word], word))[:MOST_WORDS]
    columns = {word: place for place, word in enumerate(common)}
    values = np.zeros((len(rows), len(columns)))
    holds = np.zeros(values.shape, dtype=bool)
    for name, word, value in zip(ids, words, table["contribution"].to_pylist(), strict=True):
        if word in columns:
            values[rows[name], columns[word]] += value
            holds[rows[name], columns[word]] = True
    return Explained(ids=list(rows), features=common, values=values, holds=holds, words=True)
