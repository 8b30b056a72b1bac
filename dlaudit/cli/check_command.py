"""`dlaudit check`: everything but the run."""

import os
from contextlib import nullcontext
from typing import Any

import click

from dlaudit.cli.helping import SectionedCommand
from dlaudit.cli.options import answer_options, column_options, policy_options

_SECTIONS = {
    "Data": ("data", "target", "sensitive", "demographics", "join"),
    "Given scores instead of a model": ("scores", "score"),
    "Model": ("code", "trust", "device"),
    "Policy and settings": ("rule", "config", "no_config", "settings", "frozen"),
    "Output": ("shape", "progress", "quiet", "verbose"),
}


@click.command("check", cls=SectionedCommand, sections=_SECTIONS)
@click.argument("model", required=False)
@click.option("--data", metavar="FILE", help="Evaluation set: CSV, JSONL or Parquet.")
@column_options
@click.option("--scores", metavar="FILE", help="A predictions file; no model runs.")
@click.option("--score", multiple=True, metavar="COL", help="Its score column; repeat for classes.")
@click.option("--code", metavar="FILE.py", help="Your load_model, preprocess, ... (docs/code-file.md).")
@click.option("--trust", metavar="SHA256", help="Let this very model file execute code while it loads.")
@click.option("--device", metavar="NAME", help="cpu, cuda or auto [cpu].")
@click.option("--frozen", is_flag=True, help="Refuse guesses (CI=true does so too).")
@policy_options
@answer_options
def command(**flags: Any) -> int:
    """Check a configuration without auditing: model, data, slices, cost, and what the rules can decide at all.

    \b
    dlaudit check
    dlaudit check model.pt2 --data test.csv --target approved --sensitive race,sex
    dlaudit check --scores preds.csv --score p --target y --sensitive sex

    The model runs on the first 64 rows only. Labels and slices of all rows are counted, and the baseline is read, if
    one is named. Nothing is written. Exits 0
    where an audit would start, 2 or 3 with the fault that it would stop at.
    """
    from dlaudit.cli.run_spec import configured

    config = configured({**flags, "score": list(flags["score"])})

    from dlaudit.audit import open_host
    from dlaudit.cli.check_text import check_lines
    from dlaudit.cli.progress import progress_for
    from dlaudit.cli.streams import echo_json
    from dlaudit.engines.progress import Silent
    from dlaudit.gate import check_policy
    from dlaudit.stages.check import check
    from dlaudit.stages.plan import Supposition
    from dlaudit.stages.request import Request
    from dlaudit.stages.run_side import read_side

    check_policy(config.spec.policy)
    place = config.spec.baseline.path
    before = None if place is None else read_side(place)  # as a run does, before anything of the model is loaded
    progress = progress_for(flags["progress"], quiet=flags["quiet"]) or Silent()
    frozen = flags["frozen"] or os.environ.get("CI", "").lower() in {"true", "1"}
    request = Request(spec=config.spec, frozen=frozen, progress=progress)
    host = open_host(request)
    with host or nullcontext():
        found = check(request, host, Supposition(progress=progress), before)
    progress.close()
    if flags["shape"] == "json":
        echo_json(found.model_dump(mode="json"))
    else:
        click.echo("\n".join(check_lines(found)))
    return 0
