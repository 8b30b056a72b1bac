"""What may leave the run: the audit without small counts of people, and rows only where they were asked for."""

from dataclasses import replace

from dlaudit.record import NotApplicable, Verdict
from dlaudit.record.privacy import suppressed
from dlaudit.spec import AuditSpec
from dlaudit.stages.request import Audited

_ROWS = NotApplicable(
    what="predictions.parquet and attributions.parquet",
    reason="rows of people are not written beside a report with report.small_cells; run.rows = true keeps them",
)


def keeps_rows(spec: AuditSpec) -> bool:
    """Whether rows of people are written: not beside a report without small counts, unless run.rows says so."""
    return spec.run.rows and (spec.report.small_cells <= 1 or "rows" in spec.run.model_fields_set)


def published(audited: Audited, verdict: Verdict, spec: AuditSpec) -> tuple[Audited, Verdict]:
    """What is written and printed: as `report.small_cells` asks. The verdict was judged before, on all figures.

    Raises:
        UsageError: Fewer rows were scored than a count that may be shown (DLA421).
    """
    audit, told = suppressed(audited.audit, verdict, spec.report.small_cells)
    if spec.run.rows and not keeps_rows(spec):
        audit = audit.model_copy(update={"not_applicable": [*audit.not_applicable, _ROWS]})
    return replace(audited, audit=audit), told or verdict
