"""Numeric features cut into levels."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from dlaudit.errors import DataRefused, Place, UsageError, shown
from dlaudit.record import UNKNOWN


def bin_labels(edges: Sequence[float], feature: str) -> list[str]:
    """`[25, 40)`, `[40, 65]`: levels between the edges, left-closed; the last one holds its upper edge too.

    Args:
        edges: Two or more, ascending.
        feature: For messages.

    Raises:
        UsageError: The edges are no such numbers (DLA409).
    """
    ascending = all(low < high for low, high in pairwise(edges))
    if len(edges) < 2 or not ascending or any(map(math.isnan, edges)):
        raise UsageError(
            "DLA409",
            f"the bins of {shown(feature)} are {', '.join(map(number_text, edges)) or 'empty'}",
            expected="two or more ascending edges, as [0, 25, 40, 65, 120]",
            fix=f"Correct slices.bins.{feature}.",
        )
    last = len(edges) - 2
    return [
        f"[{number_text(low)}, {number_text(high)}{']' if at == last else ')'}"
        for at, (low, high) in enumerate(pairwise(edges))
    ]


def bin_of(text: str, edges: Sequence[float], labels: Sequence[str], feature: str) -> str:
    """The level of a number: one of `labels`, `below 25` or `above 65` beyond the edges, or `(unknown)` for NaN.

    The two ends are levels of their own: one slice of the youngest together with the oldest would hide both.

    Raises:
        DataRefused: The text is no number (DLA409).
    """
    try:
        value = float(text)
    except ValueError:
        raise DataRefused(
            "DLA409",
            f"the value {shown(text)} is not a number, but the column has bins",
            place=Place(column=feature),
            fix="Correct it, or list it in slices.unknown where it means not recorded.",
        ) from None
    if math.isnan(value):
        return UNKNOWN
    if value == edges[-1]:
        return labels[-1]
    at = bisect_right(edges, value) - 1
    if at < 0:
        return f"below {number_text(edges[0])}"
    return labels[at] if at < len(labels) else f"above {number_text(edges[-1])}"


def number_text(edge: float) -> str:
    """An edge as it stands in the name of a level: `25`, `0.5`."""
    return str(int(edge)) if float(edge).is_integer() else repr(float(edge))
