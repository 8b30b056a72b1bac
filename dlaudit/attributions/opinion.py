"""What a second calculation by another library says of a method."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What another library says of one method's contributions; plain data, as it crosses from the model's process."""

    method: str
    """Our method."""
    library: str
    """Name of the attributor that calculated again."""
    rows: int
    """Rows that it calculated."""
    largest: float | None
    """Largest difference of a contribution, in units of the score; None where there is no opinion."""
    relative: float | None
    """Root mean square of the differences over that of the contributions; None where that is 0."""
    allowed: float | None
    """The relative difference to be expected of two right calculations; None where that is not known."""
    ok: bool | None
    """Whether `relative` is within `allowed`; None where that cannot be said."""
    said: str
    """The same in a sentence."""
