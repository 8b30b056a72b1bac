"""Multiple-choice files: the log-likelihood of every option as the score of a class, and answers as labels."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import dlaudit
from tests.conftest import ROOT


@pytest.fixture
def questions(tmp_path: Path) -> tuple[Path, list[dict[str, object]]]:
    """Log-likelihoods of three options: sums over tokens, far below 0."""
    rng = np.random.default_rng(3)
    rows: list[dict[str, object]] = []
    for at in range(120):
        label = int(rng.integers(3))
        likelihood = rng.normal(-40, 3, size=3) + 4 * (np.arange(3) == label)
        rows.append({"question": at, "label": label, "about": ["old", "young"][at % 2], "ambiguous": "yes"})
        rows[-1] |= {f"ll{option}": float(value) for option, value in enumerate(likelihood)}
    path = tmp_path / "options.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path, rows


def test_the_answer_is_the_option_with_the_highest_log_likelihood(
    questions: tuple[Path, list[dict[str, object]]],
) -> None:
    path, rows = questions
    audit = dlaudit.audit(
        data=str(path), target="label", sensitive=["about"], scores=["ll0", "ll1", "ll2"],
        settings={"model.output": "logit", "model.task": "multiclass", "metrics.report": ["accuracy", "log_loss"]},
    )  # fmt: skip
    for level in ("old", "young"):
        own = [row for row in rows if row["about"] == level]
        table = np.array([[row[f"ll{option}"] for option in range(3)] for row in own], dtype=np.float64)
        label = np.array([row["label"] for row in own])
        right = float((table.argmax(axis=1) == label).mean())
        loss = float((np.logaddexp.reduce(table, axis=1) - table[np.arange(len(own)), label]).mean())
        found = {one.metric: one.value for one in audit.measurements if one.slice == f"about={level}"}
        assert found["accuracy"] == pytest.approx(right)
        assert found["log_loss"] == pytest.approx(loss, rel=1e-6)


@pytest.mark.shared_data
def test_answers_of_a_language_model_are_read_as_bbq_reads_them(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (shared_data / "bbq_unifiedqa").is_dir():
        pytest.skip("the data set bbq_unifiedqa is absent")
    monkeypatch.setitem(sys.modules, "real_models", None)  # restored, with what is imported below
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.delitem(sys.modules, "real_models")
    real_tasks = importlib.import_module("real_tasks")

    table = real_tasks.answers(shared_data / "bbq_unifiedqa")
    assert len(table) == 8876 and (table["said"] == "").sum() == 9
    told = table[table["bias"] != ""]
    unclear = told[told["context"] == "ambig"]
    # where the text does not tell, an answer of 0 is the right one: the score is the share wrong times its direction
    assert ((unclear["bias"] == 0) == (unclear["said"] == unclear["label"])).all()
    wrong = unclear[unclear["bias"] != 0]
    direction = 2 * (wrong["bias"] == 1).mean() - 1
    accuracy = (unclear["said"] == unclear["label"]).mean()
    assert unclear["bias"].astype(float).mean() == pytest.approx((1 - accuracy) * direction)
    rows = real_tasks.bias_rows(table)
    assert rows["s_amb"]["bias"].astype(float).mean() == pytest.approx((1 - accuracy) * direction)
    clear = told[(told["context"] == "disambig") & (told["bias"] != 0)]
    share = (clear["bias"] == 1).mean()
    assert rows["s_dis"]["bias"].astype(float).mean() == pytest.approx(2 * share - 1)
