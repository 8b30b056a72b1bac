"""Slices that are named without figures, so that nobody in them can be recognised."""

from dlaudit.record import Audit
from dlaudit.record.suppression import HiddenSlice


def hidden_slices(audit: Audit, by: list[str]) -> list[HiddenSlice]:
    """The slices over exactly these features whose size is not shown, the unknown level last."""
    if audit.suppression is None:
        return []
    found = [one for one in audit.suppression.slices if sorted(one.by) == sorted(by)]
    return sorted(found, key=lambda one: one.unknown)


def hides_finds(audit: Audit) -> bool:
    """Whether a search confirmed slices that are not shown, so that an empty list does not mean that there are none."""
    return audit.suppression is not None and any("discovered slices" in one.what for one in audit.not_applicable)
