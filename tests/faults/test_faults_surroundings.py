"""The command line where the world around it is awkward: pipes, terminals, locales, paths, signals."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Done

DATA = "sex,race,y,p\n" + "F,A,1,0.9\nM,A,0,0.2\nF,B,1,0.7\nM,B,0,0.4\n" * 20
FLAGS = ["--score", "p", "--target", "y", "--sensitive", "sex", "--no-rows"]
BROKEN = ["--rule", "selection_rate.ratio by sex >= 0.8"]
COMMAND = [sys.executable, "-m", "dlaudit"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with blanks and other alphabets in its path, and data with such a name."""
    made = tmp_path_factory.mktemp("with blanks and ünï") / "数据"
    made.mkdir()
    (made / "dätä 1.csv").write_text(DATA, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def finished(dlaudit_process: Callable[..., Done], folder: Path) -> Path:
    """A finished run that breaks no rule because none was given."""
    done = dlaudit_process("run", "--scores", "dätä 1.csv", *FLAGS, "--out", "out é", cwd=folder)
    assert done.code == 0, done.err
    return folder / "out é"


def shell(line: str, folder: Path, **env: str) -> Done:
    surroundings = {key: value for key, value in os.environ.items() if key != "CI"} | {"OMP_NUM_THREADS": "1"} | env
    line = line.replace("DLAUDIT", f"{sys.executable} -m dlaudit")
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=surroundings, capture_output=True, check=False, timeout=120
    )
    out, err = (stream.decode("utf-8", errors="replace") for stream in (done.stdout, done.stderr))
    return Done(done.returncode, out, err)


GATE = "DLAUDIT gate 'out é' --rule 'selection_rate.ratio by sex >= 0.8'"


def test_paths_with_blanks_and_other_alphabets_work(finished: Path) -> None:
    assert json.loads((finished / "audit.json").read_text(encoding="utf-8"))["data"]["path"] == "dätä 1.csv"
    assert sorted(path.name for path in finished.parent.iterdir()) == ["dätä 1.csv", "out é"]


def test_a_reader_who_leaves_changes_neither_the_verdict_nor_stderr(finished: Path) -> None:
    done = shell(GATE + " --format json | head -c 10; echo ${PIPESTATUS[0]}", finished.parent)
    assert done.out.endswith("1\n")
    assert done.err == ""
    listed = shell("DLAUDIT list metrics | head -1; echo ${PIPESTATUS[0]}", finished.parent)
    assert listed.out.splitlines()[-1] == "0"
    assert listed.err == ""


@pytest.mark.parametrize(("closed", "code"), [(">&-", 1), ("2>&-", 1), (">/dev/full", 5)])
def test_streams_that_are_closed_or_full_are_no_bug(closed: str, code: int, finished: Path) -> None:
    done = shell(f"{GATE} {closed}", finished.parent)
    assert done.code == code
    assert "bug" not in done.err
    assert ("DLA608" in done.err) == (code == 5)


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
    ],
    ids=["C", "C without coercion", "ascii", "cp1252"],
)
def test_a_narrow_encoding_costs_characters_and_not_the_answer(env: dict[str, str], finished: Path) -> None:
    done = shell(GATE, finished.parent, **env)
    assert done.code == 1, done.err
    assert "Outside tolerance" in done.out


def test_a_narrow_terminal_wraps_and_cuts_no_number(finished: Path) -> None:
    done = shell(GATE, finished.parent, COLUMNS="40")
    assert max(map(len, done.out.splitlines())) <= 40
    assert "0.80" in done.out


@pytest.mark.parametrize(
    ("form", "start"), [("json", '{"schema_version"'), ("md", "<!-- dlaudit"), ("github", "◆ "), ("text", "◆ ")]
)
def test_every_format_goes_to_stdout_alone(form: str, start: str, finished: Path) -> None:
    done = shell(f"{GATE} --format {form}", finished.parent)
    assert done.code == 1
    assert done.out.startswith(start)
    assert done.err == ""
    if form == "json":
        assert json.loads(done.out)["verdict"]["outcome"] == "fail"
    if form == "github":
        assert "::error" in done.out


