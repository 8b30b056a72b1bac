"""How much data decides: normal planning formulae, within 0.05 of the simulated power of the gate."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from dlaudit.stats.numbers import Number

POWER = 0.8
"""Share of samples that should reach a decision."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A contrast between two slices, or of one slice with a fixed limit, as it stands."""

    distance: Number
    """How far the contrast lies from the limit, in units of the metric; sign ignored."""
    variance: Number
    """Variance of one row of the slice that is to grow."""
    rows: Number
    """Rows of that slice now."""
    other_error: Number = 0.0
    """Squared standard error of the other side; 0 where there is none."""


def rows_needed(plan: Plan, alpha: Number, power: Number = POWER) -> int | None:
    """Rows of a slice with which `power` of all samples would decide at `alpha`, if the estimates held.

    Solves variance / n + other_error = (distance / (z_{1-alpha} + z_power))^2 for n. Where the other side alone is
    too uncertain, both are taken to grow alike. None where the contrast lies on the limit: no number decides.

    Args:
        plan: The contrast.
        alpha: Error rate of the one-sided test, adjusted for multiplicity.
        power: Share of samples that should decide.
    """
    reach = float(ndtri(1 - float(alpha)) + ndtri(float(power)))
    allowed = (plan.distance / reach) ** 2
    if allowed <= 0 or not np.isfinite(allowed) or plan.rows <= 0:
        return None
    if allowed > 2 * plan.other_error:
        needed = plan.variance / (allowed - plan.other_error)
    else:
        needed = plan.rows * (plan.variance / plan.rows + plan.other_error) / allowed
    return int(np.ceil(needed)) if needed < 1e12 else None


def minimum_detectable(
    rate: Number, sizes: tuple[int, int], alpha: Number = 0.05, power: Number = POWER, margin: Number = 0.0
) -> float:
    """The smallest true difference beyond `margin` that `power` of all samples would show in a one-sided test.

    Solves D - margin = (z_{1-alpha} + z_power) sqrt(p1 q1 / n1 + p2 q2 / n2) for D, with p2 = `rate` and p1 = p2 + D,
    or p2 - D where `rate` is above 1/2. NaN where a slice is empty, or where no difference would show.

    Args:
        rate: Rate of the second slice.
        sizes: Rows (of the metric's denominator) of the first and the second slice.
        alpha: Error rate, adjusted for multiplicity.
        power: Share of samples that should show it.
        margin: Tolerated difference.
    """
    n1, n2 = sizes
    p2 = min(float(rate), 1 - float(rate))
    if n1 <= 0 or n2 <= 0 or np.isnan(p2):
        return float("nan")
    reach = float(ndtri(1 - float(alpha)) + ndtri(float(power)))

    def short(gap: float) -> float:
        p1 = min(p2 + gap, 1.0)
        return gap - float(margin) - reach * float(np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2))

    low, high = float(margin), 1 - p2
    if low >= high or short(high) < 0:
        return float("nan")
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if short(middle) < 0 else (low, middle)
    return high
