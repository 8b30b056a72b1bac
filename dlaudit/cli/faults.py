"""How a fault is told: one message on stderr; on stdout one JSON document, or GitHub's annotations, if asked for."""

import sys
import traceback
from typing import Any, Literal

import click

from dlaudit.cli.streams import drop_output, echo_json
from dlaudit.errors import DlauditError, UsageError

BUG = 70
Shape = Literal["text", "json", "github"]
"""What `--format` asked for, as far as faults differ by it."""


def tell_fault(fault: DlauditError, shape: Shape) -> int:
    """Tell a fault of the input or its use; its exit code."""
    try:
        click.echo(f"dlaudit: {fault.code} {fault.message}", err=True)
        if shape == "json":
            _document(fault.as_dict())
        if shape == "github":
            from dlaudit.cli.github_faults import tell_github

            tell_github(fault)
    except BrokenPipeError:  # nobody reads it; the exit code still tells
        drop_output()
    return fault.exit_code


def tell_usage(fault: click.UsageError, shape: Shape) -> int:
    """Tell a wrong flag; exit code 2."""
    what = " ".join(fault.format_message().split())
    help_of = fault.ctx.command_path if fault.ctx is not None else "dlaudit"
    return tell_fault(UsageError("DLA101", what, fix=f"See '{help_of} --help'."), shape)


def tell_stopped(code: str, how: str, exit_code: int, shape: Shape) -> int:
    """Tell that a signal ended the run; its exit code."""
    click.echo(f"dlaudit: {how}; no half-written report is left", err=True)
    if shape == "json":
        _document(DlauditError(code, how, fix="Run again.").as_dict())
    return exit_code


def tell_bug(bug: BaseException, shape: Shape) -> None:
    """Tell a bug of ours: where it happened, not what values were there (they may be personal data)."""
    click.echo(f"dlaudit: a bug in dlaudit ({type(bug).__name__}), please report these lines:", err=True)
    for frame in traceback.extract_tb(bug.__traceback__):
        click.echo(f"  {frame.filename}:{frame.lineno} {frame.name}", err=True)
    if "-vv" in sys.argv:
        click.echo("".join(traceback.format_exception(bug)), err=True)
    else:
        click.echo("Run again with -vv for the values.", err=True)
    if shape == "json":
        _document(DlauditError("DLA700", f"a bug in dlaudit ({type(bug).__name__})", fix="Report it.").as_dict())


def _document(error: dict[str, Any]) -> None:
    echo_json({"ok": False, "error": error})
