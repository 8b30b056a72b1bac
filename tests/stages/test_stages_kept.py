"""Inputs kept for explanations: everything while it fits, a uniform sample beyond."""

import numpy as np
import pyarrow as pa

from dlaudit.stages.kept import KeptInputs


def test_everything_is_kept_while_it_fits() -> None:
    kept = KeptInputs(0)
    kept.add(np.arange(6.0).reshape(3, 2))
    kept.add(np.arange(4.0).reshape(2, 2))
    assert kept.complete
    assert kept.positions.tolist() == [0, 1, 2, 3, 4]
    assert kept.take(np.array([3])).tolist() == [[0.0, 1.0]]


def test_beyond_the_limit_a_uniform_sample_is_kept_that_still_matches_its_rows() -> None:
    kept = KeptInputs(0, limit=8_000)
    for start in range(0, 20_000, 1_000):
        kept.add(np.arange(start, start + 1_000, dtype=np.float64)[:, None])
    positions = kept.positions
    assert not kept.complete
    assert 8 * len(positions) <= 8_000
    assert len(positions) > 300
    assert kept.take(np.arange(len(positions)))[:, 0].tolist() == positions.tolist()
    assert abs(positions.mean() - 10_000) < 4 * 5_774 / len(positions) ** 0.5


def test_arrow_tables_are_kept_alike() -> None:
    kept = KeptInputs(0)
    kept.add(pa.table({"a": ["x", "y"]}))
    kept.add(pa.table({"a": ["z"]}))
    assert kept.take(np.array([0, 2])).column("a").to_pylist() == ["x", "z"]
