"""Bins of scores that are fixed before any row is seen, so that histograms of shards add up to the whole one.

Scores in 0..1 fall into equal bins. Other scores (logits, margins) fall into bins that grow with the size of the
score, a fixed number to each power of two. The equal bins are bins of that wider scheme too, and coarse bins are unions
of fine ones; so two histograms always have a common scheme that both go into without loss.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Float, Int

MOST_BINS, LEAST_BINS = 1024, 16
"""Equal bins of 0..1: powers of two, so that the edges are exact floats."""
OUTPUTS_TIMES_BINS = 4096
"""With more than four outputs each has fewer bins, so that one atom's histograms stay below 64 KiB."""
MOST_CELLS = 1 << 24
"""Bins of all atoms, outputs and labels together (128 MiB); with more atoms than fit, all have fewer bins."""
_ABOVE_ONE = float(np.nextafter(1.0, 2.0))
_LARGEST_POWER = 12  # scores beyond +-4096 share one bin on either side


@dataclass(frozen=True)
class ScoreBins:
    """A scheme of bins; bin `b` holds scores s with edges[b] <= s < edges[b + 1], the last its upper edge too."""

    size: int
    """Equal bins of 0..1, a power of two."""
    wide: bool = False
    """Whether scores outside 0..1 have bins."""
    threshold: float | None = None
    """Operating threshold, which is made an edge; None where there is none."""

    @property
    def edges(self) -> Float[np.ndarray, " edges"]:
        """Edges of the bins, ascending."""
        return _edges(self)

    @cached_property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.edges) - 1

    @cached_property
    def parting(self) -> float:
        """The threshold where it parts a bin; infinite where it does not."""
        return self.threshold if self.threshold is not None and _is_inserted(self) else math.inf

    def codes(self, score: Float[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """The bin of every score.

        Args:
            score: Finite scores; in 0..1 unless the scheme is wide.
        """
        if self.wide:
            return np.minimum(np.searchsorted(self.edges, score, side="right") - 1, self.bins - 1)
        code = np.minimum((score * self.size).astype(np.int64), self.size - 1)  # exact: the size is a power of two
        return code + (score >= self.parting)

    def joined(self, other: "ScoreBins") -> "ScoreBins":
        """The finest scheme that histograms of both go into."""
        assert self.threshold == other.threshold, "scores of different thresholds cannot be added"
        return replace(self, size=min(self.size, other.size), wide=self.wide or other.wide)

    def moved(self, histogram: Int[np.ndarray, "*rest bins"], onto: "ScoreBins") -> Int[np.ndarray, "*rest more"]:
        """A histogram in this scheme as one in a scheme made of unions of its bins."""
        if self == onto:
            return histogram
        place = np.searchsorted(onto.edges, self.edges[:-1], side="right") - 1
        firsts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
        out = np.zeros((*histogram.shape[:-1], onto.bins), dtype=np.int64)
        out[..., place[firsts]] = np.add.reduceat(histogram, firsts, axis=-1)
        return out


def fitting_bins(outputs: int, atoms: int, wide: bool, threshold: float | None) -> ScoreBins:
    """The scheme for so many outputs and atoms: it depends on no score but on whether one lies outside 0..1.

    Args:
        outputs: Classes or labels with a score of their own.
        atoms: Finest slices, each with its own histogram.
        wide: Whether any score lies outside 0..1.
        threshold: Operating threshold; None where there is none.
    """
    allowed = min(OUTPUTS_TIMES_BINS // max(outputs, 1), MOST_CELLS // max(2 * outputs * atoms, 1), MOST_BINS)
    size = 1 << max(allowed, LEAST_BINS).bit_length() - 1
    return ScoreBins(size, wide, threshold)


@lru_cache(maxsize=64)
def _edges(scheme: ScoreBins) -> Float[np.ndarray, " edges"]:
    inner = np.arange(scheme.size + 1) / scheme.size
    if scheme.threshold == 1.0:
        inner[-1] = _ABOVE_ONE  # scores of 1 have a bin of their own: they are all that is selected
    if scheme.wide:
        steps = max(1, scheme.size // 32)
        above = _powers(0, steps)
        above[0] = _ABOVE_ONE  # a score of 1 stays in the last equal bin, where it is without wide bins
        below = -_powers(1 - scheme.size.bit_length(), steps)[::-1]
        most = np.finfo(np.float64).max
        inner = np.concatenate([[-most], below, inner[:-1], above, [most]])
    if np.isfinite(scheme.parting):
        inner = np.insert(inner, np.searchsorted(inner, scheme.parting), scheme.parting)
    inner.flags.writeable = False
    return inner


def _powers(first: int, steps: int) -> Float[np.ndarray, " _"]:
    """Edges from 2**first to 2**_LARGEST_POWER, `steps` to each doubling; exact floats."""
    powers = np.ldexp(1.0, np.arange(first, _LARGEST_POWER))
    fractions = 1 + np.arange(steps) / steps
    return np.append(np.multiply.outer(powers, fractions).ravel(), np.ldexp(1.0, _LARGEST_POWER))


def _is_inserted(scheme: ScoreBins) -> bool:
    """Whether the threshold lies within the scheme and is no edge anyway."""
    if scheme.threshold is None or not np.isfinite(scheme.threshold):
        return False
    plain = replace(scheme, threshold=None).edges
    return scheme.threshold == 1.0 or bool(plain[0] < scheme.threshold < plain[-1] and scheme.threshold not in plain)
