"""What a hostile process or a made-up file says is checked before a number of it is used."""

import math

import numpy as np
import pytest

from dlaudit.errors import InputRefused, ModelRefused
from dlaudit.models.replies import dry_run_of, finite_numbers, names_of, number_of, scores_of
from dlaudit.models.wire import tensor_table
from dlaudit.record import Audit, DataInfo, Measurement, ModelInfo, Provenance, Slice
from dlaudit.record.coherent import DEEPEST, document_fault
from dlaudit.record.files import dump, parse

DRY = {
    "outputs": 1,
    "ends_in": "sigmoid",
    "least": 0.1,
    "most": 0.9,
    "deterministic_max_diff": 0.0,
    "row_independence_max_diff": None,
    "rows_sum_to_one": False,
}


def test_scores_of_the_right_shape_pass_and_keep_their_nan() -> None:
    given = np.array([[0.5], [math.nan], [1e300]])
    found = scores_of({"scores": tensor_table({"scores": given})}, 3, 1)
    assert found[0, 0] == 0.5
    assert math.isnan(found[1, 0])
    assert math.isinf(found[2, 0])


@pytest.mark.parametrize("shape", [(2, 1), (3, 2), (3,), (0, 1)])
def test_scores_for_other_rows_than_were_sent_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelRefused, match="which dlaudit does not do") as fault:
        scores_of({"scores": tensor_table({"scores": np.zeros(shape)})}, 3, 1)
    assert (fault.value.code, fault.value.exit_code) == ("DLA221", 3)


def test_a_reply_without_its_column_is_refused() -> None:
    with pytest.raises(ModelRefused, match="without column 'scores'"):
        scores_of({"scores": tensor_table({"other": np.zeros((3, 1))})}, 3, 1)


def test_contributions_must_be_finite() -> None:
    with pytest.raises(ModelRefused, match="not finite"):
        finite_numbers(tensor_table({"values": np.array([[math.inf]])}), "values", (1, 1))


def test_contributions_must_have_a_size_that_can_be_added_up() -> None:
    with pytest.raises(ModelRefused, match="beyond what scores can be"):
        finite_numbers(tensor_table({"values": np.array([[1e308]])}), "values", (1, 1))
    assert finite_numbers(tensor_table({"values": np.array([[1e38]])}), "values", (1, 1)).shape == (1, 1)


def test_an_honest_dry_run_passes() -> None:
    assert dry_run_of(DRY) == DRY


@pytest.mark.parametrize(
    "forged",
    [
        {"outputs": 0},
        {"outputs": True},
        {"outputs": "1"},
        {"ends_in": "<script>"},
        {"ends_in": ["sigmoid"]},
        {"least": "0"},
        {"least": math.nan},
        {"most": 10**400},
        {"rows_sum_to_one": 1},
    ],
)
def test_a_forged_dry_run_is_refused(forged: dict[str, object]) -> None:
    with pytest.raises(ModelRefused) as fault:
        dry_run_of({**DRY, **forged})
    assert fault.value.code == "DLA221"


@pytest.mark.parametrize("names", ["ab", [1], ["a", "a"], None])
def test_names_are_distinct_texts(names: object) -> None:
    with pytest.raises(ModelRefused):
        names_of({"players": names}, "players")
    assert names_of({"players": ["a", "b"]}, "players") == ["a", "b"]


def test_a_number_is_finite_or_none() -> None:
    assert number_of({"x": None}, "x") is None
    assert number_of({"x": 2}, "x") == 2.0
    with pytest.raises(ModelRefused):
        number_of({"x": math.inf}, "x")


def audit(**changes: object) -> Audit:
    whole = {
        "provenance": Provenance(dlaudit="0", python="3"),
        "model": ModelInfo(),
        "data": DataInfo(rows=4, scored=4),
        "slices": [Slice(id="overall", by=[], where={}, n=4, share=1.0, kind="overall")],
        "measurements": [Measurement(metric="accuracy", slice="overall", value=0.5, n=4, numerator=2, denominator=4)],
    }
    return Audit.model_validate({**whole, **changes})


def test_an_audit_that_hangs_together_is_read() -> None:
    assert parse(dump(audit(), None))[0] == audit()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"measurements": [Measurement(metric="accuracy", slice="sex=F", value=0.5)]}, "there is no slice"),
        (
            {
                "measurements": [
                    Measurement(metric="accuracy", slice="overall", value=0.9, n=4, numerator=2, denominator=4)
                ]
            },
            "not its numerator over its denominator",
        ),
        (
            {"measurements": [Measurement(metric="accuracy", slice="overall", value=0.5, low=0.9, high=0.1)]},
            "ends before it begins",
        ),
        ({"slices": audit().slices * 2}, "there twice"),
        ({"measurements": audit().measurements * 2}, "measured twice"),
    ],
)
def test_an_audit_that_contradicts_itself_is_refused_not_judged(change: dict[str, object], said: str) -> None:
    with pytest.raises(InputRefused, match=said) as fault:
        parse(dump(audit(**change), None), file="audit.json")
    assert (fault.value.code, fault.value.exit_code) == ("DLA610", 3)


def test_nesting_and_half_characters_are_refused_without_recursion() -> None:
    deep: object = 1
    for _ in range(DEEPEST + 2):
        deep = [deep]
    assert "nested" in str(document_fault(deep))
    assert "surrogate" in str(document_fault({"a": "\ud800"}))
    assert document_fault({"a": [1, "b", None]}) is None
