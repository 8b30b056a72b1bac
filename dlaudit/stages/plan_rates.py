"""Which rates a plan supposes: of all slices, and of the one that has a gap."""

from dataclasses import dataclass

from dlaudit.spec import Rule

_SMALLEST = 0.1
"""Gap supposed for a rule that allows none: twice nothing would be no gap."""


@dataclass(frozen=True, kw_only=True)
class Supposed:
    """Rates of one rule's metric."""

    rate: float
    """Rate of every slice but one."""
    rate_from: str
    """Where it comes from."""
    gap: float
    """Difference of rates, ratio of rates, or distance of a value from the others."""
    gap_rate: float
    """Rate of that one slice."""


def suppose(rule: Rule, given: float | None, measured: float | None, gap: float | None) -> Supposed | str:
    """The rates of a rule's metric, or why none can be supposed.

    The rate is the one given, else the one measured over all rows, else the rule's `planning_rate`. A floor or ceiling
    needs a rate that keeps it: halfway between the limit and the best there is, where the known one does not.

    Args:
        rule: The rule.
        given: Rate asked for.
        measured: Rate of all rows of a run.
        gap: Size of the gap (of a ratio: 1 minus the ratio); None for twice what the rule allows.
    """
    rate, source = _rate(rule, given, measured)
    if rule.kind == "ratio":
        return _ratio(rule, rate, source, gap)
    if rule.kind == "difference":
        size = gap if gap is not None else 2 * rule.limit or _SMALLEST
        return _difference(rate, source, size)
    return _value(rule, rate, source, gap)


def _rate(rule: Rule, given: float | None, measured: float | None) -> tuple[float, str]:
    known = [
        (given, "as given"),
        (measured, "of all rows of the run"),
        (rule.planning_rate, "the rule's planning_rate"),
    ]
    rate, source = next((min(max(rate, 1e-3), 1 - 1e-3), source) for rate, source in known if rate is not None)
    if rule.kind != "value" or _keeps(rule, rate):
        return rate, source
    best = 1.0 if rule.min is not None else 0.0
    return (rule.limit + best) / 2, f"halfway between the limit and {best:g}"


def _keeps(rule: Rule, rate: float) -> bool:
    return rate > rule.limit if rule.min is not None else rate < rule.limit


def _ratio(rule: Rule, rate: float, source: str, gap: float | None) -> Supposed | str:
    short = gap if gap is not None else 2 * (1 - rule.limit) or _SMALLEST
    ratio = 1 - short if short < 1 else rule.limit / 2
    return Supposed(rate=rate, rate_from=source, gap=ratio, gap_rate=rate * ratio)


def _difference(rate: float, source: str, size: float) -> Supposed | str:
    """Towards one half, where rates vary most; the other way where only that fits."""
    ways = [rate + size, rate - size] if rate <= 0.5 else [rate - size, rate + size]
    fitting = [other for other in ways if 0 <= other <= 1]
    if not fitting:
        return f"a gap of {size:g} does not fit beside a rate of {rate:g}; give another --gap or --rate"
    return Supposed(rate=rate, rate_from=source, gap=size, gap_rate=fitting[0])


def _value(rule: Rule, rate: float, source: str, gap: float | None) -> Supposed | str:
    size = gap if gap is not None else 2 * abs(rate - rule.limit)
    other = rate - size if rule.min is not None else rate + size
    if not 0 < rate < 1:
        return f"no rate between 0 and 1 keeps the limit {rule.limit:g}"
    other = min(max(other, 0.0), 1.0)
    return Supposed(rate=rate, rate_from=source, gap=abs(rate - other), gap_rate=other)
