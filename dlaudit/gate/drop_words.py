"""How much worse something got since the baseline, in words: never by a sign, and of a share in points."""

import math

from dlaudit.errors import shown
from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.decide import Decision
from dlaudit.gate.numbers import NOTHING, number, percent_rounded
from dlaudit.gate.question import Question
from dlaudit.spec import Rule

_SHARES = {
    "selection_rate",
    "prevalence",
    "true_positive_rate",
    "false_positive_rate",
    "true_negative_rate",
    "false_negative_rate",
    "accuracy",
    "precision",
    "recall",
    "negative_predictive_value",
    "false_discovery_rate",
    "false_omission_rate",
    "scoring_rate",
    "balanced_accuracy",
    "macro_recall",
    "macro_precision",
    "hamming_loss",
}


def worsening(question: Question, found: Decision, extreme: Contrast) -> str:
    """`accuracy of race=Black got worse by 3.1 points, interval 1.0 to 5.2 points worse; the limit is at most 2 points
    worse.`
    """
    rule, value = question.rule, extreme.observed or 0.0
    where = shown(extreme.first.id, limit=120, quote=False)
    size = _size(abs(value), rule)
    way = f"got worse by {size}" if value > 0 else f"got better by {size}" if value < 0 else "did not change"
    allowed = f"{100 * rule.limit:.10g} points" if is_in_points(rule) else number(rule.limit)
    interval = _interval(found, rule)
    return f"{rule.base_metric} of {where} {way}{interval}; the limit is at most {allowed} worse."


def is_in_points(rule: Rule) -> bool:
    """Whether a change of what the rule is about is told in percentage points: of a share, but of no ratio."""
    return rule.kind != "ratio" and rule.base_metric.partition("[")[0] in _SHARES


def points_rounded(value: float, *, up: bool) -> str:
    """A limit on a change of a share, rounded to one side: `5.1 points`."""
    return f"{percent_rounded(value, up=up)} points"


def _interval(found: Decision, rule: Rule) -> str:
    low, high = (_sided(end, rule) if math.isfinite(end) else "" for end in (found.low, found.high))
    if low and high and min(found.low, found.high) * max(found.low, found.high) > 0:  # on one side of no change
        return f", interval {low.removesuffix(' worse').removesuffix(' better').removesuffix(' points')} to {high}"
    if low and high:
        return f", interval {low} to {high}"
    return f", at least {low}" if low else f", at most {high}" if high else ""


def _sided(value: float, rule: Rule) -> str:
    """`5.1 points worse`, `18.1 points better` or `0`."""
    if abs(value) < NOTHING:
        return "0"
    return f"{_size(abs(value), rule)} {'worse' if value > 0 else 'better'}"


def _size(value: float, rule: Rule) -> str:
    """With one decimal of a point, more where it would read 0 or as the limit does."""
    if not is_in_points(rule):
        return number(value, rule.limit)
    for digits in range(1, 5):
        told = f"{100 * value:.{digits}f}"
        is_apart = value == rule.limit or told != f"{100 * rule.limit:.{digits}f}"
        if is_apart and (float(told) != 0 or value < NOTHING):
            break
    return f"{told} points"
