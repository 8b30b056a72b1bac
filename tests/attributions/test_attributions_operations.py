"""The whole way: a question crosses to the model's process and comes back as records."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import nn

from dlaudit.attributions import ATTRIBUTORS, ExplainedRows, Question, attributions, explain_rows, quality
from dlaudit.attributions import asked as asking
from dlaudit.attributions.asked import blocks
from dlaudit.attributions.operations import look
from dlaudit.attributions.registry import Attributor
from dlaudit.attributions.request import Explanation
from dlaudit.data.batch import Player
from dlaudit.errors import ModelRefused, UsageError
from dlaudit.models.local_host import wrap_model
from dlaudit.models.wire import tensor_table

METHODS = ["integrated_gradients", "shapley_values"]
PLAYERS = (Player(name="age", columns=(0,)), Player(name="job", columns=(1, 2)), Player(name="income", columns=(3,)))
BINARY = Question(task="binary", output="logit", players=PLAYERS, seed=1)
REGRESSION = Question(task="regression", output="score")


def table(rows: torch.Tensor) -> pa.Table:
    return tensor_table({"inputs": rows.numpy().astype(np.float32)})


def everyone(rows: int) -> ExplainedRows:
    return ExplainedRows(slices=["overall"], member=np.ones((1, rows), dtype=bool))


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


@pytest.fixture
def registered(monkeypatch):
    """A function that adds an attributor for the length of the test."""

    def add(name: str, explain: Any, **given: Any) -> None:
        made = Attributor(name=name, needs=frozenset(), explain=explain, summary="s", **given)
        monkeypatch.setitem(ATTRIBUTORS._items, name, made)

    return add


# --- what is explained ---------------------------------------------------------------------------------------


def test_what_is_explained_is_the_audited_probability(net, normal):
    rows, background = normal(30, 4), normal(20, 4, seed=1)
    with wrap_model(net) as host:
        answer = explain_rows(host, BINARY, (table(rows), table(background)), METHODS)
    probability = torch.sigmoid(net(rows).double())[:, 0].detach().numpy()
    by_method = {one.method: one for one in answer.methods}
    mean_row = torch.sigmoid(net(background.mean(0, keepdim=True))).item()
    mean_score = torch.sigmoid(net(background).double()).mean().item()
    np.testing.assert_allclose(by_method["integrated_gradients"].change, probability - mean_row, atol=1e-6)
    np.testing.assert_allclose(by_method["shapley_values"].change, probability - mean_score, atol=1e-6)
    for one in answer.methods:
        assert one.values.shape == (30, 3) and "20 background rows" in one.reference
        assert one.spent > 0 and one.adds_up == "exactly"
    np.testing.assert_allclose(by_method["shapley_values"].completeness, 0, atol=1e-6)
    assert answer.features == ["age", "job", "income"] and answer.not_applicable == []
    assert answer.largest_grad_difference <= 1e-6 and answer.unchanged is True
    assert answer.passes >= sum(one.spent for one in answer.methods) and answer.halved == []


def test_an_answer_with_checks_has_good_records(net, normal):
    tables = (table(normal(60, 4)), table(normal(20, 4, seed=1)))
    with wrap_model(net) as host:
        answer = explain_rows(host, BINARY, tables, METHODS, {"checks": True})
    found, left_out = attributions(answer, everyone(60), np.random.default_rng(0))
    assert len(found) == 6 and left_out == []
    checks = quality(answer, everyone(60), np.random.default_rng(0))
    assert {one.measure for one in checks} >= {"agreement", "same_function", "model_unchanged", "faithfulness"}
    assert all(one.ok for one in checks if one.measure in {"same_function", "model_unchanged", "faithfulness"})
    for one in answer.methods:
        assert set(one.figures) >= {"faithfulness"} and len(one.figures["faithfulness"]) == 60
    assert answer.opinions == [] and answer.checked["coalitions"] > 0


def test_another_library_calculates_some_rows_again(net, normal):
    tables = (table(normal(20, 4)), table(normal(20, 4, seed=1)))
    with wrap_model(net) as host:
        answer = explain_rows(host, BINARY, tables, METHODS[:1], {"opinions": 5})
    (opinion,) = answer.opinions
    assert (opinion.method, opinion.library, opinion.rows) == (METHODS[0], "captum.IntegratedGradients", 5)
    assert opinion.ok and opinion.relative <= opinion.allowed


def test_one_class_of_several_is_explained(normal):
    torch.manual_seed(0)
    net = nn.Linear(4, 3)
    rows = normal(5, 4)
    with wrap_model(net) as host:
        question = Question(task="multiclass", output="logit", class_index=2)
        answer = explain_rows(host, question, (table(rows), table(normal(6, 4, seed=1))), ["shapley_values"])
    probability = torch.softmax(net(rows).double(), 1)[:, 2].detach()
    background = torch.softmax(net(normal(6, 4, seed=1)).double(), 1)[:, 2].mean().detach()
    np.testing.assert_allclose(answer.methods[0].change, (probability - background).numpy(), atol=1e-6)
    assert answer.features == ["input 1", "input 2", "input 3", "input 4"]


def test_a_model_of_labels_has_shapley_values_but_no_gradients(net, normal):
    question = Question(task="binary", output="label", players=PLAYERS)
    with wrap_model(lambda x: (net(x) > 0).long()) as host:
        answer = explain_rows(host, question, (table(normal(5, 4)), table(normal(6, 4, seed=1))), METHODS)
    assert [one.method for one in answer.methods] == ["shapley_values"]
    assert answer.not_applicable[0].what == "integrated_gradients"


def test_the_users_own_reading_of_outputs_is_what_is_explained(normal):
    rows, background = normal(5, 4), normal(6, 4, seed=1)
    with wrap_model(lambda x: {"out": x}, postprocess=lambda made: made["out"].mean(1)) as host:
        answer = explain_rows(host, REGRESSION, (table(rows), table(background)), METHODS)
    for one in answer.methods:
        np.testing.assert_allclose(one.values, ((rows - background.mean(0)) / 4).numpy(), atol=1e-6)


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
        answer = explain_rows(host, REGRESSION, (rows, rows), METHODS)
    assert answer.largest_grad_difference == pytest.approx(0.5)
    told = quality(answer, everyone(4), np.random.default_rng(0))
    assert [one.ok for one in told if one.measure == "same_function"] == [False]


def test_a_look_tells_players_sizes_and_what_decides_the_methods(net, normal):
    few = table(normal(8, 4))
    with wrap_model(net) as host:
        result, _ = host.call("dlaudit.attributions.operations:look", BINARY.params(), {"rows": few, "background": few})
    assert look.__doc__ and result["players"] == ["age", "job", "income"]
    assert (result["elements"], result["axes"]) == (4, 2)
    assert result["facts"]["players"] == 3 and result["facts"]["no_gradient"] is None
    assert 0 < result["seconds"] < 1


# --- determinism ---------------------------------------------------------------------------------------------


def test_the_answer_depends_on_the_seed_alone_and_not_on_the_order_of_methods(net, normal):
    tables = (table(normal(6, 4)), table(normal(9, 4, seed=1)))
    with wrap_model(net) as host:
        one = explain_rows(host, BINARY, tables, METHODS)
        two = explain_rows(host, BINARY, tables, METHODS[::-1])
    assert [m.method for m in two.methods] == METHODS[::-1]
    for first, second in zip(one.methods, reversed(two.methods), strict=True):
        np.testing.assert_array_equal(first.values, second.values)


def test_neither_the_batch_size_nor_halved_memory_changes_a_number(normal, monkeypatch):
    """Passes of more than 160 rows run out of memory: they are halved, told, and the values are the same."""
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Linear(14, 8), nn.Tanh(), nn.Linear(8, 1))

    class Small(nn.Module):
        limit = 10**9

        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x):
            if len(x) > self.limit:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
            return self.inner(x)

    net = Small()
    monkeypatch.setattr(asking, "BLOCK", 15)
    tables = (table(normal(30, 14)), table(normal(5, 14, seed=1)))
    answers = []
    for limit, batch in ((10**9, 4096), (10**9, 97), (160, 4096)):
        monkeypatch.setattr(Small, "limit", limit)
        question = Question(task="binary", output="logit", seed=3, batch_size=batch)
        with wrap_model(net) as host:
            answers.append(explain_rows(host, question, tables, METHODS, {"evaluations": 64}))
    for other in answers[1:]:
        for first, second in zip(answers[0].methods, other.methods, strict=True):
            np.testing.assert_allclose(first.values, second.values, atol=1e-6)
    assert answers[0].halved == [] and answers[2].halved


@pytest.mark.parametrize("rows", [0, 1, 511, 512, 513, 2_000])
def test_blocks_hold_every_row_once_and_spread_over_all_of_them(rows):
    found = blocks(rows)
    assert sorted(np.concatenate([np.zeros(0, dtype=int), *found]).tolist()) == list(range(rows))
    assert all(len(one) <= asking.BLOCK for one in found)
    assert all(one[-1] >= rows - len(found) for one in found)


def test_progress_is_told_block_by_block(net, normal, monkeypatch):
    monkeypatch.setattr(asking, "BLOCK", 10)
    told: list[int] = []
    with wrap_model(net) as host:
        explain_rows(host, BINARY, (table(normal(25, 4)), table(normal(9, 4))), METHODS, told=told.append)
    assert sum(told) == 25 and len(told) == 3


# --- what fails, fails alone ---------------------------------------------------------------------------------


def test_a_method_that_raises_leaves_the_others_alone_and_the_model_as_it_was(net, normal, registered):
    def breaks(request):
        module = request.module
        next(module.parameters()).requires_grad_(False)
        module.train()
        part = next(iter(module.modules()))
        part.register_forward_hook(lambda *_: None)
        part.left_behind = nn.Parameter(torch.zeros(1))
        raise AssertionError("a library's own\ntrouble")

    registered("breaks", breaks)
    names = [name for name, _ in net.named_parameters()]
    with wrap_model(net) as host:
        answer = explain_rows(host, BINARY, (table(normal(9, 4)), table(normal(9, 4))), ["breaks", *METHODS])
        assert not net._forward_hooks and not any(one.training for one in net.modules())
    assert [one.method for one in answer.methods] == METHODS and answer.unchanged is True
    (left_out,) = answer.not_applicable
    assert left_out.what == "breaks" and "AssertionError: a library's own" in left_out.reason
    assert "trouble" not in left_out.reason
    assert [name for name, _ in net.named_parameters()] == names
    assert all(one.requires_grad for one in net.parameters())


def test_memory_that_runs_out_for_a_single_row_is_a_reason(net, normal, registered):
    def hungry(request):
        raise RuntimeError("CUDA out of memory")

    registered("hungry", hungry)
    with wrap_model(net) as host:
        answer = explain_rows(host, BINARY, (table(normal(9, 4)), table(normal(9, 4))), ["hungry", "shapley_values"])
    assert answer.not_applicable[0].reason == "memory ran out even for a single row"
    assert [one.method for one in answer.methods] == ["shapley_values"]


def test_a_method_that_fails_on_one_block_is_left_out_whole(net, normal, registered, monkeypatch):
    monkeypatch.setattr(asking, "BLOCK", 10)
    calls: list[int] = []

    def sometimes(request):
        calls.append(request.count)
        if len(calls) == 2:
            raise ValueError("no")
        values = np.zeros((request.count, len(request.layout)))
        return Explanation(values=values, change=np.zeros(request.count), reference="r")

    registered("sometimes", sometimes)
    with wrap_model(net) as host:
        answer = explain_rows(
            host, BINARY, (table(normal(30, 4)), table(normal(9, 4))), ["sometimes", "shapley_values"]
        )
    assert [one.method for one in answer.methods] == ["shapley_values"] and len(calls) == 2


def test_mixtures_without_a_finite_score_are_not_applicable():
    def meets_no_mixture(x):
        return torch.where((x[:, :1] == x[:, 1:2]), x[:, :1], torch.full_like(x[:, :1], torch.nan))

    with wrap_model(meets_no_mixture) as host:
        tables = (table(torch.ones(4, 2)), table(torch.zeros(4, 2)))
        answer = explain_rows(host, REGRESSION, tables, ["shapley_values"], {"checks": True})
    assert "not finite" in answer.not_applicable[0].reason and answer.methods == []


def test_inputs_without_columns_are_not_applicable():
    with wrap_model(lambda x: x) as host:
        flat = tensor_table({"inputs": np.zeros((5, 1), dtype=np.float32)})
        host._model = host._model.__class__(
            **{**vars(host._model), "preprocess": lambda frame: torch.zeros(len(frame))}
        )
        raw = pa.table({"a": [1.0, 2.0]})
        answer = explain_rows(host, REGRESSION, (raw, raw), METHODS)
    assert flat.num_rows == 5 and answer.methods == []
    assert {one.reason for one in answer.not_applicable} == {"the model's input has no columns"}


def test_rows_padded_to_their_own_length_are_told_to_be_padded_to_one(monkeypatch):
    """As a tokenizer does that pads to the longest of the texts at hand."""

    def padded(frame):
        longest = int(frame["length"].max())
        return torch.tensor([[1.0] * int(n) + [0.0] * (longest - int(n)) for n in frame["length"]])

    monkeypatch.setattr(asking, "BLOCK", 4)
    same, other = pa.table({"length": [3.0, 2.0]}), pa.table({"length": [5.0, 2.0]})
    apart = pa.table({"length": [3.0, 5.0] * 4})
    with wrap_model(lambda x: x.sum(1), preprocess=padded) as host:
        fine = explain_rows(host, REGRESSION, (same, same), METHODS)
        found = [explain_rows(host, REGRESSION, tables, METHODS) for tables in ((other, same), (apart, same))]
    assert [one.method for one in fine.methods] == METHODS
    for answer in found:
        assert answer.methods == [] and {one.what for one in answer.not_applicable} == set(METHODS)
        assert all("pad" in one.reason for one in answer.not_applicable)


# --- what is refused -----------------------------------------------------------------------------------------


def test_players_that_do_not_cover_the_inputs_are_refused(net, normal):
    question = Question(task="binary", output="logit", players=PLAYERS[:2])
    with wrap_model(net) as host, pytest.raises(ModelRefused, match="cover 3"):
        explain_rows(host, question, (table(normal(5, 4)), table(normal(6, 4))), METHODS)


def test_an_unknown_method_is_refused_before_anything_runs(net, normal):
    with wrap_model(net) as host, pytest.raises(UsageError, match="Did you mean 'shapley_values'"):
        explain_rows(host, BINARY, (table(normal(5, 4)), table(normal(6, 4))), ["shapley_value"])
    assert set(ATTRIBUTORS) >= set(METHODS)


class Forger:
    """A host whose model's process answers as it likes."""

    def __init__(self, host: Any, change: Any) -> None:
        self._host, self._change = host, change
        self.loaded = host.loaded

    def call(self, operation, params, tables=None):
        result, found = self._host.call(operation, params, tables)
        name = operation.rpartition(":")[2]
        return self._change(name, dict(result), dict(found))


