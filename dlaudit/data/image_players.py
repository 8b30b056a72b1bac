"""What explanations of images are about: patches as players, and pixels (or small blocks of them) as maps.

Superpixels are not offered: their outlines differ from image to image, so that parts of two people cannot be exchanged,
and they are found in the pixels that are explained, so that slices would have other parts before the model saw them.
"""

from dlaudit.data.grid import Grid, cut, spans
from dlaudit.spec import ImageInput

SHORT = 4
"""Patches along the shorter side where the configuration does not say: the fewest coalitions that are tried for a row
grow with the players (64 for 16 patches, 196 for 49), and so does the cost of every round of a gap."""
LONG = 8
"""Patches along the longer side at most."""
SHOWN = 32
"""Places along each side of maps: pixels where there are no more of them."""


def patches(asked: ImageInput, size: tuple[int, int]) -> Grid:
    """Patches from the top and from the left, as `grid` says or about square."""
    return _grid(asked, size, asked.grid or default_grid(size), named=True)


def default_grid(size: tuple[int, int]) -> list[int]:
    """`SHORT` patches along the shorter side, and so many along the other that they are about square."""
    short = min(size)
    along = [max(1, min(LONG, round(SHORT * side / short))) for side in size]
    return [min(count, side) for count, side in zip(along, size, strict=True)]


def places(asked: ImageInput, size: tuple[int, int]) -> Grid:
    """Pixels, or blocks of them where there are more than `SHOWN` along a side."""
    return _grid(asked, size, [SHOWN, SHOWN])


def _grid(asked: ImageInput, size: tuple[int, int], parts: list[int], *, named: bool = False) -> Grid:
    """The grid; with the names of its rows and columns where they are more than single pixels."""
    rows, columns = cut(size[0], parts[0]), cut(size[1], parts[1])
    downs, rights = [_span("row", one) for one in spans(rows)], [_span("column", one) for one in spans(columns)]
    return Grid(
        input=asked.name,
        names=tuple(f"{down} × {right}" for down in downs for right in rights),
        axes={2: rows, 3: columns},
        titles=("row", "column"),
        marks=(tuple(downs), tuple(rights)) if named else (),
        aligned=asked.aligned,
    )


def _span(what: str, ends: tuple[int, int]) -> str:
    """`rows 1-7`, or `row 3`: places counted from 1."""
    return f"{what} {ends[0] + 1}" if ends[0] == ends[1] else f"{what}s {ends[0] + 1}-{ends[1] + 1}"
