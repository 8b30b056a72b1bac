"""An audit as large as a page may become: many slices, and as many single rows and pictures as may be written.

The pictures are pieces of the two photographs that come with scikit-learn, written as `report.examples` writes them.
"""

from functools import cache
from itertools import cycle, islice

import numpy as np
from sklearn.datasets import load_sample_images

from dlaudit.data.shown_pixels import picture_png
from dlaudit.record import (
    Audit,
    Content,
    Example,
    ExampleCell,
    Examples,
    ExampleSlice,
    PartGrid,
    Raster,
    Slice,
)

PICTURES, CARDS = 60, 210
"""What `report.examples` writes at most."""
SIDE = 256
"""Pixels of a piece of a photograph; it is shown with half as many."""
GRID = 8


def with_examples(audit: Audit, seed: int = 7) -> Audit:
    """The audit with 210 cards, 60 of them with a picture and a map of what its places moved the score by."""
    generator = np.random.default_rng(seed)
    slices = [one for one in audit.slices if len(one.by) == 1 and not one.small]
    chosen = sorted(islice(cycle(slices), CARDS), key=slices.index)
    cards = [_card(one, at, generator) for at, one in enumerate(chosen)]
    told = [ExampleSlice(slice=one.id, worst=chosen.count(one)) for one in slices if one in chosen]
    places = [f"row {row}, column {column}" for row in range(GRID) for column in range(GRID)]
    return audit.model_copy(
        update={
            "grids": [PartGrid(input="photo", axes=["row", "column"], shape=[GRID, GRID], parts=places)],
            "examples": Examples(
                mode="full",
                cards=cards,
                slices=told,
                worst=1,
                typical=0,
                most=CARDS,
                common=20,
                method="integrated_gradients",
                explained=CARDS,
            ),
        }
    )


def _card(one: Slice, at: int, generator: np.random.Generator) -> Example:
    """Eight cells on every card, a picture on every third or fourth."""
    pictured = at * PICTURES // CARDS != (at - 1) * PICTURES // CARDS
    return Example(
        slice=one.id,
        why="worst",
        row=at + 1,
        levels=one.where,
        label="yes",
        prediction="no",
        score=float(generator.uniform(0, 0.5)),
        content=Content(cells=_cells(generator), columns=12, rasters=[_picture(at, generator)] if pictured else []),
    )


@cache
def _photographs() -> list[np.ndarray]:
    return load_sample_images().images


def _picture(at: int, generator: np.random.Generator) -> Raster:
    photograph = _photographs()[at % len(_photographs())]
    top, left = (int(generator.integers(0, size - SIDE)) for size in photograph.shape[:2])
    png, width, height = picture_png(photograph[top : top + SIDE, left : left + SIDE], masked=False)
    moved = [float(value) for value in generator.normal(0, 0.02, GRID * GRID)]
    return Raster(name="photo", of="image", png=png, width=width, height=height, input="photo", contributions=moved)


def _cells(generator: np.random.Generator) -> list[ExampleCell]:
    values, moved = generator.normal(size=8), generator.normal(size=8)
    return [
        ExampleCell(name=f"column {at}", value=f"{value:.3f}", contribution=float(part))
        for at, (value, part) in enumerate(zip(values, moved, strict=True))
    ]
