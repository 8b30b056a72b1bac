"""What is put side by side: words of texts, and splits of one gap in two models."""

import numpy as np
import pyarrow as pa
import pytest

from dlaudit.record import Contribution, Decomposition
from dlaudit.stages.against_parts import parts_moved
from dlaudit.stages.against_values import values_of


def test_a_words_contributions_are_summed_up_within_a_text_and_told_where_it_stands() -> None:
    table = pa.table(
        {
            "row_id": ["1", "1", "1", "2"],
            "method": ["ig"] * 4,
            "word": ["good", "film", "good", "film"],
            "contribution": [0.2, 0.1, 0.3, -0.4],
        }
    )
    found = values_of(table, "ig")
    assert found is not None and found.ids == ["1", "2"] and found.features == ["film", "good"]
    assert np.allclose(found.values, [[0.1, 0.5], [-0.4, 0.0]])
    assert found.holds.tolist() == [[True, True], [True, False]]
    assert values_of(table, "other") is None


def split(value: float, low: float | None, high: float | None, slice_id: str = "sex=F") -> Decomposition:
    part = Contribution(feature="income", value=value, low=low, high=high)
    return Decomposition(
        metric="mean_score",
        by=["sex"],
        slice=slice_id,
        reference="sex=M",
        gap=value,
        contributions=[part],
        residual=0.0,
        rows=100,
    )


def test_the_change_of_a_part_takes_both_intervals_at_their_far_ends() -> None:
    found, left_out = parts_moved([split(-0.1, -0.15, -0.05)], [split(-0.3, -0.4, -0.2)])
    assert left_out == []
    assert (found[0].base, found[0].tuned) == (-0.1, -0.3)
    assert (found[0].change, found[0].low, found[0].high) == pytest.approx((-0.2, -0.35, -0.05))
    open_ended, _ = parts_moved([split(-0.1, None, None)], [split(-0.3, -0.4, -0.2)])
    assert open_ended[0].low is None and open_ended[0].high is None


def test_a_gap_that_only_one_model_split_is_told() -> None:
    found, left_out = parts_moved([split(-0.1, None, None)], [split(-0.3, None, None, "sex=X")])
    assert found == [] and "sex=X" in left_out[0].what
