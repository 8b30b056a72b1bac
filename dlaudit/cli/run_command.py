"""`dlaudit run`: audit a model, write the run's files, judge it."""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from dlaudit.errors import UsageError, nearest, shown


def _split(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


@click.command("run")
@click.argument("model", required=False)
@click.option("--data", metavar="FILE", help="Evaluation set: CSV, JSONL or Parquet.")
@click.option("--target", multiple=True, callback=_split, metavar="COL", help="Label column.")
@click.option("--sensitive", multiple=True, callback=_split, metavar="COL[,COL]", help="Demographic columns.")
@click.option("--scores", metavar="FILE", help="Audit a predictions file; no model runs.")
@click.option("--score", multiple=True, callback=_split, metavar="COL", help="Score column (repeat for classes).")
@click.option("--demographics", metavar="FILE", help="Second file with the sensitive columns.")
@click.option("--join", metavar="COL", help="Column that joins it.")
@click.option("--config", metavar="FILE", help="Policy and settings [dlaudit.toml beside or above].")
@click.option("--no-config", is_flag=True, help="Ignore a dlaudit.toml that lies about.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of dlaudit.toml.")
@click.option("--rule", multiple=True, metavar="RULE", help="'METRIC.KIND by COL <= LIMIT'; repeatable.")
@click.option("--code", metavar="FILE.py", help="Your load_model, preprocess, … (docs/code-file.md).")
@click.option("--trust", metavar="SHA256", help="Let this very file execute code while it loads.")
@click.option("--out", default="dlaudit-report", show_default=True, metavar="DIR", help="Where the files go.")
@click.option("--engine", type=click.Choice(["local"]), default=None, help="Where scoring runs.")
@click.option("--seed", type=int, default=None, help="Seed of every random choice [0].")
@click.option("--device", default=None, help="cpu, cuda or auto [cpu].")
@click.option("--batch-size", type=click.IntRange(1), default=None, help="Rows of one forward pass [1024].")
@click.option("--no-explain", is_flag=True, help="Leave attributions and decompositions out.")
@click.option("--no-rows", is_flag=True, help="Do not keep predictions.parquet and attributions.parquet.")
@click.option("--frozen", is_flag=True, help="Refuse guesses (implied by CI=true).")
@click.option("--exit-zero", is_flag=True, help="Exit 0 where the verdict would give 1 or 4.")
@click.option(
    "-f",
    "--format",
    "shape",
    type=click.Choice(["text", "json", "md", "github"]),
    default="text",
    show_default=True,
)
@click.option("--progress", type=click.Choice(["auto", "plain", "none"]), default="auto", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary; only faults.")
@click.option("-v", "--verbose", count=True, help="Say more; twice: values in a bug's traceback.")
@click.option("--no-color", is_flag=True, help="No colour (also NO_COLOR).")
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
    from dlaudit.audit import run
    from dlaudit.cli.progress import progress_for
    from dlaudit.cli.told import exit_code, tell_verdict
    from dlaudit.engines.progress import Silent
    from dlaudit.gate import check_policy, judge
    from dlaudit.outputs.directory import check_out
    from dlaudit.stages.request import Request
    from dlaudit.stages.write import write_files

    started = time.monotonic()
    config = _configured(flags)
    spec = config.spec
    out = Path(flags["out"])
    inputs = [spec.model.path, spec.model.code, spec.data.path, spec.data.demographics, config.file]
    for path in inputs:
        _must_exist(path)
    check_out(out, [Path(path) for path in inputs if path])
    check_policy(spec.policy)
    with tempfile.TemporaryDirectory(prefix=".dlaudit-rows-", dir=_beside(out)) as keep:
        audited = run(
            Request(
                spec=spec,
                frozen=flags["frozen"] or os.environ.get("CI", "").lower() in {"true", "1"},
                argv=sys.argv[1:],
                progress=progress_for(flags["progress"], quiet=flags["quiet"]) or Silent(),
                keep=Path(keep) if spec.run.rows else None,
            )
        )
        verdict = judge(audited.audit, spec.policy)
        write_files(out, audited, verdict)
    if not flags["quiet"]:
        tell_verdict(audited.audit, verdict, flags, out=out, seconds=time.monotonic() - started)
    return exit_code(verdict, exit_zero=flags["exit_zero"])


def _configured(flags: dict[str, Any]) -> Any:
    from dlaudit.spec import find_config, load_config
    from dlaudit.spec.settings import nested, setting

    path = flags["config"] or (None if flags["no_config"] else find_config(Path.cwd()))
    given: dict[str, Any] = dict(setting(text) for text in flags["settings"])
    if flags["scores"] and flags["model"]:
        raise UsageError("DLA101", "both a model and --scores were given", fix="Give one of them.")
    for key, value in {
        "model.path": flags["model"],
        "model.code": flags["code"],
        "model.trust": flags["trust"],
        "data.path": flags["scores"] or flags["data"],
        "data.target": _one_or_many(flags["target"]),
        "data.demographics": flags["demographics"],
        "data.join": flags["join"],
        "scores": flags["score"],
        "slices.sensitive": flags["sensitive"],
        "run.engine": flags["engine"],
        "run.seed": flags["seed"],
        "run.device": flags["device"],
        "run.batch_size": flags["batch_size"],
        "run.rows": False if flags["no_rows"] else None,
        "explain.enabled": False if flags["no_explain"] else None,
    }.items():
        if value not in (None, []):
            given[key] = value
    config = load_config(path, {**nested(given), **_rules(flags["rule"], path)})
    if flags["scores"] and not config.spec.scores:
        raise UsageError("DLA101", "--scores needs the score's column", fix="Add --score COLUMN.")
    return config


def _rules(texts: tuple[str, ...], path: Any) -> dict[str, Any]:
    """Rules of flags as the file would hold them; they are added to the file's own."""
    if not texts:
        return {}
    from dlaudit.spec import Rule, load_config

    written = load_config(path).spec.rule if path else []
    return {"rule": [rule.model_dump(exclude_none=True) for rule in [*written, *map(Rule.parse, texts)]]}


def _one_or_many(names: list[str]) -> str | list[str] | None:
    return (names[0] if len(names) == 1 else names) or None


def _must_exist(path: str | None) -> None:
    if path is None or os.path.lexists(path):
        return
    folder = Path(path).parent
    beside = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    raise UsageError(
        "DLA111",
        f"{shown(path, limit=200)} does not exist",
        fix=f"Check the path.{nearest(Path(path).name, beside)}",
    )


def _beside(out: Path) -> Path:
    """The folder that holds `out`, so that its files are moved there, not copied."""
    parent = out.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    return parent
