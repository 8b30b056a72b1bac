"""`dlaudit plan` and `dlaudit selfcheck` as they are typed."""

import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

import dlaudit
from dlaudit.cli.chances_text import verdict_row
from dlaudit.record.planned import Chances, Odds

RULE = "selection_rate.difference by race <= 0.1"
SIZES = ("--sizes", "White=1200,Black=300,Other=12", "--no-config", "--samples", "20")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, dlaudit_command):
    """Predictions, labels alone, and a finished run."""
    made, rng = tmp_path_factory.mktemp("power"), np.random.default_rng(0)
    race = rng.choice(["White", "Black"], 600, p=[0.7, 0.3])
    sex = rng.choice(["F", "M"], 600)
    y = (rng.random(600) < 0.4).astype(int)
    p = np.clip(0.3 + 0.3 * y + rng.normal(0, 0.2, 600), 0, 1)
    age = rng.integers(18, 80, 600)
    csv.write_csv(pa.table({"race": race, "sex": sex, "age": age, "y": y, "p": p}), made / "preds.csv")
    csv.write_csv(pa.table({"race": race, "sex": sex, "y": np.where(y, "yes", "no")}), made / "labels.csv")
    done = dlaudit_command(
        *("run", "--scores", "preds.csv", "--score", "p", "--target", "y", "--sensitive", "race,sex,age"),
        *("--set", "slices.bins={age=[18, 40, 90]}", "--set", "slices.intersections=none", "--no-config", "-q"),
        cwd=made,
    )
    assert done.code == 0, done.err
    return made


def test_plan_of_bare_sizes_says_what_can_be_decided(dlaudit_command, folder):
    done = dlaudit_command("plan", *SIZES, "--rule", RULE, "--rate", "selection_rate=30%", cwd=folder)
    assert done.code == 0, done.err
    assert "all slices alike" in done.out and "one slice has the gap, each in turn" in done.out
    assert "race=Other" in done.out and "0.3 (as given)" in done.out
    larger = ("--sizes", "White=1200,Black=900,Other=12", *SIZES[2:])
    done = dlaudit_command("plan", *larger, "--rule", RULE, cwd=folder)
    assert "A pass may leave out race=Other" in done.out
    assert "20 samples each, standard error at most" in done.out


def test_no_line_is_wider_than_80_columns_and_no_number_is_cut(dlaudit_command, folder):
    sizes = ("--sizes", f"{'A very long name of a level ' * 3}=123456789,Black=987654", "--no-config", "--samples", "1")
    done = dlaudit_command("plan", *sizes, "--rule", RULE, cwd=folder)
    assert "123,456,789" in done.out and "987,654" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_plan_of_labelled_data_counts_labels_and_runs_no_model(dlaudit_command, folder):
    done = dlaudit_command(
        *("plan", "--data", "labels.csv", "--target", "y", "--sensitive", "race", "--no-config", "--samples", "5"),
        *("--set", "model.positive=yes", "--rule", "true_positive_rate.difference by race <= 0.1", "-f", "json"),
        cwd=folder,
    )
    assert done.code == 0, done.err
    white, black = done.json["checks"][0]["slices"]
    assert white["rows"] + black["rows"] == 600 and white["counted"] < 0.6 * white["rows"]
    assert "no model was run" in done.json["source"]


def test_plan_of_a_finished_run_takes_its_rates_and_denominators(dlaudit_command, folder):
    done = dlaudit_command(
        "plan", "dlaudit-report", "--no-config", "--samples", "5", "--rule", RULE, "-f", "json", cwd=folder
    )
    check = done.json["checks"][0]
    audit = dlaudit.read_run(folder / "dlaudit-report")[0]
    assert check["rate"] == pytest.approx(audit.measurement("selection_rate", "overall").value)
    assert check["rate_from"] == "of all rows of the run"
    assert [one["counted"] for one in check["slices"]] == [one.n for one in audit.slices if one.by == ["race"]]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((*SIZES,), "DLA106", "no rule"),
        ((*SIZES, "--rule", "selection_rat.ratio by race >= 0.8"), "DLA106", "selection_rate"),
        ((*SIZES, "--rule", RULE, "--rate", "selection_rat=0.3"), "DLA106", "selection_rate"),
        ((*SIZES, "--rule", RULE, "--rate", "selection_rate=3"), "DLA101", "METRIC=P"),
        (("--sizes", "White=many", "--no-config", "--rule", RULE), "DLA101", "LEVEL=ROWS"),
        (("--sizes", "sex:F=10,M=20", "--no-config", "--rule", RULE), "DLA106", "race"),
        (("--no-config", "--rule", RULE), "DLA111", "nothing to plan for"),
        (("nowhere", "--no-config", "--rule", RULE), "DLA111", "no finished run"),
        (("nowhere", "--sizes", "a=1,b=2", "--no-config", "--rule", RULE), "DLA101", "RUN and --sizes"),
        (("--data", "labels.csvv", "--target", "y", "--no-config", "--rule", RULE), "DLA111", "labels.csv"),
        (("--data", "labels.csv", "--no-config", "--rule", RULE), "DLA308", "--target"),
    ],
)
def test_plan_refuses_in_words_with_a_code(dlaudit_command, folder, arguments, code, told):
    done = dlaudit_command("plan", *arguments, cwd=folder)
    assert done.code == 2
    assert code in done.err and told in done.err and "Traceback" not in done.err


