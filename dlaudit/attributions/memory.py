"""How many rows go through the model at once: fewer, once memory has run out."""

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Memory:
    """Rows of one forward pass, halved whenever memory runs out; everything asked of one model shares it.

    Args:
        rows: Rows of one forward pass to begin with.
    """

    def __init__(self, rows: int) -> None:
        self.rows = max(1, rows)
        self.halved: list[int] = []
        """The sizes that were too large, in order; empty where memory sufficed."""

    def parts(self, count: int, work: Callable[[slice], Result], *, each: int = 1) -> list[Result]:
        """Results of `work` on consecutive parts of `count` items, in order.

        A part that runs out of memory is done again in halves, and later parts stay that small.

        Args:
            count: Number of items.
            work: What to do with the items of a slice.
            each: Rows of a forward pass that one item takes.

        Raises:
            RuntimeError: Memory runs out even for a single item.
        """
        from dlaudit.models.faults import is_out_of_memory

        found: list[Result] = []
        start = 0
        while start < count:
            size = max(1, self.rows // each)
            try:
                found.append(work(slice(start, min(start + size, count))))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or size == 1:
                    raise
                self._halve(size * each)
                continue
            start += size
        return found

    def tiles(self, count: int, across: int, work: Callable[[slice, slice], object]) -> None:
        """Runs `work(items, places)` over a table of `count` items by `across` places, a row of the model per cell.

        Whole items go together where they fit; an item that does not fit is cut. What ran out of memory is done again
        in smaller parts, so `work` must be able to do the same cells twice.

        Args:
            count: Number of items.
            across: Number of places of each item.
            work: What to do with the cells of some items and places.

        Raises:
            RuntimeError: Memory runs out even for a single cell.
        """

        def band(items: slice) -> None:
            if items.stop - items.start > 1:
                work(items, slice(0, across))
            else:
                self.parts(across, lambda places: work(items, places))

        self.parts(count, band, each=across)

    def _halve(self, tried: int) -> None:
        import gc

        self.halved.append(tried)
        self.rows = max(1, tried // 2)
        gc.collect()  # tensors of the failed pass hang on its traceback
