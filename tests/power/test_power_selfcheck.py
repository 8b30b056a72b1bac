"""A policy on slices that are alike by construction: false alarms of the gate and of the bare estimates."""

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest

from dlaudit.engines.progress import Silent
from dlaudit.spec import Rule, load_config
from dlaudit.stages.selfcheck import Shuffle, load, selfcheck


@pytest.fixture
def predictions(tmp_path):
    """Rows with unequal base rates, true gaps, and slices from 40 to about 500 rows."""

    def write(rows=1200, seed=0, **columns):
        rng = np.random.default_rng(seed)
        race = rng.choice(["a", "b", "c", "d", "e"], rows, p=[0.4, 0.3, 0.15, 0.1, 0.05])
        label = (rng.random(rows) < np.where(race == "a", 0.6, 0.3)).astype(int)
        score = np.clip(0.25 + 0.4 * label + 0.1 * (race == "b") + rng.normal(0, 0.2, rows), 0, 1)
        table = {"race": race, "y": label, "p": score, **{name: make(race) for name, make in columns.items()}}
        csv.write_csv(pa.table(table), tmp_path / "preds.csv")
        return str(tmp_path / "preds.csv")

    return write


def checked(path, *rules, permutations=40, seed=0, **keys):
    spec = {
        "data": {"path": path, "target": "y", **keys.pop("data", {})},
        "scores": ["p"],
        "slices": {"sensitive": ["race"], **keys.pop("slices", {})},
        "rule": [
            {key: value for key, value in Rule.parse(rule).model_dump().items() if value is not None} for rule in rules
        ],
    }
    loaded = load(load_config(None, spec).spec, Silent())
    return selfcheck(loaded, "test", Shuffle(permutations=permutations, seed=seed))


def test_the_gate_is_rarely_wrong_where_the_bare_estimates_mostly_are(predictions):
    rules = [f"{name}.difference by race <= 0.1" for name in ("selection_rate", "true_positive_rate", "precision")]
    found = checked(predictions(), *rules, permutations=40)
    for check in found.checks:
        assert check.gate.fails <= 0.05 + 3 * (0.05 * 0.95 / 40) ** 0.5
        assert check.screen.fails > 0.4 and check.screen.undecided == 0
    assert found.gate.fails <= 0.15 + 3 * (0.15 * 0.85 / 40) ** 0.5
    assert found.screen.fails >= max(check.screen.fails for check in found.checks)


def test_each_metric_says_what_was_dealt_out(predictions):
    names = ("selection_rate", "true_positive_rate", "precision", "auc")
    found = checked(predictions(), *(f"{name}.difference by race <= 0.1" for name in names), permutations=2)
    said = [check.permuted for check in found.checks]
    assert ["all rows" in one for one in said] == [True, False, False, True]
    assert "true label" in said[1] and "prediction" in said[2]


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(predictions):
    path = predictions()
    first, again, other = (checked(path, "accuracy.difference by race <= 0.1", seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first.checks[0].screen != other.checks[0].screen


def test_whole_units_are_dealt_out_where_rows_have_units(predictions):
    path = predictions(person=lambda race: [f"{level}{at % 40}" for at, level in enumerate(race)])
    rule = "selection_rate.difference by race <= 0.1"
    found = checked(path, rule, permutations=10, data={"unit": "person"})
    assert "whole units" in found.checks[0].permuted and found.checks[0].gate.fails == 0


def test_units_in_several_slices_make_a_rule_not_applicable(predictions):
    path = predictions(person=lambda race: [str(at % 50) for at in range(len(race))])
    found = checked(path, "selection_rate.difference by race <= 0.1", data={"unit": "person"})
    assert found.checks == [] and "several slices" in found.not_applicable[0].reason


def test_weighted_rows_are_dealt_out_with_their_weights(predictions):
    path = predictions(w=lambda race: np.random.default_rng(0).lognormal(size=len(race)))
    found = checked(path, "selection_rate.difference by race <= 0.1", permutations=10, data={"weight": "w"})
    assert found.checks[0].gate.fails <= 0.3 and "all rows" in found.checks[0].permuted


def test_a_metric_of_another_task_is_not_checked(predictions):
    with pytest.raises(Exception, match="DLA106|needs a"):
        checked(predictions(), "mean_absolute_error.difference by race <= 0.1")


def test_counts_and_rows_agree_on_the_false_alarms_of_the_bare_estimates(predictions):
    """The same permutations by rows: weights of 1 force them through the rows."""
    rule = "selection_rate.difference by race <= 0.1"
    path = predictions(w=lambda race: np.ones(len(race)))
    by_counts = checked(path, rule, permutations=80).checks[0].screen
    by_rows = checked(path, rule, permutations=80, data={"weight": "w"}).checks[0].screen
    assert by_counts.fails == pytest.approx(by_rows.fails, abs=3 * 2**0.5 * by_rows.error)
