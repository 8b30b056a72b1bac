"""The seam for resuming: what a run has finished and need not do again."""

from typing import Any, Protocol


class Journal(Protocol):
    """Remembers the states of finished shards."""

    def recall(self, index: int) -> Any | None:
        """The state kept for the shard of that index, or None where it must be computed."""
        ...

    def keep(self, index: int, state: Any) -> None:
        """Keep a finished shard's state."""
        ...


class Forgetful:
    """The journal of a run that starts from the beginning: it keeps nothing."""

    def recall(self, index: int) -> None:
        """None: every shard must be computed."""

    def keep(self, index: int, state: Any) -> None:
        """Nothing is kept."""
