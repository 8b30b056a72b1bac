"""Two finished runs compared: on the rows that both scored where they kept them, else from their figures alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dlaudit.errors import DlauditError, InputRefused, Place, UsageError, shown
from dlaudit.findings.few import counts_others, subjects_of
from dlaudit.gate.change_rules import change_rules, why_none
from dlaudit.metrics.changes import disparity_changes, value_changes
from dlaudit.record import AgainstModel, Audit, DataInfo, FindingRef, NotApplicable, RunComparison, RunRef, Slice
from dlaudit.record.accepted import ABOUT_COMPARISON
from dlaudit.spec import AgainstSpec, AuditSpec, BaselineSpec, ChangeGate, ReportSpec
from dlaudit.stages.joined_rows import Joined, have_no_row_in_common, joined_decisions, joined_rows
from dlaudit.stages.kept_rows import kept_rows_spec
from dlaudit.stages.request import Audited, Request
from dlaudit.stages.run_settings import setting_changes
from dlaudit.stages.run_side import RunSide, read_side

Auditing = Callable[[Request], Audited]
"""What audits a request."""
_SAME = ("task", "positive", "classes")
_ANY = ChangeGate(max_drop=0)
_ROUNDING = 1e-9
_OTHER_DATA = "the data changed"
_SUMMING = 1e-6
"""How far two sums of the same numbers may differ, which were added in another order."""


@dataclass(frozen=True)
class _Again:
    """How the kept rows are audited again."""

    spec: AuditSpec
    audit: Auditing


def compare_runs(old: str, new: str, spec: AuditSpec, audit: Auditing) -> RunComparison:
    """What changed from the run in `old` to the run in `new`.

    Args:
        old: Directory of the earlier run, its audit.json, or a dlaudit-baseline.json.
        new: Directory of the later run, or its audit.json.
        spec: The configuration that the runs were made with, for bins and unknown texts of slices.
        audit: `dlaudit.audit.run`, which audits the rows that both kept.

    Raises:
        UsageError: There is no such run (DLA111).
        InputRefused: A run cannot be read (DLA610).
    """
    later = read_side(new)
    if later.baseline is not None:
        raise UsageError(
            "DLA101",
            "an accepted baseline cannot be the later run",
            place=Place(file=new),
            expected="the directory of a finished run",
            fix=f"Turn them round: `dlaudit diff {shown(new, limit=100, quote=False)} RUN`.",
        )
    return changes_since(read_side(old), later, spec, audit)


def changes_since(old: RunSide, new: RunSide, spec: AuditSpec, audit: Auditing) -> RunComparison:
    """What changed from the run `old` to the run `new`, as `compare_runs`."""
    was, now = old.audit, new.audit
    joined = _paired(old, new, _Again(spec, audit))
    alike = not _other_kind(was, now)
    return RunComparison(
        old=_ref(old),
        new=_ref(new),
        accepted=old.baseline.accepted if old.baseline is not None else None,
        rows_known=old.baseline is not None and not old.baseline.no_rows,
        **joined,
        values=value_changes(was, now, _dropped(spec, now)) if alike and "paired" not in joined else [],
        changes=disparity_changes(was, now) if alike else [],
        lost=_lost(was, now),
        slices_gone=_only(was, now),
        slices_new=_only(now, was),
        settings=setting_changes(was, now),
        metrics_gone=_metrics(was, now),
        metrics_new=_metrics(now, was),
        findings_gone=_findings(was, now),
        findings_new=_findings(now, was),
        not_applicable=_no_rules(old, now),
    )


def _dropped(spec: AuditSpec, now: Audit) -> set[str]:
    """Metrics that a rule on a drop is about, be it one of those that an accepted baseline brings."""
    rules = [*spec.rule, *change_rules(now, _ANY)]
    return {rule.base_metric for rule in rules if rule.max_drop is not None and rule.kind == "value"}


def _no_rules(old: RunSide, now: Audit) -> list[NotApplicable]:
    """That an accepted baseline brings no rule for this task."""
    why = why_none(now.model.task) if old.baseline is not None else None
    return [] if why is None else [NotApplicable(what="rules of the accepted baseline", reason=why)]


def _paired(old: RunSide, new: RunSide, again: _Again) -> dict[str, Any]:
    """The paired comparison and how many rows only one run scored; or why it is none."""
    packed = old.baseline.packed if old.baseline is not None else None
    reason = _why_not(old.audit, new.audit, by_digests=packed is not None) or old.lacks_rows or new.lacks_rows
    if reason:
        is_apart = reason == _OTHER_DATA and have_no_row_in_common(old.rows_file, new.rows_file)
        return {"not_paired": reason, "apart": is_apart, "only_old": _cut(old, new)}
    if packed is not None:
        rows = joined_decisions(packed, new.rows_file, new.audit)
    else:
        rows = joined_rows(old.rows_file, new.rows_file, new.audit)
    if rows.table is None:
        cut = max(rows.only_old, _cut(old, new))
        return {"not_paired": rows.reason, "apart": rows.apart, "altered": rows.altered, "only_old": cut}
    try:
        made = _against(rows, old.audit, new, again)
    except DlauditError as error:
        return {"not_paired": f"the kept rows cannot be read as the run read them: {error.what}"}
    if made is None:
        return {"not_paired": "the kept rows do not fit in memory"}
    _must_agree(old, made, base=True)
    _must_agree(new, made, base=False)
    left = {"only_old": rows.only_old, "only_new": rows.only_new}
    return {
        "paired": made,
        "unchanged": _is_unchanged(old.audit, new.audit, made, rows) and not any(left.values()),
        **left,
    }


def _cut(old: RunSide, new: RunSide) -> int:
    """How many rows fewer than an accepted baseline the run scored, at least; of other runs their rows tell."""
    return max(0, old.audit.data.scored - new.audit.data.scored) if old.baseline is not None else 0


def _must_agree(run: RunSide, made: AgainstModel, *, base: bool) -> None:
    """Refuse rows that do not give the run's own figures, as where two files were put together from two runs.

    Raises:
        InputRefused: DLA610.
    """
    if made.rows != run.audit.data.scored:
        return  # some rows only
    known = {(one.metric, one.slice): one.value for one in run.audit.measurements}
    are_means = run.audit.model.task == "regression"  # of exact values; elsewhere they may be of rows or of a histogram
    for rate in made.rates:
        told, found = known.get((rate.metric, rate.slice)), rate.base if base else rate.tuned
        if told is None or found is None or (rate.n is None and not are_means):
            continue
        if abs(told - found) > (_ROUNDING if rate.n is not None else _SUMMING * max(1.0, abs(told))):
            raise InputRefused(
                "DLA610",
                f"rows and figures are of different runs: {rate.metric} of {shown(rate.slice)} is {found:.4g} by the "
                f"rows and {told:.4g} by the figures",
                place=Place(file=run.place),
                expected="one run's own files",
                fix="Run again, or accept a run again where this is a baseline (marks of a merge?).",
            )


def _is_unchanged(was: Audit, now: Audit, made: AgainstModel, rows: Joined) -> bool:
    """Whether it is the same model, which gave the same answers to the same rows, in whatever order they stand."""
    decides = was.model.task != "regression"
    if decides and made.agree != made.rows:
        return False
    if (was.model.output, was.model.threshold) != (now.model.output, now.model.threshold):
        return False
    if was.model.format == "scores" or now.model.format == "scores":  # then the scores are the model
        return was.model.format == now.model.format and rows.same_scores
    same_model = was.model.fingerprint is not None and was.model.fingerprint == now.model.fingerprint
    has_parameters = bool(was.model.parameters)  # else the digest of none is the same for every function
    same_inputs = any(one is not None and one == other for one, other in _row_digests(was.data, now.data))
    return same_model and (rows.same_scores or (decides and has_parameters and same_inputs))


def _against(rows: Joined, old: Audit, new: RunSide, again: _Again) -> AgainstModel | None:
    """The later run's kept rows as given scores, the earlier run's scores or decisions as those of a base."""
    asked = kept_rows_spec(new.audit, new.folder, again.spec)
    before = AgainstSpec(scores=rows.before, threshold=old.model.threshold)
    if rows.are_decisions:
        before = AgainstSpec(scores=rows.before, output="label", threshold=0.5)
    table, target = _labels_as_named(rows.table, new.audit)
    asked = asked.model_copy(
        update={
            "data": asked.data.model_copy(update={"path": None, "target": target or asked.data.target}),
            "against": before,
            "baseline": BaselineSpec(),
            "report": ReportSpec(),
            "explain": asked.explain.model_copy(update={"enabled": False}),
            "rule": [*asked.rule, *change_rules(new.audit, _ANY)],  # so that their metrics are compared
        }
    )
    found = again.audit(Request(spec=asked, frame=table)).audit.against
    return None if found is None else found.model_copy(update={"model": _base_of(old, found)})


def _labels_as_named(table: Any, audit: Audit) -> tuple[Any, list[str]]:
    """The rows with the labels of a multilabel task under their own names, as rules call them; and these names."""
    named = {f"target[{label}]": label for label in audit.model.classes}
    taken = set(table.column_names) & set(named.values())
    if audit.model.task != "multilabel" or taken:
        return table, []
    return table.rename_columns([named.get(one, one) for one in table.column_names]), list(named.values())


def _base_of(old: Audit, found: AgainstModel) -> Any:
    named = {"path": old.model.path, "sha256": old.model.sha256, "format": old.model.format}
    return found.model.model_copy(update={**named, "loading": old.model.loading})


def _why_not(old: Audit, new: Audit, *, by_digests: bool) -> str:
    if other := _other_kind(old, new):
        return f"the two runs have another model.{other}"
    if old.suppression or new.suppression:
        return "a run leaves out small counts"
    if old.data.pairs is not None or new.data.pairs is not None:
        return "rows are pairs"
    holds_scores = "scores" in {old.model.format, new.model.format}  # then the file differs with every model
    if by_digests or holds_scores:
        return ""
    return _OTHER_DATA if _is_other_data(old.data, new.data) else ""


def _other_kind(old: Audit, new: Audit) -> str | None:
    """The key by which the two models do not do the same; then no figure of one says anything of the other's."""
    return next((name for name in _SAME if getattr(old.model, name) != getattr(new.model, name)), None)


