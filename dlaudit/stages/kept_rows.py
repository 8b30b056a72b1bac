"""The rows that a finished run kept, as a specification of given scores that reads them again."""

from pathlib import Path

from dlaudit.errors import Place, UsageError, listed
from dlaudit.metrics.counts import Counts
from dlaudit.metrics.measure import measure
from dlaudit.record import Audit, Slice
from dlaudit.slices.make import SliceTable
from dlaudit.spec import AuditSpec, DataSpec, ModelSpec

PREDICTIONS = "predictions.parquet"
_OWN = ("row_id", "target", "score", "prediction", "weight", "unit")
"""Columns of predictions.parquet that are no features."""
_WITNESSES = ("prevalence", "selection_rate", "true_positive_rate", "accuracy")
"""Metrics whose counts would show that labels or predictions were changed."""


def kept_rows_spec(audit: Audit, run: Path, spec: AuditSpec) -> AuditSpec:
    """A specification that reads the run's own predictions.parquet; bins and unknown texts are those of `spec`.

    Args:
        audit: The finished run.
        run: Its directory.
        spec: Rules, and `[slices]` of the configuration that the run was made with.

    Raises:
        UsageError: The run kept no rows (DLA111), or a feature has the name of one of its own columns (DLA617).
    """
    path = run / PREDICTIONS
    if not path.is_file():
        raise UsageError(
            "DLA111",
            "the run kept no rows",
            place=Place(file=str(path)),
            expected="a run without --no-rows",
            fix="Run again without --no-rows, or give the predictions: --scores FILE --score COLUMN.",
        )
    taken = [name for name in [*audit.data.sensitive, *audit.data.control] if name in _OWN]
    if taken:
        raise UsageError(
            "DLA617",
            f"the features {listed(taken)} have the names of columns that {PREDICTIONS} has for itself",
            place=Place(file=str(path)),
            fix="Give the predictions: --scores FILE --score COLUMN.",
        )
    data = DataSpec(
        path=str(path),
        target=_columns("target", audit) if audit.model.task == "multilabel" else "target",
        id="row_id",
        weight="weight" if audit.data.weight is not None else None,
        unit="unit" if audit.data.unit is not None else None,
    )
    slices = spec.slices.model_copy(
        update={"sensitive": audit.data.sensitive, "control": audit.data.control, "min_size": audit.min_size}
    )
    several = audit.model.task in {"multiclass", "multilabel"}
    scores = _columns("score", audit) if several else ["score"]
    quiet = spec.discover.model_copy(update={"enabled": False})  # its columns are not in the file
    given = {"data": data, "scores": scores, "model": _model(audit, spec), "slices": slices, "discover": quiet}
    return spec.model_copy(update=given)


def check_slices(audit: Audit, made: list[Slice]) -> None:
    """Refuse rows that do not give the run's slices: the run was made with other bins or unknown texts.

    Raises:
        UsageError: DLA617.
    """
    was = {one.id: one.n for one in audit.slices}
    wrong = [one.id for one in made if len(one.by) <= 1 and was.get(one.id) != one.n]
    if wrong:
        raise UsageError(
            "DLA617",
            f"the kept rows do not give the run's slices (first: {listed(wrong, most=3)})",
            expected="the [slices] that the run was made with: bins and unknown texts",
            fix="Give the run's configuration: --config dlaudit.toml.",
        )


def check_figures(audit: Audit, counts: Counts, table: SliceTable) -> None:
    """Refuse rows whose labels or predictions are not those that the run measured.

    Raises:
        UsageError: DLA617.
    """
    names = [name for name in _WITNESSES if any(found.metric == name for found in audit.measurements)]
    measured, _ = measure(counts, None, table, names, 0.95)
    was = {(one.metric, one.slice): (one.numerator, one.denominator) for one in audit.measurements}
    now = {(one.metric, one.slice): (one.numerator, one.denominator) for one in measured}
    wrong = [f"{metric} of {name}" for (metric, name), found in now.items() if was.get((metric, name), found) != found]
    if wrong:
        raise UsageError(
            "DLA617",
            f"the kept rows do not give the run's figures (first: {listed(wrong, most=3, quote=False)})",
            expected="the predictions.parquet that the run wrote",
            fix="Run the audit again: the file has changed since.",
        )


def _columns(name: str, audit: Audit) -> list[str]:
    return [f"{name}[{label}]" for label in audit.model.classes]


def _model(audit: Audit, spec: AuditSpec) -> ModelSpec:
    named = audit.model
    update: dict[str, object] = {
        "path": None,
        "code": None,
        "task": named.task,
        "output": "score",
        "positive": named.positive,
        "classes": named.classes if named.task == "multiclass" else None,
    }
    if named.threshold is not None:
        update["threshold"] = named.threshold
    return spec.model.model_copy(update=update)
