"""The last stage: a run's files, all of them or none."""

import io
from pathlib import Path

from dlaudit.errors import UsageError
from dlaudit.outputs.directory import write_run
from dlaudit.outputs.html import render_html
from dlaudit.outputs.look import Look
from dlaudit.outputs.pdf import print_pdf
from dlaudit.outputs.registry import OUTPUTS
from dlaudit.outputs.translate import Translation, speaking
from dlaudit.record import Audit, Verdict
from dlaudit.record.files import AUDIT_FILE, dump
from dlaudit.stages.request import Audited

PLAIN = Look()
"""Our own templates, in English."""
ROW_FILES = ("predictions.parquet", "attributions.parquet")


def rendered(
    audit: Audit, verdict: Verdict | None, language: Translation | None = None
) -> dict[str, str | bytes | Path]:
    """Name and content of every file that is made from the Audit and the Verdict alone."""
    files: dict[str, str | bytes | Path] = {AUDIT_FILE: dump(audit, verdict)}
    for _name, output in OUTPUTS.items():
        if output.file:
            with speaking(language if output.for_people else None):
                files[output.file] = output.render(audit, verdict)
    return files


def write_files(out: Path, audited: Audited, verdict: Verdict, *, look: Look = PLAIN) -> None:
    """Write a finished run.

    Args:
        out: The run's directory.
        audited: What was found, and the tables of rows.
        verdict: How it was judged.
        look: An organisation's own templates of the report, and the language that it speaks.

    Raises:
        UsageError: `out` cannot be a run's directory (DLA110); or a template of `look` cannot be rendered
            (DLA113): then everything is written, the report by our own templates.
        Stopped: The disk is full or not writable (DLA608); what was there before is untouched.
    """
    rows: dict[str, str | bytes | Path] = {}
    if audited.predictions is not None:
        rows["predictions.parquet"] = audited.predictions
        if audited.attributions is not None:
            rows["attributions.parquet"] = _parquet(audited.attributions)
    _write(out, (audited.audit, verdict), rows, look)


def rewrite_files(
    out: Path,
    judged: tuple[Audit, Verdict | None],
    *,
    rows_from: Path | None,
    look: Look = PLAIN,
    pdf: bool = False,
) -> None:
    """Write a saved run's rendered files again; its per-row files in `rows_from` stay.

    Raises:
        UsageError: As `write_files`; or no browser is installed that could print a PDF (DLA711).
        Stopped: As `write_files`; or the browser failed (DLA712).
    """
    rows: dict[str, str | bytes | Path] = {}
    if rows_from is not None:
        rows |= {name: (rows_from / name).read_bytes() for name in ROW_FILES if (rows_from / name).is_file()}
    if pdf:
        with speaking(look.language):
            page = render_html(*judged, templates=look.templates)
        rows["report.pdf"] = print_pdf(page)
    _write(out, judged, rows, look)


def _write(out: Path, judged: tuple[Audit, Verdict | None], more: dict[str, str | bytes | Path], look: Look) -> None:
    """All files; where a foreign template fails, the run is not lost with it."""
    files, failed = rendered(*judged, look.language), None
    if look.templates is not None:
        try:
            with speaking(look.language):
                files["report.html"] = render_html(*judged, templates=look.templates)
        except UsageError as error:
            failed = error
    write_run(out, files | more)
    if failed is not None:
        raise UsageError(
            failed.code,
            failed.what,
            place=failed.place,
            fix=f"The run is in {out}, its report by dlaudit's templates; correct yours, then `dlaudit report {out}`.",
        ) from failed


def _parquet(table: object) -> bytes:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
