"""What a model's numbers are: known, guessed and told, or refused."""

import pytest

from dlaudit.errors import ModelRefused
from dlaudit.models.reading import read_output
from dlaudit.spec import ModelSpec


def dry(**changes: object) -> dict[str, object]:
    return {"ends_in": None, "least": 0.2, "most": 0.7, "rows_sum_to_one": False, "outputs": 1, **changes}


def test_the_specification_wins() -> None:
    assert read_output(ModelSpec(output="score"), "binary", dry(ends_in="sigmoid"), postprocessed=False) == (
        "score",
        None,
    )


@pytest.mark.parametrize(
    ("end", "kind"), [("sigmoid", "probability"), ("softmax", "probability"), ("log_softmax", "logit")]
)
def test_the_last_operation_decides_without_a_guess(end: str, kind: str) -> None:
    assert read_output(ModelSpec(), "binary", dry(ends_in=end), postprocessed=False) == (kind, None)


def test_numbers_outside_the_unit_interval_are_guessed_to_be_logits() -> None:
    kind, guess = read_output(ModelSpec(), "binary", dry(least=-3.0), postprocessed=False)
    assert kind == "logit"
    assert guess is not None
    assert guess.toml == '[model]\noutput = "logit"'


def test_rows_that_add_up_to_one_are_guessed_to_be_probabilities() -> None:
    kind, guess = read_output(ModelSpec(), "multiclass", dry(rows_sum_to_one=True), postprocessed=False)
    assert (kind, guess is not None) == ("probability", True)


@pytest.mark.parametrize("numbers", [{}, {"least": None, "most": None}])
def test_an_ambiguous_range_is_refused(numbers: dict[str, object]) -> None:
    with pytest.raises(ModelRefused, match="cannot tell logits from probabilities") as fault:
        read_output(ModelSpec(), "binary", dry(**numbers), postprocessed=False)
    assert (fault.value.code, fault.value.exit_code) == ("DLA214", 3)


def test_a_regression_and_a_postprocessed_output_are_plain_scores() -> None:
    assert read_output(ModelSpec(), "regression", dry(least=-3.0), postprocessed=False) == ("score", None)
    assert read_output(ModelSpec(), "binary", dry(), postprocessed=True) == ("score", None)
