"""How a fault is told: one message on stderr, one JSON document on stdout if that was asked for."""

import json
import sys
import traceback
from typing import Any

import click

from dlaudit.errors import DlauditError

BUG = 70


def tell_fault(fault: DlauditError, as_json: bool) -> int:
    """Tell a fault of the input or its use; its exit code."""
    click.echo(f"dlaudit: {fault.code} {fault.message}", err=True)
    if as_json:
        _document(fault.as_dict())
    return fault.exit_code


def tell_usage(fault: click.UsageError, as_json: bool) -> int:
    """Tell a wrong flag; exit code 2."""
    click.echo(f"dlaudit: DLA101 {fault.format_message()}", err=True)
    if fault.ctx is not None:
        click.echo(f"Try '{fault.ctx.command_path} --help'.", err=True)
    if as_json:
        _document({"code": "DLA101", "message": fault.format_message(), "hint": "See --help."})
    return 2


def tell_bug(bug: BaseException, as_json: bool) -> None:
    """Tell a bug of ours: where it happened, not what values were there (they may be personal data)."""
    click.echo(f"dlaudit: a bug in dlaudit ({type(bug).__name__}), please report these lines:", err=True)
    for frame in traceback.extract_tb(bug.__traceback__):
        click.echo(f"  {frame.filename}:{frame.lineno} {frame.name}", err=True)
    if "-vv" in sys.argv:
        click.echo("".join(traceback.format_exception(bug)), err=True)
    else:
        click.echo("Run again with -vv for the values.", err=True)
    if as_json:
        _document({"code": "DLA700", "message": f"a bug in dlaudit ({type(bug).__name__})", "hint": "Report it."})


def _document(error: dict[str, Any]) -> None:
    click.echo(json.dumps({"ok": False, "error": error}, allow_nan=False))
