"""Which values of slices are shown to be worse than those of a run on other rows: all tests share an error rate."""

import math

from dlaudit.record import ValueChange

_ALPHA = 0.05


def changed(values: list[ValueChange]) -> list[bool]:
    """Which values are shown to differ, with a chance of at most 5 % that any of these is as it was.

    Shares of rows that count once each are tested exactly (Fisher 1922), everything else by its own interval taken as
    that of a normal error, and all together after Holm (1979). A value without an interval is not shown to differ.

    Args:
        values: Values of the same slices in two runs, taken as independent samples.
    """
    import numpy as np

    from dlaudit.stats.multiplicity import holm

    found = holm(np.array([_p_value(one) for one in values], dtype=np.float64))
    return [bool(one <= _ALPHA) for one in found]


def _p_value(one: ValueChange) -> float:
    """The two-sided p-value of no change; NaN where it is not known how sure the value is."""
    from dlaudit.stats.adverse_impact import Selected, fisher_p

    old, new = one.old.counts, one.new.counts
    if old is not None and new is not None:
        return fisher_p(Selected(*new, *old))
    change = one.change
    near = change.low if change.value is not None and change.value > 0 else change.high
    if change.value is None or near is None or near == change.value:
        return math.nan
    return math.erfc(_normal_quantile(change.level) * abs(change.value / (change.value - near)) / math.sqrt(2))


def _normal_quantile(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + level) / 2)
