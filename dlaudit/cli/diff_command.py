"""`dlaudit diff`: what changed from one finished run to another."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlaudit.cli.looks import chosen_look, speaking_of

if TYPE_CHECKING:
    from dlaudit.record import Audit, RunComparison, Verdict
    from dlaudit.spec import Policy


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--html", "page", metavar="FILE", help="Write the comparison as a page.")
@click.option("--language", metavar="FILE", help="Translations, a .mo file [report.language of dlaudit.toml].")
@click.option("--config", metavar="FILE", help="The runs' configuration [dlaudit.toml here or above].")
@click.option("--exit-zero", is_flag=True, help="Exit 0 where rules on a drop would give 1 or 4.")
@click.option("-f", "--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
def command(old: str, new: str, config: str | None, shape: str, **flags: Any) -> int:
    """Say what changed from the finished run in OLD to the finished run in NEW.

    \b
    dlaudit diff release-1 release-2
    dlaudit diff release-1 release-2 --html changes.html

    Where both runs kept their rows and scored the same ones, gaps are compared row by row (paired), which finds
    smaller changes; else from the figures of both audits, which is said. No model runs. OLD may be a
    dlaudit-baseline.json. Where the configuration has rules with max_drop (or OLD is an accepted baseline, which brings
    its own) they are judged: 1 where something got worse than allowed, 4 where that cannot be told. Else exits 0.
    """
    from dlaudit.audit import run
    from dlaudit.record.files import read
    from dlaudit.spec import find_config, load_config
    from dlaudit.stages.diff import compare_runs

    found_config = config or find_config(Path.cwd())
    spec = load_config(found_config, {}).spec
    found = compare_runs(old, new, spec, run)
    audit = read(new)[0]
    verdict = _verdict(audit, found, spec.policy)

    from dlaudit.cli.streams import echo_json
    from dlaudit.cli.told import exit_code
    from dlaudit.outputs.diff import diff_text, drop_lines, render_diff

    page = flags["page"]
    with speaking_of(chosen_look(None, language=flags["language"] or spec.report.language)):
        if page is not None:
            from dlaudit.outputs.one_file import write_file

            write_file(Path(page), render_diff(found, audit))
        told = diff_text(found, audit) + ("" if verdict is None else drop_lines(verdict))
    if shape == "json":
        judged = None if verdict is None else verdict.model_dump(mode="json")
        echo_json({**found.model_dump(mode="json"), "verdict": judged})
    else:
        click.echo(told, nl=False)
        if page is not None:
            click.echo(f"\npage       {page}")
    return 0 if verdict is None else exit_code(verdict, exit_zero=flags["exit_zero"])


def _verdict(audit: "Audit", found: "RunComparison", policy: "Policy") -> "Verdict | None":
    """How the rules on a drop judge the comparison; None where there are none."""
    from dlaudit.gate import judge
    from dlaudit.gate.change_rules import with_change_rules

    compared = audit.model_copy(update={"baseline": found.model_copy(update={"new": None})})
    rules = [rule for rule in with_change_rules(compared, policy).rules if rule.max_drop is not None]
    names = {rule.name for rule in rules}
    metrics = {name for rule in rules for name in (rule.base_metric, rule.metric)}
    waivers = [one for one in policy.waivers if one.rule in names or (one.rule is None and one.metric in metrics)]
    return judge(compared, policy.model_copy(update={"rules": rules, "waivers": waivers})) if rules else None
