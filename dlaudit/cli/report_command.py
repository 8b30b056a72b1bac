"""`dlaudit report`: write the files of a finished run again, as PDF too; or an index of many runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlaudit.cli.looks import chosen_look, speaking_of
from dlaudit.errors import Place, UsageError

if TYPE_CHECKING:
    from dlaudit.record import Audit, Verdict
    from dlaudit.spec import AuditSpec


@click.command("report")
@click.argument("runs", metavar="RUN", nargs=-1, required=True)
@click.option(
    "--out", metavar="DIR", help="Where the files go [RUN itself]; with --index the page [dlaudit-index.html]."
)
@click.option("--pdf", is_flag=True, help="Write report.pdf too; needs Chromium, Chrome or Edge.")
@click.option("--no-examples", is_flag=True, help="Leave out single rows that the run holds.")
@click.option("--print", "output", metavar="NAME", help="Print one output of `dlaudit list outputs`; write nothing.")
@click.option("--index", is_flag=True, help="One page over all runs in the directories RUN.")
@click.option("--templates", metavar="DIR", help="Your own templates [report.templates of dlaudit.toml].")
@click.option("--language", metavar="FILE", help="Translations, a .mo file [report.language of dlaudit.toml].")
def command(runs: tuple[str, ...], out: str | None, index: bool, **flags: Any) -> int:
    """Write the report and the other files of the finished run in RUN again, from its audit.json.

    \b
    dlaudit report dlaudit-report
    dlaudit report dlaudit-report --pdf
    dlaudit report dlaudit-report --out published
    dlaudit report dlaudit-report --print model-card > README.md
    dlaudit report --index models/ --out models.html

    The model does not run again and torch is not imported. Per-row files stay where they are. Small counts are left
    out where a dlaudit.toml here or above says so (report.small_cells); then --out is needed. --index reads every run
    in RUN and two levels below it, and links to their reports.
    """
    if index:
        if flags["pdf"] or flags["templates"] or flags["output"]:
            what = "--index was given with --pdf, --templates or --print"
            raise UsageError("DLA101", what, fix="Leave one of them out.")
        return _index(runs, Path(out or "dlaudit-index.html"), flags["language"])
    if len(runs) > 1:
        raise UsageError("DLA101", f"{len(runs)} runs were given", expected="one", fix="Or add --index.")
    return _again(runs[0], out, flags)


def _again(run: str, out: str | None, flags: dict[str, Any]) -> int:
    from dlaudit.record.files import read
    from dlaudit.record.privacy import suppressed
    from dlaudit.spec import find_config, load_config

    audit, verdict = read(run)
    audit = audit.without_examples() if flags["no_examples"] else audit
    path = find_config(Path.cwd())
    spec = load_config(path).spec if path else None
    least = spec.report.small_cells if spec and audit.suppression is None else 0

    if flags["output"]:
        _print_one(flags, spec, suppressed(audit, verdict, least))
        return 0

    from dlaudit.outputs.directory import check_out
    from dlaudit.stages.write import rewrite_files

    source = Path(run) if Path(run).is_dir() else Path(run).parent
    target = Path(out) if out else source
    if least > 1 and target.resolve() == source.resolve():
        raise UsageError(
            "DLA110",
            f"report.small_cells = {least} would replace the figures of this run by fewer",
            place=Place(file=str(source)),
            fix="Give --out DIR for the report that is published.",
        )
    check_out(target, [])
    look = chosen_look(spec, flags["templates"], flags["language"])
    with speaking_of(look):
        rewrite_files(
            target,
            suppressed(audit, verdict, least),
            rows_from=source if target == source else None,
            look=look,
            pdf=flags["pdf"],
        )
    click.echo(f"report: {target / ('report.pdf' if flags['pdf'] else 'report.html')}")
    return 0


def _print_one(flags: dict[str, Any], spec: "AuditSpec | None", judged: "tuple[Audit, Verdict | None]") -> None:
    """One output on standard output."""
    from dlaudit.outputs.registry import OUTPUTS

    chosen = OUTPUTS.get(flags["output"])
    with speaking_of(chosen_look(spec, flags["templates"], flags["language"])):
        click.echo(chosen.render(*judged), nl=False)


def _index(places: tuple[str, ...], out: Path, language: str | None) -> int:
    from dlaudit.outputs.inventory import render_inventory, runs_in
    from dlaudit.outputs.one_file import write_file

    runs = runs_in(places, out)
    with speaking_of(chosen_look(None, language=language)):
        write_file(out, render_inventory(runs))
    unread = sum(run.audit is None for run in runs)
    told = f"{len(runs) - unread} runs" + (f", {unread} could not be read" if unread else "")
    click.echo(f"index: {out} ({told})")
    return 0 if not unread else 3
