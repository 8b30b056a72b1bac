"""What methods along paths all need of the same rows, evaluated once however many of them are asked for."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.paths.lifted import Lifted, differentiable
from dlaudit.attributions.paths.lines import blocks, rows_each, scores_and_gradients
from dlaudit.attributions.request import Request

if TYPE_CHECKING:
    import torch

MOST_KEPT = 1 << 22
"""Gradients by single elements that are kept for the next method; where there are more, each evaluates them again."""


@dataclass(frozen=True, kw_only=True)
class AtRows:
    """Score and gradient at some rows."""

    scores: Float[np.ndarray, " m"]
    """The score of each."""
    gradients: "list[torch.Tensor]"
    """Its gradients by the moving tensors, each `[m, …]`."""

    def take(self, part: slice) -> "AtRows":
        """Those of some of the rows."""
        return AtRows(scores=self.scores[part], gradients=[one[part] for one in self.gradients])


class Shared:
    """What passes have told about the rows of a request, for every method that asks about the same rows.

    It holds the request with vectors in place of codes, the scores of rows and references, and the gradients at the
    rows. To be used with the module frozen, and only while the model is what it was.

    Args:
        request: The rows.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._rows: AtRows | None = None
        self.slope_checked = False
        """Whether the gradient has turned out to be the slope of the score."""

    def fits(self, request: Request) -> bool:
        """Whether a request asks about the same score, rows, background and layout."""
        mine, theirs = self._request, request
        return (
            mine.score is theirs.score
            and mine.rows is theirs.rows
            and mine.background is theirs.background
            and mine.layout is theirs.layout
            and mine.module is theirs.module
        )

    @cached_property
    def known(self) -> Lifted:
        """The lifted request.

        Raises:
            CannotExplainError: It cannot be lifted, or its score has no gradient.
        """
        return differentiable(self._request)

    @cached_property
    def start(self) -> Float[np.ndarray, " n"]:
        """The score of every row's mean reference."""
        return self.known.start_scores()

    @property
    def own(self) -> Float[np.ndarray, " n"]:
        """The score of every row: of the passes at the rows, where there were any."""
        return self._forward if self._rows is None else self._rows.scores

    @cached_property
    def _forward(self) -> Float[np.ndarray, " n"]:
        return self.known.own_scores()

    def look(self) -> None:
        """Evaluate the gradients at all rows, unless they are too many to be kept."""
        numbers = sum(one[0].numel() for one in self.known.mean)
        if self._rows is None and numbers * self._request.count <= MOST_KEPT:
            self._rows = self._evaluated(slice(0, self._request.count))

    def at_rows(self, part: slice) -> AtRows:
        """Score and gradient at some rows."""
        return self._evaluated(part) if self._rows is None else self._rows.take(part)

    def _evaluated(self, part: slice) -> AtRows:
        import torch

        memory, known = self._request.memory, self.known
        found = []
        for block in blocks(part.stop - part.start, known.mean):
            rows = slice(part.start + block.start, part.start + block.stop)
            ends = known.ends(tuple(one[rows] for one in self._request.rows))

            def some(
                inner: slice, ends: "tuple[torch.Tensor, ...]" = ends
            ) -> "tuple[torch.Tensor, list[torch.Tensor]]":
                return scores_and_gradients(known.score, tuple(one[inner].clone() for one in ends))

            found += memory.parts(len(ends[0]), some, each=rows_each(memory, known.mean))
        moving = range(len(found[0][1]))
        return AtRows(
            scores=np.asarray(torch.cat([scores for scores, _ in found]).cpu().numpy()),
            gradients=[torch.cat([gradients[at] for _, gradients in found]) for at in moving],
        )


def shared_by(request: Request) -> Shared:
    """What is known of the request's rows: by methods before, if they shared it."""
    found = request.shared
    return found if found is not None and found.fits(request) else Shared(request)


def sharing(request: Request) -> Request:
    """The request with a place for what its methods along paths all need."""
    return replace(request, shared=Shared(request))
