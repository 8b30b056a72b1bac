"""Intervals of one rate, and of the difference and the ratio of two."""

import numpy as np
from jaxtyping import Float
from scipy.special import betaincinv, ndtri, stdtrit

from dlaudit.stats.numbers import Floats, Limits, Number, Numbers, floats


def wilson(x: Numbers, n: Numbers, level: Number = 0.95) -> Limits:
    """Wilson's score interval of a rate x / n.

    Its coverage varies around `level` (0.84 at worst for n = 10): it is for display. NaN where n = 0.

    Args:
        x: Successes, 0..n; any real number, so that effective counts can be given.
        n: Trials.
        level: Confidence level.

    Source: Wilson 1927, DOI 10.1080/01621459.1927.10502953.
    """
    x, n = floats(x, n)
    return _score_limits(np.divide(x, n, out=np.full_like(x, np.nan), where=n > 0), n, _normal(level))


def wilson_weighted(rate: Numbers, effective: Numbers, level: Number = 0.95) -> Limits:
    """Wilson's interval of a weighted rate at Kish's effective size (sum w)^2 / sum w^2.

    Args:
        rate: Weighted rate, 0..1.
        effective: Effective number of rows; NaN limits where it is 0.
        level: Confidence level.

    Source: Kish 1965, Survey Sampling. Coverage 0.95 to 0.96 with lognormal weights in simulation.
    """
    rate, effective = floats(rate, effective)
    return _score_limits(rate, effective, _normal(level))


def cluster_wilson(
    rate: Numbers, variance: Numbers, clusters: Numbers, level: Number = 0.95, freedom: Numbers = float("inf")
) -> Limits:
    """Wilson's interval of a rate whose rows come in clusters, as several rows of one person.

    The effective size is p q / variance with a Student quantile of `clusters` - 1 degrees of freedom, or of `freedom`
    where that is less. Where the variance says nothing (all rows alike), every cluster counts as one row.

    Args:
        rate: Rate over all rows, 0..1.
        variance: Variance of `rate` estimated between clusters.
        clusters: Number of clusters; NaN limits below 2.
        level: Confidence level.
        freedom: Degrees of freedom of `variance`, 1 or more.

    Source: Korn and Graubard 1998, Survey Methodology 24:193; coverage 0.95 to 0.97 at 20 rows a person.
    """
    rate, variance, clusters, freedom = floats(rate, variance, clusters, freedom)
    spread = rate * (1 - rate)
    known = (variance > 0) & (spread > 0)
    effective = np.where(known, np.divide(spread, variance, out=np.ones_like(spread), where=known), clusters)
    enough = clusters >= 2
    degrees = np.where(known, np.minimum(clusters - 1, freedom), clusters - 1)
    quantile = stdtrit(np.where(enough, degrees, np.nan), 0.5 + float(level) / 2)
    return _score_limits(np.where(enough, rate, np.nan), effective, quantile)


def clopper_pearson(x: Numbers, n: Numbers, level: Number = 0.95) -> Limits:
    """The interval of a rate that covers it with probability at least `level` whatever the rate is.

    Each end alone is a bound at level (1 + `level`) / 2. The ends are exactly 0 and 1 at x = 0 and x = n. NaN where
    n = 0.

    Args:
        x: Successes, whole, 0..n.
        n: Trials, whole.
        level: Confidence level.

    Source: Clopper and Pearson 1934, DOI 10.1093/biomet/26.4.404.
    """
    x, n = floats(x, n)
    tail = (1 - float(level)) / 2
    inner_low, inner_high = (x > 0) & (n > 0), (x < n) & (n > 0)
    low = betaincinv(np.where(inner_low, x, 1), np.where(inner_low, n - x + 1, 1), tail)
    high = betaincinv(np.where(inner_high, x + 1, 1), np.where(inner_high, n - x, 1), 1 - tail)
    empty = np.where(n > 0, 0.0, np.nan)
    return Limits(np.where(inner_low, low, 0.0) + empty, np.where(inner_high, high, 1.0) + empty)


def mover_difference(a: Numbers, a_limits: Limits, b: Numbers, b_limits: Limits) -> Limits:
    """The interval of a - b from the intervals of a and of b ("method of variance estimates recovery").

    Args:
        a: Estimate.
        a_limits: Its interval.
        b: An independent estimate.
        b_limits: Its interval at the same level.

    Source: Newcombe 1998, Statistics in Medicine 17:873 (method 10, there with Wilson's limits);
    Zou and Donner 2008, DOI 10.1002/sim.3095.
    """
    a, b = floats(a, b)
    gap = a - b
    return Limits(
        gap - np.hypot(a - a_limits.low, b_limits.high - b),
        gap + np.hypot(a_limits.high - a, b - b_limits.low),
    )


