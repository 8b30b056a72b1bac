"""`dlaudit check`: everything but the audit: what model and data are, what a run costs, what rules can decide."""

import time

from dlaudit.models.host import Host
from dlaudit.record.checked import Checked, CheckedCost, CheckedData, CheckedModel, CheckedSlice
from dlaudit.spec import AuditSpec
from dlaudit.stages.check_baseline import checked_baseline, drop_rules
from dlaudit.stages.plan import Supposition, plan
from dlaudit.stages.plan_drop import DropSupposition
from dlaudit.stages.plan_sizes import Labelled, labelled, labelled_pairs, sizes_of_labelled
from dlaudit.stages.prepare import DRY_ROWS, Subject, dry_run, inputs_table, prepare
from dlaudit.stages.request import Request
from dlaudit.stages.run_side import RunSide


def check(request: Request, host: Host | None, supposition: Supposition, before: RunSide | None = None) -> Checked:
    """What an audit would be of: the model on the first rows, labels and slices of all rows, cost, and the rules.

    Args:
        request: The audit.
        host: Where the model lives; None for given scores.
        supposition: What is supposed of the rules' metrics.
        before: The earlier run that the audit would be compared with; None where none is named.

    Raises:
        DlauditError: Any fault that the audit would meet before it measures; with `frozen`, a guess (DLA109).
    """
    subject = prepare(request, host)
    request.progress.stage("time", None)
    seconds = _seconds(subject)
    are_pairs = subject.spec.pairs is not None
    data = labelled_pairs(subject, request.progress) if are_pairs else labelled(_settled(subject), request.progress)
    rules = subject.spec.policy
    drops = DropSupposition(churns=supposition.churns, drop=supposition.gap)
    if before is not None:  # rules on a drop are told with the baseline
        told = drop_rules(rules)
        rules = rules.model_copy(update={"rules": [one for one in rules.rules if one not in told]})
    return Checked(
        model=None if host is None else _model(host),
        data=_data(subject, data),
        task=subject.labels.task,
        output=subject.output,
        threshold=subject.spec.model.threshold if subject.labels.task in ("binary", "multilabel") else None,
        positive=subject.labels.positive,
        classes=list(subject.labels.classes),
        guesses=subject.guesses,
        slices=_slices(data),
        min_size=subject.spec.slices.min_size,
        cost=None if seconds is None else _cost(seconds, data.slices[0].n),
        baseline=None if before is None else checked_baseline(before, subject, data, subject.spec.policy, drops),
        explain=subject.spec.explain.budget if subject.spec.explain.enabled and host is not None else "none",
        plan=plan(sizes_of_labelled(data, supposition.rates), rules, supposition) if rules.rules else None,
    )


def _settled(subject: Subject) -> AuditSpec:
    """The specification with what was guessed of columns and labels, so that counting asks nothing again."""
    spec, roles, labels = subject.spec, subject.roles, subject.labels
    target = roles.target[0] if len(roles.target) == 1 else list(roles.target)
    data = spec.data.model_copy(update={"target": target, "id": roles.id})
    model = spec.model.model_copy(update={"task": labels.task, "positive": labels.positive})
    slices = spec.slices.model_copy(update={"sensitive": list(roles.sensitive)})
    return spec.model_copy(update={"data": data, "model": model, "slices": slices})


def _seconds(subject: Subject) -> tuple[int, float, float] | None:
    """Rows timed, seconds to make inputs of them, seconds to score them; None without a model."""
    if subject.host is None:
        return None
    start = time.perf_counter()
    first = inputs_table(next(subject.data.batches(DRY_ROWS)).inputs)
    read = time.perf_counter()
    dry_run(subject.host, first)
    return first.num_rows, read - start, time.perf_counter() - read


def _cost(timed: tuple[int, float, float], rows: int) -> CheckedCost:
    count, read, score = timed
    whole = (read + score) * rows / count
    return CheckedCost(rows=count, read_seconds=read, score_seconds=score, pass_seconds=whole)


def _model(host: Host) -> CheckedModel:
    loaded = host.loaded
    return CheckedModel(
        path=loaded.path,
        format=loaded.format,
        loading=loaded.loading,
        parameters=loaded.parameters,
        capabilities=loaded.capabilities,
    )


def _data(subject: Subject, data: Labelled) -> CheckedData:
    roles = subject.roles
    return CheckedData(
        path=subject.raw.path,
        rows=data.slices[0].n,
        left_out=data.rejected,
        target=roles.target,
        sensitive=roles.sensitive,
        control=roles.control,
        id=roles.id,
        unit=roles.unit,
        weight=roles.weight,
        inputs=roles.features,
    )


def _slices(data: Labelled) -> list[CheckedSlice]:
    counted = data.truth(0) if data.subject.labels.task == "binary" else None
    return [
        CheckedSlice(slice=one.id, by=one.by, rows=one.n, positives=None if counted is None else int(counted[at]))
        for at, one in enumerate(data.slices)
    ]
