"""The whole way: a question crosses to the model's process and comes back as records."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import nn

from dlaudit.attributions import (
    ATTRIBUTORS,
    CannotExplainError,
    ExplainedRows,
    Pair,
    Question,
    attributions,
    decomposition,
    explain_rows,
    quality,
    split_gap,
)
from dlaudit.data.batch import Player
from dlaudit.errors import ModelRefused, UsageError
from dlaudit.models.local_host import wrap_model
from dlaudit.models.wire import tensor_table

METHODS = ["integrated_gradients", "shap_values"]
PLAYERS = (Player(name="age", columns=(0,)), Player(name="job", columns=(1, 2)), Player(name="income", columns=(3,)))
BINARY = Question(task="binary", output="logit", players=PLAYERS, seed=1)


def table(rows: torch.Tensor) -> pa.Table:
    return tensor_table({"inputs": rows.numpy().astype(np.float32)})


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


def test_what_is_explained_is_the_audited_probability(net, normal):
    rows, background = normal(30, 4), normal(20, 4, seed=1)
    with wrap_model(net) as host:
        answer = explain_rows(host, BINARY, (table(rows), table(background)), METHODS)
    probability = torch.sigmoid(net(rows).double())[:, 0].detach().numpy()
    by_method = {one.method: one for one in answer.methods}
    mean_row = torch.sigmoid(net(background.mean(0, keepdim=True))).item()
    mean_score = torch.sigmoid(net(background).double()).mean().item()
    np.testing.assert_allclose(by_method["integrated_gradients"].change, probability - mean_row, atol=1e-6)
    np.testing.assert_allclose(by_method["shap_values"].change, probability - mean_score, atol=1e-6)
    for one in answer.methods:
        np.testing.assert_allclose(one.values.sum(axis=1), one.change, atol=1e-4)
        assert one.values.shape == (30, 3) and "20 background rows" in one.reference
    assert answer.features == ["age", "job", "income"] and answer.not_applicable == []
    assert answer.largest_grad_difference <= 1e-6 and answer.unchanged is True


def test_an_audit_of_the_answer_has_records_and_good_quality(net, normal):
    with wrap_model(net) as host:
        answer = explain_rows(host, BINARY, (table(normal(40, 4)), table(normal(20, 4, seed=1))), METHODS)
    rows = ExplainedRows(slices=["overall"], member=np.ones((1, 40), dtype=bool))
    found, left_out = attributions(answer, rows, np.random.default_rng(0))
    assert len(found) == 6 and left_out == []
    checks = quality(answer, rows)
    assert all(one.ok for one in checks if one.ok is not None)
    assert {one.measure for one in checks} >= {"agreement", "same_function", "model_unchanged"}


def test_the_answer_depends_on_the_seed_alone_and_not_on_the_order_of_methods(net, normal):
    tables = (table(normal(6, 4)), table(normal(9, 4, seed=1)))
    with wrap_model(net) as host:
        one = explain_rows(host, BINARY, tables, METHODS)
        two = explain_rows(host, BINARY, tables, METHODS[::-1])
    assert [m.method for m in two.methods] == METHODS[::-1]
    for first, second in zip(one.methods, reversed(two.methods), strict=True):
        np.testing.assert_array_equal(first.values, second.values)


def test_one_class_of_several_is_explained(normal):
    torch.manual_seed(0)
    net = nn.Linear(4, 3)
    rows = normal(5, 4)
    with wrap_model(net) as host:
        question = Question(task="multiclass", output="logit", class_index=2)
        answer = explain_rows(host, question, (table(rows), table(normal(6, 4, seed=1))), ["shap_values"])
    probability = torch.softmax(net(rows).double(), 1)[:, 2].detach()
    background = torch.softmax(net(normal(6, 4, seed=1)).double(), 1)[:, 2].mean().detach()
    np.testing.assert_allclose(answer.methods[0].change, (probability - background).numpy(), atol=1e-6)
    assert answer.features == ["input 1", "input 2", "input 3", "input 4"]


def test_a_model_of_labels_has_shapley_values_but_no_gradients(net, normal):
    question = Question(task="binary", output="label", players=PLAYERS)
    with wrap_model(lambda x: (net(x) > 0).long()) as host:
        answer = explain_rows(host, question, (table(normal(5, 4)), table(normal(6, 4, seed=1))), METHODS)
    assert [one.method for one in answer.methods] == ["shap_values"]
    assert answer.not_applicable[0].what == "integrated_gradients"


def test_the_users_own_reading_of_outputs_is_what_is_explained(normal):
    rows, background = normal(5, 4), normal(6, 4, seed=1)
    with wrap_model(lambda x: {"out": x}, postprocess=lambda made: made["out"].mean(1)) as host:
        question = Question(task="regression", output="score")
        answer = explain_rows(host, question, (table(rows), table(background)), METHODS)
    for one in answer.methods:
        np.testing.assert_allclose(one.values, ((rows - background.mean(0)) / 4).numpy(), atol=1e-6)


def test_players_that_do_not_cover_the_inputs_are_refused(net, normal):
    question = Question(task="binary", output="logit", players=PLAYERS[:2])
    with wrap_model(net) as host, pytest.raises(ModelRefused, match="cover 3"):
        explain_rows(host, question, (table(normal(5, 4)), table(normal(6, 4))), METHODS)


def test_an_unknown_method_is_refused_before_anything_runs(net, normal):
    with wrap_model(net) as host, pytest.raises(UsageError, match="Did you mean 'shap_values'"):
        explain_rows(host, BINARY, (table(normal(5, 4)), table(normal(6, 4))), ["shap_value"])
    assert set(ATTRIBUTORS) >= set(METHODS)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_split_of_a_gap_adds_up_to_the_gap_of_the_scores(net, normal, weighted):
    a, b = normal(40, 4) + 0.5, normal(60, 4, seed=1)
    weights = (np.linspace(1, 2, 40), np.linspace(2, 1, 60)) if weighted else None
    with wrap_model(net) as host:
        split = split_gap(host, BINARY, (table(a), table(b)), rounds=3, weights=weights)
    pair = Pair(metric="mean_score", by=("sex",), slice="sex=F", reference="sex=M")
    found = decomposition(pair, split, np.random.default_rng(0), players=PLAYERS)
    scores = [torch.sigmoid(net(x).double())[:, 0].detach().numpy() for x in (a, b)]
    used = weights or (np.ones(40), np.ones(60))
    gap = np.average(scores[0], weights=used[0]) - np.average(scores[1], weights=used[1])
    assert abs(found.gap - gap) < 1e-6 and abs(found.residual) < 1e-6
    assert split.rounds.shape == (3, 3)


def test_mixtures_without_a_finite_score_are_not_applicable():
    def meets_no_mixture(x):
        return torch.where((x[:, :1] == x[:, 1:2]), x[:, :1], torch.full_like(x[:, :1], torch.nan))

    rows, other = table(torch.ones(4, 2)), table(torch.zeros(4, 2))
    with wrap_model(meets_no_mixture) as host:
        question = Question(task="regression", output="score")
        answer = explain_rows(host, question, (rows, other), ["shap_values"])
        assert "not finite" in answer.not_applicable[0].reason and answer.methods == []
        with pytest.raises(CannotExplainError, match="not finite"):
            split_gap(host, question, (rows, other))


def test_fused_attention_is_audited_and_explained_as_one_function(normal):
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
    net = nn.Sequential(nn.TransformerEncoder(layer, 1), nn.Flatten(), nn.Linear(24, 1))
    with wrap_model(net) as host:
        rows, background = (tensor_table({"inputs": normal(6, 3, 8, seed=s).numpy()}) for s in (0, 1))
        answer = explain_rows(host, Question(task="binary", output="logit"), (rows, background), METHODS)
    assert answer.largest_grad_difference <= 1e-4 and len(answer.methods) == 2
    assert torch.backends.mha.get_fastpath_enabled()


def test_two_functions_in_one_are_told():
    class Torn(nn.Module):
        def forward(self, x):
            return x.sum(1, keepdim=True) * (1.5 if torch.is_grad_enabled() else 1.0)

    rows = table(torch.eye(4))
    with wrap_model(Torn()) as host:
        answer = explain_rows(host, Question(task="regression", output="score"), (rows, rows), METHODS)
    assert answer.largest_grad_difference == pytest.approx(0.5)
    shown = quality(answer, ExplainedRows(slices=["overall"], member=np.ones((1, 4), dtype=bool)))
    assert [one.ok for one in shown if one.measure == "same_function"] == [False]
