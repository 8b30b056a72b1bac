"""What a command prints at its end, and the exit code that a verdict gives."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from dlaudit.cli.streams import drop_output, echo_json
from dlaudit.record import Audit, Verdict
from dlaudit.record.files import to_document

_CODES = {"pass": 0, "none": 0, "fail": 1, "undecided": 4}


def exit_code(verdict: Verdict, *, exit_zero: bool = False) -> int:
    """0 passed or not judged, 1 failed, 4 undecided; `exit_zero` makes 1 and 4 to 0."""
    return 0 if exit_zero else _CODES[verdict.outcome]


def tell_verdict(audit: Audit, verdict: Verdict, flags: dict[str, Any], *, out: Path | None, seconds: float) -> None:
    """Print the verdict in the shape that `--format` asks for; a reader who leaves does not change it."""
    try:
        _print(audit, verdict, flags, out, seconds)
    except BrokenPipeError:
        drop_output()


def tell_suppressed(audit: Audit, stored: Verdict | None) -> None:
    """Say on standard error what a suppressed audit cannot be judged by; nothing of one that shows everything."""
    if audit.suppression is None:
        return
    earlier = f" Judged on all figures when it was written: {stored.outcome}." if stored is not None else ""
    click.echo(
        f"note: this audit tells no count of fewer than {audit.suppression.least} people; rules over slices that are "
        f"not shown stay undecided.{earlier}",
        err=True,
    )


def _print(audit: Audit, verdict: Verdict, flags: dict[str, Any], out: Path | None, seconds: float) -> None:
    from dlaudit.outputs.registry import OUTPUTS
    from dlaudit.outputs.terminal import terminal_summary

    match flags["shape"]:
        case "json":
            echo_json(to_document(audit, verdict))
        case "md":
            click.echo(OUTPUTS.get("markdown").render(audit, verdict))
        case shape:
            width = shutil.get_terminal_size((80, 24)).columns
            text = terminal_summary(
                audit,
                verdict,
                width=max(40, min(width, 120)),
                color=shape == "text" and _colored(flags),
                report_path=str(out / "report.html") if out is not None else None,
                elapsed=seconds,
            )
            click.echo(text)
            if shape == "github":
                _tell_github(audit, verdict)


def _tell_github(audit: Audit, verdict: Verdict) -> None:
    """Annotations on standard output, where the runner reads them, and the summary on the run's page."""
    from dlaudit.outputs.registry import OUTPUTS
    from dlaudit.outputs.step_summary import add_step_summary

    if annotations := OUTPUTS.get("github").render(audit, verdict):
        click.echo(annotations)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if not page:
        return
    try:
        added = add_step_summary(Path(page), audit, verdict)
    except OSError as error:
        click.echo(f"note: the step's summary could not be written ({error.strerror or error}).", err=True)
    else:
        if not added:
            click.echo("note: the step's summary has no room left (1 MiB); summary.md holds ours.", err=True)


def _colored(flags: dict[str, Any]) -> bool:
    wanted = not flags.get("no_color") and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and (sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR")))
