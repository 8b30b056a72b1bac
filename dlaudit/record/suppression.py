"""What a suppressed audit says of what it does not show."""

from typing import Literal

from pydantic import Field

from dlaudit.record.base import Record

SUPPRESSED = "suppressed"
"""First word of every reason that stands where a figure is not shown."""

EARLIER_RUN = "the comparison with the earlier run"
"""What is called so where it is not shown."""


class HiddenSlice(Record):
    """A slice that is named without any figure, because its size is small or would tell a small one."""

    id: str
    """Written from `where`, as for a slice."""
    by: list[str]
    """Features of `where`, alphabetical."""
    where: dict[str, str]
    """Feature to level."""
    kind: Literal["overall", "group", "intersection", "discovered"]
    """What the slice is."""
    unknown: bool = False
    """Whether a feature of `where` was not recorded for these rows."""


class Suppression(Record):
    """What was left out so that no small count of people can be read or worked out."""

    least: int
    """Counts of people from 1 to below this are not shown, nor figures that would tell one."""
    slices: list[HiddenSlice] = Field(default_factory=list)
    """Slices without figures. Some are small; others stand here because their size would tell a small one."""
    unnamed: list[list[str]] = Field(default_factory=list)
    """Features of which slices are left out without even a name, as too many of them would have to be hidden."""

    @property
    def reason(self) -> str:
        """What stands where a figure was: it does not say whether that figure or a neighbour's is small."""
        return f"{SUPPRESSED}: it would tell a count of fewer than {self.least} people"
