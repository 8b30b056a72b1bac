"""`dlaudit inspect`: what a model file is."""

from typing import Any

import click

from dlaudit.cli.streams import echo_json
from dlaudit.errors import shown


@click.command("inspect")
@click.argument("file", metavar="FILE")
@click.option("-f", "--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
def command(file: str, shape: str, verbose: int) -> int:
    """Say what FILE is, what it would execute if it were loaded, and how to audit it. Nothing of it is executed.

    \b
    dlaudit inspect model.pt
    dlaudit inspect model.pt2 --format json

    Exits 0 when dlaudit would load the file (with --code where it holds only weights), 3 when it would refuse.
    """
    from dlaudit.models.formats import describe_model

    found = describe_model(file)
    if shape == "json":
        echo_json(found)
    else:
        for line in _lines(found):
            click.echo(line)
    return 3 if found.get("verdict") == "refused" else 0


def _lines(found: dict[str, Any], indent: str = "") -> list[str]:
    lines = []
    for key, value in found.items():
        name = f"{indent}{shown(key.replace('_', ' '), limit=60, quote=False)}"
        if isinstance(value, dict):
            lines += [f"{name}:", *_lines(value, indent + "  ")]
        elif isinstance(value, list) and len(value) > 1:
            lines += [f"{name}:", *(f"{indent}  - {_text(item)}" for item in value)]
        elif value not in (None, [], ""):
            lines.append(f"{name}: {_text(value[0] if isinstance(value, list) else value)}")
    return lines


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shown(value, limit=300, quote=False)
