"""An accepted baseline: a small file that later runs are held against, row by row while the rows stay the same."""

import base64
import json
import shutil
import zlib

import jsonschema
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from accepted_runs import CONFIG, ROWS, baseline_of, first_accepted, pointing, rewritten, rows, run
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.cli.app import run_cli
from dlaudit.errors import InputRefused
from dlaudit.record import Accepted, Audit, DataInfo, ModelInfo, Provenance
from dlaudit.record.accepted import MOST_TEXT
from dlaudit.record.accepted_file import baseline_schema, dump_baseline, is_baseline, read_baseline
from dlaudit.record.files import read
from dlaudit.stages.accept import Places, write_accepted
from dlaudit.stages.decisions import NotPacked, packed, unpacked
from dlaudit.stages.diff import _findings


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a configuration, where `run` audits a table."""
    (tmp_path / "dlaudit.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A project whose first run was accepted."""
    return first_accepted(tmp_path_factory.mktemp("once"))


@pytest.fixture
def accepted(once, tmp_path, monkeypatch):
    """A copy of it."""
    folder = tmp_path / "project"
    shutil.copytree(once, folder)
    monkeypatch.chdir(folder)
    return folder


# ---- the file


def test_the_file_is_small_is_read_back_and_holds_no_row(accepted):
    path = accepted / "dlaudit-baseline.json"
    text = path.read_text(encoding="utf-8")
    found = read_baseline(path)
    assert len(text) < 25_000 and found.packed.rows == ROWS and found.accepted.reason == "release 1"
    document = json.loads(text)
    digests = {"ids_sha256", "columns_sha256", "scores_sha256"}
    assert set(document["packed"]) == {"rows", "bits", "decisions", *digests}
    kept = dump_baseline(found.model_copy(update={"accepted": found.accepted.model_copy(update={"sha256": None})}))
    assert kept == text


def test_one_figure_stands_on_a_line_so_that_a_review_sees_what_changed(accepted):
    text = (accepted / "dlaudit-baseline.json").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if '"metric": "selection_rate"' in line and '"slice": "sex=F"' in line]
    assert len(lines) == 1 and '"numerator"' in lines[0]
    assert max(map(len, text.splitlines())) < 1_500


def test_the_file_is_as_its_published_schema_says(accepted):
    document = json.loads((accepted / "dlaudit-baseline.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, baseline_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "packed": {**document["packed"], "bits": "one"}}, baseline_schema())


def test_accepting_the_same_run_again_changes_the_time_alone(accepted):
    path = accepted / "dlaudit-baseline.json"
    before = path.read_text(encoding="utf-8").splitlines()
    assert run_cli(["baseline", "accept", "first", "--reason", "release 1", "-q"]) == 0
    after = path.read_text(encoding="utf-8").splitlines()
    changing = ('"at"', '"content_sha256"')
    assert [line for line in before if not any(one in line for one in changing)] == [
        line for line in after if not any(one in line for one in changing)
    ]


# ---- what later runs are told


def test_the_same_model_on_the_same_rows_is_unchanged_and_passes(accepted):
    assert run("again", rows()) == 0
    found, verdict = read("again")
    assert found.baseline.unchanged and found.baseline.accepted.reason == "release 1"
    assert verdict.outcome == "pass" and [one.rule for one in verdict.checks] == [
        "no-worse: true_positive_rate",
        "no-worse: false_positive_rate",
    ]


def test_a_model_that_got_worse_for_one_slice_fails_without_any_rule_written(accepted):
    assert run("worse", rows(gap=0.15)) == 1
    found, verdict = read("worse")
    assert found.baseline.paired.rows == ROWS and not found.baseline.unchanged
    broken = [one for one in verdict.checks if one.outcome == "fail"]
    assert [(one.metric, one.worst) for one in broken] == [("true_positive_rate", "sex=F")]


def test_a_model_that_wobbles_does_not_fail(accepted):
    assert run("wobbly", rows(noise=0.01)) == 0
    assert not baseline_of("wobbly").unchanged


def test_decisions_compare_as_well_as_the_kept_rows_of_the_run(accepted):
    """The paired changes from one bit a row are those from predictions.parquet, metric by metric."""
    assert run("by_file", rows(gap=0.1)) == 1
    assert run("by_run", rows(gap=0.1), "--baseline", "first") == 0
    by_file, by_run = ({(one.metric, one.slice): one for one in baseline_of(at).paired.changes} for at in
                       ("by_file", "by_run"))  # fmt: skip
    shared = set(by_file) & set(by_run)
    assert {metric for metric, _ in shared} >= {"true_positive_rate", "false_positive_rate", "selection_rate"}
    for key in shared:
        assert by_file[key].exchanged == by_run[key].exchanged
        assert by_file[key].change.low == pytest.approx(by_run[key].change.low)
    assert ("mean_score", "sex=M") in by_run or ("mean_score", "sex=F") in by_run
    assert not any(metric == "mean_score" for metric, _ in by_file)
    left_out = {one.what: one.reason for one in baseline_of("by_file").paired.not_applicable}
    assert "no scores" in left_out["mean_score against the base"]


def test_rows_in_another_order_are_the_same_rows(accepted):
    assert run("shuffled", rows(gap=0.15).sample(frac=1, random_state=3)) == 1
    assert baseline_of("shuffled").paired.rows == ROWS


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.iloc[:-1], "these are other rows than the baseline's (1,500 then, 1,499 now)"),
        (lambda table: table.assign(id=table["id"] + 1), "these are other rows"),
        (lambda table: table.assign(y=table["y"].where(table["id"] != 7, 1 - table["y"])), "other values of 'target'"),
        (lambda table: table.assign(sex=table["sex"].where(table["id"] != 7, "X")), "other values of 'sex'"),
    ],
    ids=["a row fewer", "other ids", "another label", "another level"],
)
def test_a_changed_evaluation_set_is_said_and_never_silently_compared(accepted, change, told):
    run("changed", change(rows(gap=0.15)))
    found, verdict = read("changed")
    assert found.baseline.paired is None and told in found.baseline.not_paired
    assert [one.code for one in found.findings if one.subject == "baseline"] == ["DLA117"]
    html = (accepted / "changed" / "report.html").read_text(encoding="utf-8")
    assert "evaluation set changed" in html and "DLA117" in html
    assert verdict.outcome != "pass" or "independent samples" in verdict.checks[0].reason


