"""Verification from end to end: rates by slice, the equal error rate, the gate, and real speakers."""

import importlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlaudit
from dlaudit.cli.app import run_cli
from dlaudit.outputs.text import count, percent
from dlaudit.outputs.view.crossed import crossed
from dlaudit.record import Audit
from tests.conftest import ROOT, Done


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Embeddings of 60 people, of whom those of level B lie closer together."""
    folder = tmp_path_factory.mktemp("faces")
    rng = np.random.default_rng(7)
    level = np.array(["A", "B"] * 30)
    centre = rng.normal(size=(60, 12))
    centre[level == "B"] += 0.9
    vectors = np.concatenate([centre, centre]) + 0.5 * rng.normal(size=(120, 12))
    np.save(folder / "vectors.npy", vectors)
    who = [f"p{at}" for at in range(60)]
    pd.DataFrame({"who": who * 2, "race": [*level, *level], "sex": (["F"] * 20 + ["M"] * 40) * 2}).to_csv(
        folder / "samples.csv", index=False
    )
    (folder / "dlaudit.toml").write_text(
        'schema = 1\n[data]\npath = "samples.csv"\n[pairs]\nidentity = "who"\nembeddings = "vectors.npy"\n'
        'target_fmr = 0.01\n[slices]\nsensitive = ["race", "sex"]\n[metrics]\n'
        'report = ["false_positive_rate", "false_negative_rate"]\n'
        '[[rule]]\nmetric = "false_positive_rate.difference"\nby = "race"\nmax = 0.001\n'
    )
    return folder


@pytest.fixture(scope="module")
def run(faces: Path, dlaudit_command: Callable[..., Done]) -> tuple[Done, dict[str, Any]]:
    done = dlaudit_command("run", "--out", "report", cwd=faces)
    assert done.code in {0, 1, 4}, done.err
    return done, json.loads((faces / "report" / "audit.json").read_text())


def rate(audit: dict[str, Any], slice_id: str, metric: str = "false_positive_rate") -> dict[str, Any]:
    return next(one for one in audit["measurements"] if (one["metric"], one["slice"]) == (metric, slice_id))


def test_rates_are_those_of_the_matrix_of_cosines(faces: Path, run: tuple[Done, dict[str, Any]]) -> None:
    audit, vectors = run[1], np.load(faces / "vectors.npy")
    table = pd.read_csv(faces / "samples.csv")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    first, second = np.triu_indices(120, 1)
    match = (vectors @ vectors.T)[first, second] >= audit["model"]["threshold"]
    race, other = table["race"].to_numpy(), first % 60 != second % 60
    for level in "AB":
        inside = (race[first] == level) & (race[second] == level) & other
        found = rate(audit, f"race={level}")
        assert (found["numerator"], found["denominator"]) == (int(match[inside].sum()), int(inside.sum()))
    across = (race[first] != race[second]) & other
    assert rate(audit, "race=A with B")["numerator"] == int(match[across].sum())


def test_pairs_of_two_levels_are_shown_and_compared_with_none(run: tuple[Done, dict[str, Any]]) -> None:
    audit = run[1]
    apart = {one["id"] for one in audit["slices"] if one["apart"]}
    assert {"race=A with B", "sex=F with M", "race=A with B & sex=F"} <= apart
    gaps = [one for one in audit["disparities"] if one["by"] == ["race"] and one["metric"] == "false_positive_rate"]
    assert {(one["worst"], one["reference"]) for one in gaps} == {("race=B", "race=A")}
    assert rate(audit, "race=A with B", "false_negative_rate")["undefined"] == "no positives in this slice"


def test_the_gate_decides_by_people_and_not_by_pairs(run: tuple[Done, dict[str, Any]]) -> None:
    """435 pairs of people tell less than 435 people would; the gate judges by the interval that knows it."""
    audit = run[1]
    found = rate(audit, "race=B")
    assert (found["method"], found["freedom"]) == ("wilson_clustered", 29)
    half = (found["high"] - found["low"]) / 2
    alone = 1.96 * np.sqrt(found["value"] * (1 - found["value"]) / found["denominator"])
    assert half > 1.5 * alone
    check = audit["verdict"]["checks"][0]
    assert check["judge"] == "interval"
    assert check["outcome"] in {"fail", "undecided"}


def test_the_report_speaks_of_pairs(faces: Path, run: tuple[Done, dict[str, Any]]) -> None:
    html = (faces / "report" / "report.html").read_text()
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "7 140 pairs of 60 people" in told
    assert "pairs with race = B that are of two people match" in told.replace("\N{NO-BREAK SPACE}", " ")
    assert "60 of one person, 7 080 of two people" in told
    assert "fewer than 30 people: no pass speaks about it" in told
    assert "people with race" not in told.replace("\N{NO-BREAK SPACE}", " ")
    assert "pairs that share a person are not independent" in told
    check = run[1]["verdict"]["checks"][0]
    assert check["rows_needed"] is None  # pairs grow as the square of people
    assert check["outcome"] != "undecided" or "More people of" in check["reason"]


def test_levels_stand_against_levels_in_a_table(faces: Path, run: tuple[Done, dict[str, Any]]) -> None:
    audit = Audit.model_validate({key: held for key, held in run[1].items() if key != "verdict"})
    heat = next(heat for one in crossed(audit) for heat in one.tables if heat.one == "race")
    assert (heat.columns, [row.name for row in heat.rows]) == (["A", "B"], ["A", "B"])
    cells = [[cell.value for cell in row.cells] for row in heat.rows]
    shown = {one: percent(rate(run[1], f"race={one}")["value"]) for one in ("A", "B", "A with B")}
    assert cells == [[shown["A"], shown["A with B"]], [shown["A with B"], shown["B"]]]
    assert heat.rows[0].cells[0].size == count(rate(run[1], "race=A")["denominator"])
    assert "False match rate" in (faces / "report" / "report.html").read_text()
    assert crossed(audit.model_copy(update={"data": audit.data.model_copy(update={"pairs": None})})) == []


def test_slices_are_small_by_their_people(run: tuple[Done, dict[str, Any]]) -> None:
    """Twenty people of sex F make 780 pairs."""
    small = {one["id"]: one["small"] for one in run[1]["slices"]}
    assert small["sex=F"] and not small["sex=M"] and not small["race=A"]


def test_a_threshold_chosen_on_the_same_pairs_is_said_so(run: tuple[Done, dict[str, Any]]) -> None:
    audit = run[1]
    told = next(one for one in audit["findings"] if one["code"] == "DLA362")
    assert "chosen on these same pairs" in told["message"]
    pairs = audit["data"]["pairs"]
    assert (pairs["samples"], pairs["identities"], pairs["mated"], pairs["nonmated"]) == (120, 60, 60, 7080)
    assert pairs["threshold_low"] < audit["model"]["threshold"] < pairs["threshold_high"]
    assert any(one["what"] == "slice discovery" and "pairs" in one["reason"] for one in audit["not_applicable"])


def test_fewer_pairs_are_a_sample_that_is_told(faces: Path) -> None:
    audit = dlaudit.audit(
        data=str(faces / "samples.csv"),
        sensitive=["race"],
        settings={
            "pairs.identity": "who", "pairs.embeddings": str(faces / "vectors.npy"), "pairs.max_pairs": 2000,
            "model.threshold": 0.8, "metrics.report": ["false_positive_rate"],
        },
    )  # fmt: skip
    assert audit.data.pairs is not None and audit.data.pairs.kept == pytest.approx((2000 - 60) / 7080)
    assert [one.code for one in audit.findings if one.code in {"DLA362", "DLA363"}] == ["DLA363"]


def value(audit: Audit, metric: str, slice_id: str) -> float | None:
    return next(one.value for one in audit.measurements if (one.metric, one.slice) == (metric, slice_id))


@pytest.mark.shared_data
def test_speakers_have_the_published_rates(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (shared_data / "librispeech_sex").is_dir():
        pytest.skip("the data set librispeech_sex is absent")
    monkeypatch.setitem(sys.modules, "real_models", None)  # restored, with what is imported below
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.delitem(sys.modules, "real_models")
    real_pairs = importlib.import_module("real_pairs")

    real_pairs.write_speakers(shared_data, tmp_path)
    audit = dlaudit.audit(
        data=str(tmp_path / "pairs.csv"),
        sensitive=["sex"],
        settings={
            "pairs.a": "first", "pairs.b": "second", "pairs.samples": str(tmp_path / "samples.csv"),
            "pairs.sample": "sample", "pairs.identity": "speaker", "pairs.target_fmr": 0.01,
            "pairs.embeddings": str(tmp_path / "vectors.npy"),
            "metrics.report": ["false_positive_rate", "false_negative_rate"],
        },
    )  # fmt: skip
    assert audit.model.threshold == pytest.approx(0.713, abs=5e-4)
    assert value(audit, "false_positive_rate", "sex=F") == pytest.approx(0.0241, abs=5e-5)
    assert value(audit, "false_positive_rate", "sex=M") == pytest.approx(0.0156, abs=5e-5)
    assert value(audit, "false_negative_rate", "sex=F") == pytest.approx(0.008, abs=5e-4)
    assert value(audit, "false_negative_rate", "sex=M") == pytest.approx(0.024, abs=5e-4)


def test_check_counts_the_pairs_and_says_what_cannot_be_planned(
    faces: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(faces)
    assert run_cli(["check"]) == 0
    told = capsys.readouterr().out
    assert "Not applicable: false_positive_rate.difference" in told and "pairs of one person go together" in told
    assert "which slices are too small" not in told
    assert [line.split()[-2:] for line in told.splitlines() if "race=A  " in line] == [["1,770", "30"]]
