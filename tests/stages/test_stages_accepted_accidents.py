"""What must not let a run pass that got worse: each of these did, before somebody tried."""

import json
import shutil

import numpy as np
import pytest
from accepted_runs import CONFIG, baseline_of, first_accepted, pointing, rewritten, rows, run

from dlaudit.cli.app import run_cli
from dlaudit.record.accepted_file import sealed
from dlaudit.record.files import read

GOOD, FAILED, USAGE, UNDECIDED = 0, 1, 2, 4


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    return first_accepted(tmp_path_factory.mktemp("once"))


@pytest.fixture
def accepted(once, tmp_path, monkeypatch):
    folder = tmp_path / "project"
    shutil.copytree(once, folder)
    monkeypatch.chdir(folder)
    return folder


WORSE = {"gap": 0.15}


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table[(table["sex"] != "F") | (table["p"] > 0.5) | (table["y"] == 0)],
        lambda table: table[table["sex"] != "F"],
        lambda table: table.assign(sex=table["sex"].replace("F", "Female")),
        lambda table: table.assign(y=table["y"].where((table["sex"] != "F") | (table["p"] > 0.5), 0)),
    ],
    ids=["refused rows dropped", "a slice dropped", "a level renamed", "refused rows relabelled"],
)
@pytest.mark.parametrize("more", [(), ("--rule", "true_positive_rate by sex max_drop 0.02")], ids=["brought", "own"])
def test_a_changed_evaluation_set_is_undecided_and_never_passes(accepted, change, more):
    assert run("changed", change(rows(**WORSE)), *more) in {UNDECIDED, FAILED}


def test_scores_that_are_refused_are_rows_that_are_missing(accepted):
    table = rows(**WORSE)
    table.loc[(table["sex"] == "F") & (table["p"] <= 0.5), "p"] = np.nan
    assert run("refused", table, "--set", "data.on_bad=reject") == UNDECIDED


def test_a_level_declared_unknown_is_missed(accepted):
    assert run("unknown", rows(**WORSE), "--set", 'slices.unknown=["F"]') == UNDECIDED


def test_a_sensitive_feature_that_is_left_out_is_missed(accepted):
    table = rows().assign(age=lambda one: np.where(one["id"] % 2, "old", "young"))
    assert run("wide", table, "--baseline", "none", "--set", 'slices.sensitive=["sex", "age"]') == GOOD
    assert run_cli(["baseline", "accept", "wide", "-q"]) == GOOD
    assert run("narrow", table) == UNDECIDED
    assert {one.outcome for one in read("narrow")[1].checks if one.by == ["age"]} == {"undecided"}


def test_metrics_that_are_not_reported_are_judged_all_the_same(accepted):
    assert run("quiet", rows(**WORSE), "--set", 'metrics.report=["selection_rate"]') == FAILED
    assert run("quiet", rows(), "--set", 'metrics.report=["selection_rate"]') == GOOD


def test_another_positive_label_is_another_question(accepted):
    assert run("turned", rows(**WORSE), "--set", 'model.positive="0"') == UNDECIDED
    found = baseline_of("turned")
    assert (found.values, found.changes) == ([], []) and "model.positive" in found.not_paired


def test_weights_of_one_run_alone_are_noticed(accepted):
    table = rows(**WORSE).assign(w=1.0)
    for baseline in ("dlaudit-baseline.json", "first"):
        more = ["--set", "data.weight=w", "--baseline", baseline, "--rule", "true_positive_rate by sex max_drop 0.02"]
        assert run("weighted", table, *more) == UNDECIDED
        assert "a weight" in baseline_of("weighted").not_paired


def test_decisions_and_figures_of_two_runs_are_refused(accepted, capsys):
    """As a merge of two baselines leaves them that nobody looked at."""
    path = accepted / "dlaudit-baseline.json"
    good = json.loads(path.read_text(encoding="utf-8"))
    assert run("worse", rows(**WORSE)) == FAILED
    assert run_cli(["baseline", "accept", "worse", "--reason", "r", "-q"]) == GOOD
    bad = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**good, "packed": bad["packed"]}), encoding="utf-8")
    capsys.readouterr()
    assert run("again", rows(**WORSE)) == 3
    assert "changed, by hand or by a merge" in capsys.readouterr().err
    path.write_text(json.dumps(sealed({**good, "packed": bad["packed"]})), encoding="utf-8")
    assert run("again", rows(**WORSE)) == 3
    assert "rows and figures are of different runs" in capsys.readouterr().err


