"""The machine-readable files of a run, from the command line: rules' lines, the step's summary, the list of outputs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import Done

TOML = """schema = 1
scores = ["p"]
[data]
path = "d.csv"
target = "y"
[slices]
sensitive = ["sex"]
[run]
rows = false

[[rule]]
metric = "selection_rate.ratio"
min = 0.8
"""
LINE = TOML[: TOML.index("[[rule]]")].count("\n") + 1


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a configuration in a folder of it."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "fair ness"
    folder.mkdir()
    rows = ["F,1,0.9", "F,0,0.2", "M,1,0.1", "M,0,0.3"]
    (folder / "d.csv").write_text("sex,y,p\n" + "\n".join(rows * 60) + "\n")
    (folder / "dlaudit.toml").write_text(TOML)
    return tmp_path


@pytest.mark.parametrize("inside", [True, False])
def test_a_result_names_the_rule_s_line_by_a_path_from_the_root_of_the_repository(
    dlaudit_command: Callable[..., Done], project: Path, inside: bool
) -> None:
    here = project / "fair ness" if inside else project
    config = [] if inside else ["--config", "fair ness/dlaudit.toml"]
    out = project / "out"
    done = dlaudit_command("run", *config, "--out", out, cwd=here)
    assert done.code == 1, done.err
    (result,) = json.loads((out / "audit.sarif").read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "fair%20ness/dlaudit.toml"
    assert place["region"]["startLine"] == LINE
    (entry,) = json.loads((out / "gl-code-quality.json").read_text())
    assert entry["location"] == {"path": "fair ness/dlaudit.toml", "lines": {"begin": LINE}}
    failure = ElementTree.parse(out / "junit.xml").find(".//failure")
    assert failure is not None and str(failure.text).startswith(f"fair ness/dlaudit.toml:{LINE}: ")


def test_format_github_prints_annotations_and_adds_the_step_s_summary(
    dlaudit_command: Callable[..., Done], project: Path
) -> None:
    page = project / "page"
    page.write_text("before\n")
    env = {"GITHUB_STEP_SUMMARY": str(page)}
    here = project / "fair ness"
    done = dlaudit_command("run", "--format", "github", "--out", project / "out", cwd=here, env=env)
    assert done.code == 1, done.err
    commands = [line for line in done.out.splitlines() if line.startswith("::")]
    assert len(commands) == 1 and commands[0].startswith(f"::error file=fair ness/dlaudit.toml,line={LINE},title=")
    assert re.match(r"before\n\n### . Outside tolerance", page.read_text(encoding="utf-8"))
    told = page.read_text(encoding="utf-8")
    again = dlaudit_command("gate", project / "out", "--format", "github", cwd=here, env=env)
    assert again.code == 1 and page.read_text(encoding="utf-8").count("### ") == told.count("### ") + 1


def test_a_step_s_summary_that_cannot_be_written_is_said_and_changes_nothing(
    dlaudit_command: Callable[..., Done], project: Path
) -> None:
    env = {"GITHUB_STEP_SUMMARY": str(project)}
    here = project / "fair ness"
    done = dlaudit_command("run", "--format", "github", "--out", project / "out", cwd=here, env=env)
    assert done.code == 1 and "the step's summary could not be written" in done.err


def test_list_outputs_tells_each_file_and_its_reader(dlaudit_command: Callable[..., Done], tmp_path: Path) -> None:
    done = dlaudit_command("list", "outputs", cwd=tmp_path)
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert "gl-code-quality.json" in lines["gitlab"] and "GitLab" in lines["gitlab"]
    assert "printed" in lines["github"] and "--format github" in lines["github"]
