"""Clusters of vectors as candidate slices: for images and texts, whose rows have embeddings and no columns."""

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.slices.discovery.confirm import Candidate

_ROUNDS = 50


def cluster_candidates(
    vectors: Float[np.ndarray, "n width"],
    finding: Bool[np.ndarray, " n"],
    clusters: int,
    generator: np.random.Generator,
) -> list[Candidate]:
    """One candidate for each cluster; centres come from the finding half, all rows go to the nearest one.

    Args:
        vectors: An embedding of each row.
        finding: Which rows are in the finding half.
        clusters: How many to look for; fewer where there are fewer different vectors.
        generator: Source of the first centres.
    """
    centres = k_means(vectors[finding], clusters, generator)
    nearest = _nearest(vectors, centres)
    return [Candidate(where={"cluster": str(at + 1)}, member=np.asarray(nearest == at)) for at in range(len(centres))]


def k_means(
    vectors: Float[np.ndarray, "n width"], clusters: int, generator: np.random.Generator
) -> Float[np.ndarray, "k width"]:
    """Centres by Lloyd's steps from k-means++ beginnings, in the order of their coordinates.

    The rows are put in the order of their coordinates first, so that their order in the file has no effect.

    Source: Arthur and Vassilvitskii 2007, "k-means++: the advantages of careful seeding", SODA.
    """
    ordered = vectors[np.lexsort(vectors.T[::-1])]
    centres = _spread_out(ordered, clusters, generator)
    for _ in range(_ROUNDS):
        nearest = _nearest(ordered, centres)
        moved = np.array([ordered[nearest == at].mean(axis=0) for at in np.unique(nearest)])
        if moved.shape == centres.shape and np.allclose(moved, centres, rtol=0, atol=1e-12):
            break
        centres = moved
    return centres[np.lexsort(centres.T[::-1])]


def _spread_out(
    vectors: Float[np.ndarray, "n width"], clusters: int, generator: np.random.Generator
) -> Float[np.ndarray, "k width"]:
    """First centres: each drawn with a probability that grows with the squared distance to those before it."""
    centres = vectors[[int(generator.integers(len(vectors)))]]
    while len(centres) < clusters:
        far = _squared(vectors, centres).min(axis=1)
        if not far.any():
            break
        drawn = int(np.searchsorted(np.cumsum(far), generator.random() * far.sum(), side="right"))
        centres = np.concatenate([centres, vectors[[min(drawn, len(vectors) - 1)]]])
    return centres


def _nearest(vectors: Float[np.ndarray, "n width"], centres: Float[np.ndarray, "k width"]) -> Int[np.ndarray, " n"]:
    return np.asarray(_squared(vectors, centres).argmin(axis=1))


def _squared(vectors: Float[np.ndarray, "n width"], centres: Float[np.ndarray, "k width"]) -> Float[np.ndarray, "n k"]:
    """Squared distances, one centre at a time so that memory stays that of the rows."""
    return np.stack([((vectors - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
