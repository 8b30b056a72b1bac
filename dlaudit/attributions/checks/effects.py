"""What exchanging inputs does to the score: the truth that explanations are held against."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.checks.coalitions import Coalitions
from dlaudit.attributions.request import Request
from dlaudit.attributions.score import scores_of

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class References:
    """Which reference rows each checked row is mixed with."""

    rows: "tuple[torch.Tensor, ...]"
    """The reference rows, `[b, …]` each."""
    chosen: Int[np.ndarray, " n K"]
    """For every checked row the places of its references."""

    def of(self, rows: Int[np.ndarray, " m"], number: int) -> "tuple[torch.Tensor, ...]":
        """Reference `number` of the checked rows at these places."""
        import torch

        at = torch.from_numpy(self.chosen[rows, number]).to(self.rows[0].device)
        return tuple(one[at] for one in self.rows)


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """Coalitions by which rows are mixed with references."""

    present: Bool[np.ndarray, " blocks c M"]
    """Players of the row's own that each coalition keeps."""
    which: Int[np.ndarray, " n"]
    """Which of them is each row's block."""


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What exchanging coalitions does to the scores of the checked rows."""

    coalitions: Coalitions
    """The coalitions exchanged."""
    split: Float[np.ndarray, " n P"]
    """Effect of each coalition minus that of its complement, beyond an even split of the row's change of score."""
    change: Float[np.ndarray, " n K"]
    """Score of the row minus that of each of its references."""
    held: Bool[np.ndarray, " n M"]
    """Players that the row has: a split is even over these, since parts that are not there cannot be the reason."""

    def beyond_even(self, values: Float[np.ndarray, " n M"]) -> Float[np.ndarray, " n M"]:
        """Contributions minus an even split of their sum over the players that each row has."""
        share = values.sum(axis=1) / np.maximum(self.held.sum(axis=1), 1)
        return np.asarray(values - self.held * share[:, None])


def effects_of(request: Request, coalitions: Coalitions, references: References) -> Effects:
    """Effects of exchanging coalitions against references, for every row of the request.

    The effect of coalition S for row x and reference b is f(x on S, b elsewhere) - f(b on S, x elsewhere). What an even
    split of f(x) - f(b) over the row's players would predict for it is subtracted: what is left depends on the split
    alone, not on its sum, nor on how many players the row has. Interactions of two players drop out of the difference
    of a coalition and its complement.
    """
    per_row = references.chosen.shape[1]
    shares = np.array_split(np.arange(coalitions.pairs), per_row)
    whole = scores_of(request.score, request.rows, request.memory)
    split = np.empty((request.count, coalitions.pairs))
    change = np.empty((request.count, per_row))
    held = request.layout.held(request.count)
    even = coalitions.summed(held / np.maximum(held.sum(axis=1), 1)[:, None])
    for number, share in enumerate(shares):
        present = coalitions.present[:, share]
        none = np.zeros_like(present[:, :1])
        mixed = Mixed(present=np.concatenate([present, ~present, none], axis=1), which=coalitions.block)
        scores = mixed_scores(request, references, number, mixed)
        change[:, number] = whole - scores[:, -1]
        moved = scores[:, : len(share)] - scores[:, len(share) : -1]
        split[:, share] = moved - change[:, [number]] * even[:, share]
    return Effects(coalitions=coalitions, split=split, change=change, held=held)


def mixed_scores(request: Request, references: References, number: int, mixed: Mixed) -> Float[np.ndarray, " n c"]:
    """Scores of every row mixed with one of its references by each of several coalitions.

    Args:
        request: The rows.
        references: Their references.
        number: Which of each row's references.
        mixed: The coalitions.
    """
    import torch

    device = request.rows[0].device
    present = torch.from_numpy(np.ascontiguousarray(mixed.present)).to(device)
    each = present.shape[1]

    def some(part: slice) -> Float[np.ndarray, " m"]:
        row, column = np.divmod(np.arange(part.start, part.stop), each)
        at = torch.from_numpy(row).to(device)
        wanted = present[torch.from_numpy(mixed.which[row]).to(device), torch.from_numpy(column).to(device)]
        rows = tuple(one[at] for one in request.rows)
        with torch.no_grad():
            scores = request.score(*request.layout.take(at).mixed(rows, references.of(row, number), wanted))
        return np.asarray(scores.detach().double().cpu().numpy())

    # row by coalition, so that memory may run out at fewer rows than there are coalitions
    return np.concatenate(request.memory.parts(request.count * each, some)).reshape(request.count, each)
