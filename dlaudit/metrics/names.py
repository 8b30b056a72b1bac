"""From the names in `metrics.report` and in rules to metrics."""

from collections.abc import Sequence

from dlaudit.errors import UsageError, listed, nearest, shown
from dlaudit.metrics.forms import Asked
from dlaudit.metrics.library import is_library_name, library_metric
from dlaudit.metrics.registry import METRICS, Metric
from dlaudit.record import NotApplicable


def metric_named(name: str) -> Metric:
    """The metric behind a name: `recall` for `recall[cat]`, a library's function for `sklearn.metrics.f1_score`.

    Raises:
        UsageError: There is none (DLA106).
    """
    base = name.partition("[")[0]
    return library_metric(base) if is_library_name(base) else METRICS.get(base)


def ask(names: Sequence[str], task: str, classes: Sequence[str]) -> tuple[list[Asked], list[NotApplicable]]:
    """What `names` ask for, one by one and without repetition, and what the task has no such metric for.

    Args:
        names: Metric names; one that exists per class or label stands for all of them unless it names one.
        task: What the model predicts.
        classes: Class or label names in the order of their codes.

    Raises:
        UsageError: A metric, class or label is not known (DLA106).
    """
    asked: dict[str, Asked] = {}
    not_applicable = []
    for name in names:
        metric = metric_named(name)
        if task not in metric.tasks:
            reason = f"it is defined for {listed(metric.tasks, quote=False)}, not for a {task} task"
            not_applicable.append(NotApplicable(what=name, reason=reason))
            continue
        asked.update((one.name, one) for one in _places(metric, name, task, classes))
    return list(asked.values()), not_applicable


def _places(metric: Metric, name: str, task: str, classes: Sequence[str]) -> list[Asked]:
    _, opened, wanted = name.partition("[")
    wanted = wanted.removesuffix("]")
    each = metric.each(task)
    if each is None:
        if opened:
            raise _unknown_place(name, wanted, [])
        return [Asked(metric, metric.name)]
    if opened and wanted not in classes:
        raise _unknown_place(name, wanted, classes)
    return [Asked(metric, f"{metric.name}[{c}]", place) for place, c in enumerate(classes) if not opened or c == wanted]


def _unknown_place(name: str, wanted: str, classes: Sequence[str]) -> UsageError:
    known = f"Known: {listed(classes, most=20)}.{nearest(wanted, classes)}" if classes else "Leave the brackets out."
    return UsageError("DLA106", f"the metric {shown(name)} names {shown(wanted)}, which is not there", fix=known)
