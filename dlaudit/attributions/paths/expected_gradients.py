"""Expected Gradients (Erion, Janizek, Sturmfels, Lundberg and Lee 2021, doi:10.1038/s42256-021-00343-w)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.paths.collected import Collected
from dlaudit.attributions.paths.lifted import Lifted, with_own
from dlaudit.attributions.paths.lines import Lines, blocks, rows_each
from dlaudit.attributions.paths.shared import shared_by
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import Explanation, Request
from dlaudit.attributions.score import frozen, one_function
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class Draws:
    """For every row the points at which its gradients are sampled."""

    reference: Int[np.ndarray, " n S"]
    """Which background row each sample starts from: all equally often."""
    along: Float[np.ndarray, " n S"]
    """How far towards the row each sample lies: one in every S-th of 0 to 1, ascending."""

    @property
    def samples(self) -> int:
        """Number of samples of each row."""
        return int(self.along.shape[1])

    def take(self, part: slice) -> "Draws":
        """The samples of some of the rows."""
        return Draws(reference=self.reference[part], along=self.along[part])


@attributor(
    "expected_gradients",
    needs={Capability.GRADIENTS},
    adds_up="in expectation",
    cost=lambda size: float(_even(size.steps)) + 2,
)
def expected_gradients(request: Request) -> Explanation:
    """Integrated gradients averaged over all background rows as references, from random points of their paths.

    phi_j(x) = mean over background rows b of (x_j - b_j) * integral of df/dx_j at b + alpha (x - b). Each row has
    `steps` samples: alpha from each of as many equal parts of 0 to 1, background rows equally often, paired at
    random. Contributions add up in expectation; they are not corrected to add up, and their standard errors come
    from the samples.

    Raises:
        CannotExplainError: The score has no gradient with respect to the inputs or their embeddings.
    """
    with frozen(request.module), one_function():
        shared = shared_by(request)
        known = shared.known
        draws = drawn(request.count, len(request.background[0]), request.steps, request.generator)
        background = known.ends(request.background)
        change = shared.own - known.expected_scores(background)
        found, error = Collected(known), []
        for part in blocks(request.count, known.mean):
            moved, squares = _sampled(known, background, draws, part)
            found.add(part, moved)
            error.append(np.sqrt(squares) / draws.samples)
    return Explanation(
        values=found.values,
        change=change,
        reference=f"each of {len(request.background[0])} background rows",
        elements=found.elements,
        error=np.concatenate(error),
        detail={**known.detail, "samples": draws.samples},
    )


def drawn(count: int, references: int, samples: int, generator: np.random.Generator) -> Draws:
    """Samples of `count` rows, stratified over the path and balanced over the references.

    Args:
        count: Rows.
        references: Background rows.
        samples: Samples of each row; one more where the number is odd, since errors come from pairs.
        generator: Source of all draws.
    """
    samples = _even(samples)
    along = (np.arange(samples) + generator.random((count, samples))) / samples
    # every k-th reference from a random one on, so that each is used equally often, in a random order
    places = np.arange(samples) * references // samples
    order = np.argsort(generator.random((count, samples)), axis=1)
    reference = (places[order] + generator.integers(references, size=(count, 1))) % references
    return Draws(reference=reference, along=along)


def _even(samples: int) -> int:
    return max(2, samples + samples % 2)


def _sampled(
    known: Lifted, background: "tuple[torch.Tensor, ...]", draws: Draws, block: slice
) -> "tuple[list[torch.Tensor], Float[np.ndarray, ' m M']]":
    """Mean contributions of the moving tensors of some rows, and per player the sum of squares behind their errors.

    Samples in neighbouring parts of the path make a pair. The square of their difference estimates twice the variance
    of one of them, a little too high, because the two parts differ as well.
    """
    import torch

    def some(inner: slice) -> "tuple[list[torch.Tensor], Float[np.ndarray, ' m M']]":
        part = slice(block.start + inner.start, block.start + inner.stop)
        rows = _Rows(known=known, background=background, draws=draws.take(part), part=part)
        layout = known.request.layout.take(part)
        squares, total = np.zeros((part.stop - part.start, len(layout))), None
        for at in range(0, draws.samples, 2):
            one, two = rows.sample(at), rows.sample(at + 1)
            squares += layout.gathered(known.elements([a - b for a, b in zip(one, two, strict=True)])) ** 2
            pair = [a.double() + b for a, b in zip(one, two, strict=True)]
            total = pair if total is None else [done.add_(more) for done, more in zip(total, pair, strict=True)]
        assert total is not None
        return [done / draws.samples for done in total], squares

    memory = known.request.memory
    parts = memory.parts(block.stop - block.start, some, each=rows_each(memory, known.mean))
    moved = [torch.cat([part[at] for part, _ in parts]) for at in range(len(parts[0][0]))]
    return moved, np.concatenate([squares for _, squares in parts])


class _Rows:
    """Some rows in lifted form, with what all their samples share."""

    def __init__(self, *, known: Lifted, background: "tuple[torch.Tensor, ...]", draws: Draws, part: slice) -> None:
        self._known, self._background, self._draws = known, background, draws
        self._end = known.ends(tuple(one[part] for one in known.request.rows))
        self._stays = known.stays(part)

    def sample(self, number: int) -> "list[torch.Tensor]":
        """Contributions of the moving tensors, by one sample of each row."""
        import torch

        which = torch.from_numpy(self._draws.reference[:, number]).to(self._end[0].device)
        chosen = tuple(one[which] if one.is_floating_point() else one[:1] for one in self._background)
        lines = Lines(score=self._known.score, start=with_own(self._stays, self._end, chosen), end=self._end)
        _, gradients = lines.gradients(slice(None), torch.from_numpy(self._draws.along[:, number]))
        return [
            gradient * (lines.end[at] - lines.start[at]) for at, gradient in zip(lines.moving, gradients, strict=True)
        ]
