"""Maps: contributions of elements averaged over slices, place by place, as pixels of an image or time by channel."""

from collections.abc import Iterable, Sequence

import numpy as np

from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.libraries.layer_answers import LayerAnswer
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.data.grid import Grid
from dlaudit.record.explained import AttributionMap, PartGrid

FEWEST = 10
"""Rows of a slice from which a map is shown: fewer would be close to single persons."""


def with_layer_maps(answers: Iterable[LayerAnswer], grid: Grid) -> list[MethodAnswer]:
    """Layer methods that have a map of the input's picture, as methods whose contributions of elements are that map.

    Args:
        answers: From `explain_layers`.
        grid: The places of the map, along axes 2 and 3 of the input.
    """
    made = []
    for one in answers:
        if one.map is None or one.map.ndim != 3:
            continue
        owner = np.broadcast_to(grid.owner(4)[0, 0], one.map.shape[1:]).ravel()
        order = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[order], np.arange(len(grid.names)))  # no place is empty
        mapped = np.add.reduceat(one.map.reshape(len(one.map), -1)[:, order], starts, axis=1)
        made.append(
            MethodAnswer(
                method=one.method,
                values=one.values,
                completeness=one.completeness,
                change=one.change,
                reference=one.reference,
                adds_up="no",
                mapped=mapped,
            )
        )
    return made


def part_grids(grids: Iterable[Grid]) -> list[PartGrid]:
    """Where the players of explanations lie, for inputs whose parts are places; none for columns and words."""
    return [
        PartGrid(
            input=grid.input,
            axes=list(grid.titles),
            shape=list(grid.shape),
            parts=list(grid.names),
            places=[list(one) for one in grid.marks],
        )
        for grid in grids
        if grid.titles and not grid.by_row
    ]


def attribution_maps(answer: Answer, rows: ExplainedRows, grids: Sequence[Grid]) -> list[AttributionMap]:
    """Mean signed and mean absolute contribution of every place, by method, slice and input.

    Args:
        answer: Every method's contributions.
        rows: Who the explained rows are.
        grids: The maps that were asked for, in order.
    """
    made = []
    for method in answer.methods:
        if method.mapped is None:
            continue
        for at, name in enumerate(rows.slices):
            chosen = np.flatnonzero(rows.member[at])
            if len(chosen) < FEWEST:
                continue
            weight = np.ones(len(chosen)) if rows.weight is None else rows.weight[chosen]
            values, share = method.mapped[chosen], weight / weight.sum()
            mean, mean_abs, start = share @ values, share @ np.abs(values), 0
            for grid in grids:
                part = slice(start, start + len(grid.names))
                start = part.stop
                made.append(
                    AttributionMap(
                        method=method.method,
                        slice=name,
                        input=grid.input,
                        axes=list(grid.titles),
                        shape=list(grid.shape),
                        aligned=grid.aligned,
                        mean=mean[part].tolist(),
                        mean_abs=mean_abs[part].tolist(),
                        rows=len(chosen),
                        places=[list(one) for one in grid.marks],
                    )
                )
    return made
