"""Rules about gaps: which are more than chance, in numbers of people, and what to look at next."""

from collections.abc import Iterator, Mapping

from dlaudit.findings.explained import is_more_than_chance
from dlaudit.findings.few import first_few
from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import in_hundred, interval, name, names, number
from dlaudit.record.audit import Audit
from dlaudit.record.decomposed import Decomposition
from dlaudit.record.judged import Finding
from dlaudit.record.measured import Disparity

WARN_FROM = 0.05
"""A rate's gap of which at least this much is shown is a warning, a smaller one a note."""
MOST_TOLD = 6
"""Gaps that have a finding of their own; the others share one."""
AGREEMENT = 1e-9

_TWINS = {"false_negative_rate": "true_positive_rate", "true_negative_rate": "false_positive_rate"}
"""Metrics whose gap is the same as another's, since they are 1 minus it."""
_PEOPLE = {
    "selection_rate": "{n} {more} {rows} of {a} than of {b} get the positive prediction",
    "prevalence": "{n} {more} {rows} of {a} than of {b} have the positive label",
    "accuracy": "{n} {more} {rows} of {a} than of {b} are predicted rightly",
    "true_positive_rate": "Among {rows} whose label is positive, {n} {more} of {a} than of {b} are predicted positive",
    "false_positive_rate": "Among {rows} whose label is negative, {n} {more} of {a} than of {b} are predicted positive",
    "false_negative_rate": "Among {rows} whose label is positive, {n} {more} of {a} than of {b} are predicted negative",
    "true_negative_rate": "Among {rows} whose label is negative, {n} {more} of {a} than of {b} are predicted negative",
    "precision": "Among {rows} predicted positive, {n} {more} of {a} than of {b} have the positive label",
}
"""A gap of rates in numbers of people, or of what the rows are."""
_PAIRS = {
    "selection_rate": "{n} {more} pairs of {a} than of {b} match",
    "prevalence": "{n} {more} pairs of {a} than of {b} are of one person",
    "accuracy": "{n} {more} pairs of {a} than of {b} are told rightly",
    "true_positive_rate": "Among pairs of one person, {n} {more} of {a} than of {b} match",
    "false_positive_rate": "Among pairs of two people, {n} {more} of {a} than of {b} match",
    "false_negative_rate": "Among pairs of one person, {n} {more} of {a} than of {b} do not match",
    "true_negative_rate": "Among pairs of two people, {n} {more} of {a} than of {b} do not match",
    "precision": "Among pairs that match, {n} {more} of {a} than of {b} are of one person",
}
"""The same where rows are pairs of samples."""
_FROM_SCORES = {"selection_rate", "mean_score", "mean_prediction"}
"""Metrics that depend on no label: what carries the gap of the mean score speaks of them."""
_ERROR_RATES = {"true_positive_rate", "false_positive_rate", "true_negative_rate", "false_negative_rate"}
"""Metrics that are never told without how common the positive label is in both slices."""


@finding_rule("DLA450")
def gaps(observed: Observed) -> Iterator[Finding]:
    """Gaps whose simultaneous interval excludes none, the surest first; one per metric and feature.

    The difference speaks for both kinds; a ratio is told only where the difference is not shown. Gaps within
    levels of a control feature are left to the tables. One fact is told once: not again for the mean score, nor for
    an intersection that shows no more than its features do. The first few have a finding of their own, see `_rank`.
    """
    shown: dict[tuple[str, tuple[str, ...]], Disparity] = {}
    measured = {one.metric for one in observed.audit.disparities}
    for one in sorted(observed.audit.disparities, key=lambda gap: gap.kind != "difference"):
        if not one.within and excludes_none(one) and _twin(one.metric) not in measured:
            shown.setdefault((one.metric, tuple(one.by)), one)
    told = [gap for gap in shown.values() if not _is_told_by(gap, shown)]
    ranked = sorted(told, key=lambda gap: _rank(gap, shown))
    found = [_finding(observed.audit, gap) for gap in ranked]
    yield from first_few(found, MOST_TOLD, ("gap", "Also more than chance"), "the gaps by slice in the report")


@finding_rule("DLA454")
def second_calculation(observed: Observed) -> Iterator[Finding]:
    """Metrics for which another library computed another value."""
    for one in observed.audit.cross_checks:
        if one.largest_difference is not None and one.largest_difference > AGREEMENT:
            yield finding(
                "DLA454",
                "error",
                one.metric,
                f"{name(one.library)} computes {name(one.metric)} differently by up to "
                f"{number(one.largest_difference)}.",
                evidence={"library": one.library, "largest_difference": one.largest_difference},
            )


def _finding(audit: Audit, gap: Disparity) -> Finding:
    return finding(
        "DLA450",
        _severity(gap),
        gap.id,
        _message(audit, gap),
        next_step=next_step(audit, gap),
        evidence={
            "value": gap.value,
            "low": gap.low,
            "high": gap.high,
            "worst": gap.worst,
            "reference": gap.reference,
            "p_adjusted": gap.p_adjusted,
        },
    )


def _rank(gap: Disparity, shown: Mapping[tuple[str, tuple[str, ...]], Disparity]) -> tuple[bool | float, ...]:
    """First gaps that no feature of an intersection shows, warnings, gaps of the model, of all classes, the surest."""
    parts = any(metric == gap.metric and set(by) < set(gap.by) for metric, by in shown)
    return parts, _severity(gap) != "warning", _base(gap) == "prevalence", "[" in gap.metric, -_least(gap)


def excludes_none(gap: Disparity) -> bool:
    """Whether the simultaneous interval leaves out a difference of 0, or a ratio of 1."""
    if gap.value is None:
        return False
    if gap.kind == "difference":
        return gap.low is not None and gap.low > 0
    return gap.high is not None and gap.high < 1


