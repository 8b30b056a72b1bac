"""What a rule requires, taken apart into statements about two slices (or one) that a test can decide."""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations
from typing import Literal

from dlaudit.gate.cells import Cell, rest_of

Kind = Literal["difference", "ratio", "floor", "ceiling"]
Part = Literal["none", "first", "second"]


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One statement that must hold.

    `difference`: first - second <= limit. `ratio`: first / second >= limit. `floor`: first >= limit. `ceiling`:
    first <= limit.
    """

    kind: Kind
    """Which of these."""
    first: Cell
    """First slice."""
    second: Cell | None = None
    """Second slice; None for a floor or ceiling."""
    limit: Fraction
    """Limit between the two slices."""
    part: Part = "none"
    """Which side is the slice, where the rule compares it with the whole that it is part of; the other is the rest."""
    share: Fraction = Fraction(0)
    """Share of the slice in that whole."""

    @property
    def sides(self) -> tuple[Cell, ...]:
        """The slice, or both."""
        return (self.first,) if self.second is None else (self.first, self.second)

    @property
    def has_intervals(self) -> bool:
        """Whether anything is known of the uncertainty of both sides."""
        return all(side.has_interval for side in self.sides)

    @property
    def always_holds(self) -> bool:
        """Whether no rates can break it."""
        return self.kind == "ratio" and self.limit <= 0

    @property
    def seeks_largest(self) -> bool:
        """Whether the largest contrast is the one that matters (else the smallest)."""
        return self.kind in {"difference", "ceiling"}

    @property
    def observed(self) -> float | None:
        """The contrast as a reader knows it; None for a ratio over 0."""
        first = self.first.exact
        if self.second is None:
            return float(first)
        second = self.second.exact
        if self.kind == "difference":
            return self.shown(float(first - second))
        return None if second == 0 else self.shown(float(first / second))

    @property
    def holds(self) -> bool:
        """Whether the estimates keep to the limit, in exact arithmetic."""
        first = self.first.exact
        if self.kind == "floor":
            return first >= self.limit
        if self.kind == "ceiling":
            return first <= self.limit
        assert self.second is not None, "a difference and a ratio have two sides"
        if self.kind == "difference":
            return first - self.second.exact <= self.limit
        return first >= self.limit * self.second.exact

    def at(self, limit: Fraction) -> "Contrast":
        """The statement that the rule would ask for at another limit."""
        return replace(self, limit=_own_limit(self.kind, self.part, self.share, limit))

    def shown(self, value: float) -> float:
        """A difference or ratio of the two sides as that of the slice and the whole, where the rule names the whole."""
        share = float(self.share)
        if self.part == "none":
            return value
        if self.kind == "difference":
            return (1 - share) * value
        if value == float("inf"):
            return 1 / share if self.part == "first" and share else value
        return value / (share * value + 1 - share) if self.part == "first" else share + (1 - share) * value


def each(cells: list[Cell], limit: Fraction, bound: Literal["min", "max"]) -> list[Contrast]:
    """A floor or ceiling on every cell."""
    return [Contrast(kind="floor" if bound == "min" else "ceiling", first=cell, limit=limit) for cell in cells]


def pairs(cells: list[Cell], kind: Kind, limit: Fraction) -> list[Contrast]:
    """Every ordered pair of cells."""
    return [Contrast(kind=kind, first=a, second=b, limit=limit) for a, b in permutations(cells, 2)]


def against_reference(cells: list[Cell], reference: Cell, kind: Kind, limit: Fraction) -> list[Contrast]:
    """Every cell against `reference`, both ways."""
    others = [cell for cell in cells if cell.id != reference.id]
    return [found for cell in others for found in pairs([cell, reference], kind, limit)]


def against_rest(cells: list[Cell], kind: Kind, limit: Fraction, min_size: int) -> list[Contrast]:
    """Every cell against all others together, both ways; of two cells the other one is the rest."""
    if len(cells) == 2:
        return pairs(cells, kind, limit)
    rests = [(cell, rest_of(cells, cell, min_size)) for cell in cells]
    return [found for cell, rest in rests if rest is not None for found in pairs([cell, rest], kind, limit)]


def against_whole(cells: list[Cell], kind: Kind, limit: Fraction, min_size: int) -> list[Contrast]:
    """Every cell against all cells together, both ways, as statements about the cell and its (independent) rest."""
    found = []
    for cell in cells:
        rest = rest_of(cells, cell, min_size)
        if rest is None or cell.n is None or rest.n is None:
            continue
        share = Fraction(cell.n, cell.n + rest.n)
        above = _own_limit(kind, "first", share, limit)
        below = _own_limit(kind, "second", share, limit)
        found.append(Contrast(kind=kind, first=cell, second=rest, limit=above, part="first", share=share))
        found.append(Contrast(kind=kind, first=rest, second=cell, limit=below, part="second", share=share))
    return found


def _own_limit(kind: Kind, part: Part, share: Fraction, limit: Fraction) -> Fraction:
    """The limit between a slice and its rest that says the same as `limit` between the slice and the whole.

    With w the slice's share, p - p_all = (1 - w)(p - p_rest), and p_all = w p + (1 - w) p_rest for ratios.
    """
    if part == "none":
        return limit
    if kind == "difference":
        return limit / (1 - share)
    return limit * (1 - share) / (1 - limit * share) if part == "first" else (limit - share) / (1 - share)
