"""Ways in which an engineer under pressure would get a worse model past its accepted baseline: none of them exits 0."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from accepted_runs import CONFIG, ROWS, baseline_of, first_accepted, pointing, rewritten, rows, run

from dlaudit.audit import run as auditing
from dlaudit.cli.app import run_cli
from dlaudit.cli.baseline_asked import told_of_baseline
from dlaudit.errors import InputRefused, UsageError
from dlaudit.record import Audit, DataInfo, ModelInfo, Provenance
from dlaudit.record.accepted_file import read_baseline
from dlaudit.record.files import read
from dlaudit.spec import Added, AuditSpec, Rule, load_config
from dlaudit.stages.request import Request
from dlaudit.stages.run_side import read_earlier

GOOD, USAGE, REFUSED, UNDECIDED = 0, 2, 3, 4
A_LITTLE_WORSE = {"gap": 0.04}
"""Shown row by row; from two independent samples of this size undecided."""


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    return first_accepted(tmp_path_factory.mktemp("once"))


@pytest.fixture
def accepted(once, tmp_path, monkeypatch):
    folder = tmp_path / "project"
    shutil.copytree(once, folder)
    monkeypatch.chdir(folder)
    return folder


# ---- rows and tasks


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (lambda table: table.assign(id=table["id"] + 1), ()),
        (lambda table: table, ("--set", "model.task=regression")),
        (lambda table: table, ("--set", 'slices.apart={sex=["F"]}')),
    ],
    ids=["other ids", "another task", "a slice set apart"],
)
def test_what_is_no_longer_comparable_is_undecided_and_not_a_warning(accepted, change, more):
    assert run("later", change(rows(**A_LITTLE_WORSE)), *more) == UNDECIDED


def test_the_same_drop_is_broken_where_rows_are_the_same(accepted):
    assert run("later", rows(**A_LITTLE_WORSE)) == 1


def test_a_finished_run_without_rows_is_not_judged_by_figures_alone(accepted):
    assert run("later", rows(**A_LITTLE_WORSE), "--baseline", "none", "--no-rows") == GOOD
    assert run_cli(["gate", "later", "-q"]) == UNDECIDED
    assert run_cli(["diff", "dlaudit-baseline.json", "later"]) == UNDECIDED


def test_rows_that_a_baseline_points_at_and_that_are_gone_are_missed(accepted):
    pointing(accepted / "dlaudit-baseline.json", path="gone.parquet")
    assert run("later", rows(**A_LITTLE_WORSE)) == UNDECIDED
    assert "are not there" in baseline_of("later").not_paired


def test_a_rule_of_ones_own_that_ignores_too_few_rows_does_not_ignore_cut_ones(accepted):
    rule = '[[rule]]\nmetric = "true_positive_rate"\nby = "sex"\nmax_drop = 0.02\nundecided = "ignore"\n'
    both = rule + rule.replace("true_", "false_")
    (accepted / "dlaudit.toml").write_text(CONFIG + both, encoding="utf-8")
    table = rows(**A_LITTLE_WORSE)
    assert run("cut", table[(table["sex"] != "F") | (table["p"] > 0.5)]) == UNDECIDED


# ---- the file


def unsealed(change):
    return lambda path: rewritten(path, change, seal=False)


def resealed(change):
    return lambda path: rewritten(path, change)


def of_lines(change):
    return lambda path: path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (unsealed(lambda one: one["audit"]["measurements"].pop()), "changed, by hand or by a merge"),
        (unsealed(lambda one: one["accepted"].update(reason="")), "changed, by hand or by a merge"),
        (unsealed(lambda one: one.pop("content_sha256")), "changed, by hand or by a merge"),
        (resealed(lambda one: one.pop("packed")), "just one of packed, elsewhere and no_rows"),
        (resealed(lambda one: one.update(no_rows="x")), "just one of packed, elsewhere and no_rows"),
        (resealed(lambda one: one["audit"]["data"].update(scored=3)), f"{ROWS} rows, and figures of 3"),
        (resealed(lambda one: one["packed"].update(columns_sha256={})), "no labels"),
        (of_lines(lambda text: text.replace(' "accepted"', ' "packed": {},\n "accepted"', 1)), "stands there twice"),
        (of_lines(lambda text: "<<<<<<< HEAD\n" + text), "not a JSON document"),
        (of_lines(lambda text: ""), "not a JSON document"),
        (of_lines(lambda text: "{}"), "not as its schema says"),
    ],
    ids=["a figure", "the reason", "the digest", "rows taken out", "two reasons", "fewer rows", "no labels",
         "a key twice", "marks", "empty", "nothing in it"],
)  # fmt: skip
def test_a_baseline_that_a_hand_or_a_merge_changed_is_refused(accepted, harm, told):
    path = accepted / "dlaudit-baseline.json"
    harm(path)
    with pytest.raises(InputRefused, match=told) as fault:
        read_baseline(path)
    assert fault.value.code == "DLA610"


@pytest.mark.parametrize("name", ["dlaudit-baseline.json", "model-a.json"])
@pytest.mark.parametrize("kind", ["directory", "audit", "link"])
def test_a_run_in_the_place_of_a_baseline_is_refused_and_brings_no_silence(accepted, name, kind):
    place = accepted / name
    if place.exists():
        place.unlink()
    if kind == "directory":
        shutil.copytree("first", place)
    elif kind == "audit":
        shutil.copy("first/audit.json", place)
    else:
        os.symlink("first/audit.json", place)
    with pytest.raises(InputRefused) as fault:
        read_earlier(str(place))
    assert fault.value.code == "DLA610"
    assert read_earlier("first").baseline is None and read_earlier("first/audit.json").baseline is None


def test_a_link_to_the_baseline_is_the_baseline(accepted):
    os.symlink("dlaudit-baseline.json", "linked.json")
    assert read_earlier("linked.json").baseline is not None


# ---- flags


@pytest.mark.parametrize(
    "given", [("--baseline", ""), ("--baseline", " "), ("--set", "baseline.path="), ("--set", 'baseline.path=""')]
)
def test_an_empty_variable_of_a_ci_job_does_not_switch_the_baseline_off(accepted, given, capsys):
    assert run_cli(["run", "--scores", "first.csv", "--out", "x", "-q", *given]) == USAGE
    assert "DLA101" in (told := capsys.readouterr().err) and "not an empty text" in told
    assert "dlaudit.toml" not in told and ("--baseline must" if given[0] == "--baseline" else "the flag") in told
    if given[0] == "--baseline":
        assert run_cli(["gate", "first", "-q", *given]) == USAGE


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"path": None}, "'dlaudit-baseline.json' is left out"),
        ({"path": "first"}, "held against 'first' instead"),
        ({"rules": "none"}, "are taken away"),
        ({"max_drop": 0.5}, "a drop of 0.5 instead of 0.02"),
    ],
)
def test_a_flag_against_the_configured_baseline_is_told(accepted, given, told):
    audit = Audit(provenance=Provenance(dlaudit="0", python="3"), model=ModelInfo(), data=DataInfo())
    found = told_of_baseline(audit, load_config("dlaudit.toml", {"baseline": given}))
    assert [(one.code, one.severity) for one in found.findings] == [("DLA119", "warning")]
    assert told in found.findings[0].message
    loose = Added(rules=[Rule.parse("true_positive_rate by sex max_drop 0.9")])
    by_rule = told_of_baseline(audit, load_config("dlaudit.toml", {}, loose))
    assert "looser ones of --rule" in by_rule.findings[0].message
    for as_configured in ({}, {"baseline": {"max_drop": 0.01}}):
        assert told_of_baseline(found, load_config("dlaudit.toml", as_configured)).findings == []
    assert told_of_baseline(audit, load_config(None, {})) == audit
    (accepted / "dlaudit-baseline.json").unlink()
    assert told_of_baseline(audit, load_config("dlaudit.toml", {"baseline": given})).findings[0].severity == "note"


def test_run_and_gate_tell_that_the_configured_baseline_is_left_out(accepted, capsys):
    assert [one.code for one in read("first")[0].findings if one.subject == "baseline"] == ["DLA119"]
    rule = ("--rule", "accuracy >= 0.1")
    assert run_cli(["gate", "first", "--baseline", "none", *rule]) == GOOD
    assert "DLA119" in capsys.readouterr().out
    assert run_cli(["gate", "first", *rule]) == GOOD
    assert "DLA119" not in capsys.readouterr().out


# ---- accepting


def test_a_baseline_that_cannot_be_read_is_replaced_with_a_reason_only(accepted, capsys):
    path = accepted / "dlaudit-baseline.json"
    path.write_text("<<<<<<< HEAD\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert run_cli(["baseline", "accept", "first", "-q"]) == USAGE
    assert "cannot be read" in capsys.readouterr().err
    assert run_cli(["baseline", "accept", "first", "-q", "--reason", "after a merge"]) == GOOD


def test_a_run_on_cut_rows_is_accepted_with_a_reason_only(accepted, capsys):
    table = rows(**A_LITTLE_WORSE)
    assert run("cut", table[(table["sex"] != "F") | (table["p"] > 0.5)], "--baseline", "none") == GOOD
    assert run_cli(["baseline", "accept", "cut", "-q"]) == USAGE
    assert "other rows" in capsys.readouterr().err


# ---- the same model in another order


def test_the_same_model_is_unchanged_where_batches_were_put_together_differently(tmp_path, monkeypatch):
    """Scores differ in the last digits with the place of a row in its batch; inputs, by id, do not."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor([1.0, -1.0]))

        def forward(self, x):
            return x @ self.weight + 1e-6 * torch.arange(len(x))

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"id": np.arange(200), "a": rng.normal(size=200), "b": rng.normal(size=200)})
    frame["y"], frame["sex"] = (frame["a"] > frame["b"]).astype(int), np.where(frame["id"] % 2, "F", "M")
    monkeypatch.chdir(tmp_path)
    spec = {
        "data": {"target": "y", "id": "id", "features": ["a", "b"]}, "slices": {"sensitive": ["sex"]},
        "model": {"output": "logit"}, "discover": {"enabled": False}, "explain": {"enabled": False},
    }  # fmt: skip

    def audited(name, table, net, **more):
        keep = tmp_path / name
        keep.mkdir()
        made = auditing(Request(spec=AuditSpec.model_validate({**spec, **more}), frame=table, model=net, keep=keep))
        (keep / "audit.json").write_text(json.dumps(made.audit.model_dump(mode="json")), encoding="utf-8")
        return made.audit

    net, held = Net().eval(), {"baseline": {"path": "dlaudit-baseline.json"}}
    first = audited("first", frame, net)
    assert run_cli(["baseline", "accept", "first", "-q"]) == GOOD
    other = audited("other", frame.sample(frac=1, random_state=1), net, **held)
    assert first.data.rows_sha256 != other.data.rows_sha256
    assert first.data.inputs_sha256 == other.data.inputs_sha256 is not None
    assert other.baseline.unchanged
    by_run = audited("by_run", frame.sample(frac=1, random_state=1), net, baseline={"path": "first"})
    assert by_run.baseline.paired is not None and by_run.baseline.unchanged
    moved = frame.assign(a=frame["a"] + 1e-4 * (frame["id"] == 7)).sample(frac=1, random_state=1)
    assert not audited("moved", moved, net, **held).baseline.unchanged
    again = Net().eval()
    again.weight.data *= 1.0001
    assert not audited("again", frame.sample(frac=1, random_state=1), again, **held).baseline.unchanged


def test_a_waiver_of_a_rule_by_its_short_name_is_told_the_right_one():
    from dlaudit.gate.known import check_policy
    from dlaudit.spec import Policy

    for given, meant in (
        ("no-worse: tpr", "no-worse: true_positive_rate"),
        ("no-worse: FPR", "no-worse: false_positive_rate"),
        ("no worse: recall", "no-worse: true_positive_rate"),
        ("no-worse: tpr[Ya]", "no-worse: true_positive_rate[Ya]"),
        ("false_positive_rate", "no-worse: false_positive_rate"),
        ("no-worse: true_positive_rat", "no-worse: true_positive_rate"),
    ):
        waiver = {"rule": given, "reason": "r", "owner": "o", "expires": "2999-01-01"}
        policy = Policy.model_validate_json(json.dumps({"waivers": [waiver], "change": {"max_drop": 0.02}}))
        with pytest.raises(UsageError) as fault:
            check_policy(policy)
        assert fault.value.fix.endswith(f"Did you mean '{meant}'?")
