"""`dlaudit init`: write the configuration that a run needs."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from dlaudit.cli.helping import SectionedCommand
from dlaudit.cli.options import column_options
from dlaudit.errors import Place, UsageError

_CONFIG = Path("dlaudit.toml")
_SECTIONS = {
    "Data": ("data", "target", "sensitive", "demographics", "join"),
    "Given scores instead of a model": ("scores", "score"),
    "Model": ("code", "trust", "device"),
    "Settings": ("settings", "ci"),
    "Output": ("progress", "quiet", "verbose"),
}


@click.command("init", cls=SectionedCommand, sections=_SECTIONS)
@click.argument("model", required=False)
@click.option("--data", metavar="FILE", help="Evaluation set: CSV, JSONL or Parquet.")
@column_options
@click.option("--scores", metavar="FILE", help="A predictions file; no model runs.")
@click.option("--score", multiple=True, metavar="COL", help="Its score column; repeat for classes.")
@click.option("--code", metavar="FILE.py", help="Your load_model, preprocess, ... (docs/code-file.md).")
@click.option("--trust", metavar="SHA256", help="Let this very model file execute code while it loads.")
@click.option("--device", metavar="NAME", help="cpu, cuda or auto [cpu].")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of dlaudit.toml; repeatable.")
@click.option(
    "--ci", multiple=True, type=click.Choice(["github", "gitlab", "pre-commit"]), help="Write the file for CI, too."
)
@click.option("--progress", type=click.Choice(["auto", "plain", "none"]), default="auto", help="On standard error.")
@click.option("-q", "--quiet", is_flag=True, help="Only faults.")
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
def command(**flags: Any) -> int:
    """Write dlaudit.toml from the model and data that are given; no file is ever overwritten.

    \b
    dlaudit init model.pt2 --data test.csv --target approved --sensitive race,sex
    dlaudit init model.pt2 --data test.csv --ci github
    dlaudit init --ci gitlab

    The model is loaded and runs on the first 64 rows, so that what the file says is what a run would find. What was
    not given and could be told from column names and outputs stands in it with a remark: read it. With --ci alone and a
    dlaudit.toml that is there, only the file for CI is written.
    """
    from dlaudit.cli.ci_files import ci_files
    from dlaudit.cli.run_spec import configured, given_tables

    chosen = {**flags, "score": list(flags["score"]), "config": None, "no_config": True, "rule": ()}
    added = ci_files(flags["ci"])
    for path in added:
        _must_be_new(path)
    if added and _CONFIG.exists() and not any(flags[name] for name in ("model", "data", "scores")):
        _write(added, flags)
        return 0
    _must_be_new(_CONFIG, flags["ci"])
    targets = {_CONFIG: "", **added}
    config = configured(chosen)

    from dlaudit.audit import open_host
    from dlaudit.cli.progress import progress_for
    from dlaudit.engines.progress import Silent
    from dlaudit.stages.initial import initial_config
    from dlaudit.stages.request import Request

    progress = progress_for(flags["progress"], quiet=flags["quiet"]) or Silent()
    request = Request(spec=config.spec, progress=progress)
    host = open_host(request)
    with host or nullcontext():
        targets[_CONFIG] = initial_config(request, host, given_tables(chosen))
    progress.close()
    _write(targets, flags)
    return 0


def _write(targets: dict[Path, str], flags: dict[str, Any]) -> None:
    for path, text in targets.items():
        _write_new(path, text)
    if not flags["quiet"]:
        click.echo("\n".join(_told(targets, judged={"github", "gitlab"} & set(flags["ci"]))))


def _told(paths: dict[Path, str], judged: set[str]) -> Iterator[str]:
    for path in paths:
        yield f"wrote {path}"
    if _CONFIG not in paths:
        yield f"{_CONFIG} stays as it is: `dlaudit check` says whether a run would start."
        return
    if judged:
        yield "No rule is active yet: until one is, or a baseline is accepted, the job in CI reports and never fails."
    elif len(paths) > 1:
        yield "Before each commit that changes it, `dlaudit check` says whether a run would start; nothing is judged."
    yield "Next: read dlaudit.toml, then `dlaudit check`, then `dlaudit run`."


def _must_be_new(path: Path, ci: Sequence[str] = ()) -> None:
    """Refuse a path that is taken; `ci` are the files that a dlaudit.toml which is there could have beside it."""
    if path.exists() or path.is_symlink():
        alone = " ".join(f"--ci {one}" for one in ci)
        further = "; `dlaudit check` says whether it works" if path == _CONFIG else ""
        further += f"; `dlaudit init {alone}` alone adds the file for CI" if ci else ""
        raise UsageError(
            "DLA110",
            "the file is there already, and init overwrites nothing",
            place=Place(file=str(path)),
            fix=f"Edit it, or move it away first{further}.",
        )


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            "DLA110",
            f"the file cannot be written ({error.strerror})",
            place=Place(file=str(path)),
            fix="Go to a folder that can be written to.",
        ) from error
