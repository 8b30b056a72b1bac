"""`dlaudit check` reads the baseline first, and says what its rules can decide."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Done

Command = Callable[..., Done]
CONFIG = """\
schema = 1
scores = ["p"]
[data]
path = "d.csv"
target = "y"
id = "id"
[slices]
sensitive = ["sex"]
[discover]
enabled = false
[baseline]
path = "dlaudit-baseline.json"
"""


def table(rows: int) -> str:
    """Two women in three rows, a quarter of them with the label 0."""
    lines = [f"{at},{'FFM'[at % 3]},{at % 4 > 0:d},{0.1 + 0.8 * (at % 5 > 0):.1f}" for at in range(rows)]
    return "\n".join(["id,sex,y,p", *lines, ""])


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory, dlaudit_command: Command) -> Path:
    """A folder with data, dlaudit.toml and a baseline."""
    here = tmp_path_factory.mktemp("accepted")
    (here / "d.csv").write_text(table(600))
    (here / "dlaudit.toml").write_text(CONFIG)
    made = dlaudit_command("run", "--quiet", "--baseline", "none", "--out", "first", cwd=here)
    assert made.code == 0, made.err
    made = dlaudit_command("baseline", "accept", "first", "--reason", "release 1.4", cwd=here)
    assert made.code == 0, made.err
    return here


@pytest.fixture
def project(accepted: Path, tmp_path: Path) -> Path:
    """A copy of its own."""
    for name in ("d.csv", "dlaudit.toml", "dlaudit-baseline.json"):
        (tmp_path / name).write_bytes((accepted / name).read_bytes())
    return tmp_path


def test_the_rules_that_a_baseline_brings_are_told_slice_by_slice(project: Path, dlaudit_command: Command) -> None:
    found = dlaudit_command("check", "-f", "json", cwd=project).json["baseline"]
    assert found["accepted"]["reason"] == "release 1.4"
    assert (found["misfits"], found["rows"], found["data_rows"]) == ([], 600, 600)
    rules = {one["metric"]: one for one in found["rules"]}
    assert set(rules) == {"true_positive_rate", "false_positive_rate"}
    for rule in rules.values():
        assert (rule["max_drop"], rule["brought"], rule["counted_to_pass"]) == (0.02, True, 150)
    told = {one["slice"]: (one["counted"], one["can_pass"]) for one in rules["true_positive_rate"]["slices"]}
    assert told == {"sex=F": (300, True), "sex=M": (150, True)}
    told = {one["slice"]: (one["counted"], one["can_pass"]) for one in rules["false_positive_rate"]["slices"]}
    assert told == {"sex=F": (100, False), "sex=M": (50, False)}
    (planned,) = rules["true_positive_rate"]["planned"]
    assert (planned["by"], planned["brought"], planned["drop"]) == (["sex"], True, 0.04)
    assert [one["churn"] for one in planned["odds"]] == [0.01, 0.05]
    assert 1 > planned["odds"][0]["same"]["passes"] > planned["odds"][1]["same"]["passes"] > 0
    assert all(one["rows_to_fail"] > 600 for one in planned["slices"][0]["at"])


def test_the_text_says_when_it_was_accepted_and_why_in_80_columns(project: Path, dlaudit_command: Command) -> None:
    done = dlaudit_command("check", cwd=project)
    told = " ".join(done.out.split())
    assert done.code == 0, done.err
    assert "Baseline: dlaudit-baseline.json, accepted 20" in told and "'release 1.4'" in told
    assert "as many rows as the data has (600)" in told
    assert "no-worse: true_positive_rate" in told and "a pass takes 150 rows" in told
    assert "judges nothing" not in told
    assert "If 1 % of the decisions flip at random, it passes" in told and "where one slice is 4 points worse" in told
    assert "To decide four times in five, sex=" in told
    assert max(map(len, done.out.splitlines())) <= 80


def test_rows_that_a_run_would_not_pair_are_said_beforehand(project: Path, dlaudit_command: Command) -> None:
    (project / "d.csv").write_text(table(590))
    told = " ".join(dlaudit_command("check", cwd=project).out.split())
    assert "cannot be compared row by row: it scored 600 rows, and the data has 590" in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('rules = "none"\n', 'rules = "none" takes them away'),
        (
            "".join(
                f'[[rule]]\nmetric = "{name}"\nby = "sex"\nmax_drop = 0.1\n'
                for name in ("true_positive_rate", "false_positive_rate")
            ),
            "stand in their place",
        ),
    ],
)
def test_why_a_baseline_brings_no_rule_is_said(change: str, says: str, project: Path, dlaudit_command: Command) -> None:
    (project / "dlaudit.toml").write_text(CONFIG + change)
    done = dlaudit_command("check", cwd=project)
    assert done.code == 0, done.err
    assert says in " ".join(done.out.split())


def test_a_rule_of_the_policy_on_a_drop_is_told_with_its_rows_beside_what_the_baseline_brings(
    project: Path, dlaudit_command: Command
) -> None:
    rule = '[[rule]]\nmetric = "true_positive_rate"\nby = "sex"\nmax_drop = 0.1\n'
    (project / "dlaudit.toml").write_text(CONFIG + rule)
    found = dlaudit_command("check", "-f", "json", cwd=project).json
    told = [(one["metric"], one["brought"], one["max_drop"]) for one in found["baseline"]["rules"]]
    assert told == [("true_positive_rate", False, 0.1), ("false_positive_rate", True, 0.02)]
    assert found["plan"] is None


@pytest.mark.parametrize(("content", "code"), [(None, 2), ('{"baseline_version": 99}', 3)])
def test_a_baseline_that_a_run_stops_at_stops_the_check(
    content: str | None, code: int, project: Path, dlaudit_command: Command
) -> None:
    file = project / "dlaudit-baseline.json"
    file.unlink() if content is None else file.write_text(content)
    checked = dlaudit_command("check", cwd=project)
    run = dlaudit_command("run", "--quiet", "--out", "out", cwd=project)
    assert (checked.code, run.code) == (code, code)
    assert checked.err == run.err


def test_plan_takes_the_rules_that_the_baseline_brings(project: Path, dlaudit_command: Command) -> None:
    done = dlaudit_command("plan", "--data", "d.csv", "--churn", "2%", "--churn", "0.1", cwd=project)
    assert done.code == 0, done.err
    assert "no-worse: false_positive_rate (by sex, from the baseline)" in done.out
    assert "2 % flip, nothing worse" in done.out and "10 % flip, one slice worse" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    refused = dlaudit_command("plan", "--data", "d.csv", "--churn", "200%", cwd=project)
    assert refused.code == 2 and "DLA101" in refused.err and "is no share of decisions" in refused.err
