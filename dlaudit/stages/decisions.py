"""What a finished run decided or predicted, packed row by row, and put beside the rows of a later run again."""

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from dlaudit.errors import listed
from dlaudit.record import Audit
from dlaudit.record.accepted import MOST_TEXT, PackedRows
from dlaudit.stages.packing import Damaged, bits_as_text, bits_from, numbers_as_text, numbers_from

if TYPE_CHECKING:
    import pyarrow as pa

_UNTOLD = ("row_id", "score", "prediction")
"""Columns of predictions.parquet without a digest: what a model makes, and what the order is made of."""
_NUMBER = 64
"""Bits of an exact number."""
Array = np.ndarray[Any, Any]


class NotPacked(Exception):
    """What was decided cannot be packed, or put beside these rows; the text says why."""


class Altered(NotPacked):
    """The rows are the same by their ids, and something else of them is not."""


def packed(table: "pa.Table", audit: Audit) -> PackedRows | None:
    """The decisions of the rows of predictions.parquet, of a regression its values; None where they would need too
    much room.

    Args:
        table: The rows.
        audit: Of the same run.

    Raises:
        NotPacked: There are none, or row ids are not unique.
    """
    order = _sorted(table)
    is_number = audit.model.task == "regression"
    if is_number:
        bits, text = _NUMBER, numbers_as_text(_column(table, "score").to_numpy()[order])
    else:
        codes = _codes(table, audit)[order]
        bits, text = codes.shape[1], bits_as_text(codes)
    if len(text) > MOST_TEXT:
        return None
    return PackedRows(
        rows=len(table),
        ids_sha256=_digest(table["row_id"], order),
        columns_sha256=_digests(table, order),
        scores_sha256=_scores_digest(table, order),
        format="float64" if is_number else "bits",
        bits=bits,
        decisions=text,
    )


def same_scores(rows: PackedRows, table: "pa.Table") -> bool:
    """Whether the scores of the rows are the very same ones; `unpacked` has said that the rows are.

    Args:
        rows: The packed decisions of the earlier run.
        table: predictions.parquet of the later run.
    """
    return rows.scores_sha256 is not None and rows.scores_sha256 == _scores_digest(table, _sorted(table))


def unpacked(rows: PackedRows, table: "pa.Table", audit: Audit) -> "pa.Table":
    """What was decided, in the order of `table`: one column of labels, or one of 0 and 1 for each label; of a
    regression one of numbers.

    Args:
        rows: The packed decisions of the earlier run.
        table: predictions.parquet of the later run.
        audit: Of the later run, of the same task and labels.

    Raises:
        NotPacked: The rows are not the same ones, or what is packed is damaged.
    """
    order = _sorted(table)
    _must_be_the_same(rows, table, order)
    try:
        return _put_back(rows, order, audit)
    except Damaged as error:
        raise NotPacked("the baseline's decisions are damaged") from error


def _must_be_the_same(rows: PackedRows, table: "pa.Table", order: Array) -> None:
    """Refuse rows that are not those of the baseline, with all that the evaluation set says of them.

    Raises:
        NotPacked: They are not.
    """
    if rows.rows != len(table) or rows.ids_sha256 != _digest(table["row_id"], order):
        told = f" ({rows.rows:,} then, {len(table):,} now)" if rows.rows != len(table) else ""
        raise NotPacked(f"the evaluation set changed: these are other rows than the baseline's{told}")
    digests = _digests(table, order)
    other = [name for name, digest in rows.columns_sha256.items() if digests.get(name, digest) != digest]
    if other:
        raise Altered(f"the evaluation set changed: the same rows have other values of {listed(other)}")
    once = [name for name in ("weight", "unit") if (name in digests) != (name in rows.columns_sha256)]
    if once:
        raise Altered(f"only one of the two runs gives rows a {once[0]}")
    if any(name not in rows.columns_sha256 for name in digests if name == "target" or name.startswith("target[")):
        raise Altered("the baseline knows no labels of these rows")


