"""The main job, as a user does it: real mortgage decisions, a race-blind model, the real command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.conftest import Done

RUN_FILES = {
    "report.html",
    "audit.json",
    "summary.md",
    "junit.xml",
    "audit.sarif",
    "predictions.parquet",
    "attributions.parquet",
}


@pytest.fixture(scope="module")
def flags_alone(dlaudit_process: Callable[..., Done], lending: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The issue's own command, without any configuration."""
    out = tmp_path_factory.mktemp("flags") / "report"
    done = dlaudit_process(
        "run",
        lending / "model.pt2",
        "--data",
        lending / "test.csv",
        "--target",
        "approve",
        "--sensitive",
        "race,sex",
        "--out",
        out,
        cwd=out.parent,
    )
    assert done.code == 0, done.err
    assert "not judged" in done.out.lower()
    return out


@pytest.fixture(scope="module")
def with_config(
    dlaudit_process: Callable[..., Done], lending: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Done, Path]:
    """The same model with its dlaudit.toml, as CI runs it."""
    out = tmp_path_factory.mktemp("config") / "report"
    done = dlaudit_process("run", "--config", lending / "dlaudit.toml", "--out", out, env={"CI": "true"})
    return done, out


def document(run: Path) -> Any:
    return json.loads((run / "audit.json").read_text(encoding="utf-8"))


def measured(audit: Any, metric: str, slice_id: str) -> float:
    (found,) = [m for m in audit["measurements"] if (m["metric"], m["slice"]) == (metric, slice_id)]
    return float(found["value"])


def test_flags_alone_write_every_file_of_a_run(flags_alone: Path) -> None:
    assert {path.name for path in flags_alone.iterdir()} >= RUN_FILES


def test_nothing_is_guessed_when_the_flags_say_it(flags_alone: Path) -> None:
    assert document(flags_alone)["guesses"] == []


def test_the_sensitive_columns_are_no_model_inputs(flags_alone: Path) -> None:
    features = document(flags_alone)["data"]["features"]
    assert len(features) == 41
    assert not {"race", "sex", "approve"} & set(features)


def test_the_race_gap_is_split_over_named_features_and_adds_up(flags_alone: Path) -> None:
    audit = document(flags_alone)
    by_race = [d for d in audit["decompositions"] if d["by"] == ["race"]]
    assert {d["slice"] for d in by_race} >= {"race=Black"}
    for split in by_race:
        total = sum(part["value"] for part in split["contributions"]) + split["residual"]
        assert total == pytest.approx(split["gap"], abs=1e-9)
        assert abs(split["residual"]) < 1e-6
        assert {part["feature"] for part in split["contributions"]} <= set(audit["data"]["features"])
    black = next(d for d in by_race if d["slice"] == "race=Black")
    assert black["gap"] < -0.08
    assert black["high"] < 0
    assert black["contributions"][0]["value"] < 0


def test_two_methods_explain_every_slice(flags_alone: Path) -> None:
    audit = document(flags_alone)
    methods = {(a["method"], a["slice"]) for a in audit["attributions"]}
    for slice_id in ("overall", "race=Black", "race=White", "sex=female"):
        assert ("integrated_gradients", slice_id) in methods
        assert ("shapley_values", slice_id) in methods
    checks = {q["measure"] for q in audit["quality"]}
    assert any(measure.startswith("completeness") for measure in checks)


def test_the_figures_are_those_of_the_published_table(with_config: tuple[Done, Path]) -> None:
    """AUC about .89; at threshold .8 approval White .876, Black .612, Hispanic .749 (TPR .92, .78, .87): each within
    three standard errors of a half-sample."""
    audit = document(with_config[1])
    assert measured(audit, "auc", "overall") == pytest.approx(0.89, abs=0.05)
    for slice_id, rate, tpr in (
        ("race=White", 0.876, 0.92),
        ("race=Black", 0.612, 0.78),
        ("race=Hispanic", 0.749, 0.87),
    ):
        n = next(s["n"] for s in audit["slices"] if s["id"] == slice_id)
        positives = n * measured(audit, "prevalence", slice_id)
        assert measured(audit, "selection_rate", slice_id) == pytest.approx(
            rate, abs=3 * (rate * (1 - rate) / n) ** 0.5
        )
        assert measured(audit, "true_positive_rate", slice_id) == pytest.approx(
            tpr, abs=3 * (tpr * (1 - tpr) / positives) ** 0.5
        )


def test_ci_refuses_no_guess_because_the_configuration_leaves_none(with_config: tuple[Done, Path]) -> None:
    done, out = with_config
    assert done.code in {1, 4}
    assert document(out)["guesses"] == []


def test_the_verdict_of_the_file_is_the_exit_code(with_config: tuple[Done, Path]) -> None:
    done, out = with_config
    assert {"pass": 0, "fail": 1, "undecided": 4}[document(out)["verdict"]["outcome"]] == done.code


def test_fairlearn_calculates_the_same(with_config: tuple[Done, Path]) -> None:
    checks = document(with_config[1])["cross_checks"]
    assert {"selection_rate", "true_positive_rate", "accuracy"} <= {c["metric"] for c in checks}
    for check in checks:
        assert check["largest_difference"] is None or check["largest_difference"] < 1e-9


def test_predictions_hold_every_row_and_agree_with_the_measurements(with_config: tuple[Done, Path]) -> None:
    table = pq.read_table(with_config[1] / "predictions.parquet").to_pandas()
    audit = document(with_config[1])
    assert len(table) == audit["data"]["scored"] == audit["data"]["rows"]
    selected = (table["score"] >= 0.8)[table["race"] == "Black"].mean()
    assert selected == pytest.approx(measured(audit, "selection_rate", "race=Black"), abs=1e-12)
    assert (with_config[1] / "predictions.parquet").stat().st_mode & 0o777 == 0o600


