import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from report_audits import ALL, lending

from dlaudit.errors import Stopped, UsageError
from dlaudit.outputs import directory
from dlaudit.outputs.directory import check_out, write_run
from dlaudit.record.files import dump, read

FILES = {"audit.json": "{}", "report.html": "<p>new</p>", "predictions.parquet": b"rows"}


def held(out):
    return {one.name: one.read_bytes() for one in out.iterdir()}


def siblings(out):
    return [one.name for one in out.parent.iterdir() if one != out]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "run"


@pytest.fixture
def finished(out):
    write_run(out, {"audit.json": "old", "summary.md": "old"})
    return out


def test_a_run_is_written_whole_and_leaves_nothing_beside_it(out):
    write_run(out, FILES)
    assert held(out) == {"audit.json": b"{}", "report.html": b"<p>new</p>", "predictions.parquet": b"rows"}
    assert siblings(out) == []


def test_parents_are_made(tmp_path):
    write_run(tmp_path / "a" / "b" / "run", FILES)
    assert (tmp_path / "a" / "b" / "run" / "audit.json").is_file()


def test_an_earlier_run_is_replaced_whole(finished):
    write_run(finished, FILES)
    assert "summary.md" not in held(finished)
    assert siblings(finished) == []


def test_rows_of_people_are_private_and_the_report_is_not(out):
    before = os.umask(0o022)
    try:
        write_run(out, FILES)
    finally:
        os.umask(before)
    assert stat.S_IMODE((out / "predictions.parquet").stat().st_mode) == 0o600
    assert stat.S_IMODE((out / "report.html").stat().st_mode) == 0o644


def test_a_file_given_by_path_is_copied(out, tmp_path):
    rows = tmp_path / "rows"
    rows.write_bytes(b"parquet")
    write_run(out, {"audit.json": "{}", "predictions.parquet": rows})
    assert (out / "predictions.parquet").read_bytes() == b"parquet"
    assert rows.is_file()


def test_a_directory_with_other_files_is_refused_and_left_alone(finished):
    (finished / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match=r"thesis\.tex") as refused:
        write_run(finished, FILES)
    assert (refused.value.code, refused.value.exit_code) == ("DLA110", 2)
    assert (finished / "thesis.tex").read_text() == "years of work"


def test_files_with_our_names_but_no_audit_are_not_a_run(out):
    out.mkdir()
    (out / "junit.xml").write_text("<of another tool/>")
    with pytest.raises(UsageError, match=r"junit\.xml"):
        check_out(out, [])


def test_an_empty_directory_will_do(out):
    out.mkdir()
    write_run(out, FILES)
    assert len(held(out)) == 3


@pytest.mark.parametrize("inputs", [["run"], ["run/model.pt"], ["run/deep/data.csv"]])
def test_an_output_that_equals_or_holds_an_input_is_refused(out, inputs):
    with pytest.raises(UsageError, match="equals or holds an input"):
        check_out(out, [out.parent / one for one in inputs])
    check_out(out, [out.parent / "running.csv"])


def test_a_file_in_the_way_is_refused(out):
    out.write_text("a file")
    with pytest.raises(UsageError, match="is a file"):
        check_out(out, [])
    with pytest.raises(UsageError, match="path is a file"):
        check_out(out / "deeper" / "still", [])


def test_a_place_that_cannot_be_written_is_refused(out, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UsageError, match="cannot be written"):
        check_out(out, [])


def test_a_mount_point_is_refused(out, monkeypatch):
    out.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    with pytest.raises(UsageError, match="mount point"):
        check_out(out, [])


