"""What a configuration file wrote, with the line where it stands."""

from typing import Self

from pydantic import BaseModel, ConfigDict, PrivateAttr

from dlaudit.errors import Place


class Placed(BaseModel):
    """A table of a policy that knows where it was written; that is never written back and never a key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    _place: Place | None = PrivateAttr(default=None)

    @property
    def place(self) -> Place | None:
        """File and line; None for what a flag or the Python API gave."""
        return self._place

    def written_at(self, place: Place | None) -> Self:
        """The same, known to stand there."""
        held = self.model_copy()
        held._place = place
        return held


def split_by(by: str | list[str] | None) -> list[list[str]] | None:
    """For each check the features whose levels are compared: `"sex & race"` is one check of two; None where absent."""
    if by is None:
        return None
    return [sorted(part.strip() for part in one.split("&")) for one in ([by] if isinstance(by, str) else by)]
