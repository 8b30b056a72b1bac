"""The parent's side: every row's games, asked block by block and checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Shaped

from dlaudit.attributions.asked import blocks
from dlaudit.attributions.explained import Question
from dlaudit.attributions.request import CannotExplainError

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.models.host import Host

VALUES = "dlaudit.attributions.texts.games:row_values"


@dataclass(frozen=True, kw_only=True)
class RowGame:
    """One metric's number, split over the parts of every row."""

    values: Float[np.ndarray, " n M"]
    """What each part adds to the number, against the row without its parts."""
    error: Float[np.ndarray, " n M"]
    """Standard errors from drawing coalitions; 0 where all were evaluated."""
    number: Float[np.ndarray, " n"]
    """The number of each row: a score, a decision, a loss."""
    change: Float[np.ndarray, " n"]
    """What the parts add up to."""

    @property
    def without(self) -> Float[np.ndarray, " n"]:
        """The number of each row without its parts."""
        return np.asarray(self.number - self.change)


@dataclass(frozen=True, kw_only=True)
class RowGames:
    """The games of several metrics."""

    metrics: Mapping[str, RowGame]
    """By metric, as measurements name it."""
    reference: str
    """What rows were compared with, in words."""
    passes: float
    """Forward-and-backward passes that it took."""
    halved: list[int]
    """Rows of a pass that ran out of memory."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of every row."""

    question: Question
    """What is explained."""
    metrics: Sequence[tuple[str, int]]
    """Metrics, each with the column of the scores that it speaks of."""
    threshold: float
    """A label is predicted where its score >= threshold."""
    evaluations: int
    """Mixtures of each row at most."""


def row_games(
    host: "Host",
    asked: Asked,
    tables: "tuple[pa.Table, pa.Table]",
    labels: Shaped[np.ndarray, "n *L"] | None,
    told: Callable[[int], None] = lambda rows: None,
) -> RowGames:
    """The games of all rows in `tables[0]`, which `tables[1]` stands in for where an input has no blanks.

    Raises:
        CannotExplainError: The rows cannot be explained.
        ModelRefused: The reply is not one of ours (DLA221).
    """
    rows, background = tables
    found: dict[str, dict[str, Any]] = {}
    passes, halved, reference = 0.0, [], ""
    for number, at in enumerate(blocks(rows.num_rows)):
        sent = {"rows": rows.take(at), "background": background}
        if labels is not None:
            sent["labels"] = _labels(labels[at])
        result, made = host.call(VALUES, _params(asked, number), sent)
        if "reason" in result:
            raise CannotExplainError(str(result["reason"]))
        taken = _taken(result, made, asked, len(at))
        for metric, columns in taken.items():
            whole = found.setdefault(metric, {})
            for name, values in columns.items():
                whole.setdefault(name, np.zeros((rows.num_rows, *values.shape[1:])))[at] = values
        passes, reference = passes + _amount(result), str(result["reference"])
        halved += [int(one) for one in result["halved"]]
        told(len(at))
    games = {metric: RowGame(**columns) for metric, columns in found.items()}
    return RowGames(metrics=games, reference=reference, passes=passes, halved=halved)


def with_other_blank(question: Question) -> Question | None:
    """The question with the second blank of each grid in place of the first; None where no grid has two."""
    if not any(len(grid.blanks) > 1 for grid in question.grids):
        return None
    return replace(question, grids=[replace(grid, blanks=grid.blanks[1:] or grid.blanks) for grid in question.grids])


def _params(asked: Asked, block: int) -> dict[str, Any]:
    return {
        **asked.question.params(),
        "metrics": [[name, column] for name, column in asked.metrics],
        "threshold": asked.threshold,
        "evaluations": asked.evaluations,
        "block": block,
    }


def _labels(labels: Shaped[np.ndarray, "n *L"]) -> "pa.Table":
    from dlaudit.models.wire import tensor_table

    return tensor_table({"labels": np.asarray(labels)})


def _taken(
    result: Mapping[str, Any], made: "Mapping[str, pa.Table]", asked: Asked, rows: int
) -> dict[str, dict[str, Float[np.ndarray, "n ..."]]]:
    """A block's games by metric, screened."""
    from dlaudit.models.replies import finite_numbers, forged, names_of

    players, games = len(names_of(result, "players")), result["games"]
    if not isinstance(games, dict) or set(games) != {name for name, _ in asked.metrics}:
        raise forged("games that were not asked for")
    shapes: dict[str, tuple[int, ...]] = {"values": (rows, players), "error": (rows, players)}
    shapes |= {"number": (rows,), "change": (rows,)}
    return {
        metric: {name: finite_numbers(made[str(number)], name, shape) for name, shape in shapes.items()}
        for metric, number in games.items()
    }


def _amount(result: Mapping[str, Any]) -> float:
    from dlaudit.models.replies import forged, number_of

    found = number_of(result, "passes")
    if found is None or found < 0:
        raise forged("passes that are no amount")
    return found
