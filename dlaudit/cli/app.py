"""The group of commands, imported only when called, and the one place where faults become exit codes."""

import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any

import click

from dlaudit.cli.faults import BUG, Shape, tell_bug, tell_fault, tell_stopped, tell_usage
from dlaudit.cli.helping import EXIT_CODES
from dlaudit.cli.streams import FULL, drop_output, reader_may_leave, settle_streams
from dlaudit.errors import DlauditError, Stopped, nearest, shown
from dlaudit.version import __version__

COMMANDS = {
    "run": "Audit a model (or given scores) and write the report.",
    "init": "Write dlaudit.toml from the model and data at hand.",
    "check": "Check model, data, slices, cost and rules without a run.",
    "gate": "Judge a finished run again by a policy; no model, no torch.",
    "plan": "Say what a policy can decide at given slice sizes, before an audit.",
    "selfcheck": "Say how often a policy fires on slices that are alike by construction.",
    "sign": "Write who reviewed a finished run beside checksums of its files.",
    "verify": "Check a signed run's files against their checksums and judge it again.",
    "report": "Write the report of a finished run again, as PDF too; or an index of many runs.",
    "baseline": "Keep a finished run as the file that later runs are held against.",
    "diff": "Say what changed from one finished run to another.",
    "inspect": "Say what a model file is, without executing it.",
    "demo": "Train the lending example's model and audit it.",
    "schema": "Print the JSON Schema of audit.json, dlaudit.toml or a baseline.",
    "explain": "Say what a DLA code or a metric means.",
    "list": "List metrics, attributors, probes or outputs.",
    "completion": "Print what a shell needs to complete commands, options and files.",
}


JUDGING = {"run", "gate", "diff", "check", "sign", "verify"}
"""Commands whose exit code 0 says that something holds: a reader who leaves early must not bring it about."""
STOPPED = 5


class LazyGroup(click.Group):
    """Commands whose modules are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"dlaudit.cli.{cmd_name}_command").command
        if "_DLAUDIT_COMPLETE" not in os.environ:
            return found
        from dlaudit.cli.completion_command import with_files

        return with_files(found)

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """The context of a call; a reader who leaves --help early is content."""
        with reader_may_leave():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; a reader who leaves early is content, but for commands that judge."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            drop_output()
            # a verdict that nobody read is told by tell_verdict; anything else that judges has not finished
            raise click.exceptions.Exit(STOPPED if ctx.invoked_subcommand in JUDGING else 0) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named first, or a usage error with the nearest name."""
        if args and args[0] not in COMMANDS:
            near = nearest(args[0], COMMANDS) or f" There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"there is no command {shown(args[0])}.{near}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and one line each, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES,
    invoke_without_command=True,
)
@click.version_option(__version__, "-V", "--version", message="dlaudit %(version)s")
@click.pass_context
def app(ctx: click.Context) -> None:
    """Audit a deep model: who is treated differently, how sure that is, and through which inputs.

    \b
    dlaudit run model.pt2 --data test.csv --target approved --sensitive race,sex
    dlaudit run --scores preds.csv --score p --target y --sensitive sex
    dlaudit gate dlaudit-report --config dlaudit.toml
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run_cli(arguments: list[str]) -> int:
    """Run the command line and return its exit code; every fault is told on stderr, never as a traceback.

    With `--format json` a fault is one JSON document on stdout as well, with `--format github` an annotation.
    """
    settle_streams()
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:2], "--help"]
    shape = _shape(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # under nohup it stays ignored
        signal.signal(signal.SIGHUP, _terminated)
    try:
        code = app.main(args=arguments, prog_name="dlaudit", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.UsageError as fault:
        return tell_usage(fault, shape)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return tell_stopped("DLA701", "interrupted", 130, shape)
    except _Terminated:
        return tell_stopped("DLA702", "terminated", 143, shape)
    except BrokenPipeError:
        drop_output()
        return STOPPED if JUDGING & set(arguments[:1]) else 0
    except DlauditError as fault:
        return tell_fault(fault, shape)
    except OSError as fault:
        if fault.errno in FULL:
            drop_output()
            return tell_fault(
                Stopped("DLA608", "there is no room left to write", fix="Free some space and run again."), "text"
            )
        tell_bug(fault, shape)
        return BUG
    except Exception as bug:  # noqa: BLE001 - the last resort: a bug of ours, told as one, exit 70
        tell_bug(bug, shape)
        return BUG


class _Terminated(BaseException):
    """SIGTERM arrived, or the terminal went away."""


def _terminated(number: int, frame: FrameType | None) -> None:
    raise _Terminated


def _shape(arguments: list[str]) -> Shape:
    written = " ".join(arguments)
    shapes: tuple[Shape, ...] = ("json", "github")
    for shape in shapes:
        if any(f"{flag}{shape}" in written for flag in ("--format ", "--format=", "-f ", "-f")):
            return shape
    return "text"
