"""What is shown first: metrics, sensitive features, slices, in the audit's own order."""

from dlaudit.outputs.catalogue_metrics import PRIMARY
from dlaudit.outputs.words import base
from dlaudit.record import Audit, Measurement, Slice, Verdict


def metrics_of(audit: Audit) -> list[str]:
    """Every metric measured, in the audit's order."""
    return list(dict.fromkeys(one.metric for one in audit.measurements))


def shown_first(audit: Audit, verdict: Verdict | None) -> list[str]:
    """The metrics that a rule names, then the first ones of the task; the first measured where there are none."""
    measured = metrics_of(audit)
    judged = dict.fromkeys(one.metric for one in verdict.checks) if verdict else {}
    first = PRIMARY[audit.model.task]
    primary = sorted((one for one in measured if base(one) in first), key=lambda one: first.index(base(one)))
    chosen = [one for one in measured if one in judged] + [one for one in primary if one not in judged]
    return chosen or measured[:1]


def features_compared(audit: Audit) -> list[str]:
    """The sensitive features that have slices, in the audit's order."""
    found = dict.fromkeys(one.by[0] for one in audit.slices if one.kind == "group" and len(one.by) == 1)
    named = [feature for feature in audit.data.sensitive if feature in found]
    control = set(audit.data.control)
    return named + [feature for feature in found if feature not in named and feature not in control]


def slices_of(audit: Audit, by: list[str]) -> list[Slice]:
    """The slices that exactly these features define, the unknown level last."""
    found = [one for one in audit.slices if one.by == by and one.kind in {"group", "intersection"}]
    return sorted(found, key=lambda one: one.unknown)


def measurements_on(audit: Audit, metric: str) -> dict[str, Measurement]:
    """Slice id to the metric's measurement."""
    return {one.slice: one for one in audit.measurements if one.metric == metric}
