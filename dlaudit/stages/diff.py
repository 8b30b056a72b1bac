"""Two finished runs compared: on the rows that both scored where they kept them, else from their figures alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import DlauditError
from dlaudit.metrics.changes import disparity_changes
from dlaudit.record import AgainstModel, Audit, FindingRef, RunComparison, RunRef, SettingChange, Verdict
from dlaudit.record.files import read
from dlaudit.spec import AgainstSpec, AuditSpec
from dlaudit.stages.kept_rows import PREDICTIONS, kept_rows_spec
from dlaudit.stages.request import Audited, Request

if TYPE_CHECKING:
    import pyarrow as pa

Auditing = Callable[[Request], Audited]
"""What audits a request."""
BEFORE = "dlaudit score before"
"""Prefix of the columns that hold the earlier run's scores."""
_SAME = ("task", "positive", "classes")


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
    before, after = read(old), read(new)
    rows = _paired((old, before[0]), (new, after[0]), _Again(spec, audit))
    return RunComparison(
        old=_ref(old, *before),
        new=_ref(new, *after),
        **rows,
        changes=disparity_changes(before[0], after[0]),
        slices_gone=_only(before[0], after[0]),
        slices_new=_only(after[0], before[0]),
        settings=_settings(before[0], after[0]),
        findings_gone=_findings(before[0], after[0]),
        findings_new=_findings(after[0], before[0]),
    )


def _paired(old: tuple[str, Audit], new: tuple[str, Audit], again: "_Again") -> dict[str, Any]:
    """The paired comparison and how many rows only one run scored; or why it is none."""
    reason = _why_not(old[1], new[1]) or _no_rows(old[0]) or _no_rows(new[0])
    if reason:
        return {"not_paired": reason}
    table, only_old, only_new = _joined(_folder(old[0]), _folder(new[0]), new[1])
    if isinstance(table, str):
        return {"not_paired": table}
    try:
        made = _against(table, old[1], new, again)
    except DlauditError as error:
        return {"not_paired": f"the kept rows cannot be read as the run read them: {error.what}"}
    if made is None:
        return {"not_paired": "the kept rows do not fit in memory"}
    return {"paired": made, "only_old": only_old, "only_new": only_new}


def _against(table: "pa.Table", old: Audit, new: tuple[str, Audit], again: "_Again") -> AgainstModel | None:
    """The later run's kept rows as given scores, the earlier run's scores as those of a base."""
    asked = kept_rows_spec(new[1], _folder(new[0]), again.spec)
    before = [f"{BEFORE} {name}" for name in asked.scores]
    asked = asked.model_copy(
        update={
            "data": asked.data.model_copy(update={"path": None}),
            "against": AgainstSpec(scores=before, threshold=old.model.threshold),
            "explain": asked.explain.model_copy(update={"enabled": False}),
        }
    )
    found = again.audit(Request(spec=asked, frame=table)).audit.against
    return None if found is None else found.model_copy(update={"model": _base_of(old, found)})


def _base_of(old: Audit, found: AgainstModel) -> Any:
    named = {"path": old.model.path, "sha256": old.model.sha256, "format": old.model.format}
    return found.model.model_copy(update={**named, "loading": old.model.loading})


def _joined(old: Path, new: Path, audit: Audit) -> tuple["pa.Table | str", int, int]:
    """The later run's rows with the earlier run's scores beside them; or why they do not belong together."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    before, after = pq.read_table(old / PREDICTIONS), pq.read_table(new / PREDICTIONS)
    scores = [name for name in after.column_names if name == "score" or name.startswith("score[")]
    targets = [name for name in after.column_names if name == "target" or name.startswith("target[")]
    if not {*scores, *targets, "row_id"} <= set(before.column_names):
        return "the two runs kept other columns", 0, 0
    for table in (before, after):
        if pc.count_distinct(table["row_id"]).as_py() != len(table):
            return "row ids are not unique", 0, 0
    at = pc.index_in(after["row_id"], value_set=pa.chunked_array(before["row_id"].chunks).combine_chunks())
    known = after.filter(pc.is_valid(at))
    if not len(known):
        return "no row id is in both runs", 0, 0
    same = before.take(at.drop_null())
    if any(not same[name].equals(known[name].cast(same[name].type)) for name in targets):
        return "rows with the same id have other labels: the evaluation set changed", 0, 0
    for name in scores:
        known = known.append_column(f"{BEFORE} {name}", same[name])
    return known, len(before) - len(known), len(after) - len(known)


def _why_not(old: Audit, new: Audit) -> str:
    other = [name for name in _SAME if getattr(old.model, name) != getattr(new.model, name)]
    if other:
        return f"the two runs have another model.{other[0]}"
    if old.suppression or new.suppression:
        return "a run leaves out small counts"
    if old.data.pairs is not None or new.data.pairs is not None:
        return "rows are pairs"
    return ""


def _no_rows(run: str) -> str:
    return "" if (_folder(run) / PREDICTIONS).is_file() else f"{_folder(run)} kept no rows ({PREDICTIONS})"


def _folder(run: str) -> Path:
    return Path(run) if Path(run).is_dir() else Path(run).parent


def _ref(place: str, audit: Audit, verdict: Verdict | None) -> RunRef:
    return RunRef(
        place=place,
        title=audit.title,
        model=audit.model.path,
        model_sha256=audit.model.sha256,
        data=audit.data.path,
        data_sha256=audit.data.sha256,
        rows=audit.data.scored,
        started=audit.provenance.started,
        outcome=verdict.outcome if verdict else "none",
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


def _settings(old: Audit, new: Audit) -> list[SettingChange]:
    told = [(key, _told(was), _told(now)) for key, was, now in zip(*_keys(old, new), strict=True)]
    return [SettingChange(key=key, old=was, new=now) for key, was, now in told if was != now]


def _keys(old: Audit, new: Audit) -> tuple[list[str], list[Any], list[Any]]:
    sides = []
    for audit in (old, new):
        model, data, run = audit.model, audit.data, audit.provenance
        sides.append(
            {
                "model file (SHA-256)": model.sha256,
                "model.task": model.task,
                "model.output": model.output,
                "model.threshold": model.threshold,
                "model.positive": model.positive,
                "model.classes": model.classes,
                "parameters": model.parameters,
                "data file (SHA-256)": data.sha256,
                "data.weight": data.weight,
                "data.unit": data.unit,
                "features": data.features,
                "slices.sensitive": data.sensitive,
                "slices.control": data.control,
                "slices.min_size": audit.min_size,
                "run.seed": run.seed,
                "dlaudit": run.dlaudit,
                **{f"package {name}": version for name, version in sorted(run.packages.items())},
            }
        )
    keys = list(dict.fromkeys([*sides[0], *sides[1]]))
    return keys, [sides[0].get(key) for key in keys], [sides[1].get(key) for key in keys]


def _told(value: Any) -> str:
    if value is None or value == []:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
