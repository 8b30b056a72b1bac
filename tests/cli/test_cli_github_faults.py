"""Under `--format github` what ends a run stands at its line in the pull request, and nothing in it is obeyed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Done

Command = Callable[..., Done]
RULE = '[[rule]]\nmetric = "selection_rate.difference"\nby = "sex"\nmax = {limit}\n'
HEAD = 'scores = ["p"]\n[data]\npath = "d.csv"\ntarget = "y"\n[slices]\nsensitive = ["sex"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder below the root of a repository."""
    (tmp_path / ".git").mkdir()
    here = tmp_path / "audits"
    here.mkdir()
    (here / "d.csv").write_text("sex,y,p\n" + "F,1,0.9\nM,0,0.2\nF,0,0.7\nM,1,0.4\n" * 20)
    return here


def annotations(done: Done) -> list[str]:
    return [line for line in done.out.splitlines() if line.startswith("::")]


@pytest.mark.parametrize("flag", [("--format", "github"), ("--format=github",), ("-f", "github"), ("-fgithub",)])
def test_a_missing_baseline_is_an_error_of_the_pull_request(
    flag: tuple[str, ...], project: Path, dlaudit_command: Command
) -> None:
    (project / "dlaudit.toml").write_text(HEAD + '[baseline]\npath = "dlaudit-baseline.json"\n')
    done = dlaudit_command("run", *flag, cwd=project)
    (told,) = annotations(done)
    assert done.code == 2 and "DLA111" in done.err
    assert told.startswith("::error file=audits/dlaudit-baseline.json,line=1,title=dlaudit%3A DLA111::there is no ")


def test_every_mistake_of_a_policy_stands_at_its_line_ten_at_most(project: Path, dlaudit_command: Command) -> None:
    (project / "dlaudit.toml").write_text(HEAD + RULE.format(limit=80) + RULE.format(limit='"x"'))
    done = dlaudit_command("run", "--format", "github", cwd=project)
    assert done.code == 2
    assert [one.partition(",title")[0] for one in annotations(done)] == [
        "::error file=audits/dlaudit.toml,line=10",
        "::error file=audits/dlaudit.toml,line=14",
    ]
    (project / "dlaudit.toml").write_text(HEAD + RULE.format(limit=80) * 12)
    done = dlaudit_command("run", "--format", "github", cwd=project)
    assert len(annotations(done)) == 10 and "2 more faults have no annotation" in done.out


def test_a_row_that_is_refused_is_told_at_its_line_and_in_the_step_s_summary(
    project: Path, dlaudit_command: Command
) -> None:
    (project / "dlaudit.toml").write_text(HEAD)
    with (project / "d.csv").open("a") as file:
        file.write("F,1\n")
    page = project / "page"
    page.write_text("before\n")
    env = {"GITHUB_STEP_SUMMARY": str(page)}
    done = dlaudit_command("run", "--format", "github", cwd=project, env=env)
    assert done.code == 3
    assert annotations(done)[0].startswith("::error file=audits/d.csv,line=82,title=dlaudit%3A DLA304::")
    told = page.read_text(encoding="utf-8")
    assert told.startswith("before\n\n### ") and "exit code 3" in told and "- DLA304 d.csv, line 82" in told


def test_a_summary_that_cannot_be_written_is_said_and_changes_nothing(project: Path, dlaudit_command: Command) -> None:
    done = dlaudit_command(
        "run", "--data", "no.csv", "-f", "github", cwd=project, env={"GITHUB_STEP_SUMMARY": str(project)}
    )
    assert done.code == 2 and "the step's summary could not be written" in done.err


def test_text_of_a_fault_is_no_command_of_the_runner(project: Path, dlaudit_command: Command) -> None:
    name = "a\n::error::b,title=c%0A::set-output name=x::y##[error].csv"
    page = project / "page"
    done = dlaudit_command("run", "--scores", name, "-f", "github", cwd=project, env={"GITHUB_STEP_SUMMARY": str(page)})
    (told,) = annotations(done)
    assert done.code == 2 and "##[" not in done.out and told.count("::") == 2
    assert not any(line.startswith("::") for line in page.read_text(encoding="utf-8").splitlines())


def test_a_wrong_flag_is_told_too_and_without_the_format_nothing_is_on_standard_output(
    project: Path, dlaudit_command: Command
) -> None:
    done = dlaudit_command("run", "--dta", "x", "--format", "github", cwd=project)
    assert done.code == 2 and len(annotations(done)) == 1
    assert dlaudit_command("run", "--dta", "x", cwd=project).out == ""
