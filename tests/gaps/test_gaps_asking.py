"""The whole way of a gap: tables cross to the model's process and come back as splits and records."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from gap_nets import Mlp, Plain

from dlaudit.attributions.explained import Question
from dlaudit.attributions.gaps import GapTables, Pair, decomposition, split_gaps
from dlaudit.attributions.request import CannotExplainError
from dlaudit.data.batch import Player
from dlaudit.errors import ModelRefused
from dlaudit.models.local_host import wrap_model
from dlaudit.models.wire import tensor_table

PLAYERS = (Player(name="age", columns=(0,)), Player(name="job", columns=(1, 2)), Player(name="income", columns=(3,)))
BINARY = Question(task="binary", output="logit", players=PLAYERS, seed=1)
METRICS = ["mean_score", "selection_rate", "true_positive_rate", "log_loss"]


def rows_of(count, seed, shift=0.0):
    draws = np.random.default_rng(seed)
    return draws.standard_normal((count, 4)).astype(np.float32) + np.float32(shift), draws.integers(0, 2, count)


def tables(**given):
    (a, labels_a), (b, labels_b) = rows_of(40, 0, 0.5), rows_of(50, 1)
    sides = {"a": tensor_table({"inputs": a}), "b": tensor_table({"inputs": b})}
    return GapTables(**{**sides, "labels_a": labels_a, "labels_b": labels_b, **given})


def test_several_gaps_come_back_from_one_call_and_add_up():
    weights = {"weight_a": np.linspace(1, 2, 40), "weight_b": np.linspace(2, 3, 50)}
    with wrap_model(Mlp(4)) as host:
        found = split_gaps(host, BINARY, tables(**weights), METRICS, pooled=True)
    assert list(found) == METRICS and found.not_applicable == [] and found.passes > 0 and found.halved == []
    for metric, split in found.items():
        assert split.features == ["age", "job", "income"]
        record = decomposition(
            Pair(metric=metric, by=("sex",), slice="F", reference="M"), split, np.random.default_rng(0)
        )
        parts = sum(one.value for one in record.contributions) + (record.label_mix.value if record.label_mix else 0)
        assert abs(record.gap - parts) < 1e-6 and abs(record.residual) < 1e-6
        pooled = [np.average(one.pooled, axis=0, weights=one.weight) for one in (split.a, split.b)]
        np.testing.assert_allclose(pooled[0] - pooled[1], split.values, atol=1e-9)
    assert found["log_loss"].label_mix is not None and found["mean_score"].label_mix is None


def test_decisions_are_those_of_the_audit():
    net = Mlp(4)
    given = tables(threshold=0.6)
    with wrap_model(net) as host:
        split = split_gaps(host, BINARY, given, ["selection_rate"])["selection_rate"]
        params = {"task": "binary", "output": "logit", "batch_size": 1024}
        _, scored = host.call("dlaudit.models.operations:score", params, {"inputs": given.a})
    scores = np.vstack(scored["scores"].column("scores").combine_chunks().to_numpy_ndarray())
    np.testing.assert_array_equal(split.a.score, scores[:, 0] >= 0.6)


def test_classes_are_found_by_name():
    question = Question(task="multiclass", output="logit", classes=3)
    labels = {"labels_a": np.arange(40) % 3, "labels_b": np.arange(50) % 3}
    with wrap_model(Mlp(4, 3)) as host:
        given = tables(classes=("cat", "dog", "eel"), **labels)
        found = split_gaps(host, question, given, ["recall[eel]", "accuracy", "precision[cat]"], rounds=4)
        eel = split_gaps(host, question, tables(classes=("eel", "dog", "cat"), **labels), ["recall[cat]"], rounds=4)
    assert list(found) == ["recall[eel]", "accuracy"]
    assert [one.what for one in found.not_applicable] == ["precision[cat]"]
    assert "denominator" in found.not_applicable[0].reason
    np.testing.assert_array_equal(found["recall[eel]"].values, eel["recall[cat]"].values)


def test_labels_of_several_outputs_cross():
    question = Question(task="multilabel", output="logit", classes=2)
    labels = {"labels_a": np.arange(80).reshape(40, 2) % 3 % 2, "labels_b": np.arange(100).reshape(50, 2) % 3 % 2}
    with wrap_model(Mlp(4, 2)) as host:
        given = tables(classes=("one", "two"), **labels)
        found = split_gaps(host, question, given, ["true_positive_rate[two]", "selection_rate[one]", "accuracy"])
    split = found["true_positive_rate[two]"]
    assert split.a.weight.sum() == labels["labels_a"][:, 1].sum()
    assert "each label" in found.not_applicable[0].reason


def test_a_gap_that_cannot_be_split_says_why_beside_those_that_can():
    with wrap_model(Mlp(4)) as host:
        found = split_gaps(host, BINARY, tables(labels_b=np.zeros(50, dtype=int)), ["true_positive_rate", "accuracy"])
        nothing = split_gaps(host, BINARY, tables(), ["auc"])
    assert list(found) == ["accuracy"]
    assert [one.what for one in found.not_applicable] == ["true_positive_rate"]
    assert len(nothing) == 0 and "compares rows" in nothing.not_applicable[0].reason


def test_rows_that_cannot_be_mixed_are_refused():
    short = tensor_table({"inputs": np.zeros((50, 3), dtype=np.float32)})
    with wrap_model(Mlp(4)) as host, pytest.raises(CannotExplainError, match="different shapes"):
        split_gaps(host, BINARY, tables(b=short), ["mean_score"])
    flat = {side: tensor_table({"inputs": np.zeros(count, dtype=np.float32)}) for side, count in (("a", 40), ("b", 50))}
    single = Plain(lambda x: x[:, None])
    question = Question(task="regression", output="score")
    with wrap_model(single) as host, pytest.raises((CannotExplainError, ModelRefused)):
        split_gaps(host, question, tables(**flat), ["mean_prediction"])


def test_the_model_and_its_mode_stay_as_they_are():
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(), torch.nn.Linear(8, 1))
    net.eval()
    before = {name: one.clone() for name, one in net.state_dict().items()}
    with wrap_model(net) as host:
        one, two = (split_gaps(host, BINARY, tables(), ["mean_score"])["mean_score"] for _ in range(2))
    np.testing.assert_array_equal(one.values, two.values)
    assert all(torch.equal(before[name], now) for name, now in net.state_dict().items())
    assert not net.training


class Forger:
    """A host that answers what it is told to."""

    def __init__(self, result, found):
        self.result, self.found = result, found

    def call(self, *_):
        return self.result, self.found


def side(rows, **other):
    columns = {
        "values": np.zeros((rows, 3)),
        "noise": np.zeros((rows, 3)),
        "score": np.zeros(rows),
        "weight": np.ones(rows),
    }
    return tensor_table({**columns, **other})


HONEST = {
    "metrics": {"mean_score": {"players": ["age", "job", "income"], "rounds": [[0.0, 0.0, 0.0]]}},
    "not_applicable": [],
    "passes": 1.0,
    "halved": [],
}
FORGED = {
    "a metric not asked for": ({"metrics": {"auc": {}}}, {}),
    "a split of another form": ({"metrics": {"mean_score": []}}, {}),
    "rounds of another shape": (
        {"metrics": {"mean_score": {**HONEST["metrics"]["mean_score"], "rounds": [[0.0]]}}},
        {},
    ),
    "rounds that are no numbers": (
        {"metrics": {"mean_score": {**HONEST["metrics"]["mean_score"], "rounds": ["x"]}}},
        {},
    ),
    "a reason of another form": ({"not_applicable": [{"what": "auc", "reason": "no"}]}, {}),
    "no counts": ({"halved": [-1]}, {}),
    "no passes": ({"passes": "many"}, {}),
    "negative weights": ({}, {"0/a": {"weight": -np.ones(40)}}),
    "negative noise": ({}, {"0/b": {"noise": -np.ones((50, 3))}}),
    "too few rows": ({}, {"0/a": {"score": np.full(40, np.nan)}}),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_reply_is_refused(what):
    said, columns = FORGED[what]
    found: dict[str, pa.Table] = {
        name: side(rows, **columns.get(name, {})) for name, rows in (("0/a", 40), ("0/b", 50))
    }
    with pytest.raises(ModelRefused) as refused:
        split_gaps(Forger({**HONEST, **said}, found), BINARY, tables(), ["mean_score"])
    assert refused.value.code == "DLA221"


def test_the_honest_form_of_those_replies_is_read():
    found = split_gaps(Forger(HONEST, {"0/a": side(40), "0/b": side(50)}), BINARY, tables(), ["mean_score"])
    assert found["mean_score"].gap == 0.0
