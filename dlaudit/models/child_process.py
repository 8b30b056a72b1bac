"""A limited process and the pipes to it: ask, answer, and why there is no answer."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

from dlaudit.errors import CodeFailed, DlauditError, ModelRefused, Place, Stopped, shown
from dlaudit.models.leftovers import end_leftovers
from dlaudit.models.limits import Limits, environment
from dlaudit.models.relay import Relay
from dlaudit.models.wire import EndedError, Frame, packed, read_frame, send
from dlaudit.models.wire_screen import WireError

GRACE = 10.0
"""Seconds that a child may take to end after it has closed its pipe."""
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGSYS}


class ChildProcess:
    """`python -m dlaudit.models.child` under limits, in a session and a folder of its own.

    Start it from a thread that outlives it: where that is not the main thread, it ends with its pipe instead of with
    this process.

    Args:
        limits_in: Makes the limits, given the child's own folder.
        seconds: How long it may live; None for as long as it is needed.
        place: The model file, for messages.
        code: The user's code file, for messages.
    """

    def __init__(
        self, limits_in: Callable[[str], Limits], *, seconds: float | None, place: Place, code: str | None
    ) -> None:
        self._seconds, self._place, self._code = seconds, place, code
        self._expired, self._closed = threading.Event(), False
        self._folder = tempfile.TemporaryDirectory(prefix="dlaudit-", ignore_cleanup_errors=True)
        try:
            self._limits = limits_in(self._folder.name)
            self._process = _start(self._limits)
        except BaseException:
            self._folder.cleanup()
            raise
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._relay = Relay(self._process.stderr)
        self._watch = threading.Thread(target=self._end_the_rest, name="dlaudit-watch", daemon=True)
        self._watch.start()
        self._timer = threading.Timer(seconds or 0, self._expire)
        self._timer.daemon = True
        if seconds is not None:
            self._timer.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, frame: Frame) -> Frame:
        """The reply to a frame. After any failure the process is gone.

        Raises:
            ModelRefused: It crashed (DLA211), or what it replied follows no protocol (DLA221).
            CodeFailed: It ended itself while it ran the user's code (DLA222).
            Stopped: It reached its time limit (DLA217) or was killed, as the system does without memory (DLA218).
            WireError: The frame itself cannot cross; nothing was sent, and the process lives on.
        """
        if self._closed:
            raise RuntimeError("the model's process has been closed")
        request = packed(frame)
        try:
            send(self._requests, request)
            return read_frame(self._replies)
        except (EndedError, BrokenPipeError) as ended:
            error = self._why_it_ended()
            self.close()
            raise error from ended
        except WireError as odd:
            self.close()
            raise self.misbehaved(odd) from odd
        except BaseException:
            # half a frame would be taken for the next reply
            self.close()
            raise

    def misbehaved(self, odd: WireError) -> ModelRefused:
        """DLA221 for a reply that dlaudit's own code does not write."""
        return ModelRefused(
            "DLA221",
            f"the model's process replied with {shown(odd, limit=120, quote=False)}, which dlaudit does not write",
            place=self._place,
            fix="Its program or code interferes with dlaudit; do not trust this file.",
        )

    def close(self) -> None:
        """End the process and everything it started, and remove its folder; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._timer.cancel()
        self._kill()
        self._watch.join(GRACE)
        self._process.wait()
        for pipe in (self._requests, self._replies):
            # what was not sent has no reader any more
            with suppress(OSError, ValueError):
                pipe.close()
        self._relay.close()
        self._folder.cleanup()

    def _expire(self) -> None:
        self._expired.set()
        self._kill()

    def _kill(self) -> None:
        # until it is waited for, its number is that of its own session and of nobody else
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _end_the_rest(self) -> None:
        """Wait for its end, and end what it started: that could hold the pipe open, and nobody would ever answer."""
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self._kill()
        end_leftovers(self._folder.name)

    def _why_it_ended(self) -> DlauditError:
        self._watch.join(GRACE)
        if self._watch.is_alive():
            self._kill()
            return self.misbehaved(WireError("a closed pipe"))
        status = self._process.wait()
        self._relay.finish()
        if self._expired.is_set():
            return Stopped(
                "DLA217",
                f"the model reached the time limit of {self._seconds:g} seconds",
                place=self._place,
                fix="Raise run.time_limit, lower run.batch_size, or audit fewer rows.",
            )
        if status < 0:
            return self._killed(signal.Signals(-status))
        return self._ended_itself(status)

    def _killed(self, by: signal.Signals) -> DlauditError:
        no_memory = any("bad_alloc" in line or "allocate memory" in line for line in self._relay.last)
        if by not in _CRASHES or no_memory:
            return Stopped(
                "DLA218",
                f"the model's process was killed ({by.name}), as happens when memory runs out{self._last_words()}",
                place=self._place,
                fix="Lower run.batch_size, give it more memory, or see what else sent the signal.",
            )
        return ModelRefused(
            "DLA211",
            f"the model's process crashed ({by.name}){self._last_words()}",
            place=self._place,
            fix="A native library failed: try the model alone, with the same versions.",
        )

    def _ended_itself(self, status: int) -> DlauditError:
        what = f"the model's process ended by itself (exit status {status}){self._last_words()}"
        if self._code is not None:
            place = Place(file=self._code)
            return CodeFailed("DLA222", what, place=place, fix="Remove os._exit() and the like from the file.")
        if status == 0:
            return ModelRefused("DLA221", what, place=self._place, fix="Do not trust this file.")
        fix = "See what it printed above. Too small a run.memory_limit can show like this."
        return ModelRefused("DLA211", what, place=self._place, fix=fix)

    def _last_words(self) -> str:
        return f"; its last words: {shown(self._relay.last[-1], limit=160)}" if self._relay.last else ""


def _start(limits: Limits) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        # -P: its working folder is writable by the model, so nothing is imported from there
        [sys.executable, "-P", "-m", "dlaudit.models.child", json.dumps(asdict(limits))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=limits.scratch,
        env=environment(limits.scratch),
        start_new_session=True,
    )
