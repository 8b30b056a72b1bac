"""The explained rows of texts as a table: a line for each word."""

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dlaudit.attributions import Answer
from dlaudit.record import NotApplicable
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_table import META, Array, KeptRows, levels_at


def without_words(material: Material) -> list[NotApplicable]:
    """Why texts are explained as whole columns; empty where they are explained by words, and where there are none."""
    if material.subject.spec.data.text is None or any(grid.by_row for grid in material.question.grids):
        return []
    reason = (
        "the code's preprocess makes tokens of the texts, so that which of them belong to which word is not known "
        "here; with [input.text] tokenizer = FILE in place of preprocess, texts are explained by words"
    )
    return [NotApplicable(what="contributions of words", reason=reason)]


def kept_words(answer: Answer, material: Material, at: Array, words: Sequence[Sequence[str]]) -> KeptRows:
    """The words of the explained texts at those places among the kept rows.

    The table has a line for each method, text and word, and for each column beside the text: `row_id`, `method`,
    `base_value` (the score of the text without its words), `completeness_error`, `place` (from 1; 0 for a column),
    `word`, `contribution`, `standard_error` where the method's own sampling has one, and `level[FEATURE]`.
    """
    chosen = material.kept[at]
    ids = np.concatenate([batch.row_ids for batch in material.scored.batches])[chosen]
    score = material.rows.score[chosen, material.question.class_index]
    beside = material.beside_words
    names = [[*beside, *one] for one in words]
    counts = np.array([len(one) for one in names], dtype=np.int64)
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
            "place": pa.array(np.maximum(place + 1 - len(beside), 0)),
            "word": pa.array([word for one in names for word in one], pa.string()),
            "contribution": pa.array(method.values[row, place]),
        }
        if method.error is not None:
            columns["standard_error"] = pa.array(method.error[row, place])
        tables.append(pa.table({**columns, **{name: one.take(pa.array(row)) for name, one in level.items()}}))
    empty = pa.table({"row_id": pa.array([], pa.string())})
    whole = pa.concat_tables(tables, promote_options="default") if tables else empty
    return KeptRows(table=whole.replace_schema_metadata({META: json.dumps({"features": [], "columns": []})}))
