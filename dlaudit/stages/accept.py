"""A finished run becomes the baseline: its figures, and its decisions or values, as one small file."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dlaudit.errors import Stopped, shown
from dlaudit.record import Accepted, Audit, Verdict
from dlaudit.record.accepted import Baseline, RowsElsewhere, kept_of
from dlaudit.stages.decisions import NotPacked, packed
from dlaudit.stages.kept_rows import PREDICTIONS


@dataclass(frozen=True)
class Places:
    """Where things lie."""

    run: Path
    """Directory of the finished run."""
    beside: Path
    """Folder of the baseline, which a pointer to rows is relative to."""
    rows: Path | None = None
    """Where a copy of the rows goes that do not fit into the baseline; None to point at the run's own."""


def accepted(places: Places, judged: tuple[Audit, Verdict | None], taken: Accepted) -> Baseline:
    """The baseline that a finished run makes.

    Args:
        places: Of the run and of the baseline.
        judged: The run's audit and verdict.
        taken: When it was accepted and why.

    Raises:
        Stopped: Rows cannot be copied (DLA608).
    """
    audit, verdict = judged
    try:
        rows = _rows(places, audit)
    except NotPacked as why:
        rows = {"no_rows": str(why)}
    outcome = verdict.outcome if verdict is not None else "none"
    return Baseline.model_validate({"accepted": taken, "outcome": outcome, "audit": kept_of(audit), **rows})


def _rows(places: Places, audit: Audit) -> dict[str, object]:
    """What was decided, or where the rows lie.

    Raises:
        NotPacked: There is neither.
    """
    path = places.run / PREDICTIONS
    if audit.suppression is not None:
        raise NotPacked("the run leaves out small counts, and decisions of single rows would tell them")
    if audit.data.pairs is not None:
        raise NotPacked("its rows are pairs, which are not compared one by one")
    if not path.is_file():
        raise NotPacked(f"the run kept no rows ({PREDICTIONS})")
    try:
        table = pq.ParquetFile(path).read()
        table.validate(full=True)
        made = packed(table, audit)
    except (pa.ArrowException, OSError) as error:
        told = shown(str(error).split("\n", 1)[0], limit=160, quote=False)
        raise NotPacked(f"{PREDICTIONS} cannot be read ({told})") from error
    if made is not None:
        return {"packed": made}
    if places.rows is not None:
        path = _copied(path, places.rows)
    return {"elsewhere": _pointer(path, len(table), places.beside)}


def _copied(path: Path, to: Path) -> Path:
    """The rows at a place that no run writes to; what was there before stays until the copy is complete."""
    made = to.with_name(f".dlaudit-{to.name}.tmp")
    try:
        shutil.copyfile(path, made)
        made.replace(to)
    except OSError as error:
        made.unlink(missing_ok=True)
        told = f"{shown(str(to), limit=200)} cannot be written: {error.strerror}"
        raise Stopped("DLA608", told, fix="Free space, or choose another place.") from error
    return to


def _pointer(path: Path, rows: int, beside: Path) -> RowsElsewhere:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    relative = os.path.relpath(path.resolve(), beside.resolve())
    return RowsElsewhere(path=Path(relative).as_posix(), bytes=path.stat().st_size, sha256=digest, rows=rows)
