"""Whether a row has one score: a split of a score that moves by itself adds up all the same, and means nothing."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.completeness import ROUNDING
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import frozen, one_function, scores_of

if TYPE_CHECKING:
    import torch

ROWS = 32
"""Rows to explain, and as many background rows, that are scored again."""
ROUNDINGS = 16
"""Differences of so many units in the last place are rounding: it depends on how many rows go through at once."""


class Steady:
    """Scores of a few rows, and whether the model stands by them.

    Shapley values and gaps add up by construction, whatever the scores are; so noise, state that a model keeps between
    passes, and rows that act on one another would not show in what the contributions miss.

    Args:
        request: Rows and background rows.

    Raises:
        CannotExplainError: The same rows have other scores in a second pass in another order, or beside other rows.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._rows = _some(request)
        self._first = self._scores(self._rows)
        self._refuse_other_places()

    def refuse_other_scores(self, when: str) -> None:
        """Nothing, where the rows still have the scores that they had first.

        Args:
            when: In words, for the reason.

        Raises:
            CannotExplainError: They have others.
        """
        self._compare(self._scores(self._rows), when)

    def _refuse_other_places(self) -> None:
        """All rows turned around; and in the order of their scores, a third and two thirds, so that what the rows of a
        pass have in common is another thing.
        """
        order = np.argsort(self._first, kind="stable")
        cut = max(1, len(order) // 3)
        self._compare(self._by_parts([np.arange(len(order))[::-1].copy()]), "in a second pass, in another order")
        self._compare(self._by_parts([order[cut:], order[:cut]]), "beside other rows")

    def _by_parts(self, parts: list[Int[np.ndarray, " _"]]) -> Float[np.ndarray, " n"]:
        """The scores of all rows from a pass over each part."""
        import torch

        found = np.empty_like(self._first)
        for part in parts:
            at = torch.from_numpy(part)
            if len(part):
                found[part] = self._scores(tuple(one[at.to(one.device)] for one in self._rows))
        return found

    def _compare(self, again: Float[np.ndarray, " n"], when: str) -> None:
        away = float(np.abs(again - self._first).max(initial=0.0))
        # written so that a score that is no number is let through: methods say so in their own words
        if away > self._allowed():
            spread = float(np.ptp(self._first))
            raise CannotExplainError(
                f"the model gives the same rows other scores {when}, by up to {away:.2g} where scores lie "
                f"{spread:.2g} apart: dropout or noise, a state that it keeps, or rows that act on one another"
            )

    def _allowed(self) -> float:
        """What a completeness error may be, or rounding where that is more."""
        apart = float(np.median(np.abs(self._first - np.median(self._first))))
        rounding = ROUNDINGS * unit_of(self._request) * float(np.abs(self._first).max(initial=0.0))
        return max(self._request.tolerance * apart, rounding, ROUNDING)

    def _scores(self, rows: "tuple[torch.Tensor, ...]") -> Float[np.ndarray, " n"]:
        with frozen(self._request.module), one_function():
            return scores_of(self._request.score, rows, self._request.memory)


def _some(request: Request) -> "tuple[torch.Tensor, ...]":
    """A few rows and background rows, evenly spread over them, together."""
    import torch

    found = []
    for row, other in zip(request.rows, request.background, strict=True):
        places = [np.unique(np.linspace(0, len(one) - 1, min(len(one), ROWS)).astype(np.int64)) for one in (row, other)]
        chosen = [one[torch.from_numpy(at).to(one.device)] for one, at in zip((row, other), places, strict=True)]
        found.append(torch.cat(chosen))
    return tuple(found)


def unit_of(request: Request) -> float:
    """Unit in the last place of the coarsest numbers that the model computes with."""
    import torch

    parameters = () if request.module is None else request.module.parameters()
    kinds = {torch.float32, *(one.dtype for one in (*request.rows, *parameters) if one.is_floating_point())}
    return max(torch.finfo(kind).eps for kind in kinds)
