"""Cascading parameter randomisation (Adebayo et al. 2018, arXiv:1810.03292): do contributions notice the weights?"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.checks.ranks import rank_correlations
from dlaudit.attributions.checks.repeats import Repeated
from dlaudit.attributions.checks.weights import exchanged, from_the_output_down


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """What became of the contributions of the rows explained again, stage by stage."""

    by_stage: list[Float[np.ndarray, " a"]]
    """Rank correlation of each row's contributions with those before, after each stage."""
    last: Float[np.ndarray, " a M"]
    """Contributions once all weights are exchanged."""


def cascade(repeated: Repeated, generator: np.random.Generator, stages: int) -> Cascade:
    """Contributions while the weights of ever more layers are exchanged, from the output down.

    Layers are taken in `stages` steps: the last layer, then evenly more of those before it, at last all.

    Raises:
        CannotExplainError: The method refuses the network with other weights.
    """
    layers = from_the_output_down(repeated.request)
    seeds = generator.integers(2**32, size=2)
    found = []
    for depth in depths(len(layers), stages):
        # the same draws at every stage: layers exchanged before stay as they were
        with exchanged(layers[:depth], np.random.default_rng(int(seeds[0]))):
            found.append(repeated.explained(np.random.default_rng(int(seeds[1]))))
    return Cascade(by_stage=[rank_correlations(repeated.values, one) for one in found], last=found[-1])


def depths(layers: int, stages: int) -> list[int]:
    """How many layers are exchanged at each stage: 1 first, all of them last.

    >>> depths(7, 3)
    [1, 4, 7]
    """
    return (
        [int(depth) for depth in np.unique(np.linspace(1, layers, max(stages, 1)).round())] if stages > 1 else [layers]
    )
