"""What runs beside the model: each row's own game on a metric's number, against the row with blanks for its parts."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.beside import request_of
from dlaudit.attributions.gaps.games import Game, Place, game_at
from dlaudit.attributions.layout import NOBODY, Layout
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import Meter, scores_function
from dlaudit.models.host import Params

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

    from dlaudit.models.model import Model


def row_values(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """Shapley values of the number whose mean is a metric, for every row against itself without its parts.

    Metrics of the same number, as selection rate and false positive rate, share a game; all games share the model's
    passes, since they look at the same mixtures.

    Args:
        model: The loaded model.
        params: As `Question.params`, besides `metrics` ([[name, column of the scores], …]), `threshold` and
            `evaluations`.
        tables: `rows` and `background`; `labels` with a column `labels`, where there are any.

    Returns:
        `games` ({metric: number of its game}), `players`, `reference`, `passes`, `halved`; for each game a table with
        `values` and `error` [n, M], `number` and `change` [n]. Where nothing can be explained, `reason` alone.
    """
    from dlaudit.attributions.operations import told_why
    from dlaudit.attributions.untouched import untouched

    try:
        request = request_of(model, params, tables["rows"], tables["background"])
        meter = Meter(
            scores_function(model, task=params["task"], output=params["output"], classes=params.get("classes"))
        )
        games = [
            game_at(str(name), params["task"], Place(column=int(column), threshold=float(params["threshold"])))
            for name, column in params["metrics"]
        ]
        seen = Seen(meter)
        distinct: dict[Any, int] = {}
        of = {game.metric: distinct.setdefault((game.form.number, game.place), len(distinct)) for game in games}
        made: dict[str, pa.Table] = {}
        with untouched(request.module), told_why():
            for game in games:
                if str(of[game.metric]) not in made:
                    # the same seed for each game, so that all of them draw the same mixtures
                    again = replace(request, generator=np.random.default_rng(_seed(params)))
                    made[str(of[game.metric])] = _values(again, seen, game, _labels(tables, game))
    except CannotExplainError as error:
        return {"reason": str(error)}, {}
    halved = list(request.memory.halved)
    told: Params = {"games": of, "players": list(request.layout.names), "reference": request.reference or ""}
    return {**told, "passes": meter.passes, "halved": halved}, made


class Seen:
    """Scores of mixtures, kept: several games look at the same ones.

    Args:
        score: All scores of input tensors, `[n, k]`.
    """

    def __init__(self, score: Meter) -> None:
        self.score = score
        self._known: dict[bytes, Float[np.ndarray, " n k"]] = {}

    def __call__(self, rows: "Sequence[torch.Tensor]") -> Float[np.ndarray, " n k"]:
        """The scores of these rows, from the last time where they were seen before."""
        digest = blake2b(digest_size=16)
        for one in rows:
            digest.update(repr(tuple(one.shape)).encode())
            digest.update(np.ascontiguousarray(one.detach().cpu().numpy()).tobytes())
        key = digest.digest()
        if key not in self._known:
            self._known[key] = np.asarray(self.score(*rows).detach().double().cpu().numpy())
        return self._known[key]


def _values(request: Request, seen: Seen, game: Game, labels: Float[np.ndarray, " n"]) -> "pa.Table":
    """One game of every row; its label stays the row's own."""
    import torch

    from dlaudit.attributions.shapley.shapley_values import shapley_values
    from dlaudit.models.wire import tensor_table

    def number(*rows: torch.Tensor) -> torch.Tensor:
        *inputs, label = rows
        found = game.numbers(seen(inputs), label[:, 0].cpu().numpy())
        return torch.from_numpy(np.array(found, dtype=np.float64))

    def some(part: slice) -> Float[np.ndarray, " m"]:
        return game.numbers(seen([one[part] for one in request.rows]), labels[part])

    device = request.rows[0].device
    label = torch.from_numpy(labels.astype(np.float64)).reshape(-1, 1).to(device)
    nobody = torch.full((1, 1), NOBODY, dtype=torch.int64, device=device)
    found = shapley_values(
        replace(
            request,
            score=number,
            rows=(*request.rows, label),
            background=(*request.background, label[:1].expand(len(request.background[0]), 1)),
            layout=Layout(names=request.layout.names, owner=(*request.layout.owner, nobody)),
        )
    )
    error = np.zeros_like(found.values) if found.error is None else found.error
    own = np.concatenate(request.memory.parts(request.count, some))
    return tensor_table({"values": found.values, "error": error, "change": found.change, "number": own})


def _seed(params: Params) -> list[int]:
    return [int(params["seed"]), int(params.get("block", 0)), 4]


def _labels(tables: "dict[str, pa.Table]", game: Game) -> Float[np.ndarray, " n"]:
    """The label that a game looks at; 0 each where none are given."""
    from dlaudit.models.wire import ndarray_of

    if "labels" not in tables:
        return np.zeros(tables["rows"].num_rows)
    labels = ndarray_of(tables["labels"], "labels")
    return np.asarray(labels if labels.ndim == 1 else labels[:, game.place.column], dtype=np.float64)
