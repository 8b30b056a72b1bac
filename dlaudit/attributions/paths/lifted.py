"""Codes and tokens made into a float problem: the vectors that embeddings return for them move, not the codes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.layout import NOBODY
from dlaudit.attributions.paths.lines import Lines, rows_each, scores_of
from dlaudit.attributions.paths.vectors import (
    Tensors,
    check_nothing_lost,
    flags_of_codes,
    mean_vectors,
    score_with,
    verified_scores,
    with_vectors,
)
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import why_no_gradient
from dlaudit.errors import DlauditError, shown

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.paths.feeds import Fed


@dataclass(frozen=True, kw_only=True)
class Lifted:
    """A request in which everything that moves along a path is a float.

    Its tensors are those of the request and, after them, the vectors of every embedding call that the inputs feed,
    `[n, …, E]`. Codes stay the row's own along a path, and with them masks and lengths; their vectors move. A request
    without embeddings is its own lifted form.
    """

    request: Request
    """What was asked."""
    fed: "tuple[Fed, ...]"
    """Embedding calls that look up codes made of the inputs."""
    codes: Tensors
    """For each input tensor which elements are such codes, bool `[1, …]`."""
    verified: Float[np.ndarray, " n"] | None
    """The score of every row, where lifting had to be checked against it."""
    mean: Tensors
    """The mean of the background of every moving tensor, `[1, …]`; of a code's vectors at the same position."""
    held: tuple[str, ...]
    """What acts on the score and stays the row's own, in words."""

    def score(self, *tensors: "torch.Tensor") -> "torch.Tensor":
        """Scores `[p]` of lifted tensors `[p, …]`."""
        return score_with(self.request, self.fed, tensors)

    def ends(self, inputs: Tensors) -> Tensors:
        """The lifted tensors of some rows."""
        import torch

        if not self.fed:
            return inputs
        memory = self.request.memory
        parts = memory.parts(
            len(inputs[0]),
            lambda part: with_vectors(self.request, self.fed, tuple(one[part] for one in inputs)),
            each=rows_each(memory, self.mean),
        )
        return tuple(torch.cat([part[at] for part in parts]) for at in range(len(self.mean)))

    def lines(self, part: slice) -> Lines:
        """The lines to some of the rows from the mean of the background."""
        end = self.ends(tuple(one[part] for one in self.request.rows))
        return Lines(score=self.score, start=self.started(part, end, self.mean), end=end)

    def started(self, part: slice, end: Tensors, reference: Tensors) -> Tensors:
        """References of some rows, with those elements taken from the row itself that never move."""
        return with_own(self.stays(part), end, reference)

    @property
    def alike(self) -> bool:
        """Whether a reference has the same score for all rows: nothing in it is the row's own."""
        return not self.held and all(bool((owner != NOBODY).all()) for owner in self.request.layout.owner)

    def own_scores(self) -> Float[np.ndarray, " n"]:
        """The score of every row."""
        if self.verified is not None:
            return self.verified
        return scores_of(self.request.score, self.request.rows, self.request.memory)

    def start_scores(self) -> Float[np.ndarray, " n"]:
        """The score of every row's reference."""
        if self.alike:
            return np.repeat(scores_of(self.score, self.mean, self.request.memory), self.request.count)

        def some(part: slice) -> Float[np.ndarray, " m"]:
            return self.lines(part).scores(slice(None), 0.0)

        each = rows_each(self.request.memory, self.mean)
        return np.concatenate(self.request.memory.parts(self.request.count, some, each=each))

    def expected_scores(self, background: Tensors) -> Float[np.ndarray, " n"]:
        """The mean score of the references of every row, where each background row is one.

        Args:
            background: The lifted background rows.
        """
        memory, count = self.request.memory, self.request.count
        if self.alike:
            return np.repeat(scores_of(self.score, background, memory).mean(), count)

        def some(part: slice) -> Float[np.ndarray, " m"]:
            end = self.ends(tuple(one[part] for one in self.request.rows))
            total, stays = np.zeros(len(end[0])), self.stays(part)
            for at in range(len(background[0])):
                reference = tuple(one[at : at + 1] for one in background)
                total += Lines(score=self.score, start=with_own(stays, end, reference), end=end).scores(
                    slice(None), 0.0
                )
            return total / len(background[0])

        return np.concatenate(memory.parts(count, some, each=rows_each(memory, self.mean)))

    def stays(self, part: "slice | torch.Tensor") -> "tuple[torch.Tensor | None, ...]":
        """For each lifted tensor which elements are always the row's own, bool `[1 or m, …]`; None for none.

        These are elements of nobody in the layout and, in float tensors, codes.
        """
        nobody = [owner == NOBODY for owner in self.request.layout.take(part).owner]
        inputs = [known | (mine.to(known.device)) for known, mine in zip(self.codes, nobody, strict=True)]
        vectors = [flags_of_codes(call, nobody, self.request.rows) for call in self.fed]
        return tuple(one if bool(one.any()) else None for one in (*inputs, *vectors))

    def elements(self, moved: "Sequence[torch.Tensor]") -> "tuple[torch.Tensor, ...]":
        """Contributions in the shape of the inputs, float64, from those of the moving tensors.

        Those of a vector are added up and given to the code that it belongs to.

        Raises:
            CannotExplainError: Vectors moved that belong to no element of the inputs.
        """
        import torch

        from dlaudit.attributions.paths.feeds import elements_of

        given = list(moved)
        rows = self.request.rows
        count = len(given[0])
        found = [
            given.pop(0).double()
            if one.is_floating_point()
            else torch.zeros((count, *one.shape[1:]), dtype=torch.float64, device=one.device)
            for one in rows
        ]
        for call, values in zip(self.fed, given, strict=True):
            per_code = values.double().sum(dim=-1).reshape(count, -1)
            check_nothing_lost(call, per_code)
            for into, (places, elements) in zip(found, elements_of(call, rows), strict=True):
                device = per_code.device
                into.view(count, -1).index_add_(1, elements.to(device), per_code[:, places.to(device)])
        return tuple(found)

    @property
    def reference(self) -> str:
        """The reference in words."""
        vectors = ", with the mean vector of each position for codes" if self.fed else ""
        if self.request.reference is not None:
            return self.request.reference
        held = f"; the row's own: {' and '.join(self.held)}" if self.held else ""
        return f"the mean of {len(self.request.background[0])} background rows{vectors}{held}"

    @property
    def detail(self) -> dict[str, int]:
        """Figures for the record."""
        return {"embedding_calls": len(self.fed)} if self.fed else {}


