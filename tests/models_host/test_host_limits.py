"""The limits themselves, tried in small processes without torch."""

import json
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dlaudit.errors import UsageError
from dlaudit.models.limits import environment, limits_of, memory_bytes, seconds
from dlaudit.spec import ModelSpec, RunSpec

TRIES = """
import json, resource, socket, subprocess, sys
from pathlib import Path
from dlaudit.models.sandbox import apply_limits
limits = json.loads(sys.argv[1])
result = {"told": apply_limits(**limits)}
def attempt(name, action):
    try:
        action(); result[name] = "done"
    except (OSError, MemoryError) as error:
        result[name] = type(error).__name__
outside, victim = Path(sys.argv[2]), Path(sys.argv[3])
attempt("write inside", lambda: Path(limits["scratch"], "a").write_bytes(b"x" * 10))
attempt("write outside", lambda: outside.write_text("marker"))
attempt("truncate", lambda: victim.open("w").close())
attempt("remove", lambda: victim.unlink())
attempt("read", lambda: victim.read_text())
attempt("program", lambda: subprocess.run(["/bin/true"], check=True))
attempt("connect", lambda: socket.create_connection(("127.0.0.1", int(sys.argv[4])), timeout=5))
attempt("allocate", lambda: bytearray(600 * 2**20))
result["core"] = resource.getrlimit(resource.RLIMIT_CORE)
print(json.dumps(result))
"""


def attempts(tmp_path: Path, **changed: object) -> dict[str, object]:
    scratch, victim = tmp_path / "scratch", tmp_path / "victim.txt"
    scratch.mkdir()
    victim.write_text("data")
    limits = {"memory": 512 * 2**20, "file_size": 0, "scratch": str(scratch), "confined": True, "parent": os.getpid()}
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", TRIES, json.dumps(limits | changed), tmp_path / "marker", victim, port],
            env=environment(str(scratch)),
            capture_output=True,
            text=True,
            check=True,
        )
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result | {"marker": (tmp_path / "marker").exists(), "victim": victim.read_text()}


def test_a_confined_process_changes_no_file_and_reaches_no_network(tmp_path: Path) -> None:
    tried = attempts(tmp_path)
    told = tried["told"]
    assert isinstance(told, dict)
    assert tried["write inside"] != "done"
    assert tried["write outside"] != "done"
    assert tried["read"] == "done"
    assert tried["allocate"] == "MemoryError"
    assert tried["core"] == [0, 0]
    assert told["ends_with_parent"]
    if told["network"] == "off":
        assert tried["connect"] != "done"
    if told["files"] == "private folder":
        assert not tried["marker"]
        assert tried["victim"] == "data"
        assert tried["truncate"] == tried["remove"] == tried["program"] == "PermissionError"


def test_without_limits_the_same_attempts_succeed(tmp_path: Path) -> None:
    """The twin: what the test above sees refused is refused by the limits, not by the machine."""
    (tmp_path / "victim.txt").touch()
    free = {"memory": None, "file_size": 2**20, "confined": False, "parent": None}
    script = TRIES.replace('attempt("remove", lambda: victim.unlink())', "")
    tried = attempts_with(script, tmp_path, free)
    for name in ("write inside", "write outside", "truncate", "program", "allocate"):
        assert tried[name] == "done", name
    assert tried["marker"]
    assert tried["told"] == {
        "memory_limit": None,
        "file_size_limit": 2**20,
        "network": tried["told"]["network"],  # type: ignore[index]
        "files": "inherited",
        "environment": "allow-list",
        "ends_with_parent": False,
    }


def attempts_with(script: str, tmp_path: Path, changed: dict[str, object]) -> dict[str, object]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "TRIES", script)
        return attempts(tmp_path, **changed)


def test_secrets_do_not_reach_the_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    kept = environment(str(tmp_path))
    assert "s3cret" not in " ".join(kept.values())
    assert kept["LC_ALL"] == "C.UTF-8"
    assert kept["HOME"] == str(tmp_path)


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("8GiB", 8 * 2**30), ("512 MiB", 512 * 2**20), ("1.5gib", 3 * 2**29), ("2GB", 2 * 10**9), ("none", None)],
)
def test_memory_limits_are_read(text: str, bytes_: int | None) -> None:
    assert memory_bytes(text) == bytes_


@pytest.mark.parametrize(("text", "wanted"), [("90s", 90), ("30m", 1800), ("1.5h", 5400), ("45", 45), ("none", None)])
def test_time_limits_are_read(text: str, wanted: float | None) -> None:
    assert seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "much", "8 GiBs", "-1GiB", "0", "nan", "inf", "GiB", "1e999"])
def test_other_limits_are_usage_errors(text: str) -> None:
    with pytest.raises(UsageError, match="memory_limit"):
        memory_bytes(text)
    with pytest.raises(UsageError, match="time_limit"):
        seconds(text)


def test_limits_depend_on_who_wrote_the_program() -> None:
    alone = limits_of(ModelSpec(path="m.pt2"), RunSpec(), "/scratch")
    own = limits_of(ModelSpec(path="m.pt", code="io.py"), RunSpec(memory_limit="none"), "/scratch")
    gpu = limits_of(ModelSpec(path="m.pt2"), RunSpec(device="cuda"), "/scratch")
    assert alone.confined
    assert alone.file_size == 0
    assert not own.confined
    assert own.file_size == 64 * 2**20
    assert own.memory is None
    assert gpu.memory is None
    assert not gpu.confined


def test_the_child_starts_without_heavy_imports_before_its_limits() -> None:
    """A user namespace can be entered only with one thread, and numpy starts some."""
    code = textwrap.dedent("""
        import sys
        import dlaudit.models.child
        print([name for name in ("numpy", "pyarrow", "torch", "pandas", "pydantic") if name in sys.modules])
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
