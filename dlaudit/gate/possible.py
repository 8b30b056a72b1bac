"""Limits that no figure can reach, and drops that no figure can have: a rule that nothing can break, or nothing can
keep, judges nothing.
"""

import math

from dlaudit.errors import UsageError, shown
from dlaudit.metrics.names import metric_named
from dlaudit.spec import Rule


def known_limit_fault(rule: Rule) -> str | None:
    """As `limit_out_of_reach` and `no_better_side`; None too where there is no such metric, which is another fault."""
    try:
        return limit_out_of_reach(rule) or no_better_side(rule)
    except UsageError:
        return None


def limit_out_of_reach(rule: Rule) -> str | None:
    """Why the rule's limit lies where its metric never is; None where it may be, or the metric has no bounds.

    Raises:
        UsageError: There is no such metric (DLA106).
    """
    least, most = metric_named(rule.base_metric).span
    if rule.kind == "ratio":
        lowest, highest = 0.0, 1.0
    elif rule.kind == "difference" or rule.max_drop is not None:
        lowest, highest = 0.0, most - least
    else:
        lowest, highest = least, most
    limit = rule.limit
    if lowest <= limit <= highest:
        return None
    is_share = (least, most) == (0.0, 1.0) or rule.kind == "ratio"
    hint = f"; {limit:g} % is {limit / 100:g}" if is_share and 1 < limit <= 100 else ""
    where = f"{lowest:g}..{highest:g}" if math.isfinite(highest) else f"at {lowest:g} or above"
    if math.isinf(lowest):
        where = f"at {highest:g} or below"
    key = "max_drop" if rule.max_drop is not None else rule.bound
    return f"the {key} of {shown(rule.metric, limit=100, quote=False)} lies {where}, and it is {limit:g}{hint}"


def no_better_side(rule: Rule) -> str | None:
    """Why the rule's value can neither fall nor rise for the worse, so that nothing decides its `max_drop`; else None.

    A share without a better side, as the selection rate, is asked not to fall.

    Raises:
        UsageError: There is no such metric (DLA106).
    """
    metric = metric_named(rule.base_metric)
    if rule.max_drop is None or rule.kind != "value" or metric.better is not None or metric.span == (0.0, 1.0):
        return None
    return f"{rule.base_metric} is better neither higher nor lower, so that no drop of it is one; limit its difference"