def _put_back(rows: PackedRows, order: Array, audit: Audit) -> "pa.Table":
    """What was packed, in the order of the later run's rows."""
    import pyarrow as pa

    is_number = audit.model.task == "regression"
    if is_number != (rows.format == "float64"):
        raise NotPacked("the baseline was made of another task")
    if is_number:
        values = np.empty(rows.rows, dtype=np.float64)
        values[order] = numbers_from(rows.decisions, rows.rows)
        return pa.table({"0": pa.array(values, pa.float64())})
    labels, is_multilabel = audit.model.classes, audit.model.task == "multilabel"
    if rows.bits != (len(labels) if is_multilabel else _width(len(labels))):
        raise NotPacked("the baseline was made of other labels")
    codes = np.empty((rows.rows, rows.bits), dtype=np.uint8)
    codes[order] = bits_from(rows.decisions, rows.rows, rows.bits)
    if is_multilabel:
        return pa.table({f"{at}": pa.array(codes[:, at].astype(float)) for at in range(rows.bits)})
    places = codes @ (1 << np.arange(rows.bits - 1, -1, -1, dtype=np.int64))
    if int(places.max(initial=0)) >= len(labels):
        raise NotPacked("the baseline was made of other classes")
    return pa.table({"0": pa.array(np.array(labels, dtype=object)[places], pa.string())})


def _sorted(table: "pa.Table") -> Array:
    """Places of the rows in the order of their ids.

    Raises:
        NotPacked: An id is there twice, so that rows could not be told apart.
    """
    import pyarrow.compute as pc

    if "row_id" not in table.column_names:
        raise NotPacked("the rows have no ids")
    if pc.count_distinct(table["row_id"]).as_py() != len(table):
        raise NotPacked("row ids are not unique")
    return np.asarray(pc.sort_indices(table["row_id"]).to_numpy())


def _codes(table: "pa.Table", audit: Audit) -> Array:
    """Bits of every row, uint8 [n, bits]."""
    labels = audit.model.classes
    if audit.model.task == "multilabel":
        names = [f"prediction[{label}]" for label in labels]
        return np.stack([_column(table, name).to_numpy().astype(np.uint8) for name in names], axis=1)
    at = {label: place for place, label in enumerate(labels)}
    texts = _column(table, "prediction").to_pylist()
    unknown = [text for text in dict.fromkeys(texts) if text not in at]
    if unknown or len(at) != len(labels):
        raise NotPacked(f"predictions are not labels of the run: {listed(unknown, most=3)}")
    places = np.array([at[text] for text in texts], dtype=np.int64)
    width = _width(len(labels))
    return (places[:, None] >> np.arange(width - 1, -1, -1) & 1).astype(np.uint8)


def _column(table: "pa.Table", name: str) -> Any:
    if table.column_names.count(name) != 1:
        raise NotPacked(f"the kept rows have no column {name}")
    return table[name]


def _width(labels: int) -> int:
    """Bits that number so many classes."""
    return max(1, (labels - 1).bit_length())


def _digests(table: "pa.Table", order: Array) -> dict[str, str]:
    """Digest of every column that the evaluation set gives."""
    made = ("score[", "prediction[")
    names = [name for name in table.column_names if name not in _UNTOLD and not name.startswith(made)]
    return {name: _digest(table[name], order) for name in names}


def _scores_digest(table: "pa.Table", order: Array) -> str:
    names = sorted(name for name in table.column_names if name == "score" or name.startswith("score["))
    return hashlib.sha256("".join(_digest(table[name], order) for name in names).encode("ascii")).hexdigest()


def _digest(column: "pa.ChunkedArray", order: Array) -> str:
    """Digest of the cells in that order: numbers as 8 bytes each, texts as their lengths (-1: none) and themselves."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = column.take(pa.array(order))
    if pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type):
        return hashlib.sha256(cells.cast(pa.float64()).to_numpy().astype("<f8").tobytes()).hexdigest()
    texts = cells.cast(pa.large_string())
    lengths = pc.fill_null(pc.binary_length(texts), -1).to_numpy().astype("<i8")
    made = hashlib.sha256(lengths.tobytes())
    made.update("".join(text or "" for text in texts.to_pylist()).encode("utf-8", "surrogatepass"))
    return made.hexdigest()
