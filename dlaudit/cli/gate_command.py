"""`dlaudit gate`: judge a finished run again."""

import time
from pathlib import Path
from typing import Any

import click

from dlaudit.cli.helping import EXIT_CODES
from dlaudit.errors import UsageError


@click.command("gate", epilog=EXIT_CODES)
@click.argument("run", metavar="RUN")
@click.option("--config", metavar="FILE", help="Policy [dlaudit.toml here or above].")
@click.option("--rule", multiple=True, metavar="RULE", help="'METRIC.KIND by COL <= LIMIT'; repeatable.")
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
def command(run: str, config: str | None, rule: tuple[str, ...], **flags: Any) -> int:
    """Judge the finished run in RUN by the rules of the configuration and of --rule.

    \b
    dlaudit gate dlaudit-report --config dlaudit.toml
    dlaudit gate dlaudit-report --rule 'true_positive_rate.difference by sex <= 0.1'

    The model does not run again and torch is not imported. The run's files are left as they are.
    """
    from dlaudit.cli.told import exit_code, tell_suppressed, tell_verdict
    from dlaudit.gate import check_policy, judge
    from dlaudit.record.files import read
    from dlaudit.record.privacy import suppressed
    from dlaudit.spec import AuditSpec, Policy, Rule, find_config, load_config

    started = time.monotonic()
    path = config or find_config(Path.cwd())
    spec = load_config(path).spec if path else AuditSpec()
    rules = [*spec.rule, *(Rule.parse(text) for text in rule)]
    if not rules:
        raise UsageError(
            "DLA106",
            "there is no rule to judge by",
            expected="a [[rule]] in the configuration, or --rule",
            fix="For example --rule 'selection_rate.ratio by race >= 0.8'.",
        )
    policy = Policy(rules=rules)
    check_policy(policy)
    audit, stored = read(run)
    verdict = judge(audit, policy)
    if not flags["quiet"]:
        tell_suppressed(audit, stored)
        shown, told = suppressed(audit, verdict, 0 if audit.suppression else spec.report.small_cells)
        tell_verdict(shown, told or verdict, flags, out=None, seconds=time.monotonic() - started)
    return exit_code(verdict, exit_zero=flags["exit_zero"])
