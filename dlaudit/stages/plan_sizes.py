"""Slice sizes for planning: of a finished run, of labelled data without a model, or as given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np
from jaxtyping import Float, Int

from dlaudit.data.table import table_set
from dlaudit.engines.progress import Progress
from dlaudit.errors import UsageError, listed, nearest, shown
from dlaudit.gate.cells import read_cells
from dlaudit.gate.hidden import hidden_figures
from dlaudit.gate.known import check_known
from dlaudit.gate.planned import SizedSlice
from dlaudit.metrics.expected import UNKNOWN_RATE, expected_denominators
from dlaudit.metrics.names import ask
from dlaudit.record import OVERALL, Audit, Slice, slice_id
from dlaudit.slices.make import make_slices
from dlaudit.spec import AuditSpec, Policy
from dlaudit.stages.prepare import Subject, prepare
from dlaudit.stages.request import Request
from dlaudit.stages.score import score

SizedSlices = list[SizedSlice] | str
"""The slices that a rule compares, or why they cannot be planned."""
_DEPENDENT = "planning is for rows that are independent and count once each"
_PAIRS = "pairs of one person go together, so that their number does not say what a rule can decide"


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What is known of the slices before their outcomes are."""

    source: str
    """What the sizes are from, in a few words."""
    min_size: int
    """Rows below which no PASS speaks about a slice."""
    features: list[str]
    """Features that a rule without `by` is about."""
    slices: Callable[[str, list[str]], SizedSlices]
    """Metric and features to the slices compared."""
    measured: Callable[[str], float | None] = lambda _: None
    """Metric to its value over all rows, where that was measured."""
    task: str | None = None
    """As in the audit's `model.task`; None where it is not known."""
    audit: Audit | None = None
    """The finished run; None where there is none."""


