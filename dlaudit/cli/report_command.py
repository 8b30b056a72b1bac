"""`dlaudit report`: write the files of a finished run again."""

from pathlib import Path

import click


@click.command("report")
@click.argument("run", metavar="RUN")
@click.option("--out", metavar="DIR", help="Where the files go [RUN itself].")
def command(run: str, out: str | None) -> int:
    """Write the report and the other files of the finished run in RUN again, from its audit.json.

    \b
    dlaudit report dlaudit-report
    dlaudit report dlaudit-report --out published

    The model does not run again and torch is not imported. Per-row files stay where they are.
    """
    from dlaudit.record.files import read

    audit, verdict = read(run)

    from dlaudit.outputs.directory import check_out
    from dlaudit.stages.write import rewrite_files

    source = Path(run) if Path(run).is_dir() else Path(run).parent
    target = Path(out) if out else source
    check_out(target, [])
    rewrite_files(target, audit, verdict, rows_from=source if target == source else None)
    click.echo(f"report: {target / 'report.html'}")
    return 0
