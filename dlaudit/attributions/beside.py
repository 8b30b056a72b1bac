"""What every operation beside the model begins with: parameters and tables become a Request."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dlaudit.attributions.memory import Memory
from dlaudit.attributions.players import layout_of_rows
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import Meter, network, score_function
from dlaudit.data.grid import Grid
from dlaudit.models.host import Params
from dlaudit.tensors import model_inputs

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

    from dlaudit.models.model import Model

MOST_NUMBERS = 1 << 19
"""Numbers of the inputs of one forward pass to begin with: 42 images of 3 x 64 x 64, 4,096 rows of 128 columns."""
TOKEN = 64
"""Numbers that a whole number of the input counts for: it is looked up in an embedding."""
OTHER_SHAPES = (
    "rows are encoded in different shapes from call to call, so that their parts cannot be exchanged; "
    "let preprocess pad all rows to one length"
)
_LIMITS = ("steps", "evaluations", "tolerance")


def request_of(model: "Model", params: Params, rows: "pa.Table", background: "pa.Table") -> Request:
    """The request that the parameters and two tables of rows make.

    Args:
        model: The loaded model.
        params: As `Question.params`; optionally `steps`, `evaluations`, `tolerance`, `layer`.
        rows: Rows to explain, encoded (column `inputs`) or raw.
        background: Reference rows.

    Raises:
        CannotExplainError: The model's first input has no columns that could be players, or rows and references are
            encoded in different shapes.
    """
    tensors, others = tensors_of(model, rows), references_of(model, background)
    if [one.shape[1:] for one in tensors] != [one.shape[1:] for one in others]:
        raise CannotExplainError(OTHER_SHAPES)
    others = with_blanks(params, rows, others)
    score = score_function(
        model,
        task=params["task"],
        output=params["output"],
        class_index=int(params.get("class_index", 0)),
        classes=params.get("classes"),
    )
    names = model.code.feature_names if model.code is not None else None
    return Request(
        score=Meter(score),
        rows=tensors,
        background=others,
        layout=layout_of_rows(params, tensors, rows, names),
        reference=blanks_in_words(params),
        generator=np.random.default_rng(int(params["seed"])),
        module=network(model),
        model=model,
        layer=params.get("layer"),
        memory=Memory(rows_at_once(tensors, int(params.get("batch_size", 4096)))),
        **{key: params[key] for key in _LIMITS if key in params},
    )


def with_blanks(params: Params, table: "pa.Table", others: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
    """Reference rows in which inputs whose grid has a blank hold nothing else.

    What belongs to no player stays the row's own, as padding does: a text whose words are blank is the text with its
    words taken away. Where no player takes part of another row, one reference row says all.

    Args:
        params: As `Question.params`.
        table: Rows with their input columns.
        others: Reference rows as input tensors.
    """
    import torch

    grids = [Grid.read(one) for one in params.get("grids", [])]
    blanks = {grid.input: grid.blanks[0][0] for grid in grids if grid.blanks}
    if not blanks:
        return others
    given = [blanks.get(name) for name in model_inputs(table)]
    known = tuple(
        one if blank is None else torch.full_like(one, blank) for one, blank in zip(others, given, strict=True)
    )
    return tuple(one[:1] for one in known) if len(blanks) == len(grids) else known


def blanks_in_words(params: Params) -> str | None:
    """What rows are compared with where absent elements are blank, in words; None where other rows stand in."""
    grids = [Grid.read(one) for one in params.get("grids", [])]
    said = list(dict.fromkeys(grid.blanks[0][1] for grid in grids if grid.blanks))
    if not said:
        return None
    others = "" if all(grid.blanks for grid in grids) else ", other inputs as in background rows"
    return f"the row itself with {' and '.join(said)} in place of every part{others}"


def tensors_of(model: "Model", table: "pa.Table") -> "tuple[torch.Tensor, ...]":
    """The encoded rows as the model's input tensors.

    Raises:
        CannotExplainError: An input has no columns that could be players.
    """
    from dlaudit.models.inputs import encoded

    inputs: tuple[torch.Tensor, ...] = encoded(model, table)
    if inputs[0].dim() < 2:
        raise CannotExplainError("the model's input has no columns")
    return tuple(one.detach() for one in inputs)


def references_of(model: "Model", table: "pa.Table") -> "tuple[torch.Tensor, ...]":
    """The encoded background rows, or what `background` of the user's code file makes of them.

    Raises:
        CannotExplainError: An input has no columns, or `background` returns other tensors than the model takes.
    """
    import torch

    others = tensors_of(model, table)
    if model.code is None or model.code.background is None:
        return others
    made = model.code.background(others[0] if len(others) == 1 else others)
    found = (made,) if isinstance(made, torch.Tensor) else tuple(made) if isinstance(made, tuple | list) else ()
    if not all(isinstance(one, torch.Tensor) for one in found):
        found = ()
    wanted = [(one.shape[1:], one.dtype) for one in others]
    if [(one.shape[1:], one.dtype) for one in found] != wanted or not len(found[0]):
        raise CannotExplainError(
            "background() of the code file must return tensors like those that it is given, with at least one row"
        )
    return tuple(one.detach() for one in found)


def rows_at_once(tensors: "Sequence[torch.Tensor]", most: int) -> int:
    """Rows of one forward pass to begin with: `most`, or fewer where rows are large."""
    numbers = sum((one[0].numel() if len(one) else 1) * (1 if one.is_floating_point() else TOKEN) for one in tensors)
    return max(1, min(most, MOST_NUMBERS // max(1, numbers)))


def elements_of(tensors: "Sequence[torch.Tensor]") -> int:
    """Numbers in one row's inputs."""
    return sum(one[0].numel() if len(one) else 1 for one in tensors)
