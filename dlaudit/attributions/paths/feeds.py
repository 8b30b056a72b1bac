"""Which elements of the inputs feed which embedding call, found by changing them one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from dlaudit.attributions.paths.embeddings import Seen, seen
from dlaudit.attributions.paths.lines import rows_each
from dlaudit.attributions.request import CannotExplainError, Request

MOST_POOLED = 1 << 24
"""Numbers looked through for another value of an element."""
NO_PLACE = "rows have no place of their own in the codes of an embedding call"
NOT_STEADY = "how often embeddings are called depends on the values of the inputs"
_SEVERAL = 128


@dataclass(frozen=True, kw_only=True)
class Fed:
    """An embedding call that looks up codes made of the inputs."""

    number: int
    """The how many-th embedding call of a pass it is."""
    axis: int
    """Axis of its codes along which rows lie."""
    each: int
    """Codes of one row next to each other on that axis: more than 1 where rows were flattened into it."""
    sources: torch.Tensor
    """For every code of a row, in order, the element it is made of (elements of all input tensors numbered through);
    -1 for codes that never differ between rows."""
    shape: tuple[int, ...]
    """Shape of the codes of one row."""
    padding: int | None
    """The code of padding, where the call names one."""

    def by_row(self, found: torch.Tensor, rows: int) -> torch.Tensor:
        """Codes or vectors of the call with the rows first."""
        if found.shape[self.axis] != rows * self.each:
            raise CannotExplainError(NO_PLACE)
        if self.each > 1:
            shape = found.shape
            found = found.reshape(*shape[: self.axis], rows, self.each, *shape[self.axis + 1 :])
        return found.movedim(self.axis, 0)

    def as_called(self, found: torch.Tensor) -> torch.Tensor:
        """Codes or vectors with the rows first as the call has them."""
        found = found.movedim(0, self.axis)
        return found.flatten(self.axis, self.axis + 1) if self.each > 1 else found


def fed_calls(request: Request) -> tuple[Fed, ...]:
    """The embedding calls whose codes are made of the inputs, in order.

    Calls whose codes only say how many places before are no padding, as RoBERTa's positions, stay each row's own.

    Raises:
        CannotExplainError: Codes are made of several elements at once, rows have no place of their own in a call, or
            another reason why its vectors cannot be exchanged.
    """
    probe = _Probe(request)
    counting = _counting_padding(request, probe)
    found = [probe.fed(number) for number in probe.differing if number not in counting]
    if not found:
        return ()
    bases = sorted({0, request.count // 2})
    sources = [_sources(request, probe, base, found) for base in bases]
    return tuple(replace(one, sources=_agreed([each[at] for each in sources])) for at, one in enumerate(found))


def elements_of(call: Fed, rows: Sequence[torch.Tensor]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """For each input tensor the places of a row's codes that are made of it, and the elements they are made of."""
    found, start = [], 0
    for one in rows:
        count = one[0].numel()
        here = torch.nonzero((call.sources >= start) & (call.sources < start + count)).flatten()
        found.append((here, call.sources[here] - start))
        start += count
    return found


class _Probe:
    """Passes over two and three rows, and over the same with every element changed."""

    def __init__(self, request: Request) -> None:
        self.pools = [_pool(row, other) for row, other in zip(request.rows, request.background, strict=True)]
        self.three = three = tuple(pool[torch.arange(3) % len(pool)] for pool in self.pools)
        others = tuple(
            torch.stack([other_values(pool, one) for one in some]) for pool, some in zip(self.pools, three, strict=True)
        )
        floats = tuple(one.is_floating_point() for one in three)
        _, self.calls = seen(request.score, three)
        _, self._two = seen(request.score, tuple(one[:2] for one in three))
        changed = seen(request.score, others)[1]
        without = seen(request.score, tuple(b if f else a for a, b, f in zip(three, others, floats, strict=True)))[1]
        self.differing = _differing(self.calls, changed)
        self.by_floats = bool(_differing(self.calls, without))

    def fed(self, number: int) -> Fed:
        """A call that the inputs feed, with its sources still unknown."""
        call = self.calls[number]
        if call.refused is not None:
            raise CannotExplainError(call.refused)
        two, three = self._two[number].ids.shape, call.ids.shape
        axes = [at for at, (a, b) in enumerate(zip(two, three, strict=False)) if a != b]
        if len(two) != len(three) or len(axes) != 1 or 3 * two[axes[0]] != 2 * three[axes[0]]:
            raise CannotExplainError(NO_PLACE)
        each = two[axes[0]] // 2
        unknown = torch.zeros(0, dtype=torch.int64)
        fed = Fed(number=number, axis=axes[0], each=each, sources=unknown, shape=(), padding=call.padding)
        return replace(fed, shape=tuple(fed.by_row(call.ids, 3).shape[1:]))


def other_values(pool: torch.Tensor, one: torch.Tensor) -> torch.Tensor:
    """A row in which every element has another value that occurs in its place, or its own where there is none.

    Args:
        pool: Rows to take values from, `[k, …]`.
        one: The row, `[…]`.
    """
    differs = pool != one
    first = differs.to(torch.uint8).argmax(dim=0, keepdim=True)
    return torch.where(differs.any(dim=0), pool.gather(0, first)[0], one)


