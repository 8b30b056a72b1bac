"""`dlaudit report`: write the files of a finished run again."""

from pathlib import Path

import click

from dlaudit.errors import Place, UsageError


@click.command("report")
@click.argument("run", metavar="RUN")
@click.option("--out", metavar="DIR", help="Where the files go [RUN itself].")
def command(run: str, out: str | None) -> int:
    """Write the report and the other files of the finished run in RUN again, from its audit.json.

    \b
    dlaudit report dlaudit-report
    dlaudit report dlaudit-report --out published

    The model does not run again and torch is not imported. Per-row files stay where they are. Small counts are left
    out where a dlaudit.toml here or above says so (report.small_cells); then --out is needed.
    """
    from dlaudit.record.files import read
    from dlaudit.record.privacy import suppressed
    from dlaudit.spec import find_config, load_config

    audit, verdict = read(run)
    path = find_config(Path.cwd())
    least = load_config(path).spec.report.small_cells if path and audit.suppression is None else 0

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
    audit, verdict = suppressed(audit, verdict, least)
    rewrite_files(target, audit, verdict, rows_from=source if target == source else None)
    click.echo(f"report: {target / 'report.html'}")
    return 0