def test_rows_of_another_run_beside_an_audit_are_refused(accepted, capsys):
    assert run("worse", rows(**WORSE), "--baseline", "none") == GOOD
    shutil.copy("first/predictions.parquet", "worse/predictions.parquet")
    assert run_cli(["diff", "dlaudit-baseline.json", "worse"]) == 3
    assert "rows and figures are of different runs" in capsys.readouterr().err


def test_every_label_of_a_multilabel_task_is_judged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = CONFIG.replace('scores = ["p"]', 'scores = ["pa", "pb"]').replace('"y"', '["ya", "yb"]')
    (tmp_path / "dlaudit.toml").write_text(config + '[model]\ntask = "multilabel"\n', encoding="utf-8")

    def table(gap):
        one, other = rows(gap=gap), rows(seed=1)
        named = {"pa": one["p"], "pb": other["p"], "ya": one["y"], "yb": other["y"]}
        return one[["id", "sex"]].assign(**named)

    def audited(name, gap, *more):
        table(gap).to_csv(f"{name}.csv", index=False)
        return run_cli(["run", "--scores", f"{name}.csv", "--out", name, "-q", *more])

    assert audited("first", 0.0, "--baseline", "none") == GOOD
    assert run_cli(["baseline", "accept", "first", "-q"]) == GOOD
    assert audited("same", 0.0) == GOOD and baseline_of("same").unchanged
    assert audited("worse", 0.2) == FAILED
    broken = [one.metric for one in read("worse")[1].checks if one.outcome == "fail"]
    assert broken == ["true_positive_rate[ya]"]


def test_a_worse_run_replaces_a_baseline_with_a_reason_only(accepted, capsys):
    assert run("worse", rows(**WORSE), "--baseline", "none") == GOOD
    assert run_cli(["baseline", "accept", "worse"]) == 2
    assert "worse than the baseline that it would replace" in capsys.readouterr().err
    assert run("wobbly", rows(noise=0.01), "--baseline", "none") == GOOD
    assert run_cli(["baseline", "accept", "wobbly", "-q"]) == GOOD


def test_a_waiver_of_a_metric_holds_in_diff_as_in_gate(accepted):
    waiver = '[[waiver]]\nmetric = "true_positive_rate"\nreason = "r"\nowner = "o"\nexpires = 2027-06-30\n'
    rule = '[[rule]]\nmetric = "true_positive_rate"\nmax_drop = 0.02\n'
    (accepted / "dlaudit.toml").write_text(CONFIG + rule + waiver, encoding="utf-8")
    assert run("worse", rows(**WORSE)) == GOOD
    assert run_cli(["gate", "worse", "-q"]) == GOOD
    assert run_cli(["diff", "dlaudit-baseline.json", "worse"]) == GOOD


def test_a_drop_of_an_error_without_a_better_side_is_refused_before_anything_runs(accepted, capsys):
    table = rows().assign(y=lambda one: one["p"] * 3 + 1)
    more = ["--set", "model.task=regression", "--set", "model.output=score"]
    assert run("later", table, "--baseline", "none", *more, "--rule", "mean_error by sex max_drop 0.05") == USAGE
    told = capsys.readouterr().err
    assert "DLA107" in told and "mean_error is better neither higher nor lower" in told and "difference" in told


def test_a_file_whose_keys_a_formatter_sorted_is_still_the_baseline(accepted):
    path = accepted / "dlaudit-baseline.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), sort_keys=True), encoding="utf-8")
    assert run("worse", rows(**WORSE)) == FAILED


@pytest.mark.parametrize("path", ["x" * 5_000, "x" * 900 + "/y", "\x00", "/dev/zero", "../" * 30 + "dev/zero"])
def test_a_pointer_that_leads_nowhere_is_refused_or_told(accepted, path):
    pointing(accepted / "dlaudit-baseline.json", path=path)
    assert run("later", rows()) in {UNDECIDED, 3}


def test_more_bits_than_labels_are_not_unpacked(accepted):
    rewritten(accepted / "dlaudit-baseline.json", lambda document: document["packed"].update(bits=4096))
    run("later", rows(**WORSE))
    assert baseline_of("later").not_paired == "the baseline was made of other labels"