def test_the_reason_is_shown_with_the_comparison(accepted, capsys):
    run("again", rows(noise=0.01))
    html = (accepted / "again" / "report.html").read_text(encoding="utf-8")
    assert "accepted on" in html and "release 1" in html


# ---- accepting


def test_a_run_that_failed_is_accepted_with_a_reason_only(accepted, capsys):
    assert run("worse", rows(gap=0.15)) == 1
    before = (accepted / "dlaudit-baseline.json").read_bytes()
    assert run_cli(["baseline", "accept", "worse"]) == 2
    assert "no reason is given" in capsys.readouterr().err
    assert (accepted / "dlaudit-baseline.json").read_bytes() == before
    assert run_cli(["baseline", "accept", "worse", "--reason", "ticket 812"]) == 0
    assert run("worse", rows(gap=0.15)) == 0


def test_what_is_there_and_is_no_baseline_is_not_replaced(accepted, capsys):
    (accepted / "notes.json").write_text("{}", encoding="utf-8")
    assert run_cli(["baseline", "accept", "first", "--out", "notes.json"]) == 2
    assert "DLA110" in capsys.readouterr().err and (accepted / "notes.json").read_text(encoding="utf-8") == "{}"


def test_a_baseline_that_is_named_and_missing_stops_the_run(accepted, capsys):
    (accepted / "dlaudit-baseline.json").unlink()
    assert run("again", rows()) == 2
    told = capsys.readouterr().err
    assert "DLA111" in told and "dlaudit baseline accept RUN" in told


def test_without_rows_the_file_has_figures_alone_and_says_so(project, capsys):
    assert run("bare", rows(), "--baseline", "none", "--no-rows") == 0
    assert run_cli(["baseline", "accept", "bare"]) == 0
    assert "no rows are in it (the run kept no rows" in capsys.readouterr().out
    run("later", rows(gap=0.15))
    assert "the baseline knows no rows" in baseline_of("later").not_paired


def test_a_run_that_hides_small_counts_gives_no_decision_away(project):
    assert run("hidden", rows(), "--baseline", "none", "--set", "report.small_cells=10") == 0
    assert run_cli(["baseline", "accept", "hidden", "-q"]) == 0
    found = read_baseline(project / "dlaudit-baseline.json")
    assert found.packed is None and "small counts" in found.no_rows


