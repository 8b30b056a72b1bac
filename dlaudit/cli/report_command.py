"""`dlaudit report`: write the files of a finished run again, as PDF too; or an index of many runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlaudit.errors import Place, UsageError

if TYPE_CHECKING:
    from dlaudit.spec import AuditSpec


@click.command("report")
@click.argument("runs", metavar="RUN", nargs=-1, required=True)
@click.option(
    "--out", metavar="DIR", help="Where the files go [RUN itself]; with --index the page [dlaudit-index.html]."
)
@click.option("--pdf", is_flag=True, help="Write report.pdf too; needs Chromium, Chrome or Edge.")
@click.option("--index", is_flag=True, help="One page over all runs in the directories RUN.")
@click.option("--templates", metavar="DIR", help="Your own templates [report.templates of dlaudit.toml].")
def command(runs: tuple[str, ...], out: str | None, pdf: bool, index: bool, templates: str | None) -> int:
    """Write the report and the other files of the finished run in RUN again, from its audit.json.

    \b
    dlaudit report dlaudit-report
    dlaudit report dlaudit-report --pdf
    dlaudit report dlaudit-report --out published
    dlaudit report --index models/ --out models.html

    The model does not run again and torch is not imported. Per-row files stay where they are. Small counts are left
    out where a dlaudit.toml here or above says so (report.small_cells); then --out is needed. --index reads every run
    in RUN and two levels below it, and links to their reports.
    """
    if index:
        if pdf or templates:
            raise UsageError("DLA101", "--index was given with --pdf or --templates", fix="Leave one of them out.")
        return _index(runs, Path(out or "dlaudit-index.html"))
    if len(runs) > 1:
        raise UsageError("DLA101", f"{len(runs)} runs were given", expected="one", fix="Or add --index.")
    return _again(runs[0], out, templates, pdf=pdf)


def _again(run: str, out: str | None, templates: str | None, *, pdf: bool) -> int:
    from dlaudit.record.files import read
    from dlaudit.record.privacy import suppressed
    from dlaudit.spec import find_config, load_config

    audit, verdict = read(run)
    path = find_config(Path.cwd())
    spec = load_config(path).spec if path else None
    least = spec.report.small_cells if spec and audit.suppression is None else 0

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
    rewrite_files(
        target,
        suppressed(audit, verdict, least),
        rows_from=source if target == source else None,
        templates=_own_templates(templates, spec),
        pdf=pdf,
    )
    click.echo(f"report: {target / ('report.pdf' if pdf else 'report.html')}")
    return 0


def _own_templates(given: str | None, spec: "AuditSpec | None") -> Path | None:
    named = given or (spec.report.templates if spec else None)
    if named is None:
        return None
    from dlaudit.outputs.overrides import check_overrides

    check_overrides(Path(named))
    return Path(named)


def _index(places: tuple[str, ...], out: Path) -> int:
    from dlaudit.outputs.inventory import render_inventory, runs_in
    from dlaudit.outputs.one_file import write_file

    runs = runs_in(places, out)
    write_file(out, render_inventory(runs))
    unread = sum(run.audit is None for run in runs)
    told = f"{len(runs) - unread} runs" + (f", {unread} could not be read" if unread else "")
    click.echo(f"index: {out} ({told})")
    return 0 if not unread else 3
