"""Gradients integrated between neighbouring nodes, where the score says at which place one gives way to the other.

A network of straight pieces has a constant gradient up to a kink and another one behind it. Where the gradient and the
score are known at both ends of an interval, the place of a single kink follows from them: the one at which both pieces
together make up the change of the score. A quadrature rule knows only the gradients and has to take the middle.
"""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float, Int

SPREAD = 1 / 6
"""What the values of an interval are unsure of, as a part of its width times the change of the gradient over it. A
kink at any place of the interval, with the middle taken for it, would have a root mean square of 0.29; that the place
is known from the score leaves about half (measured, benchmarks/integrated_gradients.md)."""

ALIKE = 0.1
"""Slopes count as alike that differ by less than this part of what the gradients differ by."""


@dataclass(frozen=True, kw_only=True)
class Points:
    """Points of lines at which score and gradient are known."""

    score: Float[np.ndarray, " p"]
    """The score."""
    values: Float[np.ndarray, "p M"]
    """The gradient as what every player contributes per unit of the line."""

    def joined(self, more: "Points") -> "Points":
        """These points, and `more` behind them."""
        return Points(score=np.concatenate([self.score, more.score]), values=np.concatenate([self.values, more.values]))


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """Intervals of lines between neighbouring points."""

    row: Int[np.ndarray, " k"]
    """The line of each."""
    low: Float[np.ndarray, " k"]
    """Where on its line it begins."""
    width: Float[np.ndarray, " k"]
    """How long it is."""
    left: Int[np.ndarray, " k"]
    """Number of the point at its lower end."""
    right: Int[np.ndarray, " k"]
    """Number of the point at its upper end."""
    first: Float[np.ndarray, " k"]
    """For how much of its width the gradient of the lower end counts; for the rest that of the upper end does."""
    missed: Float[np.ndarray, " k"]
    """Sum of the contributions minus change of the score."""
    unsure: Float[np.ndarray, " k"]
    """Estimated length of the error of the values."""

    def __len__(self) -> int:
        return len(self.row)

    def take(self, which: Bool[np.ndarray, " k"]) -> "Intervals":
        """Some of them."""
        return Intervals(**{one.name: getattr(self, one.name)[which] for one in fields(self)})

    def joined(self, more: "Intervals") -> "Intervals":
        """These, and `more` behind them."""
        both = {one.name: (getattr(self, one.name), getattr(more, one.name)) for one in fields(self)}
        return Intervals(**{name: np.concatenate(parts) for name, parts in both.items()})

    def weights(self, points: int) -> Float[np.ndarray, " p"]:
        """What the gradient at every point counts."""
        left = np.bincount(self.left, weights=self.first, minlength=points)
        right = np.bincount(self.right, weights=self.width - self.first, minlength=points)
        return np.asarray(left + right, dtype=np.float64)  # without intervals, counts would be whole numbers


def between(
    points: Points,
    *,
    row: Int[np.ndarray, " k"],
    low: Float[np.ndarray, " k"],
    width: Float[np.ndarray, " k"],
    ends: tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"]],
) -> Intervals:
    """Intervals with what score and gradient at their ends say of them.

    Args:
        points: Everything known.
        row: The line of each interval.
        low: Where it begins.
        width: How long it is.
        ends: Numbers of the points at its lower and at its upper end.
    """
    one, two = points.values[ends[0]], points.values[ends[1]]
    rise = points.score[ends[1]] - points.score[ends[0]]
    slopes = one.sum(axis=1), two.sum(axis=1)
    turn = np.linalg.norm(two - one, axis=1)
    first = switch(slopes, rise, width, turn)
    return Intervals(
        row=row,
        low=low,
        width=width,
        left=ends[0],
        right=ends[1],
        first=first,
        missed=first * slopes[0] + (width - first) * slopes[1] - rise,
        unsure=SPREAD * width * turn,
    )


def switch(
    slopes: tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]],
    rise: Float[np.ndarray, " k"],
    width: Float[np.ndarray, " k"],
    turn: Float[np.ndarray, " k"],
) -> Float[np.ndarray, " k"]:
    """For how much of each interval the first slope counts, so that both make up the rise of the score.

    Never less than nothing nor more than the width: what a switch inside the interval cannot explain stays missing,
    and shows. Near the middle where both slopes are much alike although the gradients differ: the score then says
    little about the place, and its rounding would decide.

    Args:
        slopes: Slopes of the score at the lower and at the upper end.
        rise: Change of the score over the interval.
        width: Width of the interval.
        turn: Length of the difference of the gradients at the ends.
    """
    bend = slopes[0] - slopes[1]
    missed = rise - width * (slopes[0] + slopes[1]) / 2
    scale = np.maximum(bend**2, (ALIKE * turn) ** 2)
    away = np.divide(missed * bend, scale, out=np.zeros_like(width), where=scale > 0)
    return np.asarray(np.clip(width / 2 + away, 0.0, width))