def _is_told_by(gap: Disparity, shown: Mapping[tuple[str, tuple[str, ...]], Disparity]) -> bool:
    """Whether another gap shown says as much: the same two slices' selection rates, or a feature of the intersection
    (whose gap is at most the intersection's, so that what is shown of it is shown of both).
    """
    if gap.metric == "mean_score":
        decided = shown.get(("selection_rate", tuple(gap.by)))
        if decided is not None and {decided.worst, decided.reference} == {gap.worst, gap.reference}:
            return True
    parts = [one for (metric, by), one in shown.items() if metric == gap.metric and set(by) < set(gap.by)]
    return any(one.kind == gap.kind and _least(one) >= _least(gap) for one in parts)


def next_step(audit: Audit, gap: Disparity) -> str:
    """What to look at: the inputs that carry the gap of the mean score where it was split, else where to
    begin.
    """
    if audit.data.pairs is not None:
        return "Compare the samples of both slices (quality, length, noise), and look at who is taken for many others."
    if _base(gap) == "prevalence":
        return "Check how the labels were made; error-rate gaps are to be read beside this one."
    split = _split(audit, gap)
    if split is not None:
        what, carriers = split.metric.replace("_", " "), _carriers(split)
        if carriers:
            one = len(carriers) == 1
            carry = (
                f"carries a part of the gap in the {what} that is"
                if one
                else f"carry parts of the gap in the {what} that are"
            )
            return (
                f"Look at {names(carriers, 3)}, which {carry} more than chance, and at how "
                f"{'it was' if one else 'they were'} recorded in both slices."
            )
        return (
            f"No single input is shown to carry the gap in the {what}; compare the labels and the threshold by slice."
        )
    if audit.model.format == "scores":
        return "Run the audit with the model to see which inputs carry the gap, and check the labels of both slices."
    return "Compare the inputs and the labels of both slices."


def _split(audit: Audit, gap: Disparity) -> Decomposition | None:
    """The split of this gap between the same two slices, or that of the mean score's gap where it follows from the
    scores alone.
    """
    pair = {gap.worst, gap.reference}
    found = {one.metric: one for one in audit.decompositions if {one.slice, one.reference} == pair}
    from_scores = [found[metric] for metric in sorted(_FROM_SCORES) if metric in found and gap.metric in _FROM_SCORES]
    return found.get(gap.metric) or next(iter(from_scores), None)


def _carriers(split: Decomposition) -> list[str]:
    """Features whose contribution goes the way of the gap and is more than chance: the largest three."""
    return [part.feature for part in split.contributions if part.value * split.gap > 0 and is_more_than_chance(part)][
        :3
    ]


def _base(gap: Disparity) -> str:
    """The metric without its class or label: `recall` of `recall[cat]`."""
    return gap.metric.partition("[")[0]


def _twin(metric: str) -> str | None:
    """The metric whose gap is the same: `true_positive_rate[cat]` for `false_negative_rate[cat]`."""
    base, opened, place = metric.partition("[")
    return f"{_TWINS[base]}{opened}{place}" if base in _TWINS else None


def _least(gap: Disparity) -> float:
    """How much of a gap is shown at least: the near end of its interval."""
    if gap.kind == "difference":
        return gap.low or 0.0
    return 1 - (gap.high if gap.high is not None else 1.0)


def _severity(gap: Disparity) -> str:
    rate = _base(gap) in {*_PEOPLE, "mean_score", "recall", "macro_recall", "balanced_accuracy"}
    judged = _base(gap) != "prevalence" and rate and gap.kind == "difference"
    return "warning" if judged and _least(gap) >= WARN_FROM else "note"


def _message(audit: Audit, gap: Disparity) -> str:
    values = {one.slice: one.value for one in audit.measurements if one.metric == gap.metric}
    a, b = gap.worst or "", gap.reference or ""
    value_a, value_b = values.get(a), values.get(b)
    around = f"simultaneous {100 * gap.level:.0f} % interval {interval(gap.low, gap.high)}"
    if len(gap.slices) > 2:
        around = f"the widest gap over {names(gap.by)}; {around}"
    if value_a is None or value_b is None:
        return (
            f"{name(gap.metric)} differs over {names(gap.by)} by a {gap.kind} of {number(gap.value or 0)} ({around})."
        )
    against = f"{number(value_a)} against {number(value_b)}"
    difference = value_a - value_b
    sentence = (_PEOPLE if audit.data.pairs is None else _PAIRS).get(gap.metric)
    if sentence is None or gap.kind == "ratio":
        way = "higher" if difference > 0 else "lower"
        return f"{name(gap.metric)} is {way} for {name(a)} than for {name(b)}: {against} ({gap.kind}, {around})."
    told = sentence.format(
        n=in_hundred(difference),
        more="more" if difference > 0 else "fewer",
        a=name(a),
        b=name(b),
        rows=name(audit.data.rows_are),
    )
    return f"{told}: {against} ({around}).{_base_rates(audit, gap)}"


def _base_rates(audit: Audit, gap: Disparity) -> str:
    """How common the positive label is in both slices, beside a gap of error rates."""
    base, opened, place = gap.metric.partition("[")
    common = {one.slice: one.value for one in audit.measurements if one.metric == f"prevalence{opened}{place}"}
    one, other = common.get(gap.worst or ""), common.get(gap.reference or "")
    if audit.data.pairs is not None:
        return ""  # how many pairs are of one person follows from the list and says nothing about labels
    if base not in _ERROR_RATES or one is None or other is None:
        return ""
    return f" The positive label is given to {number(one)} and {number(other)} of their {name(audit.data.rows_are)}."
