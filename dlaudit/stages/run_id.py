"""The run id: a digest of everything that figures may depend on, so that equal ids promise equal figures."""

import hashlib
import json
from pathlib import Path
from typing import Any

from dlaudit.record import Audit
from dlaudit.spec import AuditSpec

_JUDGED_OR_SHOWN = {"rule", "waiver", "extend", "profile", "report", "baseline"}
"""Parts of a configuration that change the verdict or the report, and no figure."""
_PLACES = {
    "model": {"path", "code", "trust"},
    "data": {"path", "demographics", "root"},
    "against": {"model", "code"},
    "probes": {"swap_file"},
    "run": {"memory_limit", "time_limit", "rows", "device", "batch_size", "threads"},
}
"""Keys that say where something lies, or what is recorded as it really was; the contents are digested instead."""


def run_id(audit: Audit, spec: AuditSpec) -> str | None:
    """A SHA-256 of model, rows, settings, versions, device, batch size and seed; None for an object without a digest.

    Rows that are scored together in batches of another size can have scores that differ in the last digit, so that the
    batch size is part of it. The number of threads is not: it changes nothing.

    Args:
        audit: With its provenance.
        spec: What was asked.
    """
    run, model, base = audit.provenance, audit.model, audit.against
    if model.format not in {"none", "scores"} and model.sha256 is None and model.fingerprint is None:
        return None
    told: dict[str, Any] = {
        "model": [model.sha256, model.fingerprint, model.format],
        "base": [base.model.sha256, base.model.fingerprint] if base is not None else None,
        "rows": [audit.data.sha256, audit.data.rows_sha256],
        "code": [_digest(path) for path in (spec.model.code, spec.against.code, spec.probes.swap_file)],
        "settings": _settings(spec),
        "asked": _asked(audit),
        "versions": [run.dlaudit, run.python, run.packages],
        "device": run.device,
        "batch_size": run.batch_size,
        "seed": run.seed,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode("ascii")).hexdigest()


def _asked(audit: Audit) -> list[list[str]]:
    """Metrics, slices and splits of gaps: rules may add some, and a change of a limit adds none."""
    splits = {f"{one.metric}: {one.slice} - {one.reference}" for one in audit.decompositions}
    metrics, slices = {one.metric for one in audit.measurements}, {one.id for one in audit.slices}
    return [sorted(metrics), sorted(slices), sorted(splits)]


def _settings(spec: AuditSpec) -> dict[str, Any]:
    """The configuration without what changes no figure, and without names of places."""
    written = spec.model_dump(mode="json", exclude=_JUDGED_OR_SHOWN)
    for table, keys in _PLACES.items():
        if isinstance(written.get(table), dict):
            written[table] = {key: value for key, value in written[table].items() if key not in keys}
    return written


def _digest(path: str | None) -> str | None:
    if path is None or not Path(path).is_file():
        return None
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
