"""Intervals of means and of their differences."""

import numpy as np
from jaxtyping import Float
from scipy.special import rel_entr, stdtrit

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


def bounded_limits(mean: Numbers, n: Numbers, level: Number = 0.95) -> Limits:
    """Hoeffding's interval of the mean of numbers in 0..1, from the mean alone: it holds for every distribution and n.

    Each end is where n KL(mean, end) = ln(2 / (1 - level)), KL being the divergence of two rates. About twice as wide
    as Student's interval where rows vary little; of a handful of rows that happen to be alike, Student's is far too
    narrow. NaN where n = 0.

    Args:
        mean: Sample mean, 0..1.
        n: Independent rows.
        level: Confidence level.

    Source: Hoeffding 1963, theorem 1, DOI 10.1080/01621459.1963.10500830.
    """
    mean, n = floats(mean, n)
    allowed = float(np.log(2 / (1 - float(level))))
    return Limits(_kl_end(mean, n, allowed, 0.0), _kl_end(mean, n, allowed, 1.0))


def _kl_end(
    mean: Float[np.ndarray, "..."], n: Float[np.ndarray, "..."], allowed: float, beyond: float
) -> Float[np.ndarray, "..."]:
    """The point between the mean and `beyond` where n KL reaches what is allowed."""
    inside, outside = np.array(mean, dtype=np.float64), np.full_like(mean, beyond)
    for _ in range(60):
        middle = (inside + outside) / 2
        within = np.maximum(n, 1) * (rel_entr(mean, middle) + rel_entr(1 - mean, 1 - middle)) <= allowed
        inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
    return np.asarray(np.where(n > 0, outside, np.nan))


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
