"""dlaudit.toml: found, read, merged with flags; all its faults told at once, each with its line."""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dlaudit.errors import Place, UsageError, listed, nearest, shown
from dlaudit.spec.model import AuditSpec

CONFIG_FILE = "dlaudit.toml"
_PATH_KEYS = (
    ("model", "path"),
    ("model", "code"),
    ("against", "model"),
    ("against", "code"),
    ("data", "path"),
    ("data", "demographics"),
    ("data", "root"),
    ("input", "image", "array"),
    ("input", "table", "standardize", "from"),
    ("input", "text", "tokenizer"),
    ("probes", "swap_file"),
    ("input", "sequence", "array"),
    ("input", "sequence", "vocabulary"),
    ("input", "sequence", "standardize", "from"),
    ("report", "templates"),
)
_KNOWN_SCHEMA = 1
_BOUNDS = {
    "greater_than_equal": "at least",
    "greater_than": "more than",
    "less_than_equal": "at most",
    "less_than": "less than",
}


@dataclass(frozen=True, kw_only=True)
class Config:
    """A validated specification and the file it came from."""

    spec: AuditSpec
    """What was asked."""
    file: str | None
    """Path of the configuration file, as found; None without one."""
    lines: dict[tuple[str | int, ...], int]
    """Key path to 1-based line of the file."""


def find_config(start: Path) -> Path | None:
    """dlaudit.toml in `start` or the nearest parent, not above the version-control root; else None."""
    for folder in [start, *start.parents]:
        candidate = folder / CONFIG_FILE
        if candidate.is_file():
            return candidate
        if (folder / ".git").exists():
            break
    return None


