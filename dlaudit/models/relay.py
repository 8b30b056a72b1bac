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
        self._last: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._stream = stream
        self._thread = threading.Thread(target=self._run, name="dlaudit-relay", daemon=True)
        self._thread.start()

    @property
    def last(self) -> list[str]:
        """The last lines, safe to print."""
        return [safe_line(line) for line in list(self._last)]

    def finish(self, timeout: float = 1.0) -> None:
        """Wait until everything is passed on; a grandchild may hold the pipe open, so not for ever."""
        self._thread.join(timeout)

    def close(self) -> None:
        """Finish, and close the stream; while somebody still holds the other end, closing it would wait for them."""
        self.finish()
        if not self._thread.is_alive():
            self._stream.close()

    def _run(self) -> None:
        count = 0
        while line := self._stream.readline(_LONGEST):
            if not line.strip():
                continue
            self._last.append(line)
            count += 1
            # a flood is only read: making every line of it safe would take longer than writing it
            if count <= MOST_LINES:
                _print(safe_line(line))
            if count == MOST_LINES:
                _print(f"… further lines are not shown (more than {MOST_LINES})")


def safe_line(line: bytes) -> str:
    """The line without control characters, and without what a CI system would take for a command."""
    return shown(line.decode("utf-8", "replace").rstrip("\r\n"), limit=_LONGEST, quote=False)


def _print(text: str) -> None:
    # with a word before it no line starts with "::", GitHub's workflow command
    print(f"model: {text}", file=sys.stderr, flush=True)
