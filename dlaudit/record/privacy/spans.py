"""Counts of people in one slice, and which further counts follow from them.

A table has four cells: true positives, false positives, false negatives, true negatives. Every published count is the
sum of some of them: a mask of four zeros and ones. From several such sums others follow by adding and subtracting.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

Mask = tuple[int, int, int, int]
EVERYBODY: Mask = (1, 1, 1, 1)
MASKS: tuple[Mask, ...] = tuple(mask for mask in product((0, 1), repeat=4) if any(mask))  # type: ignore[misc]
"""Every set of cells that holds somebody."""


@dataclass(frozen=True)
class Form:
    """One published count: the people in some cells of one table of one slice."""

    table: str
    """Class or label that the table is of, or the name of a metric with a table of its own."""
    mask: Mask
    """Cells that it counts."""
    tier: int
    """Tier of metrics that publishes it (see `counts`)."""
    count: int
    """How many people."""


def follow(forms: Iterable[Form], tier: int) -> list[Form]:
    """Every count that follows from the forms up to `tier`, table by table, each with the first tier that tells it.

    Args:
        forms: Counts of one slice.
        tier: Last tier that is published.
    """
    tables: dict[str, list[Form]] = {}
    for one in forms:
        tables.setdefault(one.table, []).append(one)
    everybody = [one for one in forms if one.mask == EVERYBODY]
    found = []
    for table, told in tables.items():
        whole = told if any(one.mask == EVERYBODY for one in told) else [*told, *everybody[:1]]
        found += _follow(table, whole, tier)
    return found


def _follow(table: str, forms: list[Form], tier: int) -> list[Form]:
    found: dict[Mask, Form] = {}
    for last in range(1, tier + 1):
        known = {one.mask: one.count for one in forms if one.tier <= last}
        for mask, parts in spanned(tuple(sorted(known))):
            if mask not in found:
                count = sum((part * known[of] for of, part in parts), Fraction(0))
                found[mask] = Form(table, mask, last, int(count))
    return list(found.values())


@lru_cache(maxsize=4096)
def spanned(known: tuple[Mask, ...]) -> tuple[tuple[Mask, tuple[tuple[Mask, Fraction], ...]], ...]:
    """Every mask that follows from the known ones, with the multiples of them that add up to it."""
    rows = [([Fraction(cell) for cell in mask], {mask: Fraction(1)}) for mask in known]
    basis: list[tuple[list[Fraction], dict[Mask, Fraction], int]] = []
    for cells, made_of in rows:
        cells, made_of = _reduced(cells, made_of, basis)
        pivot = next((at for at, cell in enumerate(cells) if cell), None)
        if pivot is not None:
            basis.append((cells, made_of, pivot))
    found = []
    for mask in MASKS:
        left, parts = _reduced([Fraction(cell) for cell in mask], {}, basis)
        if not any(left):
            found.append((mask, tuple((of, -part) for of, part in parts.items() if part)))
    return tuple(found)


def _reduced(
    cells: list[Fraction], made_of: dict[Mask, Fraction], basis: list[tuple[list[Fraction], dict[Mask, Fraction], int]]
) -> tuple[list[Fraction], dict[Mask, Fraction]]:
    """The row without its parts along the basis, and what it is made of then."""
    for row, parts, pivot in basis:
        factor = cells[pivot] / row[pivot]
        if factor:
            cells = [mine - factor * theirs for mine, theirs in zip(cells, row, strict=True)]
            made_of = {
                mask: made_of.get(mask, Fraction(0)) - factor * parts.get(mask, Fraction(0))
                for mask in {*made_of, *parts}
            }
    return cells, made_of
