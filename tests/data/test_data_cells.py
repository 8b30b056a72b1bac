"""Cells as text and as numbers."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dlaudit.data.cells import Column, as_numbers, as_text, is_missing, objects
from dlaudit.errors import DataRefused

COLUMN = Column(name="age", first_row=11, file="test.csv")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1, None, 9_007_199_254_740_993]), ["1", None, "9007199254740993"]),
        (pa.array([1.0, 0.1, float("nan"), None, -0.0]), ["1", "0.1", None, None, "0"]),
        (pa.array([0.1], pa.float32()), ["0.1"]),
        (pa.array([True, False, None]), ["true", "false", None]),
        (pa.array(["NA", "None", "02139", " F", ""]), ["NA", "None", "02139", " F", ""]),
        (pa.array([date(2026, 1, 2)]), ["2026-01-02"]),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5)]), ["2026-01-02T03:04:05"]),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5, 250_000)]), ["2026-01-02T03:04:05.250000"]),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)]), ["2026-01-02T03:04:05+0000"]),
        (pa.array([Decimal("1.00"), Decimal("1.25")]), ["1", "1.25"]),
    ],
)
def test_equal_values_have_one_text(column: pa.Array, expected: list[str | None]) -> None:
    assert as_text(column).to_pylist() == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["1", "-2.5e3", "+4", " 5\t", ".5", "1.", ""]), [1, -2500, 4, 5, 0.5, 1, np.nan]),
        (pa.array(["true", "False", "1"]), [1, 0, 1]),
        (pa.array([1, None]), [1, np.nan]),
        (pa.array([1.5, float("nan"), None]), [1.5, np.nan, np.nan]),
        (pa.array([True, False, None]), [1, 0, np.nan]),
        (pa.array([Decimal("1.25")]), [1.25]),
        (pa.array(["1e-400"]), [0]),
    ],
)
def test_numbers_are_read_and_missing_is_nan(column: pa.Array, expected: list[float]) -> None:
    np.testing.assert_array_equal(as_numbers(column, COLUMN), expected)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *((text, "DLA312") for text in ("0,5", "1e", "12%", "nan", "NaN", "NA", "1 2", "0x10", "1_0", "１", "x" * 99)),
        *((text, "DLA313") for text in ("inf", "-Infinity", "1e400", "1e39", "-3.5e38")),
        *((value, "DLA313") for value in (float("inf"), 1e39)),
        (date(2026, 1, 2), "DLA312"),
    ],
)
def test_what_is_no_number_is_refused_with_its_cell(value: Any, code: str) -> None:
    with pytest.raises(DataRefused) as caught:
        as_numbers(pa.array([None, value]), COLUMN)
    place = caught.value.place
    assert (caught.value.code, place.file, place.column) == (code, "test.csv", "age")
    assert place.row == (12 if not isinstance(value, date) else 11)
    assert len(caught.value.what) < 80


def test_the_largest_float32_is_no_fault_and_the_next_number_is() -> None:
    largest = float(np.finfo(np.float32).max)
    assert as_numbers(pa.array([largest]), COLUMN)[0] == largest
    with pytest.raises(DataRefused):
        as_numbers(pa.array([np.nextafter(largest, np.inf)]), COLUMN)


def test_infinite_numbers_are_kept_where_rows_may_be_rejected() -> None:
    of = Column(name="a", first_row=1, file=None, keep_infinite=True)
    np.testing.assert_array_equal(as_numbers(pa.array(["1e39", "-inf", "1"]), of), [np.inf, np.inf, 1])


def test_numbers_that_mean_missing_are_missing_whatever_the_type() -> None:
    of = Column(name="a", first_row=1, file=None, missing=["", "-999"])
    for column in (pa.array(["-999", "1"]), pa.array([-999, 1]), pa.array([-999.0, 1.0])):
        np.testing.assert_array_equal(as_numbers(column, of), [np.nan, 1])
        assert is_missing(column, of.missing).tolist() == [True, False]


def test_only_listed_texts_are_missing() -> None:
    assert is_missing(pa.array(["", "NA", None, "?"]), ["", "?"]).tolist() == [True, False, True, True]
    assert is_missing(pa.array(["", None]), []).tolist() == [False, True]


def test_equal_texts_share_one_object() -> None:
    texts = objects(pa.array(["F", None, "M", "F"]), np.array([False, False, True, False]))
    assert texts.tolist() == ["F", None, None, "F"]
    assert texts[0] is texts[3]