@pytest.mark.parametrize("step", ["fsync", "rename", "open"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_full_disk_leaves_the_earlier_run_as_it_was(finished, monkeypatch, step, number):
    before = held(finished)
    monkeypatch.setattr(directory, "exchange", lambda one, other: False)

    real = getattr(os, step)

    def broken(*args, **more):
        if step == "open" and not args[1] & os.O_CREAT:
            return real(*args, **more)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, step, broken)
    with pytest.raises(Stopped) as stopped:
        write_run(finished, FILES)
    monkeypatch.undo()
    assert (stopped.value.code, stopped.value.exit_code) == ("DLA608", 5)
    assert ("full" in stopped.value.what) == (number == errno.ENOSPC)
    assert held(finished) == before
    assert siblings(finished) == []


def test_where_the_second_rename_fails_the_first_is_undone(finished, monkeypatch):
    before, rename, calls = held(finished), os.rename, []

    def second_fails(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EIO, "broken")
        rename(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    monkeypatch.setattr(directory, "exchange", lambda one, other: False)
    with pytest.raises(Stopped):
        write_run(finished, FILES)
    assert len(calls) == 3
    assert held(finished) == before
    assert siblings(finished) == []


_KILLED = """
import os, sys
from pathlib import Path
from dlaudit.outputs import directory
from dlaudit.outputs.directory import write_run
step, at = sys.argv[2], int(sys.argv[3])
if step == "rename":
    directory.exchange = lambda one, other: False
calls, real = [], getattr(os, step)
def killing(*args, **more):
    calls.append(1)
    if len(calls) == at:
        os.kill(os.getpid(), 9)
    return real(*args, **more)
setattr(os, step, killing)
write_run(Path(sys.argv[1]), {"audit.json": "new", "report.html": "new", "predictions.parquet": b"new"})
"""


@pytest.mark.parametrize(
    ("step", "at"), [("open", 2), ("fsync", 1), ("fsync", 4), ("rename", 1), ("rename", 2), ("fsync", 5)]
)
def test_a_run_killed_at_any_step_leaves_one_run_or_the_other(finished, step, at):
    killed = subprocess.run([sys.executable, "-c", _KILLED, finished, step, str(at)], check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    check_out(finished, [])
    left = held(finished)
    assert set(left.values()) in ({b"old"}, {b"new"})
    assert len(left) == (2 if b"old" in left.values() else 3)
    write_run(finished, FILES)
    assert held(finished) == {"audit.json": b"{}", "report.html": b"<p>new</p>", "predictions.parquet": b"rows"}


def _gone() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def _left(parent: Path, what: str, pid: int, hours: float, name: str = "run") -> Path:
    made = parent / f".dlaudit-{what}-{pid}-0a1b2c3d-{name}.tmp"
    made.mkdir()
    (made / "audit.json").write_text(what)
    then = time.time() - hours * 3600
    os.utime(made, (then, then))
    return made


def test_stale_directories_of_ended_processes_are_swept(out):
    pid = _gone()
    stale, old = _left(out.parent, "new", pid, 2), _left(out.parent, "old", pid, 2, "gone-run")
    fresh, living = _left(out.parent, "new", pid, 0, "other"), _left(out.parent, "new", os.getpid(), 2)
    foreign = out.parent / ".dlaudit-rows-xyz.tmp"
    foreign.mkdir()
    write_run(out, FILES)
    assert not stale.exists()
    assert fresh.exists() and living.exists() and foreign.exists()
    assert old.exists(), "the only copy of a run is never swept"


def test_an_old_run_is_swept_where_its_place_is_taken_again(finished):
    old = _left(finished.parent, "old", _gone(), 2)
    write_run(finished, FILES)
    assert not old.exists()


def test_names_that_are_not_ours_cannot_be_written(out):
    with pytest.raises(AssertionError, match="notes"):
        write_run(out, {"notes.txt": "no"})


@pytest.mark.parametrize("name", [name for name in ALL if "hostile" not in name])
def test_what_is_written_can_be_read_back(out, name):
    audit, verdict = ALL[name]()
    write_run(out, {"audit.json": dump(audit, verdict)})
    assert read(out) == (audit, verdict)


def test_a_document_with_nan_cannot_be_written():
    audit, verdict = lending()
    broken = audit.provenance.model_copy(update={"seconds": {"score": float("nan")}})
    with pytest.raises(ValueError, match="JSON"):
        dump(audit.model_copy(update={"provenance": broken}), verdict)


def test_the_directory_module_imports_no_template_engine():
    code = "import sys, dlaudit.outputs.directory; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert set(FILES) <= directory.OURS
