"""Intervals of means and of their differences."""

import numpy as np
from scipy.special import stdtrit

from dlaudit.stats.numbers import Limits, Number, Numbers, floats


def mean_limits(mean: Numbers, variance: Numbers, n: Numbers, level: Number = 0.95) -> Limits:
    """Student's interval of a mean: of scores, of y - score, of absolute errors.

    Asymptotic: it leans on n where the numbers have heavy tails. NaN where n < 2.

    Args:
        mean: Sample mean.
        variance: Sample variance (divided by n - 1).
        n: Rows.
        level: Confidence level.
    """
    mean, variance, n = floats(mean, variance, n)
    enough = n >= 2
    half = stdtrit(np.where(enough, n - 1, np.nan), 0.5 + float(level) / 2) * np.sqrt(variance / np.maximum(n, 1))
    return Limits(mean - half, mean + half)


def welch_limits(
    mean: tuple[Numbers, Numbers],
    variance: tuple[Numbers, Numbers],
    n: tuple[Numbers, Numbers],
    level: Number = 0.95,
) -> Limits:
    """Welch's interval of the difference of two independent means, first minus second.

    NaN where either n < 2, and where both variances are 0.

    Args:
        mean: The two sample means.
        variance: The two sample variances (divided by n - 1).
        n: The two numbers of rows.
        level: Confidence level.

    Source: Welch 1947, DOI 10.1093/biomet/34.1-2.28.
    """
    m1, v1, n1 = floats(mean[0], variance[0], n[0])
    m2, v2, n2 = floats(mean[1], variance[1], n[1])
    enough = (n1 >= 2) & (n2 >= 2) & (v1 + v2 > 0)
    s1, s2 = v1 / np.maximum(n1, 1), v2 / np.maximum(n2, 1)
    below = s1**2 / np.maximum(n1 - 1, 1) + s2**2 / np.maximum(n2 - 1, 1)
    freedom = np.divide((s1 + s2) ** 2, below, out=np.full_like(below, np.nan), where=enough & (below > 0))
    half = stdtrit(freedom, 0.5 + float(level) / 2) * np.sqrt(s1 + s2)
    return Limits(m1 - m2 - half, m1 - m2 + half)
