"""`dlaudit diff`: what changed from one finished run to another."""

from pathlib import Path
from typing import Any

import click

from dlaudit.cli.looks import chosen_look, speaking_of


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--html", "page", metavar="FILE", help="Write the comparison as a page.")
@click.option("--language", metavar="FILE", help="Translations, a .mo file [report.language of dlaudit.toml].")
@click.option("--config", metavar="FILE", help="The runs' configuration [dlaudit.toml here or above].")
@click.option("-f", "--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
def command(old: str, new: str, config: str | None, shape: str, **flags: Any) -> int:
    """Say what changed from the finished run in OLD to the finished run in NEW.

    \b
    dlaudit diff release-1 release-2
    dlaudit diff release-1 release-2 --html changes.html

    Where both runs kept their rows and scored the same ones, gaps are compared row by row (paired), which finds
    smaller changes; else from the figures of both audits, which is said. No model runs. Always exits 0.
    """
    from dlaudit.audit import run
    from dlaudit.spec import find_config, load_config
    from dlaudit.stages.diff import compare_runs

    found_config = config or find_config(Path.cwd())
    spec = load_config(found_config, {}).spec
    found = compare_runs(old, new, spec, run)

    from dlaudit.cli.streams import echo_json
    from dlaudit.outputs.diff import diff_text, render_diff
    from dlaudit.record.files import read

    audit, page = read(new)[0], flags["page"]
    with speaking_of(chosen_look(None, language=flags["language"] or spec.report.language)):
        if page is not None:
            from dlaudit.outputs.one_file import write_file

            write_file(Path(page), render_diff(found, audit))
        told = diff_text(found, audit)
    if shape == "json":
        echo_json(found.model_dump(mode="json"))
    else:
        click.echo(told, nl=False)
        if page is not None:
            click.echo(f"\npage       {page}")
    return 0
