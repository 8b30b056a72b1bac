"""The score of codes as a function of the vectors that embeddings return for them, and a check that it is the same."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.paths.lines import rows_each, scores_of
from dlaudit.attributions.request import CannotExplainError, Request

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.paths.feeds import Fed

SAME = 1e-5
"""Difference of scores, relative to the largest, up to which two passes count as one function."""

Tensors = tuple["torch.Tensor", ...]


def score_with(request: Request, fed: "Sequence[Fed]", tensors: Tensors) -> "torch.Tensor":
    """The score of input tensors followed by the vectors that each call is to return for them."""
    inputs = tensors[: len(request.rows)]
    if not fed:
        return request.score(*inputs)
    from dlaudit.attributions.paths.embeddings import answered

    vectors = tensors[len(request.rows) :]
    instead = {call.number: call.as_called(one) for call, one in zip(fed, vectors, strict=True)}
    return answered(request.score, inputs, instead)


def with_vectors(request: Request, fed: "Sequence[Fed]", inputs: Tensors) -> Tensors:
    """Input tensors followed by the vectors that each call returns for them."""
    if not fed:
        return inputs
    from dlaudit.attributions.paths.embeddings import seen

    _, calls = seen(request.score, inputs)
    return (*inputs, *(call.by_row(calls[call.number].vectors, len(inputs[0])) for call in fed))


def verified_scores(request: Request, fed: "Sequence[Fed]") -> Float[np.ndarray, " n"]:
    """The score of every row, once the lifted score has turned out to be the same in another order of rows.

    Raises:
        CannotExplainError: It is not the same.
    """
    import torch

    own = scores_of(request.score, request.rows, request.memory)

    def again(part: slice) -> Float[np.ndarray, " m"]:
        ends = with_vectors(request, fed, tuple(one[part] for one in request.rows))
        with torch.no_grad():
            # turned around: vectors that belonged to other rows would give other scores
            found = score_with(request, fed, tuple(one.flip(0) for one in ends)).flip(0)
        return np.asarray(found.detach().double().cpu().numpy())

    parts = request.memory.parts(request.count, again, each=rows_each(request.memory, request.rows))
    away = np.abs(np.concatenate(parts) - own).max()
    if not away <= SAME * max(float(np.abs(own).max()), SAME):
        raise CannotExplainError(f"the score changes by {away:.2g} when embeddings return the vectors they did before")
    return own


def mean_vectors(request: Request, fed: "Sequence[Fed]") -> Tensors:
    """The mean of the background in lifted form; the first row for tensors that do not move."""
    import torch

    def sums(part: slice) -> "list[torch.Tensor]":
        ends = with_vectors(request, fed, tuple(one[part] for one in request.background))
        return [one.double().sum(dim=0, keepdim=True) if one.is_floating_point() else one[:1] for one in ends]

    rows = len(request.background[0])
    found = request.memory.parts(rows, sums, each=rows_each(request.memory, request.background))
    kinds = with_vectors(request, fed, tuple(one[:1] for one in request.background))
    return tuple(
        torch.cat([part[at] for part in found]).sum(dim=0, keepdim=True).div(rows).to(kind.dtype)
        if kind.is_floating_point()
        else kind
        for at, kind in enumerate(kinds)
    )


def flags_of_codes(call: "Fed", flags: "Sequence[torch.Tensor]", rows: Tensors) -> "torch.Tensor":
    """Flags of the elements behind every code of a call, `[1 or m, codes…, 1]`."""
    import torch

    count = max(len(one) for one in flags)
    wide = [one.expand(count, *row.shape[1:]).reshape(count, -1) for one, row in zip(flags, rows, strict=True)]
    flat = torch.cat([one.cpu() for one in wide], dim=1)
    known = torch.cat([flat, torch.zeros(count, 1, dtype=torch.bool)], dim=1)  # -1, of nobody's, picks the last
    return known[:, call.sources].reshape(count, *call.shape, 1).to(rows[0].device)


def check_nothing_lost(call: "Fed", per_code: "torch.Tensor") -> None:
    """Raises CannotExplainError where codes have contributions, `[m, codes]`, that no element would get."""
    lost = per_code[:, (call.sources < 0).to(per_code.device)]
    if lost.numel() and float(lost.abs().max()) > SAME * max(float(per_code.abs().max()), SAME):
        raise CannotExplainError("embeddings move that belong to none of the inputs")
