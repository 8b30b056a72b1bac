"""Series and symbols of single rows: curves over time, and symbols with what each moved the score by."""

from typing import TYPE_CHECKING

import numpy as np

from dlaudit.data.sequence_steps import Steps
from dlaudit.data.showing import RowParts, Showing
from dlaudit.data.shown_pixels import block_means
from dlaudit.record import Content, Curve, Passage, Stretch

if TYPE_CHECKING:
    from dlaudit.data.sequence_ids import SymbolInputs

MOST_POINTS, MASKED_POINTS = 64, 8
"""Points of a curve."""
MOST_CURVES = 6
MOST_SYMBOLS = 400
_DIGITS = 4


def series_shown(steps: Steps, channels: tuple[str, ...], how: Showing) -> list[Content]:
    """The channels of every row; steps without a measurement are passed over.

    Where masked, a point is the mean of two steps or more where there are two, to one significant digit.
    """
    return [
        _curves(steps.values[steps.starts[row] : steps.starts[row + 1]], channels, masked=how.masked)
        for row in range(len(steps.lengths))
    ]


def _curves(
    values: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", channels: tuple[str, ...], *, masked: bool
) -> Content:
    most = MASKED_POINTS if masked else MOST_POINTS
    made = []
    for at, channel in enumerate(channels[:MOST_CURVES]):
        known = values[np.isfinite(values[:, at]), at]
        if len(known):
            points = block_means(known, max(1, min(most, len(known) // 2)) if masked else most, 0)
            rounded = [float(f"{point:.{1 if masked else _DIGITS}g}") for point in points]
            made.append(Curve(name=channel, values=rounded, steps=len(values)))
    more = len(channels) - MOST_CURVES
    return Content(curves=made, failed=[f"{more} more channels are not shown"] if more > 0 else [])


def symbols_shown(inputs: "SymbolInputs", text: str, parts: RowParts, *, masked: bool) -> Content:
    """The symbols of a text; where masked, letters are `x` and digits `0`, so that only its shape is told, and of
    none what it moved the score by: that would tell which letter it is.
    """
    separator = inputs.symbols.separator
    symbols = list(text) if separator is None else [one for one in text.split(separator) if one]
    moved = {} if masked else _by_symbol(inputs, symbols, parts)
    stretches = []
    for at, symbol in enumerate(symbols[:MOST_SYMBOLS]):
        shown = "".join(map(_shape, symbol)) if masked else symbol
        between = (separator or "") if at + 1 < len(symbols) else ""
        stretches.append(Stretch(text=shown + between, contribution=moved.get(at)))
    return Content(passages=[Passage(name="", stretches=stretches, left_out=sum(map(len, symbols[MOST_SYMBOLS:])))])


def _shape(character: str) -> str:
    return "x" if character.isalpha() else "0" if character.isdigit() else character


def _by_symbol(inputs: "SymbolInputs", symbols: list[str], parts: RowParts) -> dict[int, float]:
    """What each symbol moved the score by, by its place in the text; nothing where a symbol has no id of its own."""
    ids, _ = inputs.symbols.of((inputs.symbols.separator or "").join(symbols))
    if len(ids) != len(symbols):
        return {}
    length = np.array([len(ids)])
    places = np.flatnonzero(inputs.frame.mask(length)[0])
    first = len(ids) - len(places) if inputs.frame.keep == "last" else 0
    known = [value for _, value in parts.words]
    return {first + at: known[place] for at, place in enumerate(places) if place < len(known)}
