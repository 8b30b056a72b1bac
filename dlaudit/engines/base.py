"""The seam between what is computed and where: shards, and the engine that works through them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from dlaudit.engines.journal import Journal
from dlaudit.engines.progress import Progress

State = TypeVar("State")


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A piece of the evaluation set that one call of the worker handles."""

    index: int
    """Position in file order; states are merged in this order, so that float sums do not depend on the engine."""
    rows: int
    """Rows in it."""
    batch: Any
    """The rows themselves (local), or what finds them (elsewhere)."""


class Engine(Protocol):
    """Runs a worker over shards. The worker is a pure function of its shard, so it may run twice."""

    def run(
        self, shards: Iterable[Shard], work: Callable[[Shard], State], *, journal: Journal, progress: Progress
    ) -> Iterator[tuple[Shard, State]]:
        """Each shard with the worker's state, in shard order, each shard once."""
        ...
