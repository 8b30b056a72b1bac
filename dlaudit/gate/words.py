"""What a check found, in plain sentences."""

import math

from dlaudit.errors import listed, shown
from dlaudit.gate.cells import Cell
from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.decide import Decision
from dlaudit.gate.family import Family
from dlaudit.gate.needs import growing, is_on_limit
from dlaudit.record import Audit

_SHARES = {
    "selection_rate": "selected",
    "prevalence": "truly positive",
    "true_positive_rate": "of the truly positive selected",
    "false_positive_rate": "of the truly negative selected",
    "true_negative_rate": "of the truly negative not selected",
    "false_negative_rate": "of the truly positive not selected",
    "accuracy": "predicted right",
    "precision": "of the selected truly positive",
    "recall": "of the class recognised",
}
"""How a sentence goes on after "White 87.6 %"."""
_ERROR_RATES = {"true_positive_rate", "false_positive_rate", "true_negative_rate", "false_negative_rate"}
"""Rates that are never told without how common the positive label is."""


def reason(family: Family, found: Decision) -> str:
    """One or a few sentences: what was found, and what that means for the rule."""
    parts = []
    if found.extreme is not None:
        parts.append(_figures(family, found, found.extreme))
    parts.append(_meaning(family, found))
    return " ".join([*parts, *family.notes])


def base_rates(audit: Audit, family: Family, found: Decision) -> str:
    """` Truly positive: White 90.4 %, Black 68.2 %.` beside error rates, which depend on it; nothing beside others."""
    base, opened, place = family.rule.base_metric.partition("[")
    if base not in _ERROR_RATES or found.extreme is None:
        return ""
    common = {one.slice: one.value for one in audit.measurements if one.metric == f"prevalence{opened}{place}"}
    sides = [cell for cell in (found.extreme.first, found.extreme.second) if cell is not None]
    told = [
        f"{shown(cell.label, quote=False)} {number(common[cell.id], percent=True)}"
        for cell in sorted(sides, key=lambda cell: cell.is_rest)
        if common.get(cell.id) is not None
    ]
    return f" Truly positive: {', '.join(told)}." if told else ""


def _figures(family: Family, found: Decision, extreme: Contrast) -> str:
    """`Black 61.2 % and White 87.6 % selected: ratio 0.70, interval 0.58 to 0.79; the limit is at least 0.80.`"""
    rule = family.rule
    subject = _values(family, extreme)
    percent = rule.kind == "value" and family.rule.base_metric.partition("[")[0] in _SHARES
    limit = f"the limit is {'at least' if rule.min is not None else 'at most'} {number(rule.limit, percent=percent)}"
    interval = _interval(found, rule.limit, percent)
    if rule.kind == "value":
        return f"{subject}{interval}; {limit}."
    return f"{subject}: {rule.kind} {number(extreme.observed, rule.limit)}{interval}; {limit}."


def _values(family: Family, contrast: Contrast) -> str:
    metric, _, which = family.rule.base_metric.partition("[")
    cells = [contrast.first] if contrast.second is None else [contrast.first, contrast.second]
    share = metric in _SHARES
    cells.sort(key=lambda cell: cell.is_rest)
    told = [f"{shown(cell.label, quote=False)} {_value(cell, share)}" for cell in cells]
    words = _SHARES.get(metric, "")
    if contrast.part != "none":
        words += f"{' ' if words else ''}(each slice is compared with all rows)"
    tail = f" {words}" if words else ""
    of_class = f" ({shown(which.removesuffix(']'))})" if which else ""
    head = "" if share else f"{shown(metric.replace('_', ' ').capitalize(), quote=False)}: "
    return head + " and ".join(told) + tail + of_class


def _value(cell: Cell, share: bool) -> str:
    assert cell.value is not None, "undefined cells are not compared"
    return number(cell.value, percent=share)


def _interval(found: Decision, limit: float, percent: bool) -> str:
    low, high = found.low, found.high
    if not math.isfinite(low) and not math.isfinite(high):
        return ""
    if not math.isfinite(high):
        return f", at least {number(low, limit, percent=percent)}"
    if not math.isfinite(low):
        return f", at most {number(high, limit, percent=percent)}"
    return f", interval {number(low, limit, percent=percent)} to {number(high, limit, percent=percent)}"


def _meaning(family: Family, found: Decision) -> str:
    if found.obstacle is not None:
        return f"Undecided: {found.obstacle}.{_left_out(family)}"
    if found.outcome == "fail":
        return _failure(family, found)
    if found.outcome == "pass":
        slices = f"{len(family.assessed)} of {len(family.cells)} slices"
        screen = " by the estimates alone" if found.judge == "point" else ""
        return f"A pass for {slices}{screen}.{_left_out(family)}"
    return _want_of_rows(found) + _left_out(family)


def _failure(family: Family, found: Decision) -> str:
    most = f"{100 * family.rule.alpha:g} %"
    how = {
        "exact": f"Fail: were the limit kept, data like these would come up at most {most} of the time.",
        "interval": f"Fail: were the limit kept, data like these would come up about {most} of the time at most.",
        "point": "Fail by the estimates alone, whatever part chance has in them.",
    }[found.judge]
    more = len(found.broken) - 1
    if not more:
        return how
    cells = [cell for one in found.broken for cell in (one.first, one.second) if cell is not None and not cell.is_rest]
    noun = "slice" if family.rule.kind == "value" else "comparison"
    breaks = f"{noun} breaks" if more == 1 else f"{noun}s break"
    return f"{how} {more} more {breaks} the limit, among {listed(dict.fromkeys(c.id for c in cells), quote=False)}."


def _want_of_rows(found: Decision) -> str:
    blocking = found.blocking
    assert blocking is not None, "what is undecided for want of rows has a blocking contrast"
    cell = growing(blocking)
    name = shown(cell.id, quote=False)
    if found.rows_needed is None and is_on_limit(blocking):
        return f"Undecided: the estimates of {name} lie on the limit, so that no number of rows would decide."
    if found.rows_needed is None:
        return f"Undecided: too little is known of {name} to tell how many rows would decide."
    return (
        f"Undecided: the data agree with both sides of the limit. About {found.rows_needed:,} rows of {name} "
        f"(it has {cell.rows:,}) would decide, if the estimates held and the other slices kept pace."
    )


def _left_out(family: Family) -> str:
    if not family.left_out or family.obstacle is not None:
        return ""
    small = [cell.id for cell in family.left_out if cell.value is not None]
    undefined = [cell.id for cell in family.left_out if cell.value is None]
    parts = [f"{listed(small, quote=False)} (fewer than {family.min_size} rows)"] if small else []
    parts += [f"{listed(undefined, quote=False)} (undefined)"] if undefined else []
    return f" Not assessed: {' and '.join(parts)}."


def number(value: float | None, limit: float | None = None, *, percent: bool = False) -> str:
    """A number to 2 %, with two decimals or more (a percentage: one), as many as tell it from a limit beside it."""
    if value is None:
        return "undefined"
    scale, least, unit = (100, 1, " %") if percent else (1, 2, "")
    for digits in range(least, least + 5):
        text = f"{scale * value:.{digits}f}"
        is_near = abs(float(text) - scale * value) <= 0.02 * abs(scale * value) or digits >= least + 2
        is_apart = limit is None or value == limit or text != f"{scale * limit:.{digits}f}"
        if is_near and is_apart:
            break
    return text + unit
