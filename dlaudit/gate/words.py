"""What a check found, in plain sentences."""

import math

from dlaudit.errors import listed, shown
from dlaudit.gate.cells import Cell
from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.decide import Decision
from dlaudit.gate.drop_words import is_in_points, points_rounded, worsening
from dlaudit.gate.needs import growing, is_on_limit
from dlaudit.gate.numbers import number as number
from dlaudit.gate.numbers import number_rounded
from dlaudit.gate.question import Question
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
_SHARES_OF_PAIRS = {
    "selection_rate": "matched",
    "prevalence": "of one person",
    "true_positive_rate": "of those of one person matched",
    "false_positive_rate": "of those of two people matched",
    "true_negative_rate": "of those of two people not matched",
    "false_negative_rate": "of those of one person not matched",
    "accuracy": "told rightly",
    "precision": "of the matched of one person",
}
"""The same where rows are pairs of samples."""
_ERROR_RATES = {"true_positive_rate", "false_positive_rate", "true_negative_rate", "false_negative_rate"}
"""Rates that are never told without how common the positive label is."""
_MOST_NAMED = 5
"""Slices that a sentence names."""


def reason(question: Question, found: Decision, *, is_drop: bool = False) -> str:
    """One or a few sentences: what was found, and what that means for the rule.

    Args:
        question: What was asked.
        found: The decision.
        is_drop: Whether its figures say how much worse something got since the baseline.
    """
    parts = []
    if found.extreme is not None:
        figures = worsening if is_drop else _figures
        parts.append(figures(question, found, found.extreme))
    parts.append(_meaning(question, found))
    return " ".join([*parts, *question.notes])


def base_rates(audit: Audit, question: Question, found: Decision) -> str:
    """` Truly positive: White 90.4 %, Black 68.2 %.` beside error rates, which depend on it; nothing beside others,
    nor where both runs scored the same rows, of which as many are positive.
    """
    base, opened, place = question.rule.base_metric.partition("[")
    same_rows = question.is_drop and audit.baseline is not None and audit.baseline.paired is not None
    if base not in _ERROR_RATES or found.extreme is None or same_rows:
        return ""
    common = {one.slice: one.value for one in audit.measurements if one.metric == f"prevalence{opened}{place}"}
    sides = [cell for cell in (found.extreme.first, found.extreme.second) if cell is not None]
    told = [
        f"{_name(cell)} {number(common[cell.id], percent=True)}"
        for cell in sorted(sides, key=lambda cell: cell.is_rest)
        if common.get(cell.id) is not None
    ]
    return f" Truly positive: {', '.join(told)}." if told else ""


def _figures(question: Question, found: Decision, extreme: Contrast) -> str:
    """`Black 61.2 % and White 87.6 % selected: ratio 0.70, interval 0.58 to 0.79; the limit is at least 0.80.`"""
    rule = question.rule
    subject = _values(question, extreme)
    percent = rule.kind == "value" and question.rule.base_metric.partition("[")[0] in _SHARES
    limit = f"the limit is {'at least' if rule.min is not None else 'at most'} {number(rule.limit, percent=percent)}"
    interval = _interval(found, rule.limit, percent)
    if rule.kind == "value":
        return f"{subject}{interval}; {limit}."
    return f"{subject}: {rule.kind} {number(extreme.observed, rule.limit)}{interval}; {limit}."


def _values(question: Question, contrast: Contrast) -> str:
    metric, _, which = question.rule.base_metric.partition("[")
    cells = [contrast.first] if contrast.second is None else [contrast.first, contrast.second]
    share = metric in _SHARES
    cells.sort(key=lambda cell: cell.is_rest)
    told = [f"{_name(cell)} {_value(cell, share)}" for cell in cells]
    spoken = _SHARES_OF_PAIRS if contrast.first.pairs else _SHARES
    words = spoken.get(metric, "")
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


def _meaning(question: Question, found: Decision) -> str:
    if found.obstacle is not None:
        return f"Undecided: {found.obstacle}.{_more_rows(question, found)}{_left_out(question)}"
    if found.outcome == "fail":
        return _failure(question, found)
    if found.outcome == "pass":
        noun = "slices" if all(cell.slices == (cell.id,) for cell in question.cells) else "comparisons"
        slices = f"{len(question.assessed)} of {len(question.cells)} {noun}"
        screen = " by the estimates alone" if found.judge == "point" else ""
        return f"A pass for {slices}{screen}.{_left_out(question)}"
    return _want_of_rows(found, question) + _left_out(question)