def test_quiet_says_nothing_and_keeps_the_exit_code(finished: Path) -> None:
    done = shell(f"{GATE} -q", finished.parent)
    assert (done.code, done.out, done.err) == (1, "", "")
    assert shell(f"{GATE} -q --exit-zero", finished.parent).code == 0


@pytest.mark.skipif(shutil.which("script") is None, reason="needs util-linux's script for a terminal")
class TestOnATerminal:
    """With a pseudo-terminal around the command."""

    RUN = "DLAUDIT run --scores 'dätä 1.csv' " + " ".join(FLAGS) + " --out term"

    def on_terminal(self, line: str, folder: Path, **env: str) -> str:
        line = line.replace("DLAUDIT", f"{sys.executable} -m dlaudit")
        done = shell(f'script -qec "{line}" /dev/null', folder, **({"TERM": "xterm"} | env))
        assert done.code == 0, done.out
        return done.out

    def test_progress_and_colour_are_shown(self, folder: Path) -> None:
        shown = self.on_terminal(self.RUN, folder)
        assert "\r\x1b[K  score" in shown
        assert "\x1b[1;2m" in shown

    def test_no_color_and_a_dumb_terminal_are_respected(self, folder: Path) -> None:
        shown = self.on_terminal(self.RUN, folder, NO_COLOR="1", TERM="dumb")
        assert "dlaudit: score" in shown
        assert "\x1b" not in shown


def test_elsewhere_there_is_neither_progress_nor_colour(dlaudit_process: Callable[..., Done], folder: Path) -> None:
    done = dlaudit_process("run", "--scores", "dätä 1.csv", *FLAGS, "--out", "plain", cwd=folder)
    assert done.err == ""
    assert "\x1b" not in done.out


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root writes everywhere")
def test_a_read_only_working_directory_is_no_obstacle_to_another_out(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    (here / "d.csv").write_text(DATA, encoding="utf-8")
    here.chmod(0o555)
    run = "DLAUDIT run --scores d.csv " + " ".join(FLAGS)
    try:
        done = shell(f"{run} --out {there}/report", here)
        assert done.code == 0, done.err
        if os.geteuid() != 0:
            refused = shell(run, here)
            assert refused.code == 2
            assert "DLA110" in refused.err
    finally:
        here.chmod(0o755)
    assert [path.name for path in here.iterdir()] == ["d.csv"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_its_code_and_leaves_nothing(number: int, code: int, tmp_path: Path) -> None:
    rows = "F,A,1,0.9\nM,A,0,0.2\nF,B,1,0.7\nM,B,0,0.4\n" * 300_000
    (tmp_path / "d.csv").write_text("sex,race,y,p\n" + rows, encoding="utf-8")
    flags = [flag for flag in FLAGS if flag != "--no-rows"]
    arguments = [*COMMAND, "run", "--scores", "d.csv", *flags, "--progress", "plain"]
    with subprocess.Popen(
        arguments,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in the background leaves Ctrl-C ignored, and children inherit that
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    ) as run:
        assert run.stderr is not None
        assert run.stderr.readline() == "dlaudit: load\n"
        time.sleep(0.5)
        run.send_signal(number)
        _, told = run.communicate(timeout=60)
    assert run.returncode == code, told
    assert "no half-written report is left" in told
    assert "Traceback" not in told
    assert [path.name for path in tmp_path.iterdir()] == ["d.csv"]


@pytest.mark.parametrize(
    "line",
    [
        "list metrics",
        "list attributors",
        "list probes",
        "list outputs",
        "schema audit",
        "schema config",
        "explain selection_rate",
        "explain demographic_parity",
        "explain 304",
        "help run",
        "run --help",
        "gate --help",
        "--version",
    ],
)
def test_what_informs_prints_and_leaves_with_zero(line: str, tmp_path: Path) -> None:
    done = shell(f"DLAUDIT {line}", tmp_path)
    assert done.code == 0, done.err
    assert done.out
    assert done.err == ""
    if line.startswith("schema"):
        assert json.loads(done.out)["type"] == "object"
    if line in {"help run", "run --help"}:
        order = ["Usage:", "dlaudit run model.pt2", "Data:", "Policy and settings:", "Output:", "Exit codes:"]
        assert [done.out.index(part) for part in order] == sorted(done.out.index(part) for part in order)
