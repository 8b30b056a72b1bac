"""Encoded: rows as the model takes them, which of them cannot be used, and which were changed on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dlaudit.data.grid import Grid

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from dlaudit.data.batch import Player
    from dlaudit.data.raw import RawTable
    from dlaudit.data.showing import Showing
    from dlaudit.record import Content

WHOLE_CHUNK = 65_536
"""Rows of a table that are decoded at once."""


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """Some rows as inputs."""

    inputs: "np.ndarray[Any, Any] | pa.Table"
    """float32 [n, F]; or a table with a tensor column for each input of the model, besides columns `owner:NAME` and
    `about:NAME` (dlaudit.tensors) that the model does not see; or raw rows for the user's code. Rows in `bad` hold
    anything."""
    bad: "dict[str, np.ndarray[Any, Any]]" = field(default_factory=dict)
    """Reason to the rows that cannot be used for it, bool [n]: they are left out and counted by slice. Only where
    `data.on_bad` is `reject`; else such a row is an error."""
    altered: "dict[str, np.ndarray[Any, Any]]" = field(default_factory=dict)
    """What was done to rows on the way, as `cut after 256 tokens`, to the rows, bool [n]: counted by slice."""
    digest: "np.ndarray[Any, Any] | None" = None
    """uint64 [n]: equal for rows that hold the same file or text, so that copies are counted; None where they are not
    looked for. Of rows in `bad` anything."""


class Inputs(Protocol):
    """How rows become model inputs: one implementation for each kind of input, made by its modality."""

    @property
    def modality(self) -> str:
        """Name in the modality registry."""
        ...

    @property
    def columns(self) -> list[str]:
        """Columns of the data that are read."""
        ...

    @property
    def at_once(self) -> int:
        """Rows that are decoded at once, so that memory stays small."""
        ...

    def encode(self, columns: "dict[str, pa.Array]", first_row: int, file: "RawTable") -> Encoded:
        """Those rows as inputs.

        Args:
            columns: The columns of `columns` by name.
            first_row: Record number of the first row.
            file: The data, for messages.

        Raises:
            DataRefused: A cell cannot be used, and `data.on_bad` is `error`.
        """
        ...

    @property
    def players(self) -> "list[Player]":
        """Groups of columns of a table; empty for other inputs, which have grids."""
        ...

    @property
    def names(self) -> list[str]:
        """Name of every encoded column of a table; empty for other inputs."""
        ...

    @property
    def grids(self) -> list[Grid]:
        """What the players of an explanation are, for each input tensor that has any; empty for tables."""
        ...

    @property
    def maps(self) -> list[Grid]:
        """Finer grids on which mean contributions of elements are shown, as pixels of an image; may be empty."""
        ...

    def shown(self, inputs: Any) -> "dict[str, np.ndarray[Any, Any]]":
        """Encoded rows as a reader knows them, by feature; empty where a feature is no number or word."""
        ...

    def files(self, file: "RawTable") -> Iterator[str]:
        """Paths of the files beside the data that inputs are made from, as pictures, arrays and tokenizers: the run
        ends where one of them changes meanwhile.

        Args:
            file: The data, whose rows may name them.
        """
        ...

    def words(self, inputs: "pa.Table") -> list[list[str]] | None:
        """For inputs laid out by row: what a reader calls the parts of each row, in the order of their numbers; None
        where parts are the same places in every row.
        """
        ...

    def preview(self, columns: "dict[str, pa.Array]", how: "Showing") -> "list[Content]":
        """What a person is shown of some rows, made from the file again within the same limits.

        Args:
            columns: The columns of `columns` by name.
            how: Whether they are masked, and what is known of them.
        """
        ...

    @property
    def only_text(self) -> str | None:
        """The column that a row's text stands in, where one text is all that the model sees of a row; else None."""
        ...


class Unadorned:
    """What inputs answer where they have nothing to say: no groups of columns, grids, maps or files beside the data."""

    @property
    def players(self) -> "list[Player]":
        """None: the players are grids, or there are none."""
        return []

    @property
    def names(self) -> list[str]:
        """None: only a table's encoded columns have names."""
        return []

    @property
    def grids(self) -> list[Grid]:
        """None."""
        return []

    @property
    def maps(self) -> list[Grid]:
        """None."""
        return []

    def shown(self, inputs: Any) -> "dict[str, np.ndarray[Any, Any]]":
        """Nothing."""
        return {}

    def files(self, file: "RawTable") -> Iterator[str]:
        """None: all is in the data file."""
        return iter(())

    def words(self, inputs: "pa.Table") -> list[list[str]] | None:
        """None: parts are the same places in every row."""
        return None

    def preview(self, columns: "dict[str, pa.Array]", how: "Showing") -> "list[Content]":
        """The cells of the columns."""
        from dlaudit.data.shown_cells import cells_of

        return cells_of(columns, how)

    @property
    def only_text(self) -> str | None:
        """None: rows are no single texts."""
        return None