REGRESSION = ("--set", "model.task=regression", "--set", "model.output=score")
WORSE_BY = ("--rule", "mean_absolute_error by sex max_drop 0.05")


def targets():
    return rows().assign(y=lambda one: one["p"] * 3 + 1)


def test_values_of_a_regression_are_in_the_file_and_bring_no_rule(project, capsys):
    table = targets()
    assert run("first", table, "--baseline", "none", *REGRESSION) == 0
    assert run_cli(["baseline", "accept", "first"]) == 0
    told = capsys.readouterr().out
    assert "values of 1,500 rows are in it" in told and "no rule follows from it" in told
    packed_rows = read_baseline(project / "dlaudit-baseline.json").packed
    assert (packed_rows.format, packed_rows.bits) == ("float64", 64)
    for name in ("first.csv", "first/predictions.parquet"):  # a fresh checkout has neither
        (project / name).unlink()
    worse = table.assign(p=table["p"] - (0.1 + 0.2 * (table["id"] % 2)) * (table["sex"] == "F"))
    assert run("later", worse, *REGRESSION, *WORSE_BY) == 1
    found = baseline_of("later")
    assert found.paired.rows == ROWS and "max_drop" in found.not_applicable[0].reason
    assert run_cli(["gate", "later", "-q", *WORSE_BY]) == 1
    assert run("again", table.sample(frac=1, random_state=3), *REGRESSION, *WORSE_BY) == 0
    assert baseline_of("again").unchanged
    judged_by_rows = {(one.metric, one.slice): one.base for one in found.paired.rates}
    known = {(one.metric, one.slice): one.value for one in read("first")[0].measurements}
    assert judged_by_rows and all(known[key] == pytest.approx(value) for key, value in judged_by_rows.items())


def test_more_than_the_file_holds_is_pointed_at_and_no_run_writes_over_it(project, capsys, monkeypatch):
    monkeypatch.setattr("dlaudit.stages.decisions.MOST_TEXT", 100)
    table = targets()
    assert run("first", table, "--baseline", "none", *REGRESSION) == 0
    assert run_cli(["baseline", "accept", "first"]) == 0
    told = capsys.readouterr().out
    assert "IT POINTS AT ANOTHER FILE: first/predictions.parquet" in told and "--rows dlaudit-baseline.parquet" in told
    kept = (project / "first" / "predictions.parquet").read_bytes()
    assert run("first", table, *REGRESSION) == 2
    assert "DLA110" in (message := capsys.readouterr().err) and "dlaudit baseline accept first --rows" in message
    assert (project / "first" / "predictions.parquet").read_bytes() == kept
    assert run("later", table, *REGRESSION) == 0 and baseline_of("later").paired.rows == ROWS
    assert run_cli(["baseline", "accept", "first", "--rows", "first/kept.parquet"]) == 2
    assert run_cli(["baseline", "accept", "first", "--rows", "kept.parquet"]) == 0
    assert "IT POINTS AT ANOTHER FILE: kept.parquet" in (told := capsys.readouterr().out) and "Two ways" not in told
    assert run("first", table, *REGRESSION) == 0 and baseline_of("first").paired.rows == ROWS
    (project / "kept.parquet").write_bytes(b"PAR1")
    run("later", table, *REGRESSION)
    assert "are others now" in baseline_of("later").not_paired


def test_a_file_of_the_first_version_is_read_as_ever(accepted):
    def as_it_was(document):
        document["baseline_version"] = 1
        del document["content_sha256"]

    rewritten(accepted / "dlaudit-baseline.json", as_it_was, seal=False)
    assert run("worse", rows(gap=0.15)) == 1
    assert baseline_of("worse").paired.rows == ROWS


# ---- rules


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("true_positive_rate max_drop 0.5", ["true_positive_rate", "false_positive_rate"]),
        ("true_positive_rate by sex max_drop 0.5", ["true_positive_rate", "false_positive_rate"]),
        ("accuracy max_drop 0.9", ["accuracy", "true_positive_rate", "false_positive_rate"]),
        ("true_positive_rate.difference max_drop 0.9", ["true_positive_rate"] * 2 + ["false_positive_rate"]),
    ],
)
def test_a_rule_of_ones_own_takes_the_place_of_the_same_one_alone(accepted, rule, left):
    """A rule on something else, as wide as it may be, leaves the baseline's own rules where they are."""
    code = run("worse", rows(gap=0.15), "--rule", rule)
    assert [one.metric for one in read("worse")[1].checks] == left
    assert code == (0 if left.count("true_positive_rate") == 1 and rule.startswith("true_positive_rate ") else 1)


