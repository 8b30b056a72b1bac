"""Host: where a model lives. The parent asks it to work; only plain numbers and text come back."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.models.model import Loaded

Params = dict[str, Any]
"""JSON-serialisable parameters or results of an operation."""
Tables = "dict[str, pa.Table]"
"""Named Arrow tables that travel with them."""


class Host(Protocol):
    """A loaded model, in a limited child process (a file) or in this process (the caller's own object)."""

    @property
    def loaded(self) -> "Loaded":
        """What is known of the model."""
        ...

    def call(
        self, operation: str, params: Params, tables: "dict[str, pa.Table] | None" = None
    ) -> "tuple[Params, dict[str, pa.Table]]":
        """Run `operation`, the `package.module:function` of a function of dlaudit, beside the model.

        The function takes `(model: Model, params, tables)` and returns `(params, tables)`.

        Raises:
            DlauditError: What the operation raised, carried over with its code and place.
            Stopped: The child hit its memory or time limit (DLA217, DLA218).
        """
        ...

    def unchanged(self) -> bool:
        """Whether the model's file still holds the bytes that were loaded; True for an object of the caller."""
        ...

    def close(self) -> None:
        """End the child; safe to call twice."""
        ...

    def __enter__(self) -> "Host": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
