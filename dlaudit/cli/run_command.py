"""`dlaudit run`: audit a model, write the run's files, judge it."""

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dlaudit.cli.helping import EXIT_CODES, SectionedCommand, not_here_yet
from dlaudit.cli.options import split_names
from dlaudit.errors import Place, UsageError

_SECTIONS = {
    "Data": ("data", "target", "sensitive", "demographics", "join"),
    "Given scores instead of a model": ("scores", "score"),
    "Model": ("code", "trust", "device", "batch_size", "engine", "seed"),
    "Fine-tuned against base": ("against_model", "against_score"),
    "Since an earlier run": ("baseline",),
    "Policy and settings": ("rule", "profile", "config", "no_config", "settings", "frozen", "exit_zero"),
    "Explanations": ("explain_budget", "explain", "no_explain"),
    "Report": ("out", "examples", "no_rows"),
    "Output": ("shape", "progress", "quiet", "verbose", "no_color"),
}


def _engine(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value == "ray":
        raise click.UsageError("--engine ray is not in this version. Leave the flag out, or say --engine local.", ctx)
    return value


@click.command("run", cls=SectionedCommand, sections=_SECTIONS, epilog=EXIT_CODES)
@click.argument("model", required=False)
@click.option("--data", metavar="FILE", help="Evaluation set: CSV, JSONL or Parquet.")
@click.option(
    "--target", multiple=True, callback=split_names, metavar="COL", help="Label column; several for multilabel."
)
@click.option("--sensitive", multiple=True, callback=split_names, metavar="COL[,COL]", help="Demographic columns.")
@click.option("--scores", metavar="FILE", help="Audit a predictions file; no model runs.")
@click.option(
    "--score", multiple=True, callback=split_names, metavar="COL", help="Its score column; repeat for classes."
)
@click.option("--demographics", metavar="FILE", help="A second file with the sensitive columns.")
@click.option("--join", metavar="COL", help="Column that joins it, in both files.")
@click.option("--config", metavar="FILE", help="Policy and settings [dlaudit.toml here or above].")
@click.option("--no-config", is_flag=True, help="Ignore a dlaudit.toml here or above.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of dlaudit.toml; repeatable.")
@click.option("--rule", multiple=True, metavar="RULE", help="'METRIC.KIND by COL <= LIMIT'; repeatable.")
@click.option("--profile", multiple=True, metavar="NAME", help="Rules of `dlaudit list profiles`; repeatable.")
@click.option("--code", metavar="FILE.py", help="Your load_model, preprocess, ... (docs/code-file.md).")
@click.option("--trust", metavar="SHA256", help="Let this very model file execute code while it loads.")
@click.option("--against-model", metavar="FILE", help="The base that the model was made from, on the same rows.")
@click.option(
    "--against-score", multiple=True, callback=split_names, metavar="COL", help="The base's score column of --scores."
)
@click.option("--baseline", metavar="RUN", help="An earlier run, or dlaudit-baseline.json: what changed? Or none.")
@click.option("--out", default="dlaudit-report", metavar="DIR", help="Where the files go [dlaudit-report].")
@click.option("--engine", type=click.Choice(["local", "ray"]), callback=_engine, help="Where scoring runs [local].")
@click.option("--seed", type=int, metavar="N", help="Seed of every random choice [0].")
@click.option("--device", metavar="NAME", help="cpu, cuda or auto [cpu].")
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Rows of one forward pass [1024].")
@click.option("--explain-budget", metavar="BUDGET", help="60s, 5m, a number of passes, auto or none [auto].")
@click.option(
    "--explain",
    multiple=True,
    callback=split_names,
    metavar="METHOD[,METHOD]",
    help="Methods of `dlaudit list attributors`, or none.",
)
@click.option("--no-explain", is_flag=True, help="Leave attributions and decompositions out.")
@click.option("--no-rows", is_flag=True, help="Do not keep predictions.parquet and attributions.parquet.")
@click.option(
    "--examples",
    type=click.Choice(["none", "masked", "full"]),
    help="Whether single rows, chosen by rule, are written into the report [none].",
)
@click.option("--frozen", is_flag=True, help="Refuse guesses (CI=true does so too).")
@click.option("--exit-zero", is_flag=True, help="Exit 0 where the verdict would give 1 or 4.")
@click.option(
    "-f",
    "--format",
    "shape",
    type=click.Choice(["text", "json", "md", "github"]),
    default="text",
    help="What goes to standard output [text].",
)
@click.option(
    "--progress", type=click.Choice(["auto", "plain", "none"]), default="auto", help="On standard error [auto]."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary; only faults.")
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
@click.option("--no-color", is_flag=True, help="No colour (also NO_COLOR).")
@click.option("--resume", is_flag=True, hidden=True, expose_value=False, callback=not_here_yet)
@click.option("--fresh", is_flag=True, hidden=True, expose_value=False, callback=not_here_yet)
def command(**flags: Any) -> int:
    """Audit a model on an evaluation set and write the report.

    \b
    dlaudit run model.pt2 --data test.csv --target approved --sensitive race,sex
    dlaudit run weights.pt --code net.py --data test.csv --target y --sensitive sex
    dlaudit run --scores preds.csv --score p --target y --sensitive sex
    dlaudit run model.pt2 --data test.csv --rule 'selection_rate.ratio by race >= 0.8'

    MODEL is found out by content: .pt2, TorchScript, a pickled torch.nn model, weights with --code. Without rules
    nothing is judged and the exit code is 0.
    """
    from dlaudit.cli.run_spec import configured, input_files

    started = time.monotonic()
    config = configured(flags)  # before the imports that cost: most faults are told here

    from dlaudit.audit import run
    from dlaudit.cli.baseline_asked import told_of_baseline
    from dlaudit.cli.looks import chosen_look, speaking_of
    from dlaudit.cli.progress import progress_for
    from dlaudit.cli.told import exit_code, tell_verdict
    from dlaudit.engines.progress import Silent
    from dlaudit.gate import check_policy, judge
    from dlaudit.outputs.directory import check_out
    from dlaudit.stages.baseline import must_not_overwrite
    from dlaudit.stages.publish import keeps_rows, published
    from dlaudit.stages.request import Request

    spec = config.spec
    out = Path(flags["out"])
    earlier = [Path(spec.baseline.path)] if spec.baseline.path else []  # a failed run must not become its own baseline
    check_out(out, [*input_files(config), *earlier])
    must_not_overwrite(out, spec.baseline.path)
    check_policy(spec.policy)
    look = chosen_look(spec)
    with _rows_folder(out, wanted=keeps_rows(spec)) as keep:
        audited = run(
            Request(
                spec=spec,
                frozen=flags["frozen"] or os.environ.get("CI", "").lower() in {"true", "1"},
                argv=sys.argv[1:],
                progress=progress_for(flags["progress"], quiet=flags["quiet"]) or Silent(),
                keep=keep,
            )
        )
        audited = replace(audited, audit=told_of_baseline(audited.audit, config))
        audited, verdict = published(audited, judge(audited.audit, spec.policy), spec)

        from dlaudit.stages.write import write_files  # brings the report's templates

        with speaking_of(look):
            write_files(out, audited, verdict, look=look)
            if not flags["quiet"]:
                tell_verdict(audited.audit, verdict, flags, out=out, seconds=time.monotonic() - started)
    return exit_code(verdict, exit_zero=flags["exit_zero"])


@contextmanager
def _rows_folder(out: Path, *, wanted: bool) -> Iterator[Path | None]:
    """A private folder for per-row files while the run lasts, on the disk of `out`; None where none are kept.

    Its name is one that the next run sweeps, should this one be killed.
    """
    if not wanted:
        yield None
        return
    beside = next(folder for folder in out.resolve().parents if folder.is_dir())
    prefix = f".dlaudit-new-{os.getpid()}-{secrets.token_hex(4)}-rows-"
    try:
        folder = tempfile.TemporaryDirectory(prefix=prefix, suffix=".tmp", dir=beside)
    except OSError as error:
        raise UsageError(
            "DLA110",
            f"the directory that would hold the report cannot be written to ({error.strerror})",
            place=Place(file=str(beside)),
            fix="Give another --out.",
        ) from error
    with folder as name:
        yield Path(name)
