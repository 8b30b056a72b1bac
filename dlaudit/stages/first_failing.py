"""The record that a model fails on: found by halving, where the model takes other rows of the same batch."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from dlaudit.errors import ModelRefused

Made = TypeVar("Made")
FAILED = "DLA211"


def told_with_record(
    run: Callable[[pa.Table], Made], inputs: pa.Table, records: "Sequence[int] | np.ndarray[Any, Any]"
) -> Made:
    """What the model makes of the inputs.

    Args:
        run: Asks the model; called again on parts of the inputs where it fails, some twice the logarithm of their
            number.
        inputs: Inputs of several records.
        records: Their numbers.

    Raises:
        ModelRefused: The model fails (DLA211): with the first record that it fails on, where it takes another one.
    """
    try:
        return run(inputs)
    except ModelRefused as failed:
        at = _first(run, inputs) if failed.code == FAILED else None
        if at is None:
            raise
        raise ModelRefused(
            failed.code,
            f"{failed.what}, on record {int(records[at]):,} but not on others",
            place=failed.place,
            expected=failed.expected,
            fix=failed.fix,
        ) from failed


def _first(run: Callable[[pa.Table], object], inputs: pa.Table) -> int | None:
    """Place of the first row that fails alone; None where all do, or rows fail only together."""
    start, count = 0, inputs.num_rows
    while count > 1:
        half = count // 2
        if _fails(run, inputs.slice(start, half)):
            count = half
        else:
            start, count = start + half, count - half
    if count != 1 or not _fails(run, inputs.slice(start, 1)):
        return None
    others = [at for at in (0, inputs.num_rows - 1) if at != start]
    return start if any(not _fails(run, inputs.slice(at, 1)) for at in others) else None


def _fails(run: Callable[[pa.Table], object], inputs: pa.Table) -> bool:
    try:
        run(inputs)
    except ModelRefused as failed:
        if failed.code != FAILED:
            raise
        return True
    return False