def test_selfcheck_of_a_finished_run_needs_its_bins(dlaudit_command, folder):
    rules = ("--no-config", "--rule", "selection_rate.difference by age <= 0.1", "--permutations", "5")
    without = dlaudit_command("selfcheck", "dlaudit-report", *rules, cwd=folder)
    assert without.code != 0 and ("DLA617" in without.err or "DLA408" in without.err)
    bins = ("--set", "slices.bins={age=[18, 40, 90]}", "--set", "slices.intersections=none")
    done = dlaudit_command("selfcheck", "dlaudit-report", *rules, *bins, "-f", "json", cwd=folder)
    assert done.code == 0, done.err
    assert done.json["rows"] == 600 and done.json["checks"][0]["gate"]["samples"] == 5


def test_selfcheck_of_scores_stands_beside_the_bare_estimates(dlaudit_command, folder):
    done = dlaudit_command(
        *("selfcheck", "--scores", "preds.csv", "--score", "p", "--target", "y", "--sensitive", "race"),
        *("--no-config", "--rule", RULE, "--permutations", "10", "--progress", "plain"),
        cwd=folder,
    )
    assert done.code == 0, done.err
    assert "as the gate judges it" in done.out and "by the bare estimates" in done.out
    assert "tests equality alone" in " ".join(done.out.split())
    assert max(map(len, done.out.splitlines())) <= 80
    assert "permute" in done.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("dlaudit-report", "--no-config"), "DLA106"),
        (("--no-config", "--rule", RULE), "DLA111"),
        (("dlaudit-report", "--scores", "preds.csv", "--rule", RULE, "--no-config"), "DLA101"),
        (("nowhere", "--rule", RULE, "--no-config"), "DLA111"),
    ],
)
def test_selfcheck_refuses_in_words_with_a_code(dlaudit_command, folder, arguments, code):
    done = dlaudit_command("selfcheck", *arguments, cwd=folder)
    assert done.code == 2 and code in done.err and "Traceback" not in done.err


def test_rows_that_were_changed_after_the_run_are_refused(dlaudit_command, folder, tmp_path):
    shutil.copytree(folder / "dlaudit-report", tmp_path / "run")
    kept = pq.read_table(tmp_path / "run" / "predictions.parquet")
    place = kept.column_names.index("target")
    swapped = [{"0": "1", "1": "0"}[one] for one in kept["target"].to_pylist()]
    other = pa.array(swapped, kept.schema.field("target").type)
    pq.write_table(kept.set_column(place, "target", other), tmp_path / "run" / "predictions.parquet")
    bins = ("--set", "slices.bins={age=[18, 40, 90]}", "--set", "slices.intersections=none", "--no-config")
    done = dlaudit_command("selfcheck", "run", *bins, "--rule", RULE, "--permutations", "2", cwd=tmp_path)
    assert done.code == 2 and "DLA617" in done.err and "do not give the run's figures" in done.err


def test_a_run_that_kept_no_rows_says_so(dlaudit_command, folder):
    kept = folder / "dlaudit-report" / "predictions.parquet"
    moved = kept.rename(folder / "moved.parquet")
    done = dlaudit_command("selfcheck", "dlaudit-report", "--no-config", "--rule", RULE, cwd=folder)
    moved.rename(kept)
    assert done.code == 2 and "kept no rows" in done.err


@pytest.mark.parametrize("command", ["plan", "selfcheck"])
def test_help_shows_examples_before_options(dlaudit_command, command):
    done = dlaudit_command(command, "--help")
    assert done.out.index(f"dlaudit {command} dlaudit-report") < done.out.index("Policy and settings")


def test_planning_imports_no_torch():
    code = (
        "import sys; from dlaudit.cli import run_cli;"
        "run_cli(['plan', '--sizes', 'a=90,b=90', '--rule', 'accuracy.difference by g <= 0.1', '--no-config',"
        " '--samples', '1', '-q']); sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_python_plans_sizes_and_audits(folder):
    policy = dlaudit.Policy.from_rules(RULE)
    found = dlaudit.plan({"White": 1200, "Black": 300}, policy, rates={"selection_rate": 0.3}, samples=5)
    assert [one.slice for one in found.checks[0].slices] == ["race=White", "race=Black"]
    nested = dlaudit.plan({"race": {"White": 1200, "Black": 300}}, policy, rates={"selection_rate": 0.3}, samples=5)
    assert nested.checks[0].equal == found.checks[0].equal
    audit = dlaudit.read_run(folder / "dlaudit-report")[0]
    assert len(dlaudit.plan(audit, policy, samples=2).checks) == 1


def test_a_plan_without_a_table_explains_none(dlaudit_command, folder):
    rule = "mean_score.difference by race <= 0.1"
    done = dlaudit_command("plan", "dlaudit-report", "--no-config", "--rule", rule, cwd=folder)
    assert done.code == 0, done.err
    assert "Not applicable" in done.out and "gap found:" not in done.out


def test_samples_never_show_always_or_never():
    found = Chances.of(200, 0, 0)
    assert verdict_row("all alike", found).split()[-6:] == [">99", "%", "<1", "%", "<1", "%"]
    worked_out = Odds(passes=1, fails=0, undecided=0, error=0)
    assert verdict_row("all alike", worked_out).split()[-6:] == ["100", "%", "0", "%", "0", "%"]
