"""Options that several commands have alike."""

import datetime
from collections.abc import Callable
from typing import Any

import click

from dlaudit.errors import UsageError, shown

Decorated = Callable[..., Any]


def split_names(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> list[str]:
    """Names given with commas, by repeating the option, or both.

    Raises:
        BadParameter: The option was given, and names nothing.
    """
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    if values and not names:
        raise click.BadParameter(f"it names no {'method' if param.name == 'explain' else 'column'}.", ctx, param)
    return names


def day_of(text: str | None) -> datetime.date | None:
    """The day that `--on` names; None where it is not given.

    Raises:
        UsageError: It is no date (DLA101).
    """
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "DLA101", f"--on {shown(text)} is not a day", expected="a date, as 2026-12-31", fix="Write year-month-day."
        ) from error


def column_options(command: Decorated) -> Decorated:
    """`--target`, `--sensitive`, `--demographics`, `--join`."""
    return _with(
        command,
        click.option(
            "--target", metavar="COL", multiple=True, callback=split_names, help="Label column; several for multilabel."
        ),
        click.option(
            "--sensitive", metavar="COL", multiple=True, callback=split_names, help="Demographic columns, with commas."
        ),
        click.option("--demographics", metavar="FILE", help="A second file with the sensitive columns."),
        click.option("--join", metavar="COL", help="Column that joins it, in both files."),
    )


def policy_options(command: Decorated) -> Decorated:
    """`--rule`, `--config`, `--no-config`, `--set`."""
    return _with(
        command,
        click.option("--rule", multiple=True, metavar="RULE", help="'METRIC.KIND by COL <= LIMIT'; repeatable."),
        click.option("--config", metavar="FILE", help="Policy and settings [dlaudit.toml here or above]."),
        click.option("--no-config", is_flag=True, help="Ignore a dlaudit.toml here or above."),
        click.option(
            "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of dlaudit.toml; repeatable."
        ),
    )


def answer_options(command: Decorated) -> Decorated:
    """`--format text|json`, `--progress`, `--quiet`, `--verbose`."""
    shapes, progress = click.Choice(["text", "json"]), click.Choice(["auto", "plain", "none"])
    return _with(
        command,
        click.option(
            "-f", "--format", "shape", type=shapes, default="text", help="What goes to standard output [text]."
        ),
        click.option("--progress", type=progress, default="auto", help="On standard error [auto]."),
        click.option("-q", "--quiet", is_flag=True, help="No progress; only the answer and faults."),
        click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback."),
    )


def _with(command: Decorated, *options: Callable[[Decorated], Decorated]) -> Decorated:
    for option in reversed(options):
        command = option(command)
    return command
