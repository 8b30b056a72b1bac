"""Disparities of two audits side by side, from their figures alone."""

from collections.abc import Collection

from dlaudit.record import Audit, Disparity, DisparityChange, Estimate, Measurement, ValueChange
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


def value_changes(old: Audit, new: Audit, metrics: Collection[str]) -> list[ValueChange]:
    """Every slice's value of these metrics that both audits have, and its change, as `disparity_changes`.

    Args:
        old: The earlier audit.
        new: The later one.
        metrics: Names of metrics.
    """
    was = {(one.metric, one.slice): one for one in old.measurements}
    slices = {one.id: one for one in new.slices if one.kind in {"group", "intersection"} and not one.unknown}
    return [
        ValueChange(
            metric=one.metric,
            slice=one.slice,
            by=slices[one.slice].by,
            old=_bare(was[one.metric, one.slice]),
            new=_bare(one),
            change=_change(was[one.metric, one.slice], one),
        )
        for one in new.measurements
        if one.metric in metrics and one.slice in slices and (one.metric, one.slice) in was
    ]


def _change(old: Disparity | Measurement, new: Disparity | Measurement) -> Estimate:
    if old.value is None or new.value is None:
        side, which = (old, "earlier") if old.value is None else (new, "later")
        return Estimate(undefined=f"it is undefined in the {which} run: {side.undefined}")
    moved = new.value - old.value
    was, now = _limits(old), _limits(new)
    if was is None or now is None or old.level != new.level:
        return Estimate(value=moved)
    found = mover_difference(new.value, now, old.value, was)
    return Estimate(
        value=moved,
        low=float(found.low),
        high=float(found.high),
        level=new.level,
        method=INDEPENDENT,
        guarantee="asymptotic",
    )


def _limits(one: Estimate) -> Limits | None:
    """Both ends of its interval; None where one of them is missing."""
    if one.low is None or one.high is None:
        return None
    low, high = floats(one.low, one.high)
    return Limits(low, high)


def _is_shown(change: Estimate) -> bool:
    return change.low is not None and change.high is not None and (change.low > 0 or change.high < 0)


def _bare(one: Estimate) -> Estimate:
    return Estimate(**{name: getattr(one, name) for name in Estimate.model_fields})


def _key(one: Disparity) -> tuple[object, ...]:
    return one.metric, one.kind, tuple(one.by), tuple(sorted(one.within.items()))
