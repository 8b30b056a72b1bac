"""What a section found, in one sentence at its head, for sections that have none of their own."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from dlaudit.outputs import text
from dlaudit.outputs.gap_sentences import gap_core, gap_of
from dlaudit.outputs.order import measurements_on, shown_first
from dlaudit.outputs.sentences import widest_disparity
from dlaudit.outputs.why_sentences import turned
from dlaudit.outputs.words import Name, Sentence, base, capitalised, figure, label, said
from dlaudit.record import OVERALL, Audit, Disparity, Measurement, Slice, Verdict

_SHOWN = 0.05
"""Adjusted p-value from which on a gap is called wider than chance would show."""
_SEVERITIES: tuple[Literal["error", "warning", "note"], ...] = ("error", "warning", "note")


def leads(audit: Audit, verdict: Verdict | None) -> dict[str, Sentence]:
    """Section to sentence; an empty one where there is nothing to say."""
    return {
        "gaps": gaps_lead(audit),
        "intersections": crossed_lead(audit, verdict),
        "findings": findings_lead(audit),
        "data": data_lead(audit),
        "method": method_lead(audit),
    }


def gaps_lead(audit: Audit) -> Sentence:
    """The widest gap of the first metric, and how many of the model's gaps are wider than chance would show."""
    widest = widest_disparity(audit)
    if widest is None:
        return ()
    core = capitalised(gap_core(audit, gap_of(widest), None))
    tested = _told_apart([one for one in audit.disparities if _is_tested(one)])
    if not tested:
        return said("lead_gaps_untested", core=core)
    shown = sum(one.p_adjusted is not None and one.p_adjusted <= _SHOWN for one in tested)
    return said(
        "lead_gaps",
        len(tested),
        core=core,
        shown=said("lead_gaps_shown" if shown else "lead_gaps_open"),
        all=text.count(len(tested)),
        count=text.count(shown),
    )


def _is_tested(one: Disparity) -> bool:
    return one.kind == "difference" and len(one.by) == 1 and not one.within and one.p_adjusted is not None


def _told_apart(tested: Sequence[Disparity]) -> list[Disparity]:
    """The gaps that a model can have, each once: not that of prevalence, which is the data's, and none that is another
    one with its sign turned round.
    """
    metrics = {one.metric for one in tested}
    return [one for one in tested if base(one.metric) != "prevalence" and turned(one.metric) not in metrics]


def crossings(audit: Audit) -> list[Slice]:
    """The slices where sensitive features meet, those of control features and unknown levels left out."""
    control = set(audit.data.control)
    met = [one for one in audit.slices if one.kind == "intersection" and not one.unknown]
    return [one for one in met if not control.intersection(one.by)]


def crossed_lead(audit: Audit, verdict: Verdict | None) -> Sentence:
    """How many slices where features meet lie apart from all rows, and which lies farthest."""
    slices = crossings(audit)
    metric = next(iter(shown_first(audit, verdict)), None)
    if not slices or metric is None:
        return ()
    large = [one for one in slices if not one.small]
    if not large:
        return said("lead_crossed_few", len(slices), count=text.count(len(slices)))
    found = measurements_on(audit, metric)
    overall = found[OVERALL].value if OVERALL in found else None
    known = [(one, found[one.id]) for one in large if one.id in found and found[one.id].is_defined]
    if overall is None or not known:
        return ()
    return _apart(metric, overall, known)


def _apart(metric: str, overall: float, known: Sequence[tuple[Slice, Measurement]]) -> Sentence:
    every, named = text.count(len(known)), label(metric)
    apart = [(one, mine, mine.value) for one, mine in known if mine.value is not None and _excludes(mine, overall)]
    if not apart:
        return said("lead_crossed_none", all=every, label=named)
    one, _mine, value = max(apart, key=lambda some: (abs(some[2] - overall), some[0].id))
    return said(
        "lead_crossed",
        len(apart),
        all=every,
        count=text.count(len(apart)),
        label=named,
        farthest=said("lead_crossed_at", slice=Name(one.id), value=figure(metric)(value)),
    )


def _excludes(mine: Measurement, overall: float) -> bool:
    return (mine.low is not None and mine.low > overall) or (mine.high is not None and mine.high < overall)


def findings_lead(audit: Audit) -> Sentence:
    """How many findings of which severity."""
    found = Counter(one.severity for one in audit.findings)
    told: list[str] = []
    for severity in _SEVERITIES:
        if (number := found[severity]) > 0:
            told += [
                ", " if told else "",
                *said(f"lead_{severity}", number, count=text.count(number)),
            ]
    return said("lead_findings", counts=tuple(told)) if told else ()


def data_lead(audit: Audit) -> Sentence:
    """How many rows could not be used."""
    data = audit.data
    if data.rows is None:
        return said("lead_data_hidden", rows=text.rows(data.scored))
    lost = data.rows - data.scored
    if lost <= 0:
        return said("lead_data", rows=text.rows(data.scored))
    share = text.percent(lost / data.rows)
    return said("lead_data_lost", all=text.rows(data.rows), lost=text.count(lost), share=share)


def method_lead(audit: Audit) -> Sentence:
    """How many steps were not done."""
    left = len(audit.not_applicable)
    return said("lead_method_left", left, count=text.count(left)) if left else said("lead_method")
