"""The parent's side of the pipe, against children that are not what they should be; none of them needs torch."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import dlaudit.models.child_process as child_process
from dlaudit.errors import CodeFailed, DlauditError, ModelRefused, Place, Stopped
from dlaudit.models.child_host import open_model
from dlaudit.models.child_process import ChildProcess
from dlaudit.models.limits import Limits
from dlaudit.models.relay import MOST_LINES, safe_line
from dlaudit.models.wire import Frame
from dlaudit.spec import ModelSpec, RunSpec

REPLY = """
import json, struct
def reply(header, tables=()):
    text = json.dumps({"header": header, "tables": [[n, len(b)] for n, b in tables]}).encode()
    sys.stdout.buffer.write(struct.pack("<Q", len(text)) + text + b"".join(b for _, b in tables))
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def impostor(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes every child run the given script instead of ours; it reads the request first."""

    def use(script: str) -> None:
        begin = "import os, sys, time, signal\n" + REPLY + "size, = struct.unpack('<Q', sys.stdin.buffer.read(8))\n"
        text = begin + "sys.stdin.buffer.read(size)\n" + textwrap.dedent(script)
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-c", text]
        monkeypatch.setattr(
            child_process,
            "_start",
            lambda limits: subprocess.Popen(command, cwd=limits.scratch, start_new_session=True, **pipes),
        )

    return use


def limits_in(scratch: str) -> Limits:
    return Limits(memory=None, file_size=0, scratch=scratch, confined=False, parent=os.getpid())


def failure(seconds: float | None = None, code: str | None = None) -> DlauditError:
    child = ChildProcess(limits_in, seconds=seconds, place=Place(file="m.pt"), code=code)
    with pytest.raises(DlauditError) as failed:
        child.ask(Frame(header={}))
    with pytest.raises(RuntimeError, match="closed"):
        child.ask(Frame(header={}))
    child.close()
    return failed.value


@pytest.mark.parametrize(
    ("script", "kind", "code", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", ModelRefused, "DLA211", "crashed (SIGSEGV)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", Stopped, "DLA218", "killed (SIGKILL)"),
        ("print('std::bad_alloc', file=sys.stderr); os.abort()", Stopped, "DLA218", "'std::bad_alloc'"),
        ("sys.exit(0)", ModelRefused, "DLA221", "exit status 0"),
        ("print('bad\\x1b[2J', file=sys.stderr); sys.exit(3)", ModelRefused, "DLA211", "'bad⟨U+001B⟩[2J'"),
        ("sys.stdout.write('A' * 100)", ModelRefused, "DLA221", "which dlaudit does not write"),
        ("sys.stdout.buffer.write(b'\\xff' * 8)", ModelRefused, "DLA221", "a header of"),
        ("reply({}, [('t', b'garbage')])", ModelRefused, "DLA221", "not valid Arrow"),
        ("sys.stdout.buffer.write(struct.pack('<Q', 100) + b'x')", ModelRefused, "DLA221", "exit status 0"),
        ("os.close(1); time.sleep(60)", ModelRefused, "DLA221", "a closed pipe"),
    ],
)
def test_a_child_that_ends_or_lies_is_an_error_that_names_it(
    impostor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, script: str, kind: type, code: str, words: str
) -> None:
    monkeypatch.setattr(child_process, "GRACE", 0.5)
    impostor(script)
    error = failure()
    assert type(error) is kind
    assert error.code == code
    assert words in error.what
    assert error.place.file == "m.pt"


def test_a_child_that_ends_itself_in_user_code_is_a_failure_of_the_code(impostor: Callable[[str], None]) -> None:
    impostor("os._exit(0)")
    error = failure(code="io.py")
    assert isinstance(error, CodeFailed)
    assert (error.code, error.exit_code, error.place.file) == ("DLA222", 3, "io.py")


def test_a_child_that_never_answers_is_stopped_by_its_time_limit(impostor: Callable[[str], None]) -> None:
    impostor("subprocess_pid = os.fork()\nwhile True: time.sleep(1)")
    start = time.monotonic()
    error = failure(seconds=1)
    assert time.monotonic() - start < 8
    assert isinstance(error, Stopped)
    assert (error.code, error.exit_code) == ("DLA217", 5)
    assert "1 seconds" in error.what


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("{'error': {'class': 'SystemExit'}}", "an error of another form"),
        ("{'error': 0}", "an error of another form"),
        ("{'result': 0}", "a reply without result"),
        ("{}", "a reply without result"),
        ("{'result': {'path': 1}}", "a description of another form"),
    ],
)
def test_replies_of_another_form_refuse_the_model(impostor: Callable[[str], None], header: str, words: str) -> None:
    impostor(f"reply({header}); time.sleep(60)")
    with pytest.raises(ModelRefused, match=words) as refused:
        open_model(ModelSpec(path="m.pt"), RunSpec())
    assert refused.value.code == "DLA221"


def test_an_answer_without_its_parts_is_the_models_fault(impostor: Callable[[str], None]) -> None:
    from dlaudit.models.model import Loaded

    known = asdict(
        Loaded(
            path="/m.pt",
            sha256=None,
            format="pt2",
            trusted=False,
            loading="a\x1b",
            parameters=1,
            capabilities=[],
            fingerprint=None,
            input_width=None,
            input_layer=None,
            outputs=None,
            has_preprocess=False,
            sandbox={},
        )
    )
    impostor(f"reply({{'result': {known!r}}}); reply({{'result': {{}}}}); time.sleep(60)")
    with open_model(ModelSpec(path="m.pt"), RunSpec()) as host:
        assert host.loaded.path == "m.pt"
        assert host.loaded.loading == "a⟨U+001B⟩"
        result, tables = host.call("dlaudit.models.operations:score", {})
        for answer in (result, tables):
            with pytest.raises(ModelRefused, match="left 'scores' out"):
                answer["scores"]


def test_what_a_child_prints_is_passed_on_harmlessly_and_not_for_ever(
    impostor: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    impostor("sys.stderr.write('::error::x\\n##[error]y\\n\\x1b[31m\\n' + 'z\\n' * 2000); reply({}); time.sleep(60)")
    child = ChildProcess(limits_in, seconds=None, place=Place(), code=None)
    child.ask(Frame(header={}))
    time.sleep(0.2)
    child.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == ["model: ::error::x", "model: # #[error]y", "model: ⟨U+001B⟩[31m"]
    assert len(lines) == MOST_LINES + 1
    assert "not shown" in lines[-1]


def test_a_line_of_bytes_is_safe_text() -> None:
    assert safe_line(b"\xff\r\n") == "\N{REPLACEMENT CHARACTER}"
    assert "\u202e" not in safe_line("a\u202eb".encode())


def test_an_interrupted_call_ends_the_child(impostor: Callable[[str], None]) -> None:
    impostor("time.sleep(60)")
    child = ChildProcess(limits_in, seconds=None, place=Place(), code=None)
    previous = signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            child.ask(Frame(header={}))
    finally:
        signal.signal(signal.SIGALRM, previous)
    assert is_gone(child.pid)


def is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


PARENT = """
import os, sys, time
from dlaudit.errors import Place
from dlaudit.models.child_process import ChildProcess
from dlaudit.models.limits import Limits
child = ChildProcess(
    lambda s: Limits(memory=None, file_size=0, scratch=s, confined=True, parent=os.getpid()),
    seconds=None, place=Place(), code=None,
)
print(child.pid, child._folder.name, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_does_not_outlive_its_parent(sent: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, folder = parent.stdout.readline().split()
        time.sleep(1.5)  # the child has put its limits on itself by then, and waits for work
        parent.send_signal(sent)
        parent.wait()
    assert is_gone(int(pid))
    shutil.rmtree(folder)


def test_closing_removes_the_childs_folder_and_all_it_started(impostor: Callable[[str], None]) -> None:
    impostor("pid = os.fork()\nif pid: reply({'pid': pid})\ntime.sleep(60)")
    child = ChildProcess(limits_in, seconds=None, place=Place(), code=None)
    grandchild: Any = child.ask(Frame(header={})).header["pid"]
    folder = Path(child._folder.name)
    assert folder.is_dir()
    child.close()
    child.close()
    assert is_gone(child.pid)
    assert is_gone(grandchild)
    assert not folder.exists()
