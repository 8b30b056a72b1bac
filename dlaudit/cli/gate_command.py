"""`dlaudit gate`: judge a finished run again."""

import datetime
import time
from pathlib import Path
from typing import Any

import click

from dlaudit.cli.helping import EXIT_CODES
from dlaudit.errors import UsageError, shown


@click.command("gate", epilog=EXIT_CODES)
@click.argument("run", metavar="RUN")
@click.option("--config", metavar="FILE", help="Policy [dlaudit.toml here or above].")
@click.option("--rule", multiple=True, metavar="RULE", help="'METRIC.KIND by COL <= LIMIT'; repeatable.")
@click.option("--profile", multiple=True, metavar="NAME", help="Rules of `dlaudit list profiles`; repeatable.")
@click.option("--on", metavar="DAY", help="Judge waivers as of this day, as 2026-12-31 [today, UTC].")
@click.option("--exit-zero", is_flag=True, help="Exit 0 where the verdict would give 1 or 4.")
@click.option(
    "-f",
    "--format",
    "shape",
    type=click.Choice(["text", "json", "md", "github"]),
    default="text",
    help="What goes to standard output [text].",
)
@click.option("-q", "--quiet", is_flag=True, help="Only the exit code.")
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
@click.option("--no-color", is_flag=True, help="No colour (also NO_COLOR).")
def command(run: str, config: str | None, **flags: Any) -> int:
    """Judge the finished run in RUN by the rules of the configuration, of --profile and of --rule.

    \b
    dlaudit gate dlaudit-report --config dlaudit.toml
    dlaudit gate dlaudit-report --rule 'true_positive_rate.difference by sex <= 0.1'

    The model does not run again and torch is not imported. The run's files are left as they are.
    """
    from dlaudit.cli.looks import chosen_look, speaking_of
    from dlaudit.cli.run_spec import added_policy
    from dlaudit.cli.told import exit_code, tell_suppressed, tell_verdict
    from dlaudit.gate import check_policy, judge
    from dlaudit.record.files import read
    from dlaudit.record.privacy import suppressed
    from dlaudit.spec import find_config, load_config

    started, today = time.monotonic(), _day(flags["on"])
    spec = load_config(config or find_config(Path.cwd()), {}, added_policy(flags["rule"], flags["profile"])).spec
    policy = spec.policy
    if not policy.rules:
        raise UsageError(
            "DLA106",
            "there is no rule to judge by",
            expected="a [[rule]] in the configuration, --rule, or a --profile that has rules",
            fix="For example --rule 'selection_rate.ratio by race >= 0.8'.",
        )
    check_policy(policy)
    audit, stored = read(run)
    verdict = judge(audit, policy, today=today)
    if not flags["quiet"]:
        tell_suppressed(audit, stored)
        shown, told = suppressed(audit, verdict, 0 if audit.suppression else spec.report.small_cells)
        with speaking_of(chosen_look(None, language=spec.report.language)):
            tell_verdict(shown, told or verdict, flags, out=None, seconds=time.monotonic() - started)
    return exit_code(verdict, exit_zero=flags["exit_zero"])


def _day(text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "DLA101", f"--on {shown(text)} is not a day", expected="a date, as 2026-12-31", fix="Write year-month-day."
        ) from error