def _lost(old: Audit, new: Audit) -> list[Slice]:
    """Slices that were compared and are not there any more; of a published run nothing is known."""
    if new.suppression is not None or old.suppression is not None:
        return []
    there = {one.id for one in new.slices if not one.unknown}
    return [
        one for one in old.slices if one.kind in {"group", "intersection"} and not one.unknown and one.id not in there
    ]


def _is_other_data(old: DataInfo, new: DataInfo) -> bool:
    """Whether neither the file nor the rows that were scored are those of the earlier run, as far as both say so."""
    digests = [(old.sha256, new.sha256), *_row_digests(old, new)]
    known = [was == now for was, now in digests if was is not None and now is not None]
    return bool(known) and not any(known)


def _row_digests(old: DataInfo, new: DataInfo) -> list[tuple[str | None, str | None]]:
    """Digests of the rows in the order of the file, and in any order, of both runs."""
    return [(old.rows_sha256, new.rows_sha256), (old.inputs_sha256, new.inputs_sha256)]


def _ref(run: RunSide) -> RunRef:
    audit = run.audit
    return RunRef(
        place=run.place,
        title=audit.title,
        model=audit.model.path,
        model_sha256=audit.model.sha256,
        data=audit.data.path,
        data_sha256=audit.data.sha256,
        task=audit.model.task,
        rows=audit.data.scored,
        started=audit.provenance.started,
        outcome=run.outcome,
    )


def _only(one: Audit, other: Audit) -> list[str]:
    known = {found.id for found in other.slices}
    return [found.id for found in one.slices if found.id not in known and found.kind != "discovered"]


def _findings(one: Audit, other: Audit) -> list[FindingRef]:
    """Findings of `one` alone. What the other counts among `8 more gaps` it has as well, and a count is no finding.

    Nor does what is said of a comparison with a baseline tell of the model.
    """
    known = {(found.code, subject) for found in other.findings for subject in subjects_of(found)}
    return [
        FindingRef(code=found.code, subject=found.subject, severity=found.severity, message=found.message)
        for found in one.findings
        if (found.code, found.subject) not in known and not counts_others(found) and found.code not in ABOUT_COMPARISON
    ]


def _metrics(one: Audit, other: Audit) -> list[str]:
    known = {found.metric for found in other.measurements}
    return [metric for metric in dict.fromkeys(found.metric for found in one.measurements) if metric not in known]
