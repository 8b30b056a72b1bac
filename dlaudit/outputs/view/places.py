"""Places of a map on a picture: which way axes run, places taken together, and squares of one colour as one path."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, prod

import numpy as np
from jaxtyping import Float, Int

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT

RIGHTWARDS = ("time", "position", "column")
"""Axes that run to the right; the others run down."""
UPWARDS = ("band",)
"""Axes whose first place is the lowest."""
FLATTEST = 0.4
"""Height of a picture over its width at least, and its width over its height."""
STEPS = 4
"""Shades on each side of 0."""


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """How the places of one map lie on its pictures."""

    axes: tuple[str, ...]
    shape: tuple[int, ...]
    most: int = 1024
    """Squares of a picture at most."""
    called: Sequence[Sequence[str]] = ()
    """Of each axis the names of its places; empty where numbers say them."""

    @property
    def is_turned(self) -> bool:
        """Whether the first axis runs to the right, and the second down."""
        return len(self.axes) == 2 and self.axes[0] in RIGHTWARDS and self.axes[1] not in RIGHTWARDS

    @property
    def directions(self) -> tuple[str, str]:
        """What runs down (or up), and what runs to the right; the former is empty where there is one axis."""
        first, second = ("", self.axes[0]) if len(self.axes) == 1 else (self.axes[0], " × ".join(self.axes[1:]))
        return (second, first) if self.is_turned else (first, second)

    @property
    def is_upwards(self) -> bool:
        """Whether the first place of the axis that is not the one to the right is the lowest."""
        return self.directions[0] in UPWARDS

    def laid(self, values: Sequence[float]) -> Float[np.ndarray, "down right"]:
        """The values as rows and columns of the picture; a third axis beside the second."""
        flat = np.asarray(values, dtype=float)
        grid = flat[None] if len(self.shape) == 1 else flat.reshape(self.shape[0], -1)
        turned = grid.T if self.is_turned else grid
        return turned[::-1] if self.is_upwards else turned

    @property
    def together(self) -> tuple[int, int]:
        """How many places down and to the right make one square of the picture."""
        size = list(self.laid(range(prod(self.shape))).shape)
        step = [1, 1]
        while (squares := [ceil(size[at] / step[at]) for at in (0, 1)]) and prod(squares) > self.most:
            step[int(squares[1] > squares[0])] += 1
        return step[0], step[1]

    def summed(self, values: Sequence[float]) -> Float[np.ndarray, "down right"]:
        """The squares of the picture: the sums of the places in each, as contributions add up."""
        laid = self.laid(values)
        for axis, step in enumerate(self.together):
            laid = np.add.reduceat(laid, np.arange(0, laid.shape[axis], step), axis=axis)
        return laid

    def square(self, place: int) -> tuple[int, int]:
        """Down and right of the square that a place is in."""
        one_hot = np.zeros(prod(self.shape))
        one_hot[place] = 1
        down, right = np.argwhere(self.summed(one_hot.tolist()) > 0)[0]
        return int(down), int(right)

    def named(self, place: int) -> str:
        """`row 3, column 5`, places counted from 1; or by their names, as `heart rate, 6-12 h`."""
        at = [int(one) for one in np.unravel_index(place, self.shape)]
        if self.called:
            return ", ".join(text.name(names[one], limit=60) for names, one in zip(self.called, at, strict=True))
        placed = zip(self.axes, at, strict=True)
        return ", ".join(TEXT["map_place"].format(axis=text.name(axis), at=one + 1) for axis, one in placed)

    def ends(self, axis: str) -> tuple[str, str] | None:
        """The first and the last place of an axis in the order in which they stand; None where numbers say them."""
        names = self.called[self.axes.index(axis)] if self.called and axis in self.axes else ()
        return (names[0], names[-1]) if len(names) > 1 else None

    @property
    def stretch(self) -> tuple[float, float]:
        """Width and height of a square, so that no picture is a thin line."""
        down, right = self.summed([0.0] * prod(self.shape)).shape
        if down < FLATTEST * right:
            return 1.0, round(FLATTEST * right / down, 3)
        return (round(FLATTEST * down / right, 3), 1.0) if right < FLATTEST * down else (1.0, 1.0)


def shades(squares: Float[np.ndarray, "down right"], largest: float) -> Int[np.ndarray, "down right"]:
    """The shade of every square, from -`STEPS` to `STEPS`; `largest` has the strongest."""
    if largest <= 0:
        return np.zeros(squares.shape, dtype=np.int64)
    return np.asarray(np.clip(np.rint(squares / largest * STEPS), -STEPS, STEPS), dtype=np.int64)


def paths(shade: Int[np.ndarray, "down right"]) -> list[tuple[int, str]]:
    """One path for each shade but 0: squares side by side are one piece, and equal pieces below one another, too."""
    done: dict[int, list[str]] = {}
    open_: dict[tuple[int, int, int], int] = {}
    for down in range(len(shade) + 1):
        pieces = set(_pieces(shade[down])) if down < len(shade) else set()
        for piece in [one for one in open_ if one not in pieces]:
            of, right, wide = piece
            top = open_.pop(piece)
            done.setdefault(of, []).append(f"M{right} {top}h{wide}v{down - top}h-{wide}z")
        for piece in sorted(pieces):
            open_.setdefault(piece, down)
    return [(of, "".join(done[of])) for of in sorted(done)]


def _pieces(row: Int[np.ndarray, " right"]) -> list[tuple[int, int, int]]:
    """Shade, place and width of the runs of one shade in a row, without shade 0."""
    ends = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), len(row)]
    return [(int(row[a]), a, b - a) for a, b in pairwise(ends) if b > a and row[a] != 0]
