"""An Audit in an MLflow run: figures as metrics, what was audited as parameters, the verdict as tags, the report."""

import hashlib
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import UsageError, shown
from dlaudit.record import OVERALL, Audit, Slice, Verdict
from dlaudit.record.privacy import suppressed

if TYPE_CHECKING:
    from dlaudit.record import Disparity

FOLDER = "dlaudit"
"""Folder of the run's artifacts."""
_FILES = ("report.html", "audit.json", "summary.md")
_PLAIN = re.compile(r"[A-Za-z0-9_]+(?: [A-Za-z0-9_]+)*")
"""A feature or level that can stand in a name as it is, and in no other way than this one."""
_LONGEST, _LONGEST_TEXT = 250, 5_000
_AT_ONCE = 500


def log_audit(audit: Audit, verdict: Verdict | None = None, run: Any = None) -> str:
    """The id of the MLflow run that the audit was logged to.

    What is undefined is not logged as a number: its count stands in the tag `dlaudit.undefined`, its reason in the
    report. Names of metrics depend on the metric and the slice alone, so that runs can be compared.

    Args:
        audit: What was found.
        verdict: How it was judged.
        run: A run of MLflow or its id; where absent the active one, or a new one.

    Raises:
        UsageError: MLflow is not installed (DLA706).
    """
    try:
        import mlflow
    except ModuleNotFoundError as error:
        raise UsageError(
            "DLA706", "MLflow is not installed", fix="Run `pip install 'dlaudit[mlflow]'`, or mlflow itself."
        ) from error

    safe, told = suppressed(audit, verdict, audit.small_cells)
    known = run if run is not None else mlflow.active_run()
    if known is None:
        with mlflow.start_run() as started:
            return _log(safe, told, started.info.run_id)
    return _log(safe, told, known if isinstance(known, str) else known.info.run_id)


def metrics_of(audit: Audit, verdict: Verdict | None = None) -> dict[str, float]:
    """Name to value of every figure that is defined: `selection_rate/race-Black`, `selection_rate.difference/race`.

    Ends of a gap's interval stand under the gap's name with `.low` and `.high`.
    """
    slices = {one.id: one for one in audit.slices}
    found = {
        _key(one.metric, _slice_name(slices.get(one.slice), one.slice)): one.value
        for one in audit.measurements
        if one.value is not None
    }
    for gap in audit.disparities:
        name = _key(f"{gap.metric}.{gap.kind}", _gap_name(gap))
        ends = {name: gap.value, f"{name}.low": gap.low, f"{name}.high": gap.high}
        found |= {key: value for key, value in ends.items() if value is not None and gap.value is not None}
    found["dlaudit/rows"] = float(audit.data.scored)
    if verdict is not None:
        for outcome in ("pass", "fail", "undecided"):
            found[f"dlaudit/checks_{outcome}"] = float(sum(one.outcome == outcome for one in verdict.checks))
    return found


def params_of(audit: Audit) -> dict[str, str]:
    """What was audited: digests, columns, decision and seed."""
    data, model = audit.data, audit.model
    given = {
        "model": model.path,
        "model_sha256": model.sha256,
        "model_format": model.format,
        "task": model.task,
        "threshold": model.threshold,
        "data": data.path,
        "data_sha256": data.sha256,
        "rows_sha256": data.rows_sha256,
        "target": data.target,
        "sensitive": ", ".join(data.sensitive),
        "seed": audit.provenance.seed,
        "batch_size": audit.provenance.batch_size,
    }
    return {f"dlaudit.{key}": _text(value) for key, value in given.items() if value not in (None, "")}


def tags_of(audit: Audit, verdict: Verdict | None) -> dict[str, str]:
    """The verdict and the version, and how much is undefined."""
    undefined = sum(one.value is None for one in [*audit.measurements, *audit.disparities])
    return {
        "dlaudit.outcome": verdict.outcome if verdict else "none",
        "dlaudit.sentence": _text(verdict.sentence if verdict else "Not judged."),
        "dlaudit.version": audit.provenance.dlaudit,
        "dlaudit.undefined": str(undefined),
    }


def _log(audit: Audit, verdict: Verdict | None, run_id: str) -> str:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param, RunTag

    from dlaudit.stages.write import rendered

    client, now = MlflowClient(), int(time.time() * 1000)
    metrics = [Metric(name, value, now, 0) for name, value in metrics_of(audit, verdict).items()]
    for some in _parts(metrics):
        client.log_batch(run_id, metrics=some)
    client.log_batch(
        run_id,
        params=[Param(key, value) for key, value in params_of(audit).items()],
        tags=[RunTag(key, value) for key, value in tags_of(audit, verdict).items()],
    )
    files = rendered(audit, verdict)
    with tempfile.TemporaryDirectory(prefix="dlaudit-") as folder:
        for name in _FILES:
            content = files[name]
            assert isinstance(content, str), "these files are texts"
            (Path(folder) / name).write_text(content, encoding="utf-8")
        client.log_artifacts(run_id, folder, FOLDER)
    return run_id


def _parts(metrics: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(metrics), _AT_ONCE):
        yield metrics[start : start + _AT_ONCE]


def _slice_name(one: Slice | None, slice_id: str) -> str:
    """`race-Black.sex-F`; what has other characters than letters and digits ends with a digest, so that no two meet."""
    if slice_id == OVERALL:
        return OVERALL
    where = one.where if one is not None else {}
    return _legal([(feature, where[feature]) for feature in sorted(where)], slice_id)


def _gap_name(gap: "Disparity") -> str:
    """`race.sex`, with the levels of control features behind it."""
    pairs = [(feature, "") for feature in gap.by] + sorted(gap.within.items())
    return _legal(pairs, gap.id)


def _legal(pairs: list[tuple[str, str]], whole: str) -> str:
    name = ".".join(f"{feature}-{level}" if level else feature for feature, level in pairs)
    plain = pairs and all(_PLAIN.fullmatch(part) for pair in pairs for part in pair if part)
    return name if plain else _digested(name or whole, whole)


def _digested(name: str, whole: str) -> str:
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_ .-]+', '_', name)[:80]}-{digest}"


def _key(metric: str, where: str) -> str:
    """`METRIC/SLICE`, within MLflow's length."""
    base, opened, place = metric.partition("[")
    level, _, kind = place.partition("]")
    head = f"{base}.{_legal([(level, '')], level)}{kind}" if opened else base
    key = f"{head}/{where}"
    return key if len(key) <= _LONGEST - 5 else _digested(key[:100].replace("/", "."), key)


def _text(value: object) -> str:
    return shown(value, limit=_LONGEST_TEXT, quote=False)
