"""Whether codes reach the score other than through their embeddings, where no path can follow them."""

from collections.abc import Callable, Sequence

import torch

from dlaudit.attributions.layout import NOBODY
from dlaudit.attributions.paths.feeds import Fed, elements_of, other_values
from dlaudit.attributions.paths.vectors import SAME
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.errors import DlauditError

MOST_ROWS = 32
"""Rows on which it is tried."""
Trial = Callable[[tuple[torch.Tensor, ...]], torch.Tensor]


def check_reach(request: Request, fed: Sequence[Fed], score: Trial) -> tuple[str, ...]:
    """What of the codes and masks acts on the score although embeddings stay as they are, in words.

    Codes are exchanged for others while the embedding calls go on returning the vectors of the rows. What then
    changes the score is no part of the path. A mask is accepted, since padding is the row's own (each row is compared
    with a reference of its own length); anything else is not.

    Args:
        request: The rows.
        fed: Embedding calls made of the inputs.
        score: Scores of the first rows, at most `MOST_ROWS`, with other inputs but their own embeddings.

    Raises:
        CannotExplainError: An integer input acts on the score other than as a mask.
    """
    some = tuple(one[:MOST_ROWS] for one in request.rows)
    own = score(some)
    codes = code_elements(request, fed)
    told = []
    if _acts(score, own, _rotated(request, fed, some, hold=False)):
        if not any(_free(score, own, changed) for changed in _rotations(request, fed, some)):
            raise CannotExplainError(
                "codes of an embedding act on the score in another way, too, as one-hot columns or as numbers"
            )
        told.append("the padding that codes mark")
    for at, (one, known) in enumerate(zip(some, codes, strict=True)):
        if one.is_floating_point() or bool(known.all()):
            continue
        changed = torch.where(known, one, _shuffled(request, at, one))
        inputs = tuple(changed if number == at else old for number, old in enumerate(some))
        if not _acts(score, own, inputs):
            continue
        if not _is_mask(request, at) and bool((request.layout.owner[at] != NOBODY).any()):
            kind = str(one.dtype).removeprefix("torch.")
            raise CannotExplainError(f"input tensor {at + 1} is {kind} and acts on the score without an embedding")
        told.append(f"the mask in input tensor {at + 1}")
    return tuple(told)


def code_elements(request: Request, fed: Sequence[Fed]) -> tuple[torch.Tensor, ...]:
    """For each input tensor which elements of a row are looked up in an embedding, bool `[1, …]`."""
    found = [torch.zeros(one[0].numel(), dtype=torch.bool) for one in request.rows]
    for call in fed:
        for known, (_, elements) in zip(found, elements_of(call, request.rows), strict=True):
            known[elements] = True
    return tuple(
        known.reshape(1, *one.shape[1:]).to(one.device) for known, one in zip(found, request.rows, strict=True)
    )


def _acts(score: Trial, own: torch.Tensor, inputs: tuple[torch.Tensor, ...]) -> bool:
    """Whether the score is another one for these inputs; a pass that fails counts as such."""
    from dlaudit.models.faults import is_out_of_memory

    try:
        found = score(inputs)
    except (RuntimeError, IndexError, ValueError, DlauditError) as error:
        if is_out_of_memory(error):
            raise
        return True
    return not bool(((found - own).abs() <= SAME * own.abs().max().clamp(min=SAME)).all())


def _free(score: Trial, own: torch.Tensor, inputs: tuple[torch.Tensor, ...] | None) -> bool:
    return inputs is not None and not _acts(score, own, inputs)


def _rotations(
    request: Request, fed: Sequence[Fed], some: tuple[torch.Tensor, ...]
) -> Sequence[tuple[torch.Tensor, ...]]:
    """The rows with all codes exchanged but those that may mark padding, for each guess at the latter."""
    marks = {one.padding for one in fed if one.padding is not None}
    for one in request.rows:
        if not one.is_floating_point() and one.dim() > 1 and one.numel():
            ends = (one[:, -1], one[:, 0])
            marks |= {0, int(one.min()), int(one.max()), *(int(end.flatten().mode().values) for end in ends)}
    return [_rotated(request, fed, some, hold=True, mark=mark) for mark in sorted(marks)]


def _rotated(
    request: Request, fed: Sequence[Fed], some: tuple[torch.Tensor, ...], *, hold: bool, mark: int = 0
) -> tuple[torch.Tensor, ...]:
    """Every code exchanged for the next one that the same embedding call sees; `mark` stays and comes from nowhere.

    Only in sequences can a code mark padding: where a call looks up one code per row, nothing is held.
    """
    found = [one.clone() for one in some]
    for call in fed:
        for at, (_, elements) in enumerate(elements_of(call, some)):
            columns = torch.unique(elements).to(some[at].device)
            if len(columns):
                flat = found[at].view(len(found[at]), -1)
                pool = request.rows[at].reshape(request.count, -1)[:, columns]
                held = mark if hold and len(columns) > 1 else None
                flat[:, columns] = _next(flat[:, columns], pool, held)
    return tuple(found)


def _next(codes: torch.Tensor, pool: torch.Tensor, held: int | None) -> torch.Tensor:
    """For each code the next one of those in `pool`, all but `held` (unless too few are left)."""
    values = torch.unique(pool)
    free = values if held is None else values[values != held]
    free = free if len(free) > 1 else values
    place = torch.searchsorted(free, codes.contiguous()).clamp(max=len(free) - 1)
    return torch.where(free[place] == codes, free[(place + 1) % len(free)], codes)


def _shuffled(request: Request, at: int, some: torch.Tensor) -> torch.Tensor:
    """Every element of the rows exchanged for another value that occurs in its place."""
    pool = torch.cat([request.rows[at], request.background[at]])
    return torch.stack([other_values(pool, one) for one in some])


def _is_mask(request: Request, at: int) -> bool:
    """Whether an integer tensor says which places of another one count."""
    one = request.rows[at]
    if one.dtype == torch.bool:
        return True
    if one.dim() == 1:
        return any(_are_lengths(one, other) for number, other in enumerate(request.rows) if number != at)
    both = torch.cat([one, request.background[at]])
    binary = bool(((both == 0) | (both == 1)).all())
    beside = any(other.shape[: one.dim()] == one.shape for number, other in enumerate(request.rows) if number != at)
    return binary and beside


def _are_lengths(counts: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether integers of rows say how many places of another tensor count: what comes after them never varies."""
    for axis in range(1, other.dim()):
        size = other.shape[axis]
        places = torch.arange(size, device=counts.device)
        after = other.movedim(axis, 1)[places >= counts[:, None]]
        if len(after) and bool((counts >= 0).all() & (counts <= size).all() & (after == after.flatten()[0]).all()):
            return True
    return False
