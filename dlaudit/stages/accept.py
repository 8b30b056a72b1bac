"""A finished run becomes the baseline: its figures and decisions as one small file."""

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dlaudit.errors import shown
from dlaudit.record import Accepted, Audit, Verdict
from dlaudit.record.accepted import Baseline, RowsElsewhere, kept_of
from dlaudit.stages.decisions import NotPacked, packed
from dlaudit.stages.kept_rows import PREDICTIONS


def accepted(run: Path, judged: tuple[Audit, Verdict | None], taken: Accepted, beside: Path) -> Baseline:
    """The baseline that the finished run in `run` makes.

    Args:
        run: Its directory.
        judged: Its audit and verdict.
        taken: When it was accepted and why.
        beside: Folder of the file, which a pointer to rows is relative to.
    """
    audit, verdict = judged
    bare = Baseline(accepted=taken, outcome=verdict.outcome if verdict is not None else "none", audit=kept_of(audit))
    try:
        return bare.model_copy(update=_rows(run / PREDICTIONS, audit, beside))
    except NotPacked as why:
        return bare.model_copy(update={"no_rows": str(why)})


def _rows(path: Path, audit: Audit, beside: Path) -> dict[str, object]:
    """The decisions, or where the rows lie.

    Raises:
        NotPacked: There is neither.
    """
    if audit.suppression is not None:
        raise NotPacked("the run leaves out small counts, and decisions of single rows would tell them")
    if not path.is_file():
        raise NotPacked(f"the run kept no rows ({PREDICTIONS})")
    try:
        table = pq.ParquetFile(path).read()
        table.validate(full=True)
        made = None if audit.model.task == "regression" else packed(table, audit)
    except (pa.ArrowException, OSError) as error:
        told = shown(str(error).split("\n", 1)[0], limit=160, quote=False)
        raise NotPacked(f"{PREDICTIONS} cannot be read ({told})") from error
    return {"packed": made} if made is not None else {"elsewhere": _pointer(path, len(table), beside)}


def _pointer(path: Path, rows: int, beside: Path) -> RowsElsewhere:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    relative = os.path.relpath(path.resolve(), beside.resolve())
    return RowsElsewhere(path=Path(relative).as_posix(), bytes=path.stat().st_size, sha256=digest, rows=rows)
