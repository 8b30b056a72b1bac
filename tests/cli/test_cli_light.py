"""What must be quick is quick, and what runs without torch runs without torch."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "torch",
    "numpy",
    "pandas",
    "pydantic",
    "scipy",
    "pyarrow",
    "sklearn",
    "captum",
    "shap",
    "fairlearn",
    "jinja2",
}
COMMANDS = [
    "baseline",
    "check",
    "completion",
    "demo",
    "diff",
    "explain",
    "gate",
    "init",
    "inspect",
    "list",
    "plan",
    "report",
    "run",
    "schema",
    "selfcheck",
    "sign",
    "verify",
]
_LIST = """
import json, sys
from dlaudit.cli import run_cli
run_cli({arguments!r})
print()
print(json.dumps(sorted(sys.modules)))
"""


def modules_after(arguments: list[str]) -> set[str]:
    script = _LIST.format(arguments=arguments)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    assert not modules_after(arguments) & HEAVY


def test_help_and_version_take_less_than_a_sixth_of_a_second_of_cpu() -> None:
    """The budget is CPU time of the whole process, the least of five runs, so that a busy machine does not matter."""
    least = []
    for flag in ("--help", "--version"):
        spent = []
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-m", "dlaudit", flag], capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        least.append(min(spent))
    assert max(least) < 0.15


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_without_importing_torch(command: str) -> None:
    assert "torch" not in modules_after([command, "--help"])


def test_no_command_is_forgotten_here() -> None:
    done = subprocess.run([sys.executable, "-m", "dlaudit", "--help"], capture_output=True, text=True, check=True)
    told = re.findall(r"^  ([a-z]+)  ", done.stdout.partition("Commands:")[2], flags=re.MULTILINE)
    assert sorted(told) == COMMANDS


def test_given_scores_are_audited_compared_and_listed_without_torch(tmp_path: Path) -> None:
    rows, out, page = tmp_path / "d.csv", str(tmp_path / "out"), tmp_path / "page.html"
    rows.write_text("sex,y,p\n" + "F,1,0.9\nM,0,0.2\nF,0,0.7\nM,1,0.4\n" * 20)
    flags = ["--scores", str(rows), "--score", "p", "--target", "y", "--sensitive", "sex", "--out", out]
    for arguments in (
        ["run", *flags],
        ["gate", out],
        ["report", out],
        ["diff", out, out, "--html", str(page)],
        ["report", out, "--print", "model-card"],
        ["sign", out, "--reviewer", "Ada Example", "--role", "model risk"],
        ["verify", out],
        ["report", "--index", str(tmp_path), "--out", str(tmp_path / "index.html")],
    ):
        assert "torch" not in modules_after(arguments), arguments[0]
    assert page.stat().st_size > 10_000


def test_a_mistyped_command_is_a_usage_error_with_the_nearest_name() -> None:
    done = subprocess.run([sys.executable, "-m", "dlaudit", "rnu"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_flag_is_a_usage_error_with_the_nearest_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlaudit", "run", "m.pt", "--dta", "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--data" in done.stderr


def test_with_json_a_fault_is_one_document_on_stdout() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlaudit", "run", "nowhere.pt2", "--data", "x.csv", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    document = json.loads(done.stdout)
    assert done.returncode == 2
    assert document["ok"] is False
    assert document["error"]["code"] == "DLA111"
    assert document["error"]["hint"]
