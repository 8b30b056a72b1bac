"""`dlaudit gate`: judge a finished run again."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlaudit.cli.helping import EXIT_CODES, PatientCommand
from dlaudit.cli.options import day_of
from dlaudit.errors import UsageError

if TYPE_CHECKING:
    from dlaudit.record import Audit
    from dlaudit.spec import AuditSpec


@click.command("gate", cls=PatientCommand, epilog=EXIT_CODES)
@click.argument("run", metavar="RUN")
@click.option("--config", metavar="FILE", help="Policy [dlaudit.toml here or above].")
@click.option("--no-config", is_flag=True, help="Ignore a dlaudit.toml here or above.")
@click.option("--rule", multiple=True, metavar="RULE", help="'METRIC.KIND by COL <= LIMIT'; repeatable.")
@click.option("--profile", multiple=True, metavar="NAME", help="Rules of `dlaudit list profiles`; repeatable.")
@click.option("--baseline", metavar="RUN", help="An earlier run, or dlaudit-baseline.json; `none` for none.")
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

    The model does not run again and torch is not imported. The run's files are left as they are. The run is compared
    with the baseline of --baseline or of the configuration, else with the one that it was compared with.
    """
    from dlaudit.cli.baseline_asked import must_not_be_blank, told_of_baseline
    from dlaudit.cli.looks import chosen_look, speaking_of
    from dlaudit.cli.run_spec import added_policy
    from dlaudit.cli.told import exit_code, tell_suppressed, tell_verdict
    from dlaudit.gate import check_policy, judge
    from dlaudit.gate.change_rules import with_change_rules
    from dlaudit.record.files import read
    from dlaudit.record.privacy import suppressed
    from dlaudit.spec import find_config, load_config

    started, today = time.monotonic(), day_of(flags["on"])
    found = config or (None if flags["no_config"] else find_config(Path.cwd()))
    named = flags["baseline"]
    must_not_be_blank(named)
    given = {} if named is None else {"baseline": {"path": None if named == "none" else named}}
    configured = load_config(found, given, added_policy(flags["rule"], flags["profile"]))
    spec = configured.spec
    check_policy(spec.policy)
    audit, stored = read(run)
    audit = told_of_baseline(_compared(audit, run, spec, named), configured)
    policy = with_change_rules(audit, spec.policy)
    if not policy.rules:
        raise UsageError(
            "DLA106",
            "there is no rule to judge by",
            expected="a [[rule]] in the configuration, --rule, or a --profile that has rules",
            fix="For example --rule 'selection_rate.ratio by race >= 0.8'.",
        )
    verdict = judge(audit, policy, today=today)
    if not flags["quiet"]:
        tell_suppressed(audit, stored)
        shown, told = suppressed(audit, verdict, 0 if audit.suppression else spec.report.small_cells)
        with speaking_of(chosen_look(None, language=spec.report.language)):
            tell_verdict(shown, told or verdict, flags, out=None, seconds=time.monotonic() - started)
    return exit_code(verdict, exit_zero=flags["exit_zero"])


def _compared(audit: "Audit", run: str, spec: "AuditSpec", given: str | None) -> "Audit":
    """The audit with its comparison with the baseline that is asked for; as it is where none is."""
    if given == "none":
        return audit.model_copy(update={"baseline": None})
    place = given or spec.baseline.path
    if place is None:
        return audit

    from dlaudit.audit import run as auditing
    from dlaudit.stages.baseline import against_baseline, is_compared_with

    if is_compared_with(audit, place):
        return audit

    named = spec.model_copy(update={"baseline": spec.baseline.model_copy(update={"path": place})})
    return against_baseline(audit, run, named, auditing)