def test_a_rule_that_cannot_fail_the_gate_takes_no_place(accepted):
    rule = '[[rule]]\nmetric = "true_positive_rate"\nmax_drop = 0.9\nlevel = "note"\n'
    (accepted / "dlaudit.toml").write_text(CONFIG + rule, encoding="utf-8")
    assert run("worse", rows(gap=0.15)) == 1
    part = rule.replace('level = "note"\n', 'slices = ["sex=M"]\n')
    (accepted / "dlaudit.toml").write_text(CONFIG + part, encoding="utf-8")
    assert run("worse", rows(gap=0.15)) == 1


def test_the_rules_of_a_baseline_can_be_switched_off_and_their_limit_set(accepted):
    assert run("worse", rows(gap=0.15), "--set", "baseline.rules=none") == 0
    assert read("worse")[1].checks == []
    assert run("worse", rows(gap=0.15), "--set", "baseline.max_drop=0.5") == 0
    assert {one.limit for one in read("worse")[1].checks} == {0.5}


def test_a_waiver_may_name_a_rule_of_the_baseline(accepted):
    waiver = '[[waiver]]\nrule = "no-worse: true_positive_rate"\nreason = "known"\nowner = "board"\n'
    config = CONFIG + waiver + "expires = 2999-01-01\n"
    (accepted / "dlaudit.toml").write_text(config, encoding="utf-8")
    assert run("worse", rows(gap=0.15)) == 0
    assert [one.rule for one in read("worse")[1].checks if one.waived] == ["no-worse: true_positive_rate"]
    (accepted / "dlaudit.toml").write_text(config.replace("no-worse: true", "no-worse: ture"), encoding="utf-8")
    assert run("worse", rows(gap=0.15)) == 2


def test_gate_reads_the_baseline_that_is_there_now(accepted, capsys):
    """Neither deleting it nor putting a bad run's in its place lets a finished run pass, and a new one counts."""
    assert run("worse", rows(gap=0.15)) == 1
    path = accepted / "dlaudit-baseline.json"
    kept = path.read_bytes()
    path.unlink()
    assert run_cli(["gate", "worse", "-q"]) == 2
    path.write_bytes(kept)
    assert run("fine", rows()) == 0
    assert run_cli(["baseline", "accept", "worse", "--reason", "on purpose"]) == 0
    assert "it replaces the one accepted on" in capsys.readouterr().out
    assert run_cli(["gate", "worse", "-q"]) == 0
    path.write_text("<<<<<<< HEAD\n", encoding="utf-8")
    assert run_cli(["gate", "worse", "-q"]) == 3
    assert "merge conflict" in capsys.readouterr().err


def test_the_same_answers_in_another_order_are_unchanged(accepted):
    assert run("shuffled", rows().sample(frac=1, random_state=3)) == 0
    assert baseline_of("shuffled").unchanged
    assert run("close", rows().assign(p=lambda one: one["p"] + 1e-9)) == 0
    assert not baseline_of("close").unchanged


def test_a_feature_that_is_no_longer_compared_is_told(accepted):
    table = rows().assign(age=lambda one: np.where(one["id"] % 2, "old", "young"))
    assert run("wider", table, "--baseline", "none", "--set", 'slices.sensitive=["sex", "age"]') == 0
    assert run_cli(["baseline", "accept", "wider", "-q"]) == 0
    run("narrow", table)
    assert [one.code for one in read("narrow")[0].findings if one.subject == "baseline"] == ["DLA118"]


def test_a_baseline_of_another_task_is_replaced_with_a_reason_only(accepted, capsys):
    table = rows().assign(y=lambda one: one["p"] * 3 + 1)
    more = ["--set", "model.task=regression", "--set", "model.output=score", "--baseline", "none"]
    assert run("other", table, *more) == 0
    assert run_cli(["baseline", "accept", "other"]) == 2
    assert "is of a binary task" in capsys.readouterr().err


def test_what_is_to_be_written_names_the_file_from_the_configuration(accepted, capsys):
    (accepted / "held").mkdir()
    assert run_cli(["baseline", "accept", "first", "--out", "held/b.json"]) == 0
    told = capsys.readouterr().out
    assert 'path = "held/b.json"' in told and "let [baseline] say" in told
    assert run_cli(["diff", "first", "held/b.json"]) == 2
    assert "Turn them round" in capsys.readouterr().err