def with_own(stays: "Sequence[torch.Tensor | None]", end: Tensors, reference: Tensors) -> Tensors:
    """References `[1 or m, …]` of the lifted rows `end`, with the elements that stay taken from the rows."""
    import torch

    return tuple(
        other if kept is None or not row.is_floating_point() else torch.where(kept, row, other)
        for kept, row, other in zip(stays, end, reference, strict=True)
    )


def lifted(request: Request) -> Lifted:
    """The request with the vectors of embedding calls in place of the codes that they look up.

    To be called, and used, with the module frozen.

    Raises:
        CannotExplainError: Integer inputs feed no embedding that can be seen, or act on the score in another way, or
            the score with exchanged vectors is not the score; the text says which.
    """
    import torch

    from dlaudit.attributions.paths.feeds import fed_calls
    from dlaudit.attributions.paths.reach import MOST_ROWS, check_reach, code_elements

    fed = _tried(lambda: fed_calls(request))
    if not fed and not any(one.is_floating_point() for one in request.rows):
        raise CannotExplainError(_why_unseen(request))
    held: tuple[str, ...] = ()
    if fed or not all(one.is_floating_point() for one in request.rows):
        vectors = with_vectors(request, fed, tuple(one[:MOST_ROWS] for one in request.rows))[len(request.rows) :]

        def trial(inputs: Tensors) -> torch.Tensor:
            with torch.no_grad():
                return score_with(request, fed, (*inputs, *vectors)).detach().double()

        held = check_reach(request, fed, trial)
    return Lifted(
        request=request,
        fed=fed,
        codes=code_elements(request, fed),
        verified=verified_scores(request, fed) if fed else None,
        mean=mean_vectors(request, fed),
        held=held,
    )


def differentiable(request: Request) -> Lifted:
    """The lifted request, once its score has turned out to have gradients.

    Raises:
        CannotExplainError: It has none, or the request cannot be lifted.
    """
    found = lifted(request)
    reason = why_no_gradient(found.score, found.ends(tuple(one[:2] for one in request.rows)))
    if reason is not None:
        raise CannotExplainError(reason)
    return found


def _tried(find: "Callable[[], tuple[Fed, ...]]") -> "tuple[Fed, ...]":
    """The embedding calls, or that the model fails on rows with single elements exchanged."""
    from dlaudit.models.faults import is_out_of_memory

    try:
        return find()
    except (RuntimeError, IndexError, ValueError, DlauditError) as error:
        if is_out_of_memory(error):
            raise
        reason = shown(str(error).splitlines()[0], limit=120)
        raise CannotExplainError(f"the model fails on rows with elements of others: {reason}") from error


def _why_unseen(request: Request) -> str:
    kinds = " and ".join(sorted({str(one.dtype).removeprefix("torch.") for one in request.rows}))
    said = f"the inputs are {kinds} numbers, which have no gradient, and feed no embedding that can be seen"
    import torch

    parts = request.module.modules() if request.module is not None else ()
    if any(isinstance(part, torch.jit.ScriptModule) for part in parts):
        return f"{said} (a TorchScript program runs out of reach)"
    return said
