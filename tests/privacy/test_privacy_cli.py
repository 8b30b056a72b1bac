"""From a CSV to published files on the real command line, with report.small_cells."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from privacy_attacker import Attacker

from dlaudit.record import slice_id

SMALL = ("--set", "report.small_cells=11")
RULES = ("--rule", "selection_rate.difference by race <= 0.6", "--rule", "selection_rate.difference by sex <= 0.9")
METRICS = ("--set", 'metrics.report=["selection_rate","prevalence","true_positive_rate","false_positive_rate"]')


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    race = np.repeat(["White", "Black", "Asian", "Other"], [420, 260, 40, 7])
    frame = pd.DataFrame({"race": race, "sex": rng.choice(["f", "m"], len(race))})
    frame["y"] = rng.integers(0, 2, len(race))
    frame["p"] = (0.6 * frame["y"] * rng.random(len(race)) + 0.4 * rng.random(len(race))).round(4)
    return frame


@pytest.fixture(scope="module")
def folder(people: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("small-cells")
    people.to_csv(place / "preds.csv", index=False)
    return place


@pytest.fixture(scope="module")
def run(dlaudit_command: Callable, folder: Path) -> Callable:
    def audit(out: str, *more: str):
        given = ("--scores", "preds.csv", "--score", "p", "--target", "y", "--sensitive", "race,sex", "--no-config")
        settings = ("--set", "model.threshold=0.4", *METRICS, *RULES, "--no-color")
        return dlaudit_command("run", *given, *settings, "--out", out, *more, cwd=folder)

    return audit


@pytest.fixture(scope="module")
def published(run: Callable, folder: Path):
    done = run("published", *SMALL)
    assert done.code in {0, 1, 4}, done.err
    return done, folder / "published"


def truth(people: pd.DataFrame) -> dict[str, np.ndarray]:
    selected, positive = people["p"] >= 0.4, people["y"] == 1
    cells = np.array([selected & positive, selected & ~positive, ~selected & positive, ~selected & ~positive])
    found = {slice_id({}): cells.sum(axis=1)}
    for by in (["race"], ["sex"], ["race", "sex"]):
        for levels, rows in people.groupby(by):
            found[slice_id(dict(zip(by, levels, strict=True)))] = cells[:, rows.index].sum(axis=1)
    return found


def test_what_is_written_tells_no_small_count(published, people: pd.DataFrame) -> None:
    _, out = published
    text = (out / "audit.json").read_text(encoding="utf-8")
    assert Attacker(text).exposed(truth(people), 11) == []
    hidden = {one["id"] for one in json.loads(text)["suppression"]["slices"]}
    assert {"race=Other", "race=Asian"} <= hidden


def test_nothing_that_is_printed_or_written_counts_the_small_slice(published, people: pd.DataFrame) -> None:
    done, out = published
    size = (people["race"] == "Other").sum()
    texts = [done.out, done.err, *(path.read_text(encoding="utf-8") for path in out.iterdir())]
    assert len(texts) >= 7
    for text in texts:
        assert not re.search(rf'(?<!\d){size} (row|people)|"n": {size},', text)


def test_rows_of_people_are_not_written_beside_it_unless_they_are_asked_for(published, run, folder: Path) -> None:
    _, out = published
    assert not (out / "predictions.parquet").exists()
    told = json.loads((out / "audit.json").read_text(encoding="utf-8"))["not_applicable"]
    assert "predictions.parquet and attributions.parquet" in {one["what"] for one in told}
    run("kept", *SMALL, "--set", "run.rows=true")
    assert (folder / "kept" / "predictions.parquet").exists()


def test_the_verdict_is_the_one_that_all_figures_give(published, run) -> None:
    done, _ = published
    assert run("full").code == done.code


def test_judging_it_again_leaves_rules_over_hidden_slices_undecided_and_says_so(published, dlaudit_command) -> None:
    _, out = published
    rule = "selection_rate.difference by race <= 0.99"
    done = dlaudit_command("gate", out, "--rule", rule, "--no-color", cwd=out.parent)
    assert done.code == 4
    assert "tells no count of fewer than 11 people" in done.err
    assert dlaudit_command("gate", out, "--rule", "selection_rate.difference by sex <= 0.9", cwd=out.parent).code == 0


def test_its_report_is_written_again_and_says_the_same(published, dlaudit_command, tmp_path: Path) -> None:
    _, out = published
    done = dlaudit_command("report", out, "--out", tmp_path / "again", cwd=tmp_path)
    assert done.code == 0
    for name in ("report.html", "summary.md", "audit.json"):
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes()


def test_a_run_with_all_figures_is_published_elsewhere_and_never_overwritten(
    run, dlaudit_command, folder: Path
) -> None:
    run("whole")
    place = folder / "configured"
    place.mkdir()
    (place / "dlaudit.toml").write_text("[report]\nsmall_cells = 11\n", encoding="utf-8")
    refused = dlaudit_command("report", folder / "whole", cwd=place)
    assert refused.code == 2
    assert "--out" in refused.err
    done = dlaudit_command("report", folder / "whole", "--out", place / "public", cwd=place)
    assert done.code == 0, done.err
    assert json.loads((place / "public" / "audit.json").read_text(encoding="utf-8"))["suppression"]["least"] == 11
    assert json.loads((folder / "whole" / "audit.json").read_text(encoding="utf-8"))["suppression"] is None


def test_judging_a_run_with_all_figures_prints_none_that_the_configuration_hides(run, dlaudit_command, folder) -> None:
    run("judged")
    place = folder / "policy"
    place.mkdir()
    rule = '[[rule]]\nmetric = "selection_rate.difference"\nby = "race"\nmax = 0.01\n'
    (place / "dlaudit.toml").write_text(f"[report]\nsmall_cells = 11\n{rule}", encoding="utf-8")
    bare = dlaudit_command("gate", folder / "judged", "--config", "dlaudit.toml", "-f", "json", cwd=place)
    assert bare.json["suppression"]["least"] == 11
    (check,) = bare.json["verdict"]["checks"]
    assert (check["observed"], check["outcome"]) == (None, bare.json["verdict"]["outcome"])


def test_an_audit_made_in_python_keeps_its_figures_and_hides_them_in_its_report(people: pd.DataFrame, tmp_path) -> None:
    import dlaudit

    settings = {"report.small_cells": 11, "model.threshold": 0.4}
    audit = dlaudit.audit(data=people, scores="p", target="y", sensitive=["race", "sex"], settings=settings)
    assert audit.slice_named("race=Other").n == 7
    page = audit.to_html(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "fewer than 11" in page
    assert audit.suppression is None
    assert audit.without_small_cells(11).suppression.least == 11