def test_gate_and_diff_give_the_verdict_of_the_run(accepted, capsys):
    assert run("worse", rows(gap=0.15)) == 1
    bare = ["--baseline", "none"]
    assert run("alone", rows(gap=0.15), *bare) == 0
    assert run_cli(["gate", "worse", "-q"]) == run_cli(["gate", "alone", "-q"]) == 1
    assert run_cli(["gate", "alone", *bare]) == 2  # nothing to judge by
    assert run_cli(["diff", "dlaudit-baseline.json", "alone"]) == 1
    told = capsys.readouterr().out
    assert "broken" in told and "true_positive_rate of sex=F got worse" in told
    assert run_cli(["diff", "dlaudit-baseline.json", "alone", "--exit-zero"]) == 0
    assert run_cli(["diff", "first", "alone"]) == 0  # a run that nobody accepted brings no rule


# ---- packing


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_packed_comes_back_in_any_order(task, data):
    labels = [f"c{at}" for at in range(2 if task == "binary" else data.draw(st.integers(2, 9)))]
    n = data.draw(st.integers(1, 60))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    table, chosen = _table(task, labels, n, rng)
    audit = _audit(task, labels)
    found = packed(table, audit)
    order = rng.permutation(n)
    back = unpacked(found, table.take(pa.array(order)), audit)
    got = np.stack([column.to_numpy(zero_copy_only=False) for column in back.columns], axis=1)
    assert (got == chosen[order]).all()
    with pytest.raises(NotPacked, match="other rows"):
        unpacked(found, table.set_column(0, "row_id", pa.array([f"x{at}" for at in range(n)])), audit)


def _audit(task, labels):
    model = ModelInfo(task=task, classes=labels)
    return Audit(provenance=Provenance(dlaudit="0", python="3"), model=model, data=DataInfo())


def _table(task, labels, n, rng):
    names = {"row_id": pa.array([str(at * 7) for at in range(n)])}
    if task == "multilabel":
        hits = rng.integers(0, 2, (n, len(labels)))
        names |= {f"target[{label}]": pa.array(hits[:, at], pa.int8()) for at, label in enumerate(labels)}
        names |= {f"prediction[{label}]": pa.array(hits[:, at], pa.int8()) for at, label in enumerate(labels)}
        return pa.table(names), hits
    texts = np.array(labels, dtype=object)[rng.integers(0, len(labels), n)]
    names |= {"target": pa.array(texts, pa.string()), "prediction": pa.array(texts, pa.string())}
    return pa.table(names), texts[:, None]


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1, max_size=40), st.integers(0, 99)
)
@settings(deadline=None)
def test_values_come_back_bit_by_bit_in_any_order(values, seed):
    order = np.random.default_rng(seed).permutation(len(values))
    ids = pa.array([f"r{at}" for at in range(len(values))])
    table = pa.table({"row_id": ids, "target": np.zeros(len(values)), "score": np.array(values)})
    audit = _audit("regression", [])
    back = unpacked(packed(table, audit), table.take(pa.array(order)), audit)
    assert back["0"].to_numpy().tobytes() == np.array(values)[order].tobytes()
    with pytest.raises(NotPacked, match="another task"):
        unpacked(packed(table, audit), table, _audit("binary", ["a", "b"]))


def test_more_rows_than_the_file_holds_are_pointed_at():
    rng = np.random.default_rng(0)
    n = MOST_TEXT * 6 + 1_000_000  # bits that do not compress: 6 of them fit a character
    labels = np.array(["a", "b"], dtype=object)
    texts = pa.array(labels[rng.integers(0, 2, n)], pa.string())
    table = pa.table({"row_id": pa.array(np.arange(n)).cast(pa.string()), "target": texts, "prediction": texts})
    assert packed(table, _audit("binary", ["a", "b"])) is None
    assert packed(table.slice(0, 1_000_000), _audit("binary", ["a", "b"])) is not None


# ---- hostile files


def damaged(path, **changes):
    rewritten(path, lambda document: document["packed"].update(changes))


