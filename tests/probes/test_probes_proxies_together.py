"""All inputs together: planted proxies are found though no input alone tells, noise is not, and rows are bounded."""

import dataclasses

import numpy as np
import pytest

from dlaudit.data.batch import Player
from dlaudit.probes import ProbeRequest, run_probes
from dlaudit.probes import proxies_together as together
from dlaudit.record import Contribution, Decomposition, Slice


def one_slice(level, **given):
    return Slice(id=f"sex={level}", by=["sex"], where={"sex": level}, n=500, share=0.5, kind="group", **given)


def request_of(columns, inside, *, players=None, score=None, unit=None):
    players = players or [Player(name=f"x{at}", columns=(at,)) for at in range(columns.shape[1])]
    gap = Decomposition(
        metric="mean_score", by=["sex"], slice="sex=F", reference="sex=M", gap=0.1, residual=0.0, rows=len(inside),
        contributions=[Contribution(feature=one.name, value=0.1) for one in players],
    )  # fmt: skip
    return ProbeRequest(
        slices=[one_slice("F"), one_slice("M")],
        member=np.stack([inside, ~inside]),
        columns=columns,
        players=players,
        decompositions=[gap],
        score=score,
        unit=unit,
    )


def found(request):
    results, left_out = run_probes(request, ["proxies_together"])
    assert left_out == []
    return {(one.detail["of"], one.detail["classifier"]): one for one in results}, results


def planted(rows=1200, width=8, shift=0.35, seed=0):
    generator = np.random.default_rng(seed)
    inside = np.arange(rows) % 2 == 0
    return generator.normal(size=(rows, width)) + shift * inside[:, None], inside


def test_many_weak_proxies_together_tell_what_none_of_them_tells_alone():
    columns, inside = planted()
    by, results = found(request_of(columns, inside))
    linear = by["inputs", "logistic_regression"]
    assert linear.low < linear.value < linear.high and linear.value > 0.7
    alone = run_probes(request_of(columns, inside), ["proxy"])[0]
    assert max(one.value for one in alone) < 0.65
    assert results[0].value == max(by["inputs", name].value for name in together._CLASSIFIERS)


def test_trees_see_what_sums_of_inputs_cannot():
    generator = np.random.default_rng(1)
    columns = generator.normal(size=(2000, 3))
    inside = columns[:, 0] * columns[:, 1] > 0
    by, results = found(request_of(columns, inside))
    assert by["inputs", "boosted_trees"].value > 0.9 and by["inputs", "logistic_regression"].value < 0.6
    assert results[0].detail["classifier"] == "boosted_trees"


def test_noise_tells_nothing_though_trees_fit_their_own_rows():
    above = 0
    for seed in range(6):
        columns, inside = planted(rows=400, shift=0.0, seed=seed)
        by, _ = found(request_of(columns, inside))
        assert by["inputs", "boosted_trees"].value < 0.65
        above += by["inputs", "logistic_regression"].low > 0.5
    classifier = together._boosted_trees(0).fit(columns, inside)
    assert (classifier.predict(columns) == inside).mean() > 0.95
    assert above <= 1


def test_copies_of_rows_look_like_knowledge_unless_units_are_kept_whole():
    columns, inside = planted(rows=150, shift=0.0, seed=3)
    copies = np.repeat(np.arange(150), 4)
    naive, _ = found(request_of(columns[copies], inside[copies]))
    held, _ = found(request_of(columns[copies], inside[copies], unit=copies))
    assert naive["inputs", "boosted_trees"].value > 0.9
    assert held["inputs", "boosted_trees"].low < 0.55 and held["inputs", "boosted_trees"].value < 0.65


def test_the_sensitive_feature_as_an_input_is_told_with_and_without_it():
    columns, inside = planted(rows=600, shift=0.0, seed=4)
    columns = np.column_stack([columns, inside])
    players = [*(Player(name=f"x{at}", columns=(at,)) for at in range(8)), Player(name="sex", columns=(8,))]
    by, results = found(request_of(columns, inside, players=players))
    assert results[0].detail["of"] == "inputs" and results[0].value > 0.999
    assert by["other_inputs", "logistic_regression"].value < 0.62
    assert by["other_inputs", "logistic_regression"].detail["columns"] == 8


def test_the_score_alone_needs_no_classifier():
    columns, inside = planted(seed=5)
    by, _ = found(request_of(columns, inside, score=-columns.sum(axis=1)))
    score = by["score", None]
    assert score.value < 0.3 and score.detail["strength"] == pytest.approx(1 - 2 * score.value)
    assert score.subject == "the score alone tells sex=F apart"


def test_rows_and_columns_are_bounded_and_the_seed_decides(monkeypatch):
    columns, inside = planted(rows=900, width=20, seed=6)
    monkeypatch.setattr(together, "MOST_ROWS", 300)
    monkeypatch.setattr(together, "MOST_COLUMNS", 5)
    _, results = found(request_of(columns, inside))
    assert {(one.detail["rows"], one.detail["columns"]) for one in results} == {(300, 5)}
    assert found(request_of(columns, inside))[1] == results
    other = dataclasses.replace(request_of(columns, inside), seed=1)
    assert found(other)[1] != results


def test_slices_of_few_rows_have_none_and_no_table_says_why():
    columns, inside = planted(rows=300)
    few = np.arange(300) < together.FEWEST_ROWS - 1
    assert found(request_of(columns, few))[1] == []
    _, left_out = run_probes(dataclasses.replace(request_of(columns, inside), columns=None), ["proxies_together"])
    assert left_out[0].reason == "the inputs are not columns of a table here"
