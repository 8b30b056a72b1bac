"""Captum's methods that put a reference in the place of a part of the row and look at the score."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.layout import NOBODY
from dlaudit.attributions.libraries.calls import called, change_from, mean_reference
from dlaudit.attributions.libraries.gathering import elements_by, explanation_of
from dlaudit.attributions.registry import Size, attributor
from dlaudit.attributions.request import CannotExplainError, Explanation, Request

if TYPE_CHECKING:
    import torch

REFERENCES = 8
"""Background rows that stand in, one after the other, where inputs are whole numbers and have no mean."""
_WINDOWS = 8
"""Windows of Occlusion along each axis of a picture or a series."""


def _passes(size: Size) -> float:
    return (size.players + 1) / 3


@attributor("captum.FeatureAblation", adds_up="no", cost=_passes)
def captum_feature_ablation(request: Request) -> Explanation:
    """How the score changes when each player alone is replaced by the reference.

    The reference is the mean background row; with whole-number inputs, which have no mean, each of up to 8 background
    rows in turn. Interactions are counted in every player that takes part, so the changes need not add up.
    """
    with called("Captum's FeatureAblation", request):
        from captum.attr import FeatureAblation

        method = FeatureAblation(request.score)
        masks = feature_masks(request)

        def some(part: slice) -> "tuple[torch.Tensor, ...]":
            taken = tuple(one if len(one) == 1 else one[part] for one in masks)
            rows = tuple(one[part] for one in request.rows)
            runs = [
                method.attribute(tuple(one.clone() for one in rows), baselines=reference, feature_mask=taken)
                for reference in references(request, part)
            ]
            effects = tuple(sum(several) / len(runs) for several in zip(*runs, strict=True))
            return shared_out(effects, masks, taken, len(request.layout))

        return _explained(request, elements_by(request, some))


@attributor("captum.Occlusion", adds_up="no", cost=lambda size: (2 * min(size.elements, 225) + 1) / 3)
def captum_occlusion(request: Request) -> Explanation:
    """How the score changes when a window that slides over the row is replaced by the reference.

    A window is one column of a table, and about an eighth of every further axis of a picture or a series with steps of
    half a window; all channels go together. The change counts equally for each element of the window, and an element
    has the mean over the windows it lies in. The reference is as for `captum.FeatureAblation`.

    Zeiler and Fergus 2014, arXiv:1311.2901.
    """
    with called("Captum's Occlusion", request):
        from captum.attr import Occlusion

        method = Occlusion(request.score)
        windows, steps = zip(*(window_of(one) for one in request.rows), strict=True)

        def some(part: slice) -> "tuple[torch.Tensor, ...]":
            rows = tuple(one[part] for one in request.rows)
            runs = [
                method.attribute(
                    tuple(one.clone() for one in rows),
                    sliding_window_shapes=windows,
                    strides=steps,
                    baselines=reference,
                )
                for reference in references(request, part)
            ]
            found = tuple(sum(several) / len(runs) for several in zip(*runs, strict=True))
            return tuple(one / float(np.prod(window)) for one, window in zip(found, windows, strict=True))

        return _explained(request, elements_by(request, some))


def feature_masks(request: Request) -> "tuple[torch.Tensor, ...]":
    """The layout as Captum's `feature_mask`: a mask for each input tensor, players numbered from 0.

    What belongs to nobody gets a number of its own; the reference has the row's own elements there, so that replacing
    them changes nothing. A mask too few makes Captum give zeros without a word, which is refused here.

    Raises:
        CannotExplainError: There is not exactly one mask for each input.
    """
    import torch

    owners = request.layout.owner
    if len(owners) != len(request.rows):
        raise CannotExplainError(f"there are {len(owners)} layouts for {len(request.rows)} input tensors")
    return tuple(torch.where(one == NOBODY, len(request.layout), one) for one in owners)


def shared_out(
    effects: "tuple[torch.Tensor, ...]",
    masks: "tuple[torch.Tensor, ...]",
    taken: "tuple[torch.Tensor, ...]",
    players: int,
) -> "tuple[torch.Tensor, ...]":
    """Effects, which Captum gives whole to every element of a player, divided by the player's number of elements."""
    import torch

    rows = max(len(one) for one in taken)
    sizes = torch.zeros((rows, players + 1), dtype=torch.float64, device=taken[0].device)
    # an input of one number per row, as lengths, has one axis only
    wide = [one.expand(rows, *effect.shape[1:]).reshape(rows, -1) for one, effect in zip(taken, effects, strict=True)]
    for where in wide:
        sizes.scatter_add_(1, where, torch.ones_like(where, dtype=torch.float64))
    return tuple(
        effect.double() / torch.gather(sizes, 1, where).reshape(rows, *effect.shape[1:])
        for effect, where in zip(effects, wide, strict=True)
    )


def references(request: Request, part: slice) -> "Iterator[tuple[torch.Tensor, ...]]":
    """What stands in for absent elements of some of the rows: one mean row, or several rows one after the other."""
    for chosen in _stand_ins(request):
        # Captum takes tensors of the type of the rows
        yield tuple(
            one.to(row.dtype) for one, row in zip(mean_reference(request, chosen)(part), request.rows, strict=True)
        )


def _stand_ins(request: Request) -> "Iterator[tuple[torch.Tensor, ...]]":
    if all(one.is_floating_point() for one in request.background):
        yield request.background
        return
    size = len(request.background[0])
    for at in np.unique(np.linspace(0, size - 1, min(size, REFERENCES)).round().astype(int)):
        yield tuple(one[at : at + 1] for one in request.background)


def window_of(rows: "torch.Tensor") -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The sliding window of one input tensor without its first axis, and the steps it takes.

    One column of a table `[n, F]`; of a picture `[n, C, H, W]` all channels and an eighth of height and width; of a
    series `[n, T, C]` an eighth of the time and all channels.
    """
    shape = tuple(rows.shape[1:])
    if len(shape) < 2:
        return (1,) * len(shape), (1,) * len(shape)
    along = {0} if len(shape) == 2 else set(range(1, len(shape)))
    window = tuple(max(1, round(size / _WINDOWS)) if at in along else size for at, size in enumerate(shape))
    return window, tuple(max(1, size // 2) if at in along else size for at, size in enumerate(window))


def _explained(request: Request, elements: "tuple[torch.Tensor, ...]") -> Explanation:
    return explanation_of(request, elements, change=_change(request), reference=_named(request))


def _change(request: Request) -> Float[np.ndarray, " n"]:
    """f(row) minus the mean of f over the references."""
    changes = [change_from(request, mean_reference(request, chosen)) for chosen in _stand_ins(request)]
    return np.asarray(np.mean(changes, axis=0))


def _named(request: Request) -> str:
    if all(one.is_floating_point() for one in request.background):
        return f"the mean of {len(request.background[0])} background rows"
    return f"{min(len(request.background[0]), REFERENCES)} background rows, one after the other"
