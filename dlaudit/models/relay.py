"""What a model's process prints, passed on line by line without the power to steer a terminal or a CI system."""

import sys
import threading
from collections import deque
from typing import IO

from dlaudit.errors import shown

MOST_LINES = 500
"""Lines passed on; the rest is read and dropped."""
_LONGEST = 2_000
_REMEMBERED = 20


class Relay:
    """A thread that passes a child's standard error on to ours.

    Args:
        stream: The child's standard error.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.last: deque[str] = deque(maxlen=_REMEMBERED)
        """The last lines, safe to print."""
        self._stream = stream
        self._thread = threading.Thread(target=self._run, name="dlaudit-relay", daemon=True)
        self._thread.start()

    def finish(self, timeout: float = 1.0) -> None:
        """Wait until everything is passed on; a grandchild may hold the pipe open, so not for ever."""
        self._thread.join(timeout)

    def _run(self) -> None:
        count = 0
        while line := self._stream.readline(_LONGEST):
            text = safe_line(line)
            if not text:
                continue
            self.last.append(text)
            count += 1
            if count <= MOST_LINES:
                _print(text)
            if count == MOST_LINES:
                _print(f"… further lines are not shown (more than {MOST_LINES})")


def safe_line(line: bytes) -> str:
    """The line without control characters, and without what a CI system would take for a command."""
    text = shown(line.decode("utf-8", "replace").rstrip("\r\n"), limit=_LONGEST, quote=False)
    return text.replace("##[", "# #[")


def _print(text: str) -> None:
    # with a word before it no line starts with "::", GitHub's workflow command
    print(f"model: {text}", file=sys.stderr, flush=True)
