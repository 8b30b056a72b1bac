"""Two finished runs compared: on the rows that both scored where they kept them, else from their figures alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import DlauditError
from dlaudit.metrics.changes import disparity_changes
from dlaudit.record import AgainstModel, Audit, DataInfo, FindingRef, RunComparison, RunRef, Verdict
from dlaudit.record.files import read
from dlaudit.spec import AgainstSpec, AuditSpec, BaselineSpec, ReportSpec
from dlaudit.stages.joined_rows import BEFORE, joined_rows
from dlaudit.stages.kept_rows import PREDICTIONS, kept_rows_spec
from dlaudit.stages.request import Audited, Request
from dlaudit.stages.run_settings import setting_changes

if TYPE_CHECKING:
    import pyarrow as pa

Auditing = Callable[[Request], Audited]
"""What audits a request."""
_SAME = ("task", "positive", "classes")


@dataclass(frozen=True)
class RunSide:
    """One of the two runs."""

    place: str
    """Its directory, or its audit.json."""
    audit: Audit
    """What it found."""
    verdict: Verdict | None
    """How it was judged; None where it is not judged yet."""

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return Path(self.place) if Path(self.place).is_dir() else Path(self.place).parent

    @property
    def has_rows(self) -> bool:
        """Whether it kept its rows."""
        return (self.folder / PREDICTIONS).is_file()


@dataclass(frozen=True)
class _Again:
    """How the kept rows are audited again."""

    spec: AuditSpec
    audit: Auditing


def compare_runs(old: str, new: str, spec: AuditSpec, audit: Auditing) -> RunComparison:
    """What changed from the run in `old` to the run in `new`.

    Args:
        old: Directory of the earlier run, or its audit.json.
        new: Directory of the later run, or its audit.json.
        spec: The configuration that the runs were made with, for bins and unknown texts of slices.
        audit: `dlaudit.audit.run`, which audits the rows that both kept.

    Raises:
        UsageError: There is no such run (DLA111).
        InputRefused: A run cannot be read (DLA610).
    """
    return changes_since(RunSide(old, *read(old)), RunSide(new, *read(new)), spec, audit)


def changes_since(old: RunSide, new: RunSide, spec: AuditSpec, audit: Auditing) -> RunComparison:
    """What changed from the run `old` to the run `new`, as `compare_runs`."""
    was, now = old.audit, new.audit
    return RunComparison(
        old=_ref(old),
        new=_ref(new),
        **_paired(old, new, _Again(spec, audit)),
        changes=disparity_changes(was, now),
        slices_gone=_only(was, now),
        slices_new=_only(now, was),
        settings=setting_changes(was, now),
        metrics_gone=_metrics(was, now),
        metrics_new=_metrics(now, was),
        findings_gone=_findings(was, now),
        findings_new=_findings(now, was),
    )


def _paired(old: RunSide, new: RunSide, again: _Again) -> dict[str, Any]:
    """The paired comparison and how many rows only one run scored; or why it is none."""
    reason = _why_not(old.audit, new.audit) or _no_rows(old) or _no_rows(new)
    if reason:
        return {"not_paired": reason}
    rows = joined_rows(old.folder, new.folder, new.audit)
    if rows.table is None:
        return {"not_paired": rows.reason}
    try:
        made = _against(rows.table, old.audit, new, again)
    except DlauditError as error:
        return {"not_paired": f"the kept rows cannot be read as the run read them: {error.what}"}
    if made is None:
        return {"not_paired": "the kept rows do not fit in memory"}
    return {"paired": made, "only_old": rows.only_old, "only_new": rows.only_new}


def _against(table: "pa.Table", old: Audit, new: RunSide, again: _Again) -> AgainstModel | None:
    """The later run's kept rows as given scores, the earlier run's scores as those of a base."""
    asked = kept_rows_spec(new.audit, new.folder, again.spec)
    before = [f"{BEFORE} {name}" for name in asked.scores]
    asked = asked.model_copy(
        update={
            "data": asked.data.model_copy(update={"path": None}),
            "against": AgainstSpec(scores=before, threshold=old.model.threshold),
            "baseline": BaselineSpec(),
            "report": ReportSpec(),
            "explain": asked.explain.model_copy(update={"enabled": False}),
        }
    )
    found = again.audit(Request(spec=asked, frame=table)).audit.against
    return None if found is None else found.model_copy(update={"model": _base_of(old, found)})


def _base_of(old: Audit, found: AgainstModel) -> Any:
    named = {"path": old.model.path, "sha256": old.model.sha256, "format": old.model.format}
    return found.model.model_copy(update={**named, "loading": old.model.loading})


def _why_not(old: Audit, new: Audit) -> str:
    other = [name for name in _SAME if getattr(old.model, name) != getattr(new.model, name)]
    if other:
        return f"the two runs have another model.{other[0]}"
    if old.suppression or new.suppression:
        return "a run leaves out small counts"
    if old.data.pairs is not None or new.data.pairs is not None:
        return "rows are pairs"
    holds_scores = "scores" in {old.model.format, new.model.format}  # then the file differs with every model
    return "the data changed" if not holds_scores and _is_other_data(old.data, new.data) else ""


def _is_other_data(old: DataInfo, new: DataInfo) -> bool:
    """Whether neither the file nor the rows that were scored are those of the earlier run, as far as both say so."""
    digests = [(old.sha256, new.sha256), (old.rows_sha256, new.rows_sha256)]
    known = [was == now for was, now in digests if was is not None and now is not None]
    return bool(known) and not any(known)


def _no_rows(run: RunSide) -> str:
    return "" if run.has_rows else f"{run.folder} kept no rows ({PREDICTIONS})"


def _ref(run: RunSide) -> RunRef:
    audit = run.audit
    return RunRef(
        place=run.place,
        title=audit.title,
        model=audit.model.path,
        model_sha256=audit.model.sha256,
        data=audit.data.path,
        data_sha256=audit.data.sha256,
        rows=audit.data.scored,
        started=audit.provenance.started,
        outcome=run.verdict.outcome if run.verdict else "none",
    )


def _only(one: Audit, other: Audit) -> list[str]:
    known = {found.id for found in other.slices}
    return [found.id for found in one.slices if found.id not in known and found.kind != "discovered"]


def _findings(one: Audit, other: Audit) -> list[FindingRef]:
    known = {(found.code, found.subject) for found in other.findings}
    return [
        FindingRef(code=found.code, subject=found.subject, severity=found.severity, message=found.message)
        for found in one.findings
        if (found.code, found.subject) not in known
    ]


def _metrics(one: Audit, other: Audit) -> list[str]:
    known = {found.metric for found in other.measurements}
    return [metric for metric in dict.fromkeys(found.metric for found in one.measurements) if metric not in known]
