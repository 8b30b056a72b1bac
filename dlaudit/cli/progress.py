"""The progress of a run on stderr: a bar on a terminal, plain lines elsewhere, nothing when asked to be quiet."""

import os
import sys
import time

_EVERY = 10.0
_WIDTH = 24


class TerminalProgress:
    """One line that redraws itself: stage, bar, rows, rate."""

    def __init__(self) -> None:
        self._name, self._total, self._done, self._noun = "", None, 0, "rows"  # type: str, int | None, int, str
        self._start = self._drawn = 0.0

    def stage(self, name: str, total: int | None = None, noun: str = "rows") -> None:
        """Begin a stage."""
        self._finish()
        self._name, self._total, self._done, self._noun = name, total, 0, noun
        self._start, self._drawn = time.monotonic(), 0.0
        self._draw()

    def advance(self, rows: int) -> None:
        """Count rows and redraw, at most ten times a second."""
        self._done += rows
        if time.monotonic() - self._drawn > 0.1:
            self._draw()

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        sys.stderr.write(f"\r\x1b[K  {text}\n")
        self._draw()

    def close(self) -> None:
        """End the last stage's line."""
        self._finish()
        self._name = ""

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        share = min(1.0, self._done / self._total) if self._total else 0.0
        bar = "█" * round(share * _WIDTH) + "░" * (_WIDTH - round(share * _WIDTH)) if self._total else ""
        of = f" of {self._total:,}" if self._total else ""
        rows = f"{self._done:,}{of} {self._noun}" if self._total or self._done else ""
        sys.stderr.write(f"\r\x1b[K  {self._name:<10} {bar} {rows}")
        sys.stderr.flush()

    def _finish(self) -> None:
        if self._name:
            rows = f"{self._done:,} {self._noun}, " if self._done else ""
            sys.stderr.write(f"\r\x1b[K  {self._name:<10} {rows}{time.monotonic() - self._start:.1f} s\n")
            sys.stderr.flush()


class PlainProgress:
    """A line per stage, and one every ten seconds while it lasts."""

    def __init__(self) -> None:
        self._name, self._total, self._done, self._told = "", None, 0, 0.0  # type: str, int | None, int, float
        self._noun = "rows"

    def stage(self, name: str, total: int | None = None, noun: str = "rows") -> None:
        """Begin a stage and say so."""
        self._name, self._total, self._done, self._told = name, total, 0, time.monotonic()
        self._noun = noun
        sys.stderr.write(f"dlaudit: {name}\n")

    def advance(self, rows: int) -> None:
        """Count rows; tell them every ten seconds."""
        self._done += rows
        if time.monotonic() - self._told > _EVERY:
            self._told = time.monotonic()
            of = f" of {self._total:,}" if self._total else ""
            sys.stderr.write(f"dlaudit: {self._name}: {self._done:,}{of} {self._noun}\n")

    def note(self, text: str) -> None:
        """Write a line."""
        sys.stderr.write(f"dlaudit: {text}\n")

    def close(self) -> None:
        """Nothing more is told."""


def progress_for(how: str, *, quiet: bool) -> "TerminalProgress | PlainProgress | None":
    """The progress that `--progress auto|plain|none` asks for; None for none."""
    if quiet or how == "none":
        return None
    if how == "plain":
        return PlainProgress()
    if not sys.stderr.isatty():
        return None
    return PlainProgress() if os.environ.get("TERM") == "dumb" else TerminalProgress()
