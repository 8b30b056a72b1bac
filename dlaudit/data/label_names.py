"""Label texts: one text for equal labels, and those that stand first in a file."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused, Place, listed

_CHUNK = 50_000
_PEEK = 2
"""Chunks that are looked at, as long as they hold two labels."""
_MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class SeenLabels:
    """Labels of the first rows."""

    labels: tuple[str, ...]
    """Distinct texts, sorted; at most a thousand."""
    numeric: bool
    """Whether every one is a number."""
    file: str | None
    """For messages."""
    columns: tuple[str, ...]
    """Target columns."""

    @property
    def zero_one(self) -> bool:
        """Whether nothing but 0 and 1 was seen."""
        return set(self.labels) <= {"0", "1"}


def label_text(column: pa.Array) -> pa.Array:
    """Labels as text; `1.0` and `1` are one label."""
    return pc.replace_substring_regex(as_text(column), pattern=r"^(-?\d+)\.0+$", replacement=r"\1")


def first_labels(raw: RawTable, target: Sequence[str], missing: Sequence[str]) -> SeenLabels:
    """Labels of the first 100,000 rows; of more where those hold fewer than two.

    Raises:
        DataRefused: No row has a label (DLA311).
    """
    found: set[str] = set()
    for number, batch in enumerate(raw.batches(_CHUNK, list(target)), start=1):
        for column in batch.columns:
            present = column.filter(pc.invert(pa.array(is_missing(column, missing))))
            found.update(label_text(present).unique().drop_null().to_pylist())
        if len(found) > _MOST or (number >= _PEEK and len(found) > 1):
            break
    if not found:
        raise DataRefused(
            "DLA311",
            f"no record has a label in {listed(target)}",
            place=Place(file=raw.path, column=target[0]),
            fix="Name the column of true labels: --target COLUMN.",
        )
    labels = sorted(found)[:_MOST]
    return SeenLabels(labels=tuple(labels), numeric=all(map(_is_number, labels)), file=raw.path, columns=tuple(target))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
