"""Raw outputs as scores: exact readings, clear refusals."""

import numpy as np
import pytest
import torch

from dlaudit.errors import ModelRefused
from dlaudit.models.outputs import to_scores

LOGITS = torch.tensor([[-2.0, 0.5], [1.0, 3.0], [0.0, 0.0]])


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_one_binary_logit_becomes_a_probability(shape: tuple[int, ...]) -> None:
    scores = to_scores(LOGITS[:, 1].reshape(shape), "binary", "logit")
    assert scores.dtype == torch.float64
    assert scores.shape == (3, 1)
    expected = 1 / (1 + np.exp(-np.array([0.5, 3.0, 0.0])))
    np.testing.assert_allclose(scores[:, 0], expected, rtol=1e-15)


def test_two_binary_logits_give_the_probability_of_the_second() -> None:
    scores = to_scores(LOGITS, "binary", "logit")
    np.testing.assert_allclose(scores[:, 0], torch.sigmoid(LOGITS[:, 1].double() - LOGITS[:, 0].double()))
    assert scores.shape == (3, 1)


def test_log_softmax_read_as_logits_gives_the_same_probabilities() -> None:
    same = to_scores(torch.log_softmax(LOGITS.double(), 1), "multiclass", "logit")
    torch.testing.assert_close(same, torch.softmax(LOGITS.double(), 1))


def test_probabilities_stay_and_their_range_is_held() -> None:
    kept = to_scores(torch.tensor([0.0, 0.25, 1.0]), "binary", "probability")
    assert kept[:, 0].tolist() == [0.0, 0.25, 1.0]
    with pytest.raises(ModelRefused, match="outputs from 0.2 to 1.5.*probabilities from 0 to 1") as refused:
        to_scores(torch.tensor([0.2, 1.5]), "binary", "probability")
    assert refused.value.code == "DLA213"


def test_rounding_beyond_one_is_clipped_but_no_more_than_rounding() -> None:
    assert to_scores(torch.tensor([1.0000001]), "binary", "probability").item() == 1.0
    with pytest.raises(ModelRefused):
        to_scores(torch.tensor([1.00001], dtype=torch.float64), "binary", "probability")


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_probabilities_of_classes_add_up_to_one(task: str) -> None:
    assert to_scores(torch.tensor([[0.3, 0.7]]), task, "probability")[0, -1] == pytest.approx(0.7)
    with pytest.raises(ModelRefused, match="add up to 1.2"):
        to_scores(torch.tensor([[0.5, 0.7]]), task, "probability")


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
@pytest.mark.parametrize("output", ["logit", "probability", "label", "score"])
def test_nan_passes_through(task: str, output: str) -> None:
    rows = torch.tensor([[float("nan")] * 2, [0.0, 1.0]])
    scores = to_scores(rows[:, :1] if task == "regression" else rows, task, output)
    assert torch.isnan(scores[0]).all()
    assert not torch.isnan(scores[1]).any()


def test_multilabel_logits_are_independent() -> None:
    torch.testing.assert_close(to_scores(LOGITS, "multilabel", "logit"), torch.sigmoid(LOGITS.double()))


def test_labels_are_zeros_and_ones_or_one_hot_classes() -> None:
    assert to_scores(torch.tensor([0, 1]), "binary", "label").tolist() == [[0.0], [1.0]]
    assert to_scores(torch.tensor([2, 0]), "multiclass", "label", 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    for codes, classes in ((torch.tensor([3]), 3), (torch.tensor([0.5]), 3), (torch.tensor([1]), None)):
        with pytest.raises(ModelRefused):
            to_scores(codes, "multiclass", "label", classes)
    with pytest.raises(ModelRefused, match="labels 0 and 1"):
        to_scores(torch.tensor([0, 2]), "binary", "label")


@pytest.mark.parametrize(
    ("task", "shape"),
    [("binary", (2, 3)), ("multiclass", (2,)), ("multiclass", (2, 1)), ("regression", (2, 2)), ("binary", (2, 1, 1))],
)
def test_a_shape_that_does_not_fit_the_task_is_refused(task: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelRefused) as refused:
        to_scores(torch.zeros(shape), task, "logit")
    assert refused.value.code == "DLA213"


def test_regression_and_scores_are_the_numbers_themselves() -> None:
    assert to_scores(torch.tensor([-7.5]), "regression", "logit").item() == -7.5
    assert to_scores(torch.tensor([[3.0, -7.5]]), "binary", "score").item() == -7.5


@pytest.mark.parametrize("output", ["logit", "probability", "score"])
def test_scores_can_be_differentiated(output: str) -> None:
    raw = torch.tensor([0.3, 0.6], requires_grad=True)
    to_scores(raw, "binary", output).sum().backward()
    assert raw.grad is not None
    assert (raw.grad > 0).all()
