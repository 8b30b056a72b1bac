"""`dlaudit check`: model, data, slices, cost and rules, without a run."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dlaudit.cli.check_text import _cost
from dlaudit.record.checked import CheckedCost
from tests.conftest import Done

Command = Callable[..., Done]
ROWS = "id,sex,y,p\n" + "".join(
    f"{at},{'FM'[at % 2]},{at % 3 > 0:d},{0.1 + 0.8 * (at % 3 > 0):.1f}\n" for at in range(120)
)
SCORES = ("check", "--scores", "d.csv", "--score", "p", "--target", "y")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    (tmp_path / "d.csv").write_text(ROWS)
    return tmp_path


def test_given_scores_are_counted_by_slice_and_label_and_nothing_is_written(
    rows: Path, dlaudit_command: Command
) -> None:
    done = dlaudit_command(*SCORES, "--sensitive", "sex", "-f", "json", cwd=rows)
    assert done.code == 0, done.err
    slices = {one["slice"]: (one["rows"], one["positives"]) for one in done.json["slices"]}
    assert slices == {"overall": (120, 80), "sex=F": (60, 40), "sex=M": (60, 40)}
    assert done.json["model"] is None
    assert done.json["cost"] is None
    assert done.json["plan"] is None
    assert [one["what"] for one in done.json["guesses"]] == ["data.id"]
    assert [one.name for one in rows.iterdir()] == ["d.csv"]


def test_what_rules_can_decide_is_told_before_the_run(rows: Path, dlaudit_command: Command) -> None:
    rule = "selection_rate.difference by sex <= 0.1"
    done = dlaudit_command(*SCORES, "--sensitive", "sex", "--rule", rule, cwd=rows)
    assert done.code == 0, done.err
    assert "What the rules can decide" in done.out
    assert "all slices alike: passes" in done.out
    assert "dlaudit plan" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_model_is_loaded_run_on_its_first_rows_and_timed(lending: Path, dlaudit_command: Command) -> None:
    written = (lending / "dlaudit.toml").read_text(encoding="utf-8")
    bare = lending / "without-rules.toml"
    bare.write_text(re.sub(r"(?s)\n\[\[(?:rule|waiver)\]\].*?(?=\n\[|\Z)", "", written), encoding="utf-8")
    done = dlaudit_command("check", "-f", "json", "--config", bare.name, cwd=lending)
    assert done.code == 0, done.err
    found = done.json
    assert found["model"]["format"] == "pt2"
    assert found["cost"]["rows"] == 64
    assert found["cost"]["pass_seconds"] > 0
    assert (found["task"], found["output"], found["threshold"]) == ("binary", "probability", 0.8)
    assert {"race=White", "sex=female"} <= {one["slice"] for one in found["slices"]}
    assert not (lending / "dlaudit-report").exists()
    text = dlaudit_command("check", "--config", bare.name, cwd=lending)
    assert "race=White" in text.out
    assert "Rules: none" in text.out
    assert max(map(len, text.out.splitlines())) <= 80


def test_a_guess_is_refused_in_ci_with_the_lines_that_pin_it(rows: Path, dlaudit_command: Command) -> None:
    done = dlaudit_command(*SCORES, cwd=rows, env={"CI": "true"})
    assert done.code == 2
    assert "DLA109" in done.err
    assert 'sensitive = ["sex"]' in done.err


@pytest.mark.parametrize(
    ("content", "arguments", "code", "says"),
    [
        (ROWS, ("--sensitive", "race"), 3, "race"),
        (ROWS + "7,F,1\n", ("--sensitive", "sex"), 3, "DLA304"),
        (ROWS, ("--sensitive", "sex", "--rule", "selection_rat.difference by sex <= 0.1"), 2, "selection_rate"),
        (ROWS.replace(",1,", ",,", 1), ("--sensitive", "sex"), 3, "DLA311"),
    ],
)
def test_the_fault_that_a_run_would_stop_at_is_told(
    content: str, arguments: tuple[str, ...], code: int, says: str, tmp_path: Path, dlaudit_command: Command
) -> None:
    (tmp_path / "d.csv").write_text(content)
    done = dlaudit_command(*SCORES, *arguments, cwd=tmp_path)
    assert done.code == code, done.err
    assert says in done.err
    run = dlaudit_command("run", *SCORES[1:], *arguments, "--quiet", cwd=tmp_path)
    assert (run.code, says in run.err) == (code, True)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0123, "0.012 s"), (3.2, "3.2 s"), (98.0, "98 s"), (119.0, "119 s"), (130.0, "2.2 minutes"), (9e3, "2.5 hours")],
)
def test_a_cost_is_told_in_two_figures(seconds: float, told: str) -> None:
    cost = CheckedCost(rows=64, read_seconds=0.5, score_seconds=0.5, pass_seconds=seconds)
    assert f"about {told} for one pass" in _cost(cost, "auto")


def test_names_with_control_characters_do_nothing_to_a_terminal(tmp_path: Path, dlaudit_command: Command) -> None:
    (tmp_path / "d.csv").write_text(ROWS.replace("F,", "\x1b[2JF\u202e,"))
    done = dlaudit_command(*SCORES, "--sensitive", "sex", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert json.loads(dlaudit_command(*SCORES, "--sensitive", "sex", "-f", "json", cwd=tmp_path).out)
