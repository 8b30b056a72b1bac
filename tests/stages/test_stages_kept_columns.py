"""Columns kept for the slice search: levels as codes, numbers as they are, a uniform sample beyond the limit."""

import numpy as np

from dlaudit.record import UNKNOWN
from dlaudit.slices.discovery import LevelColumn, NumberColumn
from dlaudit.stages.kept_columns import KeptColumns, Outcomes


def outcomes(n: int, start: int = 0) -> Outcomes:
    return Outcomes(target=np.arange(start, start + n), prediction=np.zeros(n, dtype=int), unit=None)


def texts(*cells: str | None) -> np.ndarray:
    return np.array(cells, dtype=object)


def test_levels_are_coded_alike_in_every_batch_and_ordered_by_name() -> None:
    kept = KeptColumns(0)
    kept.add({"x": texts("b", None), "y": np.array([1, np.nan], dtype=np.float32)}, outcomes(2))
    kept.add({"x": texts("a", "b"), "y": np.array([3, 4], dtype=np.float32)}, outcomes(2))
    x, y = kept.columns
    assert isinstance(x, LevelColumn) and isinstance(y, NumberColumn)
    assert x.levels == (UNKNOWN, "a", "b")
    assert [x.levels[code] for code in x.codes] == ["b", UNKNOWN, "a", "b"]
    assert np.isnan(y.values[1]) and y.values[3] == 4


def test_a_column_with_too_many_levels_is_given_up_and_named() -> None:
    kept = KeptColumns(0)
    for start in (0, 40):
        names = [f"level {at}" for at in range(start, start + 40)]
        kept.add({"name": texts(*names), "x": texts(*["a"] * 40)}, outcomes(40))
    assert kept.too_many == ["name"]
    assert [one.name for one in kept.columns] == ["x"]


def test_beyond_the_limit_a_uniform_sample_stays_aligned() -> None:
    kept = KeptColumns(0, limit=20_000)
    for start in range(0, 10_000, 1_000):
        kept.add({"x": np.arange(start, start + 1_000, dtype=np.float32)}, outcomes(1_000, start))
    (x,) = kept.columns
    assert isinstance(x, NumberColumn)
    assert not kept.complete
    assert 300 < len(x.values) <= 1_000
    assert x.values.astype(int).tolist() == kept.outcomes.target.tolist()
    assert abs(x.values.mean() - 5_000) < 4 * 2_887 / len(x.values) ** 0.5
