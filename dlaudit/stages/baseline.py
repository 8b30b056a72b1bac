"""A run and the earlier run that it names: what changed since, as part of its own audit."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dlaudit.record.files import read
from dlaudit.spec import BaselineSpec
from dlaudit.stages.diff import Auditing, RunSide, changes_since
from dlaudit.stages.request import Audited, Request


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
    old = RunSide(place, *read(place))
    bare = replace(request, spec=request.spec.model_copy(update={"baseline": BaselineSpec()}))
    with _rows_folder(request.keep, wanted=old.has_rows) as keep:
        audited = audit(replace(bare, keep=keep))
        request.progress.stage("compare")
        new = RunSide(str(keep or ""), audited.audit, None)
        found = changes_since(old, new, bare.spec, audit).model_copy(update={"new": None})
        request.progress.close()
    compared = audited.audit.model_copy(update={"baseline": found})
    return replace(audited, audit=compared, predictions=audited.predictions if request.keep is not None else None)


@contextmanager
def _rows_folder(kept: Path | None, *, wanted: bool) -> Iterator[Path | None]:
    """The folder that keeps the rows anyway; else one for as long as they are compared."""
    if kept is not None or not wanted:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="dlaudit-rows-") as folder:
        yield Path(folder)
