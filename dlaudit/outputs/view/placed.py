"""A split gap laid out as the input is: a square for each patch, by colour, number and mark."""

from dataclasses import dataclass

import numpy as np

from dlaudit.findings.explained import is_doubted
from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.view.places import Canvas, shades
from dlaudit.outputs.why_sentences import written_of
from dlaudit.outputs.words import Name, Sentence, levels, said, words
from dlaudit.record import Audit, Contribution, Decomposition, PartGrid

WIDEST = 12
"""Columns up to which squares hold numbers; narrower ones hold a colour and a mark, and the number for readers."""


@dataclass(frozen=True, kw_only=True)
class Square:
    """The part of the gap at one place."""

    value: str
    shade: str
    """Class of its colour."""
    is_marked: bool
    """Whether it is more than chance."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The parts of a gap at the places of one input."""

    input: str
    caption: Sentence
    corner: str
    """What runs down, and what to the right."""
    columns: list[str]
    rows: list[tuple[str, list[Square]]]
    low: str
    high: str
    """Ends of the scale of colours."""
    is_dense: bool
    """Whether squares are too small for numbers."""
    is_doubted: bool
    """Whether no method is trustworthy there, so that it is drawn pale."""


def placed(audit: Audit, split: Decomposition) -> list[Placed]:
    """A picture for each input whose parts are all among the contributions, as patches of an image are."""
    known = {one.feature: one for one in split.contributions}
    grids = [one for one in audit.grids if 1 <= len(one.axes) <= 2 and len(one.parts) > 1]
    return [_placed(audit, split, grid, known) for grid in grids if known.keys() >= set(grid.parts)]


def _placed(audit: Audit, split: Decomposition, grid: PartGrid, known: dict[str, Contribution]) -> Placed:
    canvas = Canvas(axes=tuple(grid.axes), shape=tuple(grid.shape), called=grid.places)
    order = canvas.laid(range(len(grid.parts))).astype(int)
    parts = [[known[grid.parts[at]] for at in row] for row in order]
    values = np.array([[part.value for part in row] for row in parts])
    largest, written = float(np.abs(values).max()), written_of(split)
    squares = [
        [_square(part, shade, written) for part, shade in zip(row, colours, strict=True)]
        for row, colours in zip(parts, shades(values, largest), strict=True)
    ]
    down, right = canvas.directions
    return Placed(
        input=grid.input,
        caption=_caption(audit, split, canvas, grid.input),
        corner=TEXT["placed_corner"].format(down=text.name(down), right=text.name(right)) if down else "",
        columns=_called(grid, right, order.shape[1], is_turned=False),
        rows=list(zip(_called(grid, down, order.shape[0], is_turned=canvas.is_upwards), squares, strict=True)),
        low=written(-largest),
        high=written(largest),
        is_dense=order.shape[1] > WIDEST,
        is_doubted=is_doubted(audit, [split.slice, split.reference]),
    )


def _square(part: Contribution, shade: int, written: text.Format) -> Square:
    """The square; half as strong in colour where it could be chance."""
    is_pale = part.p_adjusted is not None and not part.marked
    step = -(-abs(shade) // 2) if is_pale else abs(shade)
    return Square(
        value=_short(written(part.value)),
        shade="mid" if step == 0 else f"{'lo' if shade < 0 else 'hi'}{step}",
        is_marked=part.marked,
    )


def _short(value: str) -> str:
    """The number, or `≈ 0` where it is too small to be written."""
    return TEXT["placed_tiny"] if value[:1] in "<>" else value


def _called(grid: PartGrid, axis: str, count: int, *, is_turned: bool) -> list[str]:
    """Names of the places of an axis, without its own, in the order in which they are drawn; of no axis one without."""
    if axis not in grid.axes:
        return [""]
    at = grid.axes.index(axis)
    given = grid.places[at] if grid.places else [str(number + 1) for number in range(count)]
    names = [one.removeprefix(f"{axis}s ").removeprefix(f"{axis} ") for one in given]
    return list(reversed(names)) if is_turned else list(names)


def _caption(audit: Audit, split: Decomposition, canvas: Canvas, name: str) -> Sentence:
    slots: dict[str, str | Sentence] = {
        "input": (Name(name),),
        "slice": (Name(_level(audit, split.slice)),),
        "reference": (Name(_level(audit, split.reference)),),
        "unit": TEXT["placed_points" if words(split.metric).rate else "placed_units"],
        "directions": _directions(canvas),
    }
    return said("placed", **slots)


def _directions(canvas: Canvas) -> str:
    down, right = canvas.directions
    key = "maps_right" if not down else "maps_up" if canvas.is_upwards else "maps_down"
    return TEXT[key].format(down=text.name(down), right=text.name(right))


def _level(audit: Audit, slice_id: str) -> str:
    found = next((one for one in audit.slices if one.id == slice_id), None)
    return levels(found) if found is not None and found.where else slice_id
