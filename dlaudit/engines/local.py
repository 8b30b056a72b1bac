"""The local engine: shard after shard in this process, memory of one shard."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from dlaudit.engines.base import Shard
from dlaudit.engines.journal import Journal
from dlaudit.engines.progress import Progress

State = TypeVar("State")


class LocalEngine:
    """Works through shards in order; the model itself may live in a child process."""

    def run(
        self, shards: Iterable[Shard], work: Callable[[Shard], State], *, journal: Journal, progress: Progress
    ) -> Iterator[tuple[Shard, State]]:
        """Each shard with its state, as soon as it is there."""
        for shard in shards:
            state = journal.recall(shard.index)
            if state is None:
                state = work(shard)
                journal.keep(shard.index, state)
            progress.advance(shard.rows)
            yield shard, state
