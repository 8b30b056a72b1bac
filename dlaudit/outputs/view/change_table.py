"""Tables that draw a figure of two runs as a line from the earlier to the later value."""

from dataclasses import dataclass

from dlaudit.outputs.view.axis import Tick
from dlaudit.outputs.words import Sentence


@dataclass(frozen=True)
class Moved:
    """Both values on the axis, in percent of it."""

    old: str
    new: str


@dataclass(frozen=True)
class ChangeRow:
    """One gap, earlier and later."""

    about: Sentence
    under: Sentence
    old: str
    new: str
    change: str
    interval: str
    kind: str
    """Class and shape of its mark: `fail` where it grew, `pass` where it shrank, `ref` where it turned round."""
    status: str
    drawn: Moved | None


@dataclass(frozen=True)
class ChangeTable:
    """Gaps of one unit on one axis, those that grew most first."""

    unit: str
    rows: list[ChangeRow]
    ticks: list[Tick]
    even: str | None
    """Place of no gap."""
    left_out: str
    """How many more there are in audit.json; empty for none."""
