"""The index page over many runs: an organisation's model inventory."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from dlaudit.errors import InputRefused, Place, UsageError
from dlaudit.outputs.catalogue_inventory import FAULT, TITLE
from dlaudit.outputs.html import shell
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.inventory import Run, inventory
from dlaudit.record.files import AUDIT_FILE, read

DEPTH = 2
"""Levels below a directory in which runs are looked for."""


def runs_in(places: Sequence[str], out: Path) -> list[Run]:
    """The runs in directories and two levels below them, in the order of their paths.

    Args:
        places: Directories.
        out: Where the index will stand; links lead from there.

    Raises:
        UsageError: A directory is missing, or none of them holds a run (DLA111).
    """
    found: dict[Path, Run] = {}
    for place in places:
        if not Path(place).is_dir():
            raise UsageError("DLA111", "there is no such directory", place=Place(file=place), fix="Give directories.")
        for folder, fault in _folders(Path(place)):
            run = Run(place=str(folder), href=None, fault=fault) if fault else _run(folder, out)
            found.setdefault(folder.resolve(), run)
    if not found:
        raise UsageError(
            "DLA111",
            "there is no finished run here",
            place=Place(file=", ".join(places)),
            expected=f"directories with {AUDIT_FILE}, at most {DEPTH} levels down",
            fix="Give the directory that holds what `dlaudit run --out DIR` wrote.",
        )
    return list(found.values())


def render_inventory(runs: list[Run]) -> str:
    """The index as one HTML document."""
    return shell("index.html.j2", more=("pages.css",), page=inventory(runs), title=_(TITLE))


def _folders(place: Path, depth: int = DEPTH) -> Iterator[tuple[Path, str]]:
    """Directories that hold a run, and those that cannot be looked into, with the reason; what lies inside a run is no
    run.
    """
    try:
        is_run = (place / AUDIT_FILE).is_file()
        within = sorted(below for below in place.iterdir() if _is_looked_into(below)) if not is_run and depth else []
    except OSError as error:
        yield place, _(FAULT).format(reason=error.strerror)
        return
    if is_run:
        yield place, ""
    for below in within:
        yield from _folders(below, depth - 1)


def _is_looked_into(below: Path) -> bool:
    return not below.name.startswith(".") and not below.is_symlink() and below.is_dir()


def _run(folder: Path, out: Path) -> Run:
    report = folder / "report.html"
    link = os.path.relpath(report.resolve(), out.resolve().parent)
    href = "./" + quote(Path(link).as_posix()) if report.is_file() else None
    try:
        audit, verdict = read(folder)
    except InputRefused as error:
        return Run(place=str(folder), href=None, fault=f"{error.what}. {error.fix}")
    return Run(place=str(folder), href=href, audit=audit, verdict=verdict)