def _forgeries():
    nan = tensor_table({"values": np.full((6, 3), np.nan), "completeness": np.zeros(6), "change": np.zeros(6)})
    short = tensor_table({"values": np.zeros((5, 3)), "completeness": np.zeros(5), "change": np.zeros(5)})
    sums = tensor_table({"values": np.ones((6, 3)), "completeness": np.zeros(6), "change": np.zeros(6)})
    huge = tensor_table({"values": np.full((6, 3), 1e200), "completeness": np.zeros(6), "change": np.full(6, 3e200)})
    zeros = {"values": np.zeros((6, 3)), "completeness": np.zeros(6), "change": np.zeros(6)}
    below = tensor_table({**zeros, "error": np.full((6, 3), -1.0)})
    about = {"reference": "r", "spent": 1.0, "detail": {}}
    yield "explain", {}, {"shapley_values": sums}, "completeness errors that are none"
    yield "explain", {}, {"shapley_values": huge}, "beyond what scores can be"
    yield "explain", {}, {"shapley_values": below}, "below zero"
    yield "explain", {"players": ["age", "income", "job"]}, {}, "other features than it was asked about"
    yield "explain", {"methods": {"another": about}}, {}, "not asked for"
    yield "explain", {"methods": {"shapley_values": {**about, "spent": -1}}}, {}, "spent"
    yield "explain", {"methods": {"shapley_values": {**about, "reference": 3}}}, {}, "another form"
    yield "explain", {"methods": []}, {}, "not asked for"
    yield "explain", {}, {"shapley_values": nan}, "not finite"
    yield "explain", {}, {"shapley_values": short}, "shape"
    yield "explain", {"players": ["a", "a", "b"]}, {}, "names"
    yield "explain", {"not_applicable": [{"what": 1}]}, {}, "reason"
    yield "explain", {"halved": [True]}, {}, "counts"
    yield "explain", {"passes": float("nan")}, {}, "passes"
    yield "check", {"opinions": [{"method": "shapley_values"}]}, {}, "opinion"
    yield "check", {"opinions": {}}, {}, "opinions"
    yield "check", {"checks": {"model": {}}}, {}, "checks"
    alone = pa.table({"figure:faithfulness": np.zeros(6)})
    yield "check", {}, {"shapley_values/checks": alone}, "figures left out"
    yield "check", {}, {"shapley_values/checks": pa.table({"figure:noise": np.zeros(6)})}, "figures left out"


@pytest.mark.parametrize(("where", "said", "sent", "match"), list(_forgeries()))
def test_a_hostile_child_cannot_inject(net, normal, where, said, sent, match):
    def change(name, result, found):
        return ({**result, **said}, {**found, **sent}) if name == where else (result, found)

    tables = (table(normal(6, 4)), table(normal(9, 4, seed=1)))
    with wrap_model(net) as host, pytest.raises(ModelRefused, match=match) as caught:
        explain_rows(Forger(host, change), BINARY, tables, ["shapley_values"], {"checks": True})
    assert caught.value.code == "DLA221"