def _failure(question: Question, found: Decision) -> str:
    most = f"{100 * question.rule.alpha:g} %"
    how = {
        "exact": f"Fail: were the limit kept, data like these would come up at most {most} of the time.",
        "interval": f"Fail: were the limit kept, data like these would come up about {most} of the time at most.",
        "point": "Fail by the estimates alone, whatever part chance has in them.",
    }["interval" if question.for_large_samples else found.judge]
    more = len(found.broken) - 1
    if not more:
        return how
    cells = [cell for one in found.broken for cell in (one.first, one.second) if cell is not None and not cell.is_rest]
    noun = "slice" if question.rule.kind == "value" else "comparison"
    breaks = f"{noun} breaks" if more == 1 else f"{noun}s break"
    return f"{how} {more} more {breaks} the limit, among {listed(dict.fromkeys(c.id for c in cells), quote=False)}."


def _want_of_rows(found: Decision, question: Question) -> str:
    blocking = found.blocking
    assert blocking is not None, "what is undecided for want of rows has a blocking contrast"
    cell = growing(blocking)
    name, agree = shown(cell.id, quote=False), f"Undecided: {_bounds(found, question)}."
    if found.rows_needed is None and is_on_limit(blocking):
        return f"{agree} The estimates of {name} lie on the limit, so that no number of rows would decide."
    if found.rows_needed is None and cell.pairs:
        return f"{agree} More people of {name} would decide; more pairs of the same people add little."
    if found.rows_needed is None:
        return f"{agree} Too little is known of {name} to tell how many rows would decide."
    return (
        f"{agree} About {found.rows_needed:,} rows of {name} "
        f"(it has {cell.rows:,}) would decide, if the estimates held and the other slices kept pace."
    )


def _bounds(found: Decision, question: Question) -> str:
    """`these data would fail a limit of 0.05 or less and pass one of 0.13 or more`, rounded away from each other."""
    rule = question.rule
    up, down = ("or more", "or less") if rule.max is not None else ("or less", "or more")
    told = []
    rounded = points_rounded if question.is_drop and is_in_points(rule) else number_rounded
    if found.fails is not None:
        told.append(f"fail a limit of {rounded(found.fails, up=rule.max is None)} {down}")
    if found.passes is not None:
        told.append(f"pass {'one' if told else 'a limit'} of {rounded(found.passes, up=rule.max is not None)} {up}")
    return f"these data would {' and '.join(told)}" if told else "the data agree with both sides of the limit"


def _more_rows(question: Question, found: Decision) -> str:
    """How many rows the first slice would need that could join the largest one."""
    cell = next((one for one in question.cells if one.id == found.joining), None)
    if cell is None or found.rows_needed is None:
        return ""
    return f" About {found.rows_needed:,} rows of it (it has {cell.rows:,}) would do, if the others kept pace."


def _left_out(question: Question) -> str:
    """` Not assessed: race=Other (24 rows; needs about 480) and race=Asian (undefined).`"""
    if not question.left_out or not question.assessed or question.obstacle is not None:
        return ""
    told = [_why_left_out(question, cell) for cell in question.left_out[:_MOST_NAMED]]
    more = len(question.left_out) - len(told)
    told += [f"{more} more"] if more else []
    return f" Not assessed: {', '.join(told[:-1])}{' and ' if told[1:] else ''}{told[-1]}."


def _why_left_out(question: Question, cell: Cell) -> str:
    name = shown(cell.id, quote=False)
    if cell.value is None:
        return f"{name} ({'undefined' if cell.rows else 'nobody is in it'})"
    needed = question.scope.rows_for(cell)
    if needed is not None:
        return f"{name} ({_rows(cell.rows)}; needs about {max(needed, question.min_size):,})"
    why = f"fewer than {question.min_size}" if cell.small else "no other is large enough"
    return f"{name} ({_rows(cell.rows)}; {why})"


def _name(cell: Cell) -> str:
    """How a sentence names the slice: its level alone, unless that is a number and would read as one of the figures."""
    is_word = any(sign.isalpha() for sign in cell.label)
    return shown(cell.label if is_word else cell.id, quote=False)


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"
