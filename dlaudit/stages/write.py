"""The last stage: a run's files, all of them or none."""

import io
from pathlib import Path

from dlaudit.outputs.directory import write_run
from dlaudit.outputs.registry import OUTPUTS
from dlaudit.record import Audit, Verdict
from dlaudit.record.files import AUDIT_FILE, dump
from dlaudit.stages.request import Audited

ROW_FILES = ("predictions.parquet", "attributions.parquet")


def rendered(audit: Audit, verdict: Verdict | None) -> dict[str, str | bytes | Path]:
    """Name and content of every file that is made from the Audit and the Verdict alone."""
    files: dict[str, str | bytes | Path] = {AUDIT_FILE: dump(audit, verdict)}
    files |= {output.file: output.render(audit, verdict) for _, output in OUTPUTS.items() if output.file}
    return files


def write_files(out: Path, audited: Audited, verdict: Verdict) -> None:
    """Write a finished run.

    Raises:
        UsageError: `out` cannot be a run's directory (DLA110).
        Stopped: The disk is full or not writable (DLA608); what was there before is untouched.
    """
    files = rendered(audited.audit, verdict)
    if audited.predictions is not None:
        files["predictions.parquet"] = audited.predictions
        if audited.attributions is not None:
            files["attributions.parquet"] = _parquet(audited.attributions)
    write_run(out, files)


def rewrite_files(out: Path, audit: Audit, verdict: Verdict | None, *, rows_from: Path | None) -> None:
    """Write a saved run's rendered files again; its per-row files in `rows_from` stay."""
    files = rendered(audit, verdict)
    if rows_from is not None:
        files |= {name: (rows_from / name).read_bytes() for name in ROW_FILES if (rows_from / name).is_file()}
    write_run(out, files)


def _parquet(table: object) -> bytes:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
