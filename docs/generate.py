"""Write docs/reference/ from the code itself: `make docs`; a test fails when the pages are out of date."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

REFERENCE = Path(__file__).parent / "reference"


def pages() -> dict[str, str]:
    """File name to content of every reference page."""
    return {
        "config.md": config_page(),
        "audit-json.md": audit_page(),
        "metrics.md": metrics_page(),
        "cli.md": cli_page(),
        "python.md": python_page(),
        "codes.md": codes_page(),
    }


def config_page() -> str:
    """Every key of dlaudit.toml."""
    from dlaudit.spec import AuditSpec

    intro = (
        "# dlaudit.toml\n\nEvery key, its type, its default and what it does. Unknown keys are errors; relative paths "
        "are relative to the file. Flags win over the file; `--set KEY=VALUE` sets any key.\n"
    )
    return intro + "".join(_model_tables(AuditSpec, "", by_alias=True))


def audit_page() -> str:
    """Every key of audit.json."""
    from dlaudit.record import Audit, Verdict

    intro = (
        "# audit.json\n\nThe Audit and its Verdict as one document: never NaN (a missing number is null, its reason "
        "stands in `undefined`), keys may be added within a `schema_version`, never renamed. `dlaudit schema` prints "
        "the JSON Schema.\n"
    )
    return intro + "".join(_model_tables(Audit, "")) + "".join(_model_tables(Verdict, "verdict"))


def _model_tables(model: type[BaseModel], path: str, *, by_alias: bool = False) -> Iterator[str]:
    """A table for the model, then one for each model inside it."""
    inner: list[tuple[str, type[BaseModel]]] = []
    rows = []
    for name, field in model.model_fields.items():
        key = (field.alias or name) if by_alias else name
        described = " ".join((field.description or "").split())
        required = field.is_required()
        default = "" if required else _default(field.get_default(call_default_factory=True))
        models = _models_in(field.annotation)
        inner += [(f"{path}.{key}".lstrip("."), one) for one in models]
        rows.append(f"| `{key}` | {_type(field.annotation)} | {default} | {described} |\n")
    summary = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    yield f"\n## `{path}`\n\n" if path else "\n## Top level\n\n"
    yield f"{summary}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
    yield from rows
    for deeper, one in inner:
        yield from _model_tables(one, deeper, by_alias=by_alias)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    inner = get_args(annotation)
    if inner:
        return [one for part in inner for one in _models_in(part)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _type(annotation: Any) -> str:
    models = _models_in(annotation)
    if models:
        return "tables" if "list" in str(annotation) else "table"
    return _words(annotation)


def _words(annotation: Any) -> str:
    """`text`, `number`, `list of text`, `"a" or "b"`: a type as somebody who writes TOML reads it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{json.dumps(value)}`" for value in inner)
    if origin in (list, dict, tuple):
        return f"{'list' if origin is list else 'table'} of {_words(inner[-1])}"
    if origin is Annotated:
        return _words(inner[0])
    if inner:
        return " or ".join(dict.fromkeys(_words(part) for part in inner if part is not type(None)))
    names = {str: "text", float: "number", int: "whole number", bool: "true or false"}
    return names.get(annotation, getattr(annotation, "__name__", "any"))


def _default(value: Any) -> str:
    if isinstance(value, BaseModel) or value is None or value == []:
        return ""
    return f"`{json.dumps(value)}`".replace("|", "\\|")


def metrics_page() -> str:
    """Every metric by its formula."""
    from dlaudit.metrics import DEFAULTS, METRICS

    lines = [
        "# Metrics\n\nNamed by formula. A value over an empty denominator is undefined, never 0. Any function of "
        "`fairlearn.metrics` or `sklearn.metrics` can be named as well (`sklearn.metrics.matthews_corrcoef`).\n\n"
        "| metric | tasks | formula | undefined when | meaning | also called |\n|---|---|---|---|---|---|\n"
    ]
    for name, one in METRICS.items():
        also = ", ".join(one.aliases)
        row = (f"`{name}`", ", ".join(one.tasks), one.formula, one.undefined, one.meaning, also)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n")
    lines.append("\n## Measured unless `metrics.report` says otherwise\n\n")
    lines += [f"- {task}: {', '.join(f'`{name}`' for name in names)}\n" for task, names in DEFAULTS.items()]
    return "".join(lines)


def cli_page() -> str:
    """The help of every command."""
    import click

    from dlaudit.cli.app import COMMANDS, app

    style: dict[str, Any] = {"max_content_width": 100, "terminal_width": 100, "help_option_names": ["-h", "--help"]}
    context = click.Context(app, info_name="dlaudit", **style)
    parts = ["# Command line\n\n```\n" + app.get_help(context) + "\n```\n"]
    for name in COMMANDS:
        command = app.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=f"dlaudit {name}", **style)
        parts.append(f"\n## dlaudit {name}\n\n```\n{command.get_help(inner)}\n```\n")
    return "".join(parts)


def python_page() -> str:
    """Every public name of `dlaudit`."""
    import inspect

    import dlaudit

    parts = ["# Python API\n"]
    for name in dlaudit.__all__:
        item = getattr(dlaudit, name)
        if name == "__version__":
            continue
        signature = _signature(item)
        parts.append(f"\n## `dlaudit.{name}{signature}`\n\n{inspect.cleandoc(item.__doc__ or '')}\n")
    return "".join(parts)


def _signature(item: Callable[..., Any]) -> str:
    import inspect

    if inspect.isclass(item):
        return ""
    return str(inspect.signature(item)).replace("'", "").replace("dlaudit.record.audit.", "")


def codes_page() -> str:
    """Every code of an error or a finding."""
    from dlaudit.findings.codes import CODES

    parts = ["# Codes\n\nOf errors and findings. `dlaudit explain CODE` prints the same.\n"]
    for code, one in sorted(CODES.items()):
        parts.append(f"\n### {code}\n\n{one.title}. {one.meaning}\n\nWhat to do: {one.fix}\n")
    return "".join(parts)


def main() -> None:
    """Write the pages."""
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {len(pages())} pages to {REFERENCE}\n")


if __name__ == "__main__":
    main()