@pytest.mark.parametrize(
    "decisions",
    [
        base64.b64encode(zlib.compress(bytes(50_000_000), 9)).decode("ascii"),
        base64.b64encode(zlib.compress(bytes(3))).decode("ascii"),
        base64.b64encode(b"no zlib").decode("ascii"),
        "not base64!",
        "",
    ],
    ids=["a bomb", "too few bits", "no zlib", "no base64", "nothing"],
)
def test_damaged_decisions_are_a_reason_and_unpack_to_nothing_larger(accepted, decisions):
    damaged(accepted / "dlaudit-baseline.json", decisions=decisions)
    assert run("later", rows(gap=0.02)) == 4  # which by figures alone would not be decided, and warned of
    assert baseline_of("later").not_paired == "the baseline's decisions are damaged"
    assert any(one.code == "DLA117" for one in read("later")[0].findings)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda text: text.replace('"baseline_version": 2', '"baseline_version": 9'),
        lambda text: text.replace('"bits": 1', '"bits": 0'),
        lambda text: text.replace('"n": 1500', '"n": NaN', 1),
        lambda text: text.replace('"outcome"', '"outcom"') if '"outcome"' in text else text[:-40],
        lambda text: text[:300],
        lambda text: text.replace('"sex=F"', '"sex=Q"', 1),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_before_anything_is_scored(accepted, break_it, capsys):
    path = accepted / "dlaudit-baseline.json"
    path.write_text(break_it(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert run("later", rows()) == 3
    assert "DLA610" in capsys.readouterr().err and not (accepted / "later").exists()


def test_only_what_says_so_is_a_baseline(accepted):
    assert is_baseline(accepted / "dlaudit-baseline.json")
    assert not is_baseline(accepted / "first") and not is_baseline(accepted / "first" / "audit.json")
    with pytest.raises(InputRefused, match="baseline"):
        read_baseline(accepted / "first" / "audit.json")


def test_a_pointed_file_is_read_only_if_it_is_the_one_that_was_accepted(accepted):
    pointing(accepted / "dlaudit-baseline.json", path="../secret.parquet", bytes=1)
    pq.write_table(pa.table({"row_id": ["1"]}), accepted.parent / "secret.parquet")
    run("later", rows())
    assert "are others now" in baseline_of("later").not_paired


def test_a_baseline_without_rows_or_the_rates_of_its_rules_is_said_when_it_is_accepted(project, capsys):
    only = ("--no-rows", "--set", 'metrics.report=["selection_rate"]')
    assert run("bare", rows(), "--baseline", "none", *only) == 0
    assert run_cli(["baseline", "accept", "bare"]) == 0
    told = capsys.readouterr().out
    assert "NEITHER ROWS NOR true_positive_rate, false_positive_rate" in told and "exit 4" in told
    (project / "dlaudit.toml").write_text(f'{CONFIG}rules = "none"\n', encoding="utf-8")
    assert run_cli(["baseline", "accept", "bare", "--reason", "by figures"]) == 0
    assert "NEITHER" not in capsys.readouterr().out


def test_rows_that_are_pointed_at_stay_until_the_new_baseline_is_about_to_be_written(accepted, monkeypatch):
    monkeypatch.setattr("dlaudit.stages.decisions.MOST_TEXT", 100)
    there = sorted(one.name for one in accepted.iterdir())
    kept = accepted / "rows.parquet"
    places = Places(accepted / "first", accepted, kept)
    taken, judged = Accepted(at="2026-11-22T00:00:00+00:00", reason=""), read("first")
    audit = judged[0]
    data = audit.data.model_copy(update={"scored": 7})
    kept.write_bytes(b"of the baseline in use")
    with pytest.raises(ValueError, match="figures of 7"):
        write_accepted(accepted / "b.json", places, (audit.model_copy(update={"data": data}), None), taken)
    assert kept.read_bytes() == b"of the baseline in use"
    made, _ = write_accepted(accepted / "b.json", places, judged, taken)
    assert kept.read_bytes() == (accepted / "first" / "predictions.parquet").read_bytes()
    assert (made.elsewhere.path, made.elsewhere.bytes) == ("rows.parquet", kept.stat().st_size)
    assert sorted(one.name for one in accepted.iterdir()) == sorted([*there, "b.json", "rows.parquet"])


def test_what_was_said_of_a_comparison_is_not_accepted_and_neither_new_nor_gone(accepted):
    first = read("first")[0]
    assert "DLA119" in [one.code for one in first.findings]
    kept = read_baseline(accepted / "dlaudit-baseline.json").audit
    assert [one.code for one in kept.findings] == [one.code for one in first.findings if one.code != "DLA119"]
    assert _findings(first, kept) == _findings(kept, first) == []