def sizes_of_run(audit: Audit, policy: Policy, source: str) -> Sizes:
    """The sizes of a finished run: the denominators that were measured.

    Raises:
        UsageError: A rule names a metric or feature that the run does not have (DLA106).
    """
    check_known(audit, policy)
    values = {found.metric: found.value for found in audit.measurements if found.slice == OVERALL}

    def slices(metric: str, by: list[str]) -> SizedSlices:
        hidden = hidden_figures(audit, metric, by)
        if hidden is not None:
            return hidden
        cells = read_cells(audit, metric, by)
        if audit.data.weight is not None or audit.data.unit is not None:
            return _DEPENDENT
        if any(cell.value is not None and not cell.is_counted for cell in cells):
            return "it is no share of counted rows"
        return [SizedSlice(id=cell.id, label=cell.label, rows=cell.rows, counted=cell.n or 0) for cell in cells]

    return Sizes(
        source=source,
        min_size=audit.min_size,
        features=audit.data.sensitive,
        slices=slices,
        measured=lambda metric: values.get(metric),
        task=audit.model.task,
        audit=audit,
    )


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Data whose rows and labels are counted in every slice; no model has run."""

    subject: Subject
    """The data and its labels."""
    slices: list[Slice]
    """`overall`, then groups, then intersections."""
    cells: Int[np.ndarray, "slices tables truth predicted"]
    """Rows by label; the prediction stands for the label once more."""
    rejected: int
    """Rows that are left out."""

    def truth(self, place: int) -> Float[np.ndarray, " slices"]:
        """Rows of each slice whose label is the one in that place (of several yes-or-no labels: is yes)."""
        task = self.subject.labels.task
        table, at = (place, 1) if task == "multilabel" else (0, place if place or task == "multiclass" else 1)
        return np.asarray(self.cells[:, table, at].sum(axis=1), dtype=float)


def labelled(spec: AuditSpec, progress: Progress) -> Labelled:
    """Rows and labels of the data by slice.

    Raises:
        UsageError, DataRefused: As for an audit of the same data.
    """
    return _counted(prepare(Request(spec=_labels_only(spec)), None), spec, progress)


def labelled_pairs(subject: Subject, progress: Progress) -> Labelled:
    """Pairs and whether they are of one person, by slice: of a subject that has its pairs already.

    Args:
        subject: The audit's own; neither its model nor its scores are asked.
        progress: Told how far the count is.

    Raises:
        DataRefused: As for an audit of the same data.
    """
    target = list(subject.roles.target)
    model = subject.spec.model.model_copy(update={"output": "label"})
    spec = subject.spec.model_copy(update={"scores": target, "model": model})
    roles = replace(subject.roles, scores=target, features=[])
    data = table_set(subject.raw, roles, spec, subject.labels, None)
    bare = replace(subject, spec=spec, host=None, roles=roles, data=data, output="label")
    return _counted(bare, subject.spec, progress)


def _counted(subject: Subject, spec: AuditSpec, progress: Progress) -> Labelled:
    """Rows of a subject whose labels stand in the place of scores, by the slices that `spec` asks for."""
    progress.stage("count", subject.raw.rows)
    scored = score(subject, Request(spec=subject.spec), progress)
    roles, counts = subject.roles, reduce(add, scored.counts)
    table = make_slices(scored.atoms.atoms, counts.rows, spec.slices, roles.sensitive, roles.control)
    return Labelled(
        subject=subject,
        slices=table.slices,
        cells=counts.rollup(table.member).cells,
        rejected=sum(one.rows for one in subject.data.rejected(scored.atoms.level_of)),
    )


def sizes_of_data(spec: AuditSpec, rates: Mapping[str, float], progress: Progress) -> Sizes:
    """The sizes of labelled data: rows and labels are counted, no model is run.

    Raises:
        UsageError, DataRefused: As for an audit of the same data.
    """
    return sizes_of_labelled(labelled(spec, progress), rates)


def sizes_of_labelled(data: Labelled, rates: Mapping[str, float]) -> Sizes:
    """The sizes of data that has been counted."""
    roles, labels = data.subject.roles, data.subject.labels

    def slices(metric: str, by: list[str]) -> SizedSlices:
        if roles.weight is not None or roles.unit is not None:
            return _PAIRS if data.subject.spec.pairs is not None else _DEPENDENT
        asked, refused = ask([metric], labels.task, labels.classes)
        if refused:
            return refused[0].reason
        if len(asked) != 1:
            return f"it is one for each class or label; name one, as {shown(asked[0].name, quote=False)}"
        return _sized(metric, by, data.slices, data.truth(asked[0].place), rates)

    return Sizes(
        source=f"{data.slices[0].n:,} labelled rows; no model was run",
        min_size=data.subject.spec.slices.min_size,
        features=roles.sensitive,
        slices=slices,
        task=labels.task,
    )


def sizes_given(
    sizes: Mapping[str, Mapping[str, int]], policy: Policy, rates: Mapping[str, float], min_size: int
) -> Sizes:
    """The sizes of `--sizes`: feature to level to rows; a feature named `` stands for whatever a rule compares.

    Raises:
        UsageError: A rule compares a feature that no sizes are given for (DLA106).
    """
    any_feature = sizes.get("")
    for rule in policy.rules:
        for by in rule.features or []:
            name = " & ".join(by)
            if any_feature is None and name not in sizes:
                raise UsageError(
                    "DLA106",
                    f"the rule {shown(rule.name, limit=100)} compares {shown(name)}, which --sizes does not have",
                    expected=f"sizes of {listed(sizes, quote=False)}, or of all that the rules compare",
                    fix=f"Add --sizes '{name}:LEVEL=ROWS,LEVEL=ROWS'.{nearest(name, sizes)}",
                )

    def slices(metric: str, by: list[str]) -> SizedSlices:
        levels = sizes.get(" & ".join(by), any_feature) or {}
        made = [_given_slice(by, level, rows) for level, rows in levels.items()]
        rows = np.array([one.n for one in made], dtype=float)
        return _sized(metric, by, made, rows * rates.get("prevalence", UNKNOWN_RATE), rates)

    features = [name for name in sizes if name] or ["slice"]
    return Sizes(source="sizes as given; no data was read", min_size=min_size, features=features, slices=slices)


def _labels_only(spec: AuditSpec) -> AuditSpec:
    """The specification with the labels in the place of predictions, so that rows and labels are counted as always."""
    target = [spec.data.target] if isinstance(spec.data.target, str) else spec.data.target
    if not target:
        raise UsageError(
            "DLA308",
            "planning from data needs the labels",
            expected="--target COLUMN",
            fix="Name the label column; or give bare sizes: --sizes White=1200,Black=300.",
        )
    output = "label" if len(target) == 1 else "score"
    model = spec.model.model_copy(update={"path": None, "code": None, "output": output})
    explain = spec.explain.model_copy(update={"enabled": False})
    return spec.model_copy(update={"scores": list(target), "model": model, "explain": explain})


def _sized(
    metric: str, by: list[str], slices: list[Slice], positives: Float[np.ndarray, " slices"], rates: Mapping[str, float]
) -> SizedSlices:
    chosen = [
        at
        for at, one in enumerate(slices)
        if sorted(one.by) == sorted(by) and one.kind in {"group", "intersection"} and not one.unknown
    ]
    rows = np.array([slices[at].n for at in chosen], dtype=np.int64)
    counted = expected_denominators(metric, positives[chosen], rows, rates)
    if isinstance(counted, str):
        return counted
    return [
        SizedSlice(id=slices[at].id, label=_label(slices[at]), rows=int(n), counted=int(below))
        for at, n, below in zip(chosen, rows, counted, strict=True)
    ]


def _label(one: Slice) -> str:
    return next(iter(one.where.values())) if len(one.where) == 1 else one.id


def _given_slice(by: list[str], level: str, rows: int) -> Slice:
    where = {by[0]: level} if len(by) == 1 else {}
    name = slice_id(where) if where else level
    return Slice(id=name, by=sorted(by), where=where, n=rows, share=0.0, kind="group")
