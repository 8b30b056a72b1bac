"""Faults as annotations of a pull request, and in the summary of the step that they ended."""

import os
from pathlib import Path

import click

from dlaudit.errors import DlauditError, Place

MOST = 10
"""Annotations of one kind that GitHub keeps of a step."""


def tell_github(fault: DlauditError) -> None:
    """Print an annotation for each single fault, at its line, and add a summary where the step has one."""
    from dlaudit.outputs.github import annotation
    from dlaudit.outputs.issues import place_of

    told = fault.parts or (fault,)
    lines = [
        annotation("error", place_of(_in_repository(one.place.file), one.place.line), one.code, _told(one))
        for one in told[:MOST]
    ]
    if len(told) > MOST:
        lines.append(f"{len(told) - MOST} more faults have no annotation; standard error has them all.")
    click.echo("\n".join(lines))
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if not page:
        return
    try:
        _add_summary(Path(page), told, fault.exit_code)
    except OSError as error:
        click.echo(f"note: the step's summary could not be written ({error.strerror or error}).", err=True)


def _told(one: DlauditError) -> str:
    """Place, fault and remedy, without the file, which the annotation stands at."""
    away = type(one)(one.code, one.what, fix=one.fix, place=Place(key=one.place.key), expected=one.expected)
    return " ".join(away.message.split())


def _in_repository(file: str | None) -> str | None:
    """The path from the root of the repository, as annotations want it; of what lies elsewhere, as it is."""
    from dlaudit.spec.extending import project_root

    if not file:
        return None
    try:
        path, root = Path(file).resolve(), project_root(Path.cwd() / "any")
        if not path.exists() and (root / file).exists():  # what a configuration extends is named from the root
            return file
    except (OSError, RuntimeError, ValueError):  # a loop of links, or no path at all
        return file
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file


def _add_summary(page: Path, told: tuple[DlauditError, ...], exit_code: int) -> None:
    """Add a heading and a line for each fault, after what other commands wrote.

    Raises:
        OSError: The file cannot be read or written.
    """
    from dlaudit.outputs.markup import escaped
    from dlaudit.outputs.step_summary import MOST_BYTES
    from dlaudit.outputs.text import line

    lines = ["### \N{CROSS MARK} dlaudit stopped", "", f"Nothing was judged (exit code {exit_code}).", ""]
    lines += [f"- {one.code} {escaped(line(' '.join(one.message.split())))}" for one in told[:MOST]]
    if len(told) > MOST:
        lines.append(f"- {len(told) - MOST} more")
    written = page.stat().st_size if page.exists() else 0
    text = "\n" * bool(written) + "\n".join(lines) + "\n"
    if written + len(text.encode("utf-8")) <= MOST_BYTES:  # of more GitHub shows nothing at all
        with page.open("ab") as out:
            out.write(text.encode("utf-8"))
