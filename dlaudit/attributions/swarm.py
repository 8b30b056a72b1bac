"""How contributions are spread over rows, by the input's own value: what a beeswarm plot shows, as counts."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int, Shaped

from dlaudit.attributions.explained import Answer
from dlaudit.record import AttributionSwarm

BINS = 41
"""Bins of contributions, an odd number, so that one of them has 0 in its middle."""
MOST_BANDS = 5
MOST_INPUTS = 10
WITHIN = 0.995
"""Share of the contributions that lie inside the outer edges; what lies beyond is counted in the last bin."""


def swarms(answer: Answer, shown: Mapping[str, Shaped[np.ndarray, " n"]]) -> list[AttributionSwarm]:
    """Counts of the explained rows by contribution and by value, of the inputs that move the score most.

    The first method's, on one axis for all inputs. Values are cut into fifths, fewer where there are fewer values;
    the rows of a text column are one band, since its levels have no order.

    Args:
        answer: Contributions of the rows.
        shown: Inputs of the same rows as a reader knows them, by feature; those without have one band.
    """
    if not answer.methods or not len(answer.methods[0].values):
        return []
    method = answer.methods[0]
    values = np.asarray(method.values, dtype=np.float64)
    ranked = sorted(range(values.shape[1]), key=lambda at: -float(np.abs(values[:, at]).mean()))[:MOST_INPUTS]
    end = float(np.quantile(np.abs(values[:, ranked]), WITHIN, method="higher"))
    if not end > 0:
        return []
    return [
        AttributionSwarm(
            method=method.method,
            feature=answer.features[at],
            end=end,
            bands=names,
            counts=_counts(values[:, at], band, len(names), end).tolist(),
        )
        for at in ranked
        for band, names in [_bands(shown.get(answer.features[at]), len(values))]
    ]


def _counts(
    contributions: Float[np.ndarray, " n"], band: Int[np.ndarray, " n"], bands: int, end: float
) -> Int[np.ndarray, "bands bins"]:
    place = np.clip(np.floor((contributions / end + 1) / 2 * BINS), 0, BINS - 1).astype(np.int64)
    found = np.zeros((bands, BINS), dtype=np.int64)
    np.add.at(found, (band, place), 1)
    return found


def _bands(values: Shaped[np.ndarray, " n"] | None, rows: int) -> tuple[Int[np.ndarray, " n"], list[str]]:
    """The band of each row, ascending by value, and what the bands hold; one band where values have no order."""
    together = np.zeros(rows, dtype=np.int64), [""]
    if values is None or values.dtype.kind not in "biuf":
        return together
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all():
        return together
    known = np.unique(numbers)
    if len(known) <= MOST_BANDS:
        return np.searchsorted(known, numbers).astype(np.int64), [f"{value:.4g}" for value in known]
    cuts = np.unique(np.quantile(numbers, np.arange(1, MOST_BANDS) / MOST_BANDS, method="lower"))
    cuts = cuts[cuts < known[-1]]  # the last band holds what lies above the last cut
    if not len(cuts):
        return together
    between = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(cuts)]
    names = [f"up to {cuts[0]:.4g}", *between, f"over {cuts[-1]:.4g}"]
    return np.searchsorted(cuts, numbers, side="left").astype(np.int64), names
