"""Numbers in the sentences of the gate."""

import math

NOTHING = 1e-7
"""Written as 0, without a sign."""


def number(value: float | None, limit: float | None = None, *, percent: bool = False) -> str:
    """A number to 2 %, with two decimals or more (a percentage: one), as many as tell it from a limit beside it."""
    if value is None:
        return "undefined"
    value = 0.0 if abs(value) < NOTHING else value
    scale, least, unit = (100, 1, " %") if percent else (1, 2, "")
    for digits in range(least, least + 5):
        text = f"{scale * value:.{digits}f}"
        is_near = abs(float(text) - scale * value) <= 0.02 * abs(scale * value) or digits >= least + 2
        is_apart = limit is None or value == limit or text != f"{scale * limit:.{digits}f}"
        if is_near and is_apart:
            break
    return text + unit


def number_rounded(value: float, *, up: bool) -> str:
    """Two decimals, more where two would say 0 or 1; rounded to one side."""
    for digits in (2, 3, 4):
        told = _to_a_side(value, digits, up=up)
        if abs(told - value) <= 0.03 * abs(value):
            break
    return f"{told:.{digits}f}"


def percent_rounded(value: float, *, up: bool) -> str:
    """The same of a share in percent, with one decimal, without the unit."""
    return f"{_to_a_side(100 * value, 1, up=up):.1f}"


def _to_a_side(value: float, digits: int, *, up: bool) -> float:
    scale = 10.0**digits
    scaled = value * scale
    return (math.ceil(scaled - 1e-9) if up else math.floor(scaled + 1e-9)) / scale
