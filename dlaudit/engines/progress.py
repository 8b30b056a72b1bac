"""How long work tells how far it is; the terminal's own bar lives in the command line."""

from typing import Protocol


class Progress(Protocol):
    """Told of stages and of rows done."""

    def stage(self, name: str, total: int | None = None, noun: str = "rows") -> None:
        """A new stage begins; `total` rows (or what `noun` says) are expected, None where that is not known."""
        ...

    def advance(self, rows: int) -> None:
        """That many more rows are done."""
        ...

    def note(self, text: str) -> None:
        """Something to know before the work goes on, one line."""
        ...

    def close(self) -> None:
        """No more will be told."""
        ...


class Silent:
    """Tells nobody."""

    def stage(self, name: str, total: int | None = None, noun: str = "rows") -> None:
        """Nothing is told."""

    def advance(self, rows: int) -> None:
        """Nothing is told."""

    def note(self, text: str) -> None:
        """Nothing is told."""

    def close(self) -> None:
        """Nothing is told."""
