"""Replies of the model's process, checked before a number of them is used.

The pipe only says that a reply is JSON and plain tables. A model's own program or the user's code can have written it,
so what a reply means is checked here: the rows that were sent, the columns that the task has, and numbers where
numbers belong. Wrong numbers cannot be told from right ones; a wrong shape can.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.errors import ModelRefused, shown
from dlaudit.models.wire import ndarray_of

LARGEST_SCORE = float(np.finfo(np.float32).max)
"""Scores beyond this size count as infinite, as they would be in the float32 that models compute in."""
LARGEST = 1e100
"""Contributions beyond this size are none: a score is at most what float32 holds, and so is its gradient."""
_DRY_NUMBERS = ("least", "most", "deterministic_max_diff", "row_independence_max_diff")
_ENDS = ("sigmoid", "softmax", "log_softmax", None)


def scores_of(tables: Mapping[str, pa.Table], rows: int, width: int) -> np.ndarray[Any, Any]:
    """Scores float64 `[rows, width]`; NaN or infinite where the model gave no usable number.

    Args:
        tables: Reply of the operation `score`.
        rows: Rows that were sent.
        width: Scores of a row that the task has.

    Raises:
        ModelRefused: The table has another shape or holds no numbers (DLA221).
    """
    scores = numbers(tables["scores"], "scores", (rows, width))
    return np.where(np.abs(scores) > LARGEST_SCORE, np.copysign(np.inf, scores), scores)


def numbers(table: pa.Table, name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """The column as float64 of exactly that shape.

    Raises:
        ModelRefused: There is no such column, it is no column of numbers, or has another shape (DLA221).
    """
    if name not in table.column_names:
        raise forged(f"a table without column {shown(name)}")
    found = ndarray_of(table, name)
    if found.dtype.kind not in "fiu" or found.shape != shape:
        raise forged(f"{shown(name)} of shape {list(found.shape)} and type {found.dtype}, not {list(shape)} numbers")
    return found.astype(np.float64, copy=False)


def finite_numbers(table: pa.Table, name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """As `numbers`, and every one finite and of a size that sums and squares of it are finite, too.

    Raises:
        ModelRefused: As `numbers`, or one is NaN, infinite or huge (DLA221).
    """
    found = numbers(table, name, shape)
    if not np.isfinite(found).all():
        raise forged(f"{shown(name)} that are not finite")
    if np.abs(found).max(initial=0.0) > LARGEST:
        raise forged(f"{shown(name)} beyond what scores can be")
    return found


def dry_run_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the operation `dry_run` told, each part of its own kind.

    Raises:
        ModelRefused: A part is missing or of another kind (DLA221).
    """
    outputs, ends = result["outputs"], result["ends_in"]
    if not _is_count(outputs) or outputs < 1:
        raise forged("a number of outputs that is none")
    if not (ends is None or isinstance(ends, str)) or ends not in _ENDS:
        raise forged("a last operation that it does not know")
    for name in _DRY_NUMBERS:
        if result[name] is not None and not _is_number(result[name]):
            raise forged(f"{shown(name)} that is no number")
    if not isinstance(result["rows_sum_to_one"], bool):
        raise forged("'rows_sum_to_one' that is neither true nor false")
    return dict(result)


def names_of(result: Mapping[str, Any], name: str) -> list[str]:
    """A list of distinct texts.

    Raises:
        ModelRefused: It is another thing (DLA221).
    """
    found = result[name]
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found) or len(set(found)) != len(found):
        raise forged(f"{shown(name)} that is no list of names")
    return found


def number_of(result: Mapping[str, Any], name: str) -> float | None:
    """A finite number, or None.

    Raises:
        ModelRefused: It is another thing (DLA221).
    """
    found = result[name]
    if found is not None and not _is_number(found):
        raise forged(f"{shown(name)} that is no number")
    return None if found is None else float(found)


def forged(what: str) -> ModelRefused:
    """DLA221: the reply is one that dlaudit's own code does not write."""
    return ModelRefused(
        "DLA221",
        f"the model's process replied with {what}, which dlaudit does not do",
        fix="Its program or code interferes with dlaudit; do not trust this file.",
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    """Whether it is a finite number of a size that a float holds."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False