def mover_ratio(a: Numbers, a_limits: Limits, b: Numbers, b_limits: Limits) -> Limits:
    """The interval of a / b from the intervals of a and of b, both at least 0 (MOVER-R).

    The upper end is infinite where the interval of b reaches 0; the lower end is 0 where that of a does.

    Args:
        a: Estimate, >= 0.
        a_limits: Its interval.
        b: An independent estimate, >= 0.
        b_limits: Its interval at the same level.

    Source: Donner and Zou 2012, DOI 10.1177/0962280210383267, in a form that does not divide by 0.
    """
    a, b = floats(a, b)
    low_a, high_a = np.maximum(a_limits.low, 0), a_limits.high
    low_b, high_b = np.maximum(b_limits.low, 0), b_limits.high
    product = a * b
    low = _over(
        low_a * (2 * a - low_a),
        product + np.sqrt(np.maximum(product**2 - low_a * (2 * a - low_a) * high_b * (2 * b - high_b), 0)),
        empty=0.0,
    )
    high = _over(
        product + np.sqrt(np.maximum(product**2 - high_a * (2 * a - high_a) * low_b * (2 * b - low_b), 0)),
        low_b * (2 * b - low_b),
        empty=np.inf,
    )
    unknown = np.isnan(low_a + high_a + low_b + high_b)
    return Limits(np.where(unknown, np.nan, low), np.where(unknown, np.nan, high))


def difference_limits(x1: Numbers, n1: Numbers, x2: Numbers, n2: Numbers, level: Number = 0.95) -> Limits:
    """The MOVER interval of x1/n1 - x2/n2 with Clopper-Pearson limits.

    Conservative at 0.95 (worst one-sided error 1.07 times nominal), not at levels near 1: `dlaudit.stats.exact`
    decides there. NaN where a denominator is 0.
    """
    one, two = clopper_pearson(x1, n1, level), clopper_pearson(x2, n2, level)
    return mover_difference(rate_of(x1, n1), one, rate_of(x2, n2), two)


def ratio_limits(x1: Numbers, n1: Numbers, x2: Numbers, n2: Numbers, level: Number = 0.95) -> Limits:
    """The MOVER-R interval of (x1/n1) / (x2/n2) with Clopper-Pearson limits.

    The upper end is infinite where x2 = 0. NaN where a denominator is 0.
    """
    one, two = clopper_pearson(x1, n1, level), clopper_pearson(x2, n2, level)
    return mover_ratio(rate_of(x1, n1), one, rate_of(x2, n2), two)


def rate_of(x: Numbers, n: Numbers) -> Float[np.ndarray, "..."]:
    """The rate x / n; NaN where n = 0."""
    x, n = floats(x, n)
    return np.divide(x, n, out=np.full_like(x, np.nan), where=n > 0)


def rescaled(
    value: Numbers, limits: Limits, level: Number, to_level: Number, freedom: Numbers = float("inf")
) -> Limits:
    """An interval at `level` stretched to `to_level` by the ratio of quantiles, each side by itself.

    Args:
        value: The estimate.
        limits: Its interval.
        level: Level of the interval.
        to_level: Level wanted.
        freedom: Degrees of freedom of an interval by Student's quantile, whose tails are the heavier the fewer there
            are; infinite for the normal quantile.
    """
    center, degrees = floats(value, freedom)
    stretch = _student(to_level, degrees) / _student(level, degrees)
    return Limits(center - (center - limits.low) * stretch, center + (limits.high - center) * stretch)


def _score_limits(rate: Floats, n: Floats, z: Floats | float) -> Limits:
    known = (n > 0) & ~np.isnan(rate)
    p, m = np.where(known, rate, 0.5), np.where(known, n, 1.0)
    spread = 1 + z * z / m
    center = (p + z * z / (2 * m)) / spread
    half = z * np.sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / spread
    low = np.where(p == 0, 0.0, np.maximum(center - half, 0))
    high = np.where(p == 1, 1.0, np.minimum(center + half, 1))
    return Limits(np.where(known, low, np.nan), np.where(known, high, np.nan))


def _normal(level: Number) -> float:
    """The two-sided normal quantile: 1.96 for 0.95."""
    return float(-ndtri((1 - float(level)) / 2))


def _student(level: Number, freedom: Floats) -> Floats:
    """The two-sided quantile of Student's distribution; the normal one where `freedom` is infinite."""
    few = np.isfinite(freedom)
    found: Floats = np.where(few, stdtrit(np.where(few, freedom, 1.0), 0.5 + float(level) / 2), _normal(level))
    return found


def _over(above: Floats, below: Floats, *, empty: float) -> Floats:
    quotient: Floats = np.divide(above, below, out=np.full_like(above, empty), where=below > 0)
    return quotient
