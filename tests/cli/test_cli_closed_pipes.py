"""Output into a pipe that nobody reads: no exit code 0 comes of it where that would say that something holds."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Done

DATA = "sex,y,p\n" + "F,1,0.9\nM,0,0.2\nF,1,0.7\nM,0,0.4\n" * 20
GIVEN = ("--scores", "scores.csv", "--score", "p", "--target", "y", "--sensitive", "sex")
QUICK = ("--set", "discover.enabled=false", "--no-rows")
BROKEN, KEPT = "selection_rate.ratio by sex >= 0.8", "accuracy.difference by sex <= 0.5"
SIGNED_BY = ("--reviewer", "Ada", "--role", "owner")
STOPPED = 5


@pytest.fixture(scope="module")
def folder(dlaudit_command: Callable[..., Done], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with scores, a run that nobody signed, and one that breaks a rule and was signed."""
    made = tmp_path_factory.mktemp("pipes")
    (made / "scores.csv").write_text(DATA, encoding="utf-8")
    plain = dlaudit_command("run", *GIVEN, *QUICK, "--out", "plain", cwd=made)
    assert plain.code == 0, plain.err
    broken = dlaudit_command("run", *GIVEN, *QUICK, "--rule", BROKEN, "--out", "signed", cwd=made)
    assert broken.code == 1, broken.err
    signed = dlaudit_command("sign", "signed", *SIGNED_BY, "--rule", BROKEN, cwd=made)
    assert signed.code == 0, signed.err
    return made


def unread(*arguments: str, cwd: Path) -> tuple[int, str]:
    """Exit code and standard error of a command whose standard output has no reader from the start."""
    reader, writer = os.pipe()
    os.close(reader)
    surroundings = {key: value for key, value in os.environ.items() if key != "CI"} | {"OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dlaudit", *arguments],
            cwd=cwd,
            env=surroundings,
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=200,
        )
    finally:
        os.close(writer)
    return done.returncode, done.stderr.decode("utf-8", errors="replace")


@pytest.mark.parametrize("shape", ["text", "github"])
def test_a_verdict_that_nobody_reads_keeps_its_exit_code(folder: Path, shape: str) -> None:
    for rule, code in ((BROKEN, 1), (KEPT, 0)):
        assert unread("gate", "plain", "--rule", rule, "--format", shape, cwd=folder) == (code, "")


def test_a_run_that_nobody_reads_is_written_and_keeps_its_exit_code(folder: Path) -> None:
    for rule, code in ((BROKEN, 1), (KEPT, 0)):
        out = f"unread-{code}"
        told = unread("run", *GIVEN, *QUICK, "--progress", "none", "--rule", rule, "--out", out, cwd=folder)
        assert told == (code, "")
        assert (folder / out / "audit.json").is_file()


@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_signed_verdict_that_nobody_reads_keeps_its_exit_code(folder: Path, shape: str) -> None:
    assert unread("verify", "signed", "--format", shape, cwd=folder) == (1, "")


@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_check_that_nobody_reads_says_nothing_of_an_audit(folder: Path, shape: str) -> None:
    assert unread("check", *GIVEN, "--progress", "none", "--format", shape, cwd=folder) == (STOPPED, "")


def test_a_comparison_that_nobody_reads_says_nothing_of_what_changed(folder: Path) -> None:
    assert unread("diff", "plain", "plain", cwd=folder) == (STOPPED, "")


def test_a_signature_that_nobody_reads_of_is_no_success(
    folder: Path, tmp_path: Path, dlaudit_command: Callable[..., Done]
) -> None:
    made = dlaudit_command("run", *GIVEN, *QUICK, "--out", str(tmp_path / "run"), cwd=folder)
    assert made.code == 0, made.err
    assert unread("sign", "run", *SIGNED_BY, cwd=tmp_path) == (STOPPED, "")
    assert (tmp_path / "run" / "signed-record.json").is_file(), "it was written before anything was told"


@pytest.mark.parametrize("command", ["run", "gate", "check", "sign", "verify"])
def test_a_fault_that_nobody_reads_keeps_its_exit_code(folder: Path, command: str) -> None:
    given = {"run": ("--scores", "no.csv"), "check": ("--scores", "no.csv")}.get(command, ("no",))
    more = SIGNED_BY if command == "sign" else ("--format", "json")
    code, told = unread(command, *given, *more, cwd=folder)
    assert code == 2
    assert "DLA" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "metrics"),
        ("explain", "DLA108"),
        ("schema", "audit"),
        ("--help",),
        ("--version",),
        ("run", "--help"),
        ("gate", "--help"),
        ("verify", "--help"),
    ],
    ids=" ".join,
)
def test_a_reader_of_what_judges_nothing_may_leave(folder: Path, arguments: tuple[str, ...]) -> None:
    assert unread(*arguments, cwd=folder) == (0, "")
