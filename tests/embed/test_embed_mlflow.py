"""Audits in a real tracking store of MLflow, in a folder."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from report_audits import multiclass
from report_hostile import hostile
from report_lending import lending

from dlaudit.integrations.mlflow import log_audit, metrics_of, params_of

mlflow = pytest.importorskip("mlflow", reason="needs the extra `mlflow`")

LEGAL = re.compile(r"[A-Za-z0-9_ ./-]{1,250}")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A tracking store in a folder, and a client that reads it."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    yield mlflow.MlflowClient()
    while mlflow.active_run() is not None:
        mlflow.end_run()
    mlflow.set_tracking_uri(before)


def test_figures_parameters_tags_and_report_are_read_back(store: Any, tmp_path: Path) -> None:
    audit, verdict = lending()
    with mlflow.start_run() as run:
        assert log_audit(audit, verdict) == run.info.run_id
    held = store.get_run(run.info.run_id).data
    black = audit.measurement("selection_rate", "race=Black").value
    assert held.metrics["selection_rate/race-Black"] == black
    gap = next(one for one in audit.disparities if one.id == "selection_rate.difference by race")
    assert held.metrics["selection_rate.difference/race"] == gap.value
    assert held.metrics["selection_rate.difference/race.high"] == gap.high
    assert held.metrics == pytest.approx(metrics_of(audit, verdict))
    assert held.params["dlaudit.model_sha256"] == audit.model.sha256
    assert held.tags["dlaudit.outcome"] == verdict.outcome
    folder = Path(store.download_artifacts(run.info.run_id, "dlaudit", str(tmp_path)))
    assert json.loads((folder / "audit.json").read_text(encoding="utf-8"))["verdict"]["outcome"] == verdict.outcome
    assert "<html" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_run_may_be_named_or_is_started(store: Any) -> None:
    audit, _ = lending()
    started = log_audit(audit)
    assert mlflow.active_run() is None
    assert store.get_run(started).data.tags["dlaudit.outcome"] == "none"
    assert log_audit(audit, None, started) == started
    assert log_audit(audit, None, store.get_run(started)) == started


@pytest.mark.parametrize("make", [lending, multiclass, hostile], ids=["lending", "multiclass", "hostile"])
def test_names_are_legal_stable_and_no_two_figures_share_one(make: Any, store: Any) -> None:
    audit, verdict = make()
    names = metrics_of(audit, verdict)
    assert all(LEGAL.fullmatch(one) and ".." not in one for one in names), names
    defined = sum(one.value is not None for one in audit.measurements)
    gaps = [one for one in audit.disparities if one.value is not None]
    ends = sum((one.low is not None) + (one.high is not None) for one in gaps)
    assert len(names) == defined + len(gaps) + ends + 1 + (3 if verdict else 0)
    assert all(math.isfinite(one) for one in names.values())
    reversed_ = audit.model_copy(update={"measurements": audit.measurements[::-1], "slices": audit.slices[::-1]})
    assert metrics_of(reversed_, verdict) == names
    log_audit(audit, verdict)


def test_what_is_undefined_is_no_number() -> None:
    audit, verdict = lending()
    first = audit.measurements[0]
    lost = first.model_copy(update={"value": None, "low": None, "high": None, "undefined": "no rows"})
    names = metrics_of(audit.model_copy(update={"measurements": [lost, *audit.measurements[1:]]}), verdict)
    assert len(names) == len(metrics_of(audit, verdict)) - 1


def test_parameters_are_short_and_hold_no_control_characters() -> None:
    audit, _ = lending()
    named = audit.model_copy(update={"data": audit.data.model_copy(update={"path": "a\n::error::b" * 2000})})
    told = params_of(named)["dlaudit.data"]
    assert len(told) <= 5000
    assert "\n" not in told
