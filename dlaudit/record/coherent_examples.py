"""Whether the examples of an audit.json contradict the rest of it."""

from collections.abc import Iterator

from dlaudit.errors import shown
from dlaudit.record.audit import Audit
from dlaudit.record.examples import Content, Examples

MOST_CARDS = 1_000
"""Cards of an audit, several times as many as dlaudit writes."""
_MOST_PARTS = 100_000
"""Cells, pieces of text and points of curves of all cards together."""


def example_faults(audit: Audit) -> Iterator[str]:
    """Everything in which the examples speak of what is not there, or show what is hidden."""
    found = audit.examples
    if found is None:
        return
    if audit.suppression is not None:
        yield "it shows single rows, and hides small counts"
    known = {one.id for one in audit.slices}
    for name in [*(one.slice for one in found.cards), *(one.slice for one in found.slices)]:
        if name not in known:
            yield f"an example is of the slice {shown(name)}, which is not there"
    if len({one.slice for one in found.slices}) < len(found.slices):
        yield "what was chosen in a slice is there twice"
    cells = (cell for one in found.cards for cell in one.content.cells)
    if any(one.hidden and (one.value or one.contribution is not None) for one in cells):
        yield "a cell of an example is hidden, and its value or its contribution is told"
    yield from _sizes(found)


def _sizes(found: Examples) -> Iterator[str]:
    if len(found.cards) > MOST_CARDS or sum(_parts(one.content) for one in found.cards) > _MOST_PARTS:
        yield "it has more examples than a page can show"
    if any(not curve.values for one in found.cards for curve in one.content.curves):
        yield "a curve has no points"
    if min([found.worst, found.typical, found.common, found.explained, found.left_out, found.most]) < 0:
        yield "a count of examples is negative"


def _parts(content: Content) -> int:
    pieces = sum(len(one.stretches) for one in content.passages)
    points = sum(len(one.values) for one in content.curves) + sum(len(one.contributions) for one in content.rasters)
    return len(content.cells) + pieces + points
