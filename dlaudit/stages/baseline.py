"""A run and the earlier run that it names: what changed since, as part of its own audit."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dlaudit.errors import Place, UsageError, listed, shown
from dlaudit.findings import by_severity, finding
from dlaudit.gate.change_rules import change_metrics_of
from dlaudit.record import Audit, Finding, RunComparison
from dlaudit.record.accepted_file import is_baseline
from dlaudit.spec import AuditSpec, BaselineSpec
from dlaudit.stages.diff import Auditing, changes_since
from dlaudit.stages.request import Audited, Request
from dlaudit.stages.run_side import RunSide, read_earlier, read_side

_UNPAIRED, _NOT_LOOKED_AT = "DLA117", "DLA118"


def with_baseline(request: Request, audit: Auditing) -> Audited:
    """The audit of the request with its comparison with `spec.baseline.path`.

    The earlier run is read before anything of the audited model is loaded. Rows that are not asked for are kept in a
    folder of its own while they are compared.

    Raises:
        UsageError: There is no such run (DLA111).
        InputRefused: The earlier run cannot be read, or is of a newer schema (DLA610).
        DlauditError: Any fault of the audit itself.
    """
    place = request.spec.baseline.path
    assert place is not None, "asked for a comparison without an earlier run"
    old = read_earlier(place)
    bare = replace(request, spec=_measuring(request.spec, old).model_copy(update={"baseline": BaselineSpec()}))
    with _rows_folder(request.keep, wanted=not old.lacks_rows) as keep:
        audited = audit(replace(bare, keep=keep))
        request.progress.stage("compare")
        new = RunSide(str(keep or ""), audited.audit)
        compared = _compared(old, new, bare.spec, audit)
        request.progress.close()
    return replace(audited, audit=compared, predictions=audited.predictions if request.keep is not None else None)


def _measuring(spec: AuditSpec, old: RunSide) -> AuditSpec:
    """The specification that measures what the rules of an accepted baseline are about, whatever it reports besides."""
    if old.baseline is None or spec.baseline.rules == "none" or spec.metrics.report is None:
        return spec
    report = list(dict.fromkeys([*spec.metrics.report, *change_metrics_of(old.audit)]))
    return spec.model_copy(update={"metrics": spec.metrics.model_copy(update={"report": report})})


def must_not_overwrite(out: Path, place: str | None) -> None:
    """Refuse, before anything runs, a directory that holds the very rows that the baseline points at.

    Args:
        out: Where a run's files are to go.
        place: The baseline, if there is one.

    Raises:
        UsageError: It does (DLA110), or there is no such baseline (DLA111).
        InputRefused: The baseline cannot be read (DLA610).
    """
    if place is None or not is_baseline(Path(place)):
        return
    side = read_side(place)
    if side.baseline is None or side.baseline.elsewhere is None or side.lacks_rows:
        return
    rows = side.rows_file
    if out.resolve() not in rows.resolve().parents:
        return
    named = shown(str(out), limit=100, quote=False)
    raise UsageError(
        "DLA110",
        "the run would overwrite the rows that the baseline in use points at",
        place=Place(file=str(rows)),
        expected="an output directory without them",
        fix=f"Give another --out; or first `dlaudit baseline accept {named} --rows dlaudit-baseline.parquet`, which "
        "keeps a copy that no run writes to.",
    )


def against_baseline(audit: Audit, run: str, spec: AuditSpec, auditing: Auditing) -> Audit:
    """The audit of a finished run with its comparison with `spec.baseline.path`.

    Args:
        audit: The run's audit.
        run: Its directory, or its audit.json.
        spec: The configuration that it was made with.
        auditing: `dlaudit.audit.run`, which audits the rows that both kept.

    Raises:
        UsageError: There is no such run or baseline (DLA111).
        InputRefused: It cannot be read (DLA610).
    """
    place = spec.baseline.path
    assert place is not None, "asked for a comparison without an earlier run"
    return _compared(read_earlier(place), RunSide(run, audit), spec, auditing)


def is_compared_with(audit: Audit, place: str) -> bool:
    """Whether the audit holds its comparison with what is in `place` now: the very file, or the directory of that name.

    Raises:
        UsageError: A baseline is named that is not there (DLA111).
        InputRefused: It cannot be read (DLA610).
    """
    known = audit.baseline
    if not place.endswith(".json"):
        return known is not None and known.accepted is None and known.old.place == place
    old = read_earlier(place)
    if old.baseline is None or known is None or known.accepted is None:
        return False
    return known.accepted.sha256 == old.baseline.accepted.sha256


def _compared(old: RunSide, new: RunSide, spec: AuditSpec, auditing: Auditing) -> Audit:
    """The later run's audit with the comparison, and with a finding where an accepted baseline cannot be paired."""
    audit = new.audit
    found = changes_since(old, new, spec, auditing).model_copy(update={"new": None})
    findings = [one for one in audit.findings if one.code not in {_UNPAIRED, _NOT_LOOKED_AT}]
    if found.accepted is not None:
        findings = by_severity([*findings, *_about_the_baseline(found, old.audit, audit)])
    return audit.model_copy(update={"baseline": found, "findings": findings})


def _about_the_baseline(found: RunComparison, was: Audit, now: Audit) -> Iterator[Finding]:
    """What keeps an accepted baseline from being held against the run, in whole or in part."""
    if found.not_paired:
        told = f"The run is not compared row by row with the accepted baseline: {found.not_paired}."
        yield finding(_UNPAIRED, "warning", "baseline", told)
    gone = [name for name in was.data.sensitive if name not in now.data.sensitive]
    if gone:
        told = (
            f"The accepted baseline compares slices by {listed(gone)}, and this run does not: nothing is judged there."
        )
        yield finding(_NOT_LOOKED_AT, "warning", "baseline", told)


@contextmanager
def _rows_folder(kept: Path | None, *, wanted: bool) -> Iterator[Path | None]:
    """The folder that keeps the rows anyway; else one for as long as they are compared."""
    if kept is not None or not wanted:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="dlaudit-rows-") as folder:
        yield Path(folder)
