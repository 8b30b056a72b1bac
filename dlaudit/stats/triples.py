"""Three tests of one thing and its change: before, after and the difference cannot be true in any combination."""

import numpy as np
from jaxtyping import Float

_LEFT = (3, 1, 1, 0)
"""How many of a triple's hypotheses can be true once none, one, two or three of them are rejected."""


def adjusted_triples(p: Float[np.ndarray, "m 3"]) -> Float[np.ndarray, "m 3"]:
    """p-values of m triples (before is 0, after is 0, the change is 0), adjusted over all of them.

    Holm's procedure divides the error rate by the number of hypotheses that are left. But two true ones of a triple
    make the third true: once one is rejected, at most one of the other two can be. Shaffer's step-down procedure
    (1986, DOI 10.1080/01621459.1986.10478341) divides by the largest number that can all be true, and still errs
    in any of them with at most the error rate, however the tests are related. Never larger than Holm's.

    Args:
        p: p-values; NaN where there is none: never rejected, and counted as if it could be true.

    Returns:
        What to compare with the error rate; NaN where `p` is.
    """
    flat = p.reshape(-1)
    order = np.argsort(np.where(np.isnan(flat), np.inf, flat), kind="stable")
    adjusted, rejected = np.full(len(flat), np.nan), np.zeros(len(p), dtype=np.int64)
    possible, largest = 3 * len(p), 0.0
    for at in order:
        if np.isnan(flat[at]):
            break
        largest = max(largest, min(1.0, float(flat[at]) * possible))
        adjusted[at] = largest
        triple = at // 3
        possible += _LEFT[rejected[triple] + 1] - _LEFT[rejected[triple]]
        rejected[triple] += 1
    return adjusted.reshape(p.shape)
