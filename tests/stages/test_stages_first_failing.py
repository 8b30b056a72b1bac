"""A model that fails on one record names it; one that fails on all is not asked again and again."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.errors import ModelRefused
from dlaudit.stages.first_failing import told_with_record


def model(bad: set[int], code: str = "DLA211") -> tuple[Callable[[pa.Table], int], list[int]]:
    """A model that fails where a row is one of those, and how many rows it was asked for each time."""
    asked: list[int] = []

    def run(inputs: pa.Table) -> int:
        asked.append(inputs.num_rows)
        if bad & set(inputs.column("x").to_pylist()):
            raise ModelRefused(code, "it fails", fix="Mend it.")
        return inputs.num_rows

    return run, asked


def rows(n: int) -> pa.Table:
    return pa.table({"x": list(range(n))})


@settings(deadline=None)
@given(st.integers(2, 300), st.data())
def test_the_first_record_is_named(n: int, data: st.DataObject) -> None:
    bad = data.draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=3))
    run, asked = model(bad)
    with pytest.raises(ModelRefused) as caught:
        told_with_record(run, rows(n), range(101, 101 + n))
    assert len(asked) <= 2 * n.bit_length() + 4
    if {0, n - 1} <= bad:
        assert "record" not in caught.value.what
    else:
        assert caught.value.what == f"it fails, on record {101 + min(bad)} but not on others"


def test_a_model_that_fails_on_all_or_only_on_several_is_told_as_it_was() -> None:
    with pytest.raises(ModelRefused, match=r"^it fails\. Mend it\.$"):
        told_with_record(model(set(range(9)))[0], rows(9), range(9))

    def together(inputs: pa.Table) -> int:
        if inputs.num_rows == 9:
            raise ModelRefused("DLA211", "it fails", fix="Mend it.")
        return 0

    with pytest.raises(ModelRefused, match=r"^it fails\. Mend it\.$"):
        told_with_record(together, rows(9), range(9))


def test_other_faults_and_sound_models_are_asked_once() -> None:
    run, asked = model({1}, "DLA213")
    with pytest.raises(ModelRefused):
        told_with_record(run, rows(4), range(4))
    sound, once = model(set())
    assert told_with_record(sound, rows(4), range(4)) == 4
    assert (asked, once) == ([4], [4])
