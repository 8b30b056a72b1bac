"""Hostile and degenerate input of the statistical parts: what was found by attacking them.

The commands run in this process: starting one for each would take most of the time.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlaudit.cli.app import run_cli
from dlaudit.errors import InputRefused
from dlaudit.record import SUPPRESSED
from dlaudit.record.files import parse

Command = Callable[..., tuple[int, str, str]]

FLAGS = ("run", "--scores", "d.csv", "--score", "p", "--target", "y", "--sensitive", "sex,race", "--no-config")
RULE = ("--rule", "selection_rate.difference by sex <= 0.1")


def rows(count: int = 400, *, errors: int | None = None, few: int = 0, ones: bool = False) -> str:
    """A predictions file: `errors` wrong predictions (else many), `few` rows of the level Few, some scores of 1."""
    draw = np.random.default_rng(3)
    label = draw.integers(0, 2, count)
    score = np.round(np.clip(0.3 * label + 0.7 * draw.random(count), 0, 1), 3)
    if errors is not None:
        score = np.where(label == 1, 0.9, 0.1)
        score[50 : 50 + errors] = 1 - score[50 : 50 + errors]
    if ones:
        score[::4] = 1.0
    race = draw.choice(["A", "B"], count).astype(object)
    race[:few] = "Few"
    sex = draw.choice(["F", "M"], count)
    lines = [
        f"{a},{b},{20 + at % 7},{y},{p}" for at, (a, b, y, p) in enumerate(zip(sex, race, label, score, strict=True))
    ]
    return "\n".join(["sex,race,age,y,p", *lines]) + "\n"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Exit code, standard output and standard error of a command in `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_cli([str(one) for one in arguments])
        return code, *capsys.readouterr()

    return run


def ran(command: Command, folder: Path, text: str, *more: object) -> Any:
    """The audit.json of a run into `folder/out`."""
    (folder / "d.csv").write_text(text, encoding="utf-8")
    code, _, err = command(*FLAGS, "--out", "out", "--exit-zero", *more)
    assert code == 0, err
    return json.loads((folder / "out" / "audit.json").read_text())


@pytest.fixture
def whole(command: Command, tmp_path: Path) -> dict[str, Any]:
    """An honest audit.json."""
    return ran(command, tmp_path, rows(), *RULE)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("model.threshold=nan", "threshold"),
        ("model.threshold=inf", "threshold"),
        ("run.seed=-1", "seed"),
        ("run.seed=4294967296", "seed"),
        ("metrics.interval=0.9999999999999999", "interval"),
        ('rule=[{metric="selection_rate.difference", by="sex", max=nan}]', "max"),
        ('rule=[{metric="selection_rate", max=inf}]', "max"),
        ('rule=[{metric="selection_rate", min=-1e308}]', "min"),
    ],
)
def test_a_number_that_nothing_can_be_done_with_is_refused(
    setting: str, says: str, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "d.csv").write_text(rows(40), encoding="utf-8")
    code, _, err = command(*FLAGS, "--set", setting)
    assert code == 2, err
    assert "DLA101" in err
    assert says in err


def test_a_run_with_threshold_1_can_be_read_back(command: Command, tmp_path: Path) -> None:
    ran(command, tmp_path, rows(ones=True), "--set", "model.threshold=1")
    code, _, err = command("gate", "out", *RULE)
    assert code in {0, 1, 4}, err


def test_a_column_named_twice_for_discovery_is_combined_once(command: Command, tmp_path: Path) -> None:
    audit = ran(command, tmp_path, rows(), "--set", 'discover.columns=["age","age"]')
    assert audit["discoveries"][0]["columns"] == ["age"]


@pytest.mark.parametrize("size", ["9" * 25, "9" * 5_000, "1" + "0" * 15])
def test_more_rows_than_can_be_added_exactly_are_no_size_to_plan_for(size: str, command: Command) -> None:
    code, _, err = command("plan", "--no-config", "--sizes", f"A={size},B=5", *RULE)
    assert code == 2, err
    assert "DLA101" in err


def test_a_plan_takes_no_more_levels_than_an_audit(command: Command) -> None:
    many = ",".join(f"level {at}=100" for at in range(51))
    code, _, err = command("plan", "--no-config", "--sizes", many, *RULE)
    assert code == 2, err
    assert "DLA408" in err


def test_a_gap_that_is_no_number_is_refused(command: Command) -> None:
    code, _, err = command("plan", "--no-config", "--sizes", "A=50,B=50", "--gap", "nan", *RULE)
    assert code == 2, err
    assert "--gap" in err


def _other_edges(audit: dict[str, Any]) -> None:
    audit["histograms"][1] |= {"edges": [0.0, 1.0], "positive": [1], "negative": [1]}


def _many_bins(audit: dict[str, Any]) -> None:
    bins = 20_000
    for one in audit["histograms"]:
        one |= {"edges": list(range(bins + 1)), "positive": [0] * bins, "negative": [0] * bins}


def _far_bound(audit: dict[str, Any]) -> None:
    audit["verdict"]["checks"][0]["fails_up_to"] = 1e308


def _far_limit(audit: dict[str, Any]) -> None:
    audit["verdict"]["checks"][0]["limit"] = -1e308


def _hidden(**changes: object) -> Callable[[dict[str, Any]], None]:
    one = {"id": "sex=X", "by": ["sex"], "where": {"sex": "X"}, "kind": "group", "unknown": False} | changes

    def forge(audit: dict[str, Any]) -> None:
        audit["suppression"] = {"least": 11, "slices": [one], "unnamed": []}

    return forge


def _no_least(audit: dict[str, Any]) -> None:
    audit["suppression"] = {"least": -5, "slices": [], "unnamed": []}


@pytest.mark.parametrize(
    ("forge", "says"),
    [
        (_other_edges, "different edges"),
        (_many_bins, "more than 10,000 edges"),
        (_far_bound, "beyond"),
        (_far_limit, "beyond"),
        (_hidden(where={}), "other features than it has levels of"),
        (_hidden(id="sex=F", where={"sex": "F"}), "both shown and hidden"),
        (_no_least, "hides counts below such a number"),
    ],
)
def test_a_forged_audit_is_refused_before_anything_is_drawn(
    forge: Callable[[dict[str, Any]], None], says: str, whole: dict[str, Any]
) -> None:
    assert parse(json.dumps(whole))
    forged = copy.deepcopy(whole)
    forge(forged)
    with pytest.raises(InputRefused, match=says) as fault:
        parse(json.dumps(forged))
    assert fault.value.code == "DLA610"


CLOSED = ("--set", "report.small_cells=11")


def test_the_number_of_few_errors_cannot_be_worked_out_from_the_search(command: Command, tmp_path: Path) -> None:
    told = [
        [one["smallest_findable"] for one in ran(command, tmp_path, rows(errors=few), *more)["discoveries"]]
        for few in (3, 4)
        for more in (CLOSED, ())
    ]
    assert told[0] == told[2] == [None, None]
    assert told[1] != told[3], "with all figures shown it would tell them apart"


def test_small_sizes_of_the_configuration_do_not_tell_the_size_of_a_hidden_slice(
    command: Command, tmp_path: Path
) -> None:
    small = ("--set", "slices.min_size=2", "--set", "discover.min_rows=2")
    for few in (1, 2, 3):
        audit = ran(command, tmp_path, rows(few=few), *CLOSED, *small)
        assert "DLA401" not in {one["code"] for one in audit["findings"]}
        assert audit["discoveries"] == []
    audit = ran(command, tmp_path, rows(few=1), *small)
    assert "DLA401" in {one["code"] for one in audit["findings"]}, "with all figures shown it is told"


def test_a_plan_from_a_run_whose_figures_are_hidden_says_so(command: Command, tmp_path: Path) -> None:
    audit = ran(command, tmp_path, rows(few=4), *CLOSED)
    assert any((one["undefined"] or "").startswith(SUPPRESSED) for one in audit["measurements"])
    rule = ("--rule", "selection_rate.difference by race <= 0.1")
    code, out, err = command("plan", "out", "--no-config", "--format", "json", *rule)
    assert code == 0, err
    assert json.loads(out)["checks"] == []
    assert "not shown in this audit" in json.loads(out)["not_applicable"][0]["reason"]