def load_config(path: str | Path | None, overrides: dict[str, Any] | None = None) -> Config:
    """The specification of the file at `path` (none: no file) with `overrides` from flags laid over it.

    Args:
        path: A dlaudit.toml; its relative paths are relative to its folder.
        overrides: Nested tables as a TOML file would give them; they win over the file.

    Raises:
        UsageError: The file is missing (DLA111), not TOML (DLA103), of a newer schema (DLA112), or has wrong keys
            (DLA101; DLA102 when there are several, all of them told).
    """
    written: dict[str, Any] = {}
    lines: dict[tuple[str | int, ...], int] = {}
    file = None
    if path is not None:
        file = str(path)
        text = _read(Path(path))
        written, lines = _parse(text, file), key_lines(text)
        version = written.get("schema")
        if isinstance(version, int) and version > _KNOWN_SCHEMA:
            raise UsageError(
                "DLA112",
                f"schema = {version} is newer than this dlaudit reads ({_KNOWN_SCHEMA})",
                place=Place(file=file, line=lines.get(("schema",))),
                fix="Upgrade dlaudit.",
            )
        _resolve_paths(written, Path(path).parent)
    merged = _merge(written, overrides or {})
    try:
        return Config(spec=AuditSpec.model_validate(merged), file=file, lines=lines)
    except ValidationError as error:
        raise _usage_error(error, file, lines) from error


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Key path (tables, array indices and keys) to the 1-based line where it stands.

    A key inside an inline table or a multi-line value has its parent's line.
    """
    lines: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    seen: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?", line)
        if header:
            names: tuple[str | int, ...] = tuple(_key_parts(header[2]))
            if header[1] == "[[":
                seen[names] = seen.get(names, -1) + 1
                table = (*names, seen[names])
            else:
                table = names
            lines.setdefault(table, number)
            continue
        key = re.match(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=", line)
        if key:
            lines.setdefault((*table, *_key_parts(key[1])), number)
    return lines


def _key_parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"[\w-]+|\"[^\"]*\"|'[^']*'", dotted)]


def _read(path: Path) -> str:
    place = Place(file=str(path))
    if not path.is_file():
        siblings = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise UsageError(
            "DLA111",
            "this is a folder, not a file" if path.is_dir() else "there is no such file",
            place=place,
            fix=f"Give an existing dlaudit.toml, or flags alone.{nearest(path.name, siblings)}",
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("DLA103", "not UTF-8 text", place=place, fix="Save the file as UTF-8.") from error


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        twice = str(error).startswith(("Cannot overwrite", "Cannot declare"))
        raise UsageError(
            "DLA103",
            f"not valid TOML: {'this key or table stands there twice' if twice else str(error).split(' (at')[0]}",
            place=Place(file=file, line=int(at[1]) if at else None),
            fix="Keep it once, with all its keys."
            if twice
            else "Text needs quotes, lists need brackets, and a table's name stands in [brackets].",
        ) from error


def _resolve_paths(written: dict[str, Any], folder: Path) -> None:
    for *tables, key in _PATH_KEYS:
        at: Any = written
        for name in tables:
            at = at.get(name) if isinstance(at, dict) else None
        if isinstance(at, dict) and isinstance(at.get(key), str):
            at[key] = os.path.normpath(os.path.join(folder, at[key]))


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _usage_error(error: ValidationError, file: str | None, lines: dict[tuple[str | int, ...], int]) -> UsageError:
    faults = sorted((_fault(detail, lines) for detail in error.errors()), key=lambda fault: fault[0] or 0)
    first_line, first_key, first = faults[0]
    if len(faults) == 1:
        return UsageError(
            "DLA101",
            first,
            place=Place(file=file if first_line else None, line=first_line, key=first_key),
            fix=f"Correct the {'file' if first_line else 'flag'} and run again.",
        )
    told = "".join(
        f"\n  {f'{shown(file, limit=200, quote=False)}:{line}' if line else 'flag'}: {key}: {text}"
        for line, key, text in faults
    )
    return UsageError(
        "DLA102",
        f"{len(faults)} faults in the configuration:{told}\n",
        place=Place(file=file),
        fix="Correct them and run again; `dlaudit schema config` prints every key.",
    )


def _fault(detail: ErrorDetails, lines: dict[tuple[str | int, ...], int]) -> tuple[int | None, str, str]:
    where = tuple(part for part in detail["loc"] if not _is_union_branch(part))
    line = next((lines[where[:end]] for end in range(len(where), 0, -1) if where[:end] in lines), None)
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")
    return line, key, _worded(detail, where)


def _is_union_branch(part: str | int) -> bool:
    return isinstance(part, str) and (
        part in {"str", "int", "float"} or part.startswith(("list[", "literal[", "dict["))
    )


def _worded(detail: ErrorDetails, where: tuple[str | int, ...]) -> str:
    got, kind, context = detail.get("input"), detail["type"], detail.get("ctx", {})
    name = str(where[-1]) if where else ""
    if kind == "extra_forbidden":
        known = _keys_beside(where)
        every = f" There are: {listed(known, most=30, quote=False)}." if known else ""
        return f"unknown key {shown(name)}.{nearest(name, known) or every}"
    if kind == "missing":
        return "this key is missing"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        near = nearest(str(got), choices) if isinstance(got, str) else ""
        return f"{shown(got)} is not {'one of ' * (len(choices) > 1)}{context.get('expected')}.{near}"
    wanted = {
        "float_type": "a number",
        "int_type": "a whole number",
        "bool_type": "true or false",
        "string_type": "text in quotes",
        "list_type": "a list in [brackets]",
        "dict_type": "a table",
        "model_type": "a table",
        "model_attributes_type": "a table",
    }.get(kind)
    if wanted:
        quoted = isinstance(got, str) and kind in {"float_type", "int_type", "bool_type"} and _reads_as(got)
        return f"must be {wanted}, not {_described(got)}" + (": remove the quotes" if quoted else "")
    if kind in _BOUNDS:
        return f"must be {_BOUNDS[kind]} {next(iter(context.values()))}, not {got}"
    text = detail["msg"].removeprefix("Value error, ")
    return f"{text[0].lower()}{text[1:]} (got {shown(got)})" if kind != "value_error" else text


def _reads_as(text: str) -> bool:
    """Whether the text without its quotes would be a number or a truth value."""
    try:
        return not isinstance(tomllib.loads(f"value = {text}")["value"], str)
    except tomllib.TOMLDecodeError:
        return False


def _described(value: object) -> str:
    if isinstance(value, str):
        return f"the text {shown(value)}"
    return f"the number {value}" if isinstance(value, int | float) and not isinstance(value, bool) else shown(value)


def _keys_beside(where: tuple[str | int, ...]) -> list[str]:
    """The keys that the table holding `where[-1]` may have."""
    from pydantic import BaseModel

    at: Any = AuditSpec
    for part in where[:-1]:
        if isinstance(part, int):
            continue
        field = next((f for n, f in at.model_fields.items() if part in (n, f.alias)), None)
        inner = [t for t in _types_in(field.annotation if field else None) if issubclass(t, BaseModel)]
        if not inner:
            return []
        at = inner[0]
    return [f.alias or n for n, f in at.model_fields.items()]


def _types_in(annotation: Any) -> list[type]:
    from typing import get_args

    inner = get_args(annotation)
    if inner:
        return [t for one in inner for t in _types_in(one)]
    return [annotation] if isinstance(annotation, type) else []
