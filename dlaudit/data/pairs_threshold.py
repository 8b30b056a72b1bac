"""The threshold at which a given share of the non-mated pairs matches, and how uncertain it is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dlaudit.data.pairs_blocks import Compared
from dlaudit.errors import DataRefused
from dlaudit.stats.dyadic import between_people
from dlaudit.stats.intervals import cluster_wilson
from dlaudit.stats.quantile_without import quantile_above


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A threshold and its interval at 95 %."""

    value: float
    """A pair matches where its similarity is at least this."""
    low: float
    """Lower end."""
    high: float
    """Upper end."""


def threshold_at(pairs: Compared, target_fmr: float) -> Threshold:
    """The lowest threshold at which at most that share of the non-mated pairs matches.

    Its interval is that of a quantile of pairs (Woodruff 1952, DOI 10.1080/01621459.1952.10483443): the scores at which
    as many pairs match as the interval of the share has at its ends, by the dyadic variance.

    Raises:
        DataRefused: There are no non-mated pairs (DLA361).
    """
    score, people = _nonmated(pairs)
    if not len(score):
        raise DataRefused(
            "DLA361",
            "there are no pairs of two people",
            expected="samples of two or more identities",
            fix="Check pairs.identity; or give the threshold: model.threshold.",
        )
    ordered = np.sort(score)[::-1]
    value = _short(quantile_above(ordered, target_fmr), ordered)
    matches = (score >= value).astype(np.float64)
    share = float(matches.mean())
    found = between_people((matches - share) / len(matches), people)
    ends = cluster_wilson(share, found.variance, found.units, freedom=found.freedom)
    low, high = float(ends.low), float(ends.high)
    if not np.isfinite(low + high):
        low, high = 0.0, 1.0
    return Threshold(
        value=value, low=min(value, quantile_above(ordered, high)), high=max(value, quantile_above(ordered, low))
    )


def _nonmated(pairs: Compared) -> tuple[Float[np.ndarray, " n"], Int[np.ndarray, "n 2"]]:
    """Similarity and people of the non-mated pairs."""
    scores, people = [np.zeros(0)], [np.zeros((0, 2), dtype=np.int64)]
    person = pairs.samples.person
    for first, second, found in pairs.blocks():
        assert found is not None
        other = person[first] != person[second]
        scores.append(found[other].astype(np.float64))
        people.append(np.stack([person[first][other], person[second][other]], axis=1))
    return np.concatenate(scores), np.concatenate(people)


def _short(value: float, ordered: Float[np.ndarray, " n"]) -> float:
    """The number of the fewest digits that the same scores reach: a threshold is copied by hand."""
    rising = ordered[::-1]
    place = np.searchsorted(rising, value)
    shorter = (round(value, digits) for digits in range(2, 16))
    return next((one for one in shorter if np.searchsorted(rising, one) == place), value)