def test_the_unknown_sex_is_a_slice_of_its_own(with_config: tuple[Done, Path]) -> None:
    unknown = [s for s in document(with_config[1])["slices"] if s["id"] == "sex=(unknown)"]
    assert len(unknown) == 1
    assert unknown[0]["unknown"]


@pytest.mark.parametrize("form", ["model.pt", "model.ts"])
def test_the_three_saved_forms_give_the_same_figures(
    form: str, dlaudit_command: Callable[..., Done], lending: Path, with_config: tuple[Done, Path], tmp_path: Path
) -> None:
    extra = ["--code", lending / "lending_model.py"] if form == "model.pt" else []
    done = dlaudit_command(
        "run",
        lending / form,
        *extra,
        "--config",
        lending / "dlaudit.toml",
        "--no-explain",
        "--out",
        tmp_path / "report",
    )
    assert done.code in {1, 4}, done.err
    ours, theirs = document(tmp_path / "report"), document(with_config[1])
    assert ours["model"]["format"] != theirs["model"]["format"]
    for one, other in zip(ours["measurements"], theirs["measurements"], strict=True):
        assert (one["metric"], one["slice"]) == (other["metric"], other["slice"])
        assert one["undefined"] == other["undefined"]
        if one["undefined"] is None:
            assert one["value"] == pytest.approx(other["value"], abs=1e-5)


def test_the_same_audit_twice_is_the_same_document_outside_its_provenance(
    dlaudit_command: Callable[..., Done], lending: Path, with_config: tuple[Done, Path], tmp_path: Path
) -> None:
    dlaudit_command("run", "--config", lending / "dlaudit.toml", "--out", tmp_path / "report", env={"CI": "true"})
    one, other = document(tmp_path / "report"), document(with_config[1])
    del one["provenance"], other["provenance"]
    assert one == other


def test_gate_and_report_run_on_the_saved_audit_without_torch(
    dlaudit_process: Callable[..., Done], with_config: tuple[Done, Path], lending: Path, tmp_path: Path
) -> None:
    done, out = with_config
    blocked = tmp_path / "block"
    (blocked / "torch").mkdir(parents=True)
    (blocked / "torch" / "__init__.py").write_text("raise ImportError('torch is blocked here')")
    environment = {"PYTHONPATH": str(blocked)}
    gate = dlaudit_process("gate", out, "--config", lending / "dlaudit.toml", env=environment)
    assert gate.code == done.code, gate.err
    again = dlaudit_process("report", out, "--out", tmp_path / "again", env=environment)
    assert again.code == 0, again.err
    assert (tmp_path / "again" / "report.html").read_bytes() == (out / "report.html").read_bytes()
    assert (tmp_path / "again" / "audit.json").read_bytes() == (out / "audit.json").read_bytes()


def test_policy_can_change_without_running_the_model(
    dlaudit_command: Callable[..., Done], with_config: tuple[Done, Path], tmp_path: Path
) -> None:
    lenient = dlaudit_command("gate", with_config[1], "--rule", "selection_rate.ratio by sex >= 0.5", cwd=tmp_path)
    assert lenient.code == 0, lenient.out + lenient.err
    none = dlaudit_command("gate", with_config[1], cwd=tmp_path)
    assert none.code == 2


def test_scores_alone_audit_without_a_model_and_without_torch(
    dlaudit_process: Callable[..., Done], with_config: tuple[Done, Path], tmp_path: Path
) -> None:
    blocked = tmp_path / "block"
    (blocked / "torch").mkdir(parents=True)
    (blocked / "torch" / "__init__.py").write_text("raise ImportError('torch is blocked here')")
    done = dlaudit_process(
        "run",
        "--scores",
        with_config[1] / "predictions.parquet",
        "--score",
        "score",
        "--target",
        "target",
        "--sensitive",
        "race,sex",
        "--set",
        "model.threshold=0.8",
        "--out",
        tmp_path / "report",
        cwd=tmp_path,
        env={"PYTHONPATH": str(blocked)},
    )
    assert done.code == 0, done.err
    audit, theirs = document(tmp_path / "report"), document(with_config[1])
    for metric in ("selection_rate", "true_positive_rate", "auc"):
        for slice_id in ("overall", "race=Black", "sex=female"):
            assert measured(audit, metric, slice_id) == pytest.approx(measured(theirs, metric, slice_id), abs=1e-12)
    assert {n["what"] for n in audit["not_applicable"]} >= {"attributions", "decompositions"}


def test_demo_runs_from_anywhere_and_exits_zero(
    dlaudit_process: Callable[..., Done], tmp_path: Path, lending: Path
) -> None:
    done = dlaudit_process("demo", cwd=tmp_path)
    assert done.code == 0, done.err
    assert (tmp_path / "dlaudit-report" / "report.html").is_file()
    assert "dlaudit-report" in done.out


def test_a_failed_run_leaves_nothing_under_the_final_names(
    dlaudit_command: Callable[..., Done], lending: Path, tmp_path: Path
) -> None:
    done = dlaudit_command(
        "run",
        lending / "model.pt2",
        "--data",
        lending / "test.csv",
        "--target",
        "aprove",
        "--sensitive",
        "race",
        "--out",
        tmp_path / "report",
        cwd=tmp_path,
    )
    assert done.code in {2, 3}
    assert "Did you mean 'approve'" in done.err
    assert list(tmp_path.iterdir()) == []
