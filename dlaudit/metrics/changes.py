"""Disparities of two audits side by side, from their figures alone."""

import math

from dlaudit.record import Audit, Disparity, DisparityChange, Estimate
from dlaudit.stats.intervals import mover_difference
from dlaudit.stats.numbers import Limits, floats

INDEPENDENT = "mover"


def disparity_changes(old: Audit, new: Audit) -> list[DisparityChange]:
    """Every disparity that both audits have, and its change.

    The interval of the change is MOVER's (Zou and Donner 2008, DOI 10.1002/sim.3095) from the intervals of the two
    disparities, which it takes to be of independent samples. Of two models on the same rows, whose errors go
    together, it is wider than need be. It is undefined where either disparity is undefined, and has no interval where
    either has none.
    """
    was = {_key(one): one for one in old.disparities}
    return [
        DisparityChange(
            metric=one.metric,
            kind=one.kind,
            by=one.by,
            within=one.within,
            old=_bare(was[_key(one)]),
            new=_bare(one),
            change=change,
            shown=_is_shown(change),
        )
        for one in new.disparities
        if _key(one) in was
        for change in [_change(was[_key(one)], one)]
    ]


def _change(old: Disparity, new: Disparity) -> Estimate:
    if old.value is None or new.value is None:
        side, which = (old, "earlier") if old.value is None else (new, "later")
        return Estimate(undefined=f"it is undefined in the {which} run: {side.undefined}")
    ends = [old.low, old.high, new.low, new.high]
    if any(end is None or not math.isfinite(end) for end in ends) or old.level != new.level:
        return Estimate(value=new.value - old.value)
    found = mover_difference(new.value, _limits(new), old.value, _limits(old))
    return Estimate(
        value=new.value - old.value,
        low=float(found.low),
        high=float(found.high),
        level=new.level,
        method=INDEPENDENT,
        guarantee="asymptotic",
    )


def _limits(one: Disparity) -> Limits:
    low, high = floats(one.low or 0.0, one.high or 0.0)  # neither is None, as the caller saw
    return Limits(low, high)


def _is_shown(change: Estimate) -> bool:
    return change.low is not None and change.high is not None and (change.low > 0 or change.high < 0)


def _bare(one: Disparity) -> Estimate:
    return Estimate(**{name: getattr(one, name) for name in Estimate.model_fields})


def _key(one: Disparity) -> tuple[object, ...]:
    return one.metric, one.kind, tuple(one.by), tuple(sorted(one.within.items()))
