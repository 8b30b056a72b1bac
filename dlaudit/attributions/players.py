"""Players: which elements of the encoded inputs move together."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dlaudit.attributions.layout import NOBODY, Layout
from dlaudit.data.batch import Player
from dlaudit.data.grid import Grid
from dlaudit.errors import ModelRefused
from dlaudit.tensors import OWN, model_inputs, ndarray_of

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

MOST_COLUMNS = 1_024
"""A further input tensor with more columns than this is one player."""


def layout_of_rows(
    params: "Mapping[str, Any]", rows: "tuple[torch.Tensor, ...]", table: "pa.Table", names: Sequence[str] | None = None
) -> Layout:
    """The players of encoded rows: the parts of grids that parameters name, those that rows bring, or columns.

    Args:
        params: `grids` and `players` of `Question.params`.
        rows: The input tensors that the table makes, each `[n, …]`.
        table: The rows.
        names: Names of the positions of the first tensor, where the caller's code gives them.

    Raises:
        ModelRefused: The players do not cover every encoded input exactly once (DLA324).
    """
    grids = [Grid.read(one) for one in params.get("grids", [])]
    if not grids:
        return layout_of(params.get("players", []), rows, names)
    return layout_of_grids(grids, rows, table)


def layout_of_grids(grids: Sequence[Grid], rows: "tuple[torch.Tensor, ...]", table: "pa.Table") -> Layout:
    """The layout whose players are the parts of grids; elements of inputs without one belong to nobody.

    Args:
        grids: Parts of inputs.
        rows: The input tensors that the table makes, each `[n, …]`.
        table: The rows, with a column `owner:NAME` for a grid whose rows are laid out differently.
    """
    import torch

    inputs = model_inputs(table)
    known: list[str] = []
    owners = [torch.full([1] * one.dim(), NOBODY, dtype=torch.int64, device=one.device) for one in rows]
    for grid in grids:
        at = inputs.index(grid.input)
        part = ndarray_of(table, OWN + grid.input).astype(np.int64) if grid.by_row else grid.owner(rows[at].dim())
        moved = np.where(part == NOBODY, NOBODY, part + len(known))
        owners[at] = torch.from_numpy(np.ascontiguousarray(moved)).to(rows[at].device)
        known += grid.names
    return Layout(names=tuple(known), owner=tuple(owners))


def layout_of(
    written: Sequence[Sequence[Any]],
    rows: "tuple[torch.Tensor, ...]",
    names: Sequence[str] | None = None,
    inputs: Sequence[str] = (),
) -> Layout:
    """The players that parameters name in the first tensor, or one per column where they name none.

    Further input tensors have a player per column, too, and one in all where they have none or very many.

    Args:
        written: `[[name, [positions on axis 1]], …]` of the first tensor; empty for one player per position.
        rows: The input tensors, each `[n, …]`.
        names: Names of the positions of the first tensor, or of those of all tensors, one after the other, where the
            caller's code gives them.
        inputs: Names of the input tensors, where the caller's code gives them.

    Raises:
        ModelRefused: The players do not cover every encoded input exactly once (DLA324).
    """
    import torch

    widths = [_width(one) for one in rows]
    # names of all tensors' columns, one tensor after the other
    whole = list(names) if names is not None and len(names) == sum(widths) else None
    first = players_of(written, widths[0], whole[: widths[0]] if whole is not None else names)
    known = [player.name for player in first]
    owners = [_spread(_places(first, widths[0]), rows[0])]
    for at, tensor in enumerate(rows[1:], start=1):
        called = inputs[at] if at < len(inputs) else f"input tensor {at + 1}"
        width = widths[at]
        several = 1 < width <= MOST_COLUMNS
        added = [f"{called}[{column + 1}]" for column in range(width)] if several else [called]
        if whole is not None and not written and (several or width == 1):
            added = whole[sum(widths[:at]) : sum(widths[: at + 1])]
        place = torch.arange(width) if several else torch.zeros(width, dtype=torch.int64)
        owners.append(_spread(place + len(known), tensor))
        known += added
    return Layout(names=tuple(known), owner=tuple(owners))


def players_of(written: Sequence[Sequence[Any]], width: int, names: Sequence[str] | None = None) -> tuple[Player, ...]:
    """The players that parameters name, or one per input where they name none.

    Args:
        written: `[[name, [positions]], …]`; empty for one player per position.
        width: Number of encoded inputs.
        names: Names of the positions, where the caller's code gives them.

    Raises:
        ModelRefused: The players do not cover every encoded input exactly once (DLA324).
    """
    if not written:
        known = list(names) if names is not None and len(names) == width else [f"input {i + 1}" for i in range(width)]
        return tuple(Player(name=name, columns=(at,)) for at, name in enumerate(known))
    players = tuple(Player(name=str(name), columns=tuple(int(c) for c in columns)) for name, columns in written)
    covered = sorted(column for player in players for column in player.columns)
    if covered != list(range(width)):
        raise ModelRefused(
            "DLA324",
            f"the features cover {len(covered)} encoded inputs, the rows have {width}",
            expected="every encoded input in exactly one feature",
            fix="Let the code file name its inputs (feature_names), or correct data.features.",
        )
    return players


def _width(tensor: "torch.Tensor") -> int:
    """Columns of a tensor: the length of axis 1, and 1 where there is none."""
    return int(tensor.shape[1]) if tensor.dim() > 1 else 1


def _places(players: Sequence[Player], width: int) -> "torch.Tensor":
    import torch

    owner = np.empty(width, dtype=np.int64)
    for number, player in enumerate(players):
        owner[list(player.columns)] = number
    return torch.from_numpy(owner)


def _spread(place: "torch.Tensor", tensor: "torch.Tensor") -> "torch.Tensor":
    """The owner of axis 1 in the form of `Layout.owner`, on the tensor's device."""
    shape = [1] * tensor.dim()
    if tensor.dim() > 1:
        shape[1] = len(place)
    return place.reshape(shape).to(tensor.device)