def _counting_padding(request: Request, probe: _Probe) -> set[int]:
    """Numbers of the calls whose codes depend on padding alone, each on that of several places.

    Such a call does not change where codes become other codes but padding, and changes in several places where a
    single code becomes padding.
    """
    marks = torch.tensor(sorted({one.padding for one in probe.calls if one.padding is not None}), dtype=torch.int64)
    if not len(marks) or not any(map(_holds_codes, request.rows)):
        return set()
    others = tuple(
        torch.stack([_other_codes(pool, one, marks) for one in some])
        for pool, some in zip(probe.pools, probe.three, strict=True)
    )
    looked_up = set(_differing(probe.calls, seen(request.score, others)[1]))
    unsure = [number for number in probe.differing if number not in looked_up]
    return {number for number in unsure if any(_shifts(request, probe, number, int(mark)) for mark in marks)}


def _other_codes(pool: torch.Tensor, one: torch.Tensor, marks: torch.Tensor) -> torch.Tensor:
    """A row with other values, in which what is padding stays padding and nothing else becomes it."""
    if not _holds_codes(one):
        return one
    marks = marks.to(one.device, one.dtype)
    free = torch.where(torch.isin(pool, marks), one, pool)
    return torch.where(torch.isin(one, marks), one, other_values(free, one))


def _shifts(request: Request, probe: _Probe, number: int, mark: int) -> bool:
    """Whether codes of several places change where one code of the row with the least padding becomes padding."""
    codes = [(one != mark).flatten(1).sum(dim=1) for one in request.rows if _holds_codes(one)]
    row = [one[int(torch.stack(codes).sum(dim=0).argmax())] for one in request.rows]
    fed = probe.fed(number)
    for at, one in enumerate(row):
        elements = torch.nonzero((one != mark).flatten()).flatten()
        if not _holds_codes(one) or not len(elements):
            continue
        padded = _one_changed(one, torch.full_like(one, mark), elements)
        batch = [padded if other == at else b.expand(len(padded), *b.shape) for other, b in enumerate(row)]
        _, met = seen(request.score, batch)
        found = fed.by_row(met[number].ids, len(padded)).reshape(len(padded), -1)
        if bool(((found[1:] != found[:1]).sum(dim=1) > 1).any()):
            return True
    return False


def _holds_codes(one: torch.Tensor) -> bool:
    return not one.is_floating_point() and one.dtype != torch.bool


def _pool(rows: torch.Tensor, background: torch.Tensor) -> torch.Tensor:
    if rows.numel() + background.numel() > MOST_POOLED:
        rows, background = rows[:_SEVERAL], background[:_SEVERAL]
    return torch.cat([rows, background])


def _differing(before: Sequence[Seen], after: Sequence[Seen]) -> list[int]:
    """Numbers of the calls that look up other codes."""
    if len(before) != len(after):
        raise CannotExplainError(NOT_STEADY)
    return [at for at, (a, b) in enumerate(zip(before, after, strict=True)) if not torch.equal(a.ids, b.ids)]


def _sources(request: Request, probe: _Probe, base: int, calls: Sequence[Fed]) -> list[torch.Tensor]:
    """For every call and code of one row the element that changes it."""
    row = [one[base] for one in request.rows]
    other = [other_values(pool, one) for pool, one in zip(probe.pools, row, strict=True)]
    sizes = [one.numel() for one in row]
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    tried = [
        start + int(element)
        for start, one, new in zip(starts, row, other, strict=True)
        if probe.by_floats or not one.is_floating_point()
        for element in torch.nonzero((one != new).flatten()).flatten()
    ]
    elements = torch.tensor(tried, dtype=torch.int64)

    def some(part: slice) -> list[torch.Tensor]:
        changed = elements[part]
        batch = [_one_changed(a, b, changed - start) for a, b, start in zip(row, other, starts, strict=True)]
        _, met = seen(request.score, batch)
        if len(met) != len(probe.calls):
            raise CannotExplainError(NOT_STEADY)
        codes = [one.by_row(met[one.number].ids, len(changed) + 1).reshape(len(changed) + 1, -1) for one in calls]
        return [(one[1:] != one[:1]).cpu() for one in codes]

    parts = request.memory.parts(len(elements), some, each=rows_each(request.memory, request.rows))
    return [_only(torch.cat([part[at] for part in parts]), elements) for at in range(len(calls))]


def _one_changed(row: torch.Tensor, other: torch.Tensor, elements: torch.Tensor) -> torch.Tensor:
    """The row itself, then one copy for each element with that element changed; elements elsewhere change nothing."""
    batch = row.flatten().repeat(len(elements) + 1, 1)
    here = torch.nonzero((elements >= 0) & (elements < row.numel())).flatten()
    at = elements[here].to(row.device)
    batch[(here + 1).to(row.device), at] = other.flatten()[at]
    return batch.reshape(len(batch), *row.shape)


def _only(changes: torch.Tensor, elements: torch.Tensor) -> torch.Tensor:
    """The one element behind every code, from bool `[elements, codes]`; -1 where there is none."""
    count = changes.sum(dim=0)
    if bool((count > 1).any()):
        raise CannotExplainError("a code of an embedding is made of several inputs")
    first = changes.to(torch.uint8).argmax(dim=0)
    return torch.where(count > 0, elements[first], -1)


def _agreed(found: Sequence[torch.Tensor]) -> torch.Tensor:
    """What several rows say of the same codes; where one cannot tell, the other does."""
    agreed = found[0]
    for one in found[1:]:
        if bool(((agreed >= 0) & (one >= 0) & (agreed != one)).any()):
            raise CannotExplainError("which input feeds which embedding call differs between rows")
        agreed = torch.where(agreed >= 0, agreed, one)
    return agreed
