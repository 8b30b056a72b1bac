"""The explained rows of texts as a table: a line for each word."""

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dlaudit.attributions import Answer
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_table import META, Array, KeptRows, levels_at


def kept_words(answer: Answer, material: Material, at: Array, words: Sequence[Sequence[str]]) -> KeptRows:
    """The words of the explained texts at those places among the kept rows.

    The table has a line for each method, text and word: `row_id`, `method`, `base_value` (the score of the text without
    its words), `completeness_error`, `place` (from 1), `word`, `contribution`, `standard_error` where the method's own
    sampling has one, and `level[FEATURE]`.
    """
    chosen = material.kept[at]
    ids = np.concatenate([batch.row_ids for batch in material.scored.batches])[chosen]
    score = material.rows.score[chosen, material.question.class_index]
    counts = np.array([len(one) for one in words], dtype=np.int64)
    row = np.repeat(np.arange(len(chosen)), counts)
    place = np.concatenate([np.arange(count) for count in counts]) if len(counts) else np.zeros(0, dtype=np.int64)
    level = levels_at(material, material.rows.atom[chosen])
    tables = []
    for method in answer.methods:
        columns = {
            "row_id": pa.array(ids[row], pa.string()),
            "method": pa.array([method.method] * len(row), pa.string()),
            "base_value": pa.array((score - method.change)[row]),
            "completeness_error": pa.array(method.completeness[row]),
            "place": pa.array(place + 1),
            "word": pa.array([word for one in words for word in one], pa.string()),
            "contribution": pa.array(method.values[row, place]),
        }
        if method.error is not None:
            columns["standard_error"] = pa.array(method.error[row, place])
        tables.append(pa.table({**columns, **{name: one.take(pa.array(row)) for name, one in level.items()}}))
    empty = pa.table({"row_id": pa.array([], pa.string())})
    whole = pa.concat_tables(tables, promote_options="default") if tables else empty
    return KeptRows(table=whole.replace_schema_metadata({META: json.dumps({"features": [], "columns": []})}))
