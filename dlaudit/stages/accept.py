"""A finished run becomes the baseline: its figures, and its decisions or values, as one small file."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dlaudit.errors import Stopped, shown
from dlaudit.outputs.one_file import write_file
from dlaudit.record import Accepted, Audit, Verdict
from dlaudit.record.accepted import Baseline, RowsElsewhere, kept_of
from dlaudit.record.accepted_file import dump_baseline
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

    @property
    def copy(self) -> Path | None:
        """Where that copy waits beside its place until the baseline that points at it is about to be written."""
        return self.rows.with_name(f".dlaudit-{self.rows.name}.tmp") if self.rows is not None else None


def write_accepted(
    path: Path, places: Places, judged: tuple[Audit, Verdict | None], taken: Accepted
) -> tuple[Baseline, str]:
    """The baseline that a finished run makes, and its text, written to `path` with the copy of its rows in place.

    What is refused leaves the rows as they are that the baseline in use points at.

    Args:
        path: dlaudit-baseline.json.
        places: Of the run and of the rows.
        judged: The run's audit and verdict.
        taken: When it was accepted and why.

    Raises:
        InputRefused: Rows and figures are of different runs (DLA610).
        Stopped: Rows cannot be copied, or a file not be written (DLA608).
    """
    try:
        made = accepted(places, judged, taken)
        text = dump_baseline(made)
        if made.elsewhere is not None and places.rows is not None and places.copy is not None:
            with _writing(places.rows):
                places.copy.replace(places.rows)
        write_file(path, text)
    finally:
        if places.copy is not None:
            places.copy.unlink(missing_ok=True)
    return made, text


def accepted(places: Places, judged: tuple[Audit, Verdict | None], taken: Accepted) -> Baseline:
    """The baseline that a finished run makes; a copy of its rows waits in `places.copy`.

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
    if places.rows is not None and places.copy is not None:
        with _writing(places.rows):
            shutil.copyfile(path, places.copy)
        return {"elsewhere": _pointer(places.copy, places.rows, len(table), places.beside)}
    return {"elsewhere": _pointer(path, path, len(table), places.beside)}


@contextmanager
def _writing(to: Path) -> Iterator[None]:
    """A fault of the disk, told of the place that is written."""
    try:
        yield
    except OSError as error:
        told = f"{shown(str(to), limit=200)} cannot be written: {error.strerror}"
        raise Stopped("DLA608", told, fix="Free space, or choose another place.") from error


def _pointer(content: Path, place: Path, rows: int, beside: Path) -> RowsElsewhere:
    """The rows in `content`, which will lie at `place`."""
    with content.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    relative = os.path.relpath(place.resolve(), beside.resolve())
    return RowsElsewhere(path=Path(relative).as_posix(), bytes=content.stat().st_size, sha256=digest, rows=rows)
