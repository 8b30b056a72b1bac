"""Slices that two runs scored, as the record holds them."""

from dlaudit.gate import judge
from dlaudit.record import AgainstModel, Audit, OtherModel, RateChange, RunComparison, RunRef
from dlaudit.spec import Policy, Rule
from dlaudit.stats.paired import tango_limits

RUN = RunRef(place="old", rows=2000)


def rates(level, both, gained, lost, n, metric="selection_rate", by=("race",), **about) -> RateChange:
    """A slice where `both` of `n` rows count for both runs, and others for one of them only."""
    name = f"{by[0]}={level}"
    if not n:
        return RateChange(metric=metric, by=list(by), slice=name, rows=n, undefined="no rows", **about)
    limits = tango_limits(gained, lost, n)
    return RateChange(
        metric=metric,
        by=list(by),
        slice=name,
        rows=n,
        base=(both + lost) / n,
        tuned=(both + gained) / n,
        n=n,
        both=both,
        gained=gained,
        lost=lost,
        low=float(limits.low),
        high=float(limits.high),
        **about,
    )


def rate(level, old, new, n=1000, churn=0.06, **about) -> RateChange:
    """A slice whose rate went from `old` to `new`, where `churn` of the rows changed sides (or as few as can be)."""
    moved = round(n * (new - old))
    each_way = max(0, round((churn * n - abs(moved)) / 2))
    gained, lost = each_way + max(moved, 0), each_way + max(-moved, 0)
    return rates(level, round(old * n) - lost, gained, lost, n, **about)


def weighed(level, old, new, error, n=1000, share=0.5, **about) -> RateChange:
    """The same of a metric without counted rows: `error` is that of the change."""
    own = error**2 / (2 - 2 * share)
    return RateChange(
        metric="selection_rate",
        by=["race"],
        slice=f"race={level}",
        rows=n,
        base=old,
        tuned=new,
        variance_base=own,
        variance_tuned=own,
        covariance=share * own,
        freedom=n - 1.0,
        low=new - old - 1.96 * error,
        high=new - old + 1.96 * error,
        **about,
    )


def paired(*found) -> RunComparison:
    """The comparison of two runs on the same rows."""
    return RunComparison(old=RUN, paired=AgainstModel(model=OtherModel(), rows=2000, rates=list(found)))


def check_of(audit: Audit, baseline, metric, limit, *, bounds=True, **changes):
    """The verdict of one rule with `max_drop`, and its check."""
    rule = Rule(metric=metric, by="race", max_drop=limit, **changes)
    verdict = judge(audit.model_copy(update={"baseline": baseline}), Policy(rules=[rule]), bounds=bounds)
    return verdict, verdict.checks[0]
