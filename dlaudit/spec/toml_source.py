"""One TOML file: read whole, with the line of every key."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlaudit.errors import Place, UsageError, nearest

KNOWN_SCHEMA = 1
Key = tuple[str | int, ...]
"""Tables, array indices and keys, from the outside in."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file as it was written."""

    file: str
    """Its path, for messages."""
    path: Path
    """Where it lies."""
    written: dict[str, Any]
    """What it holds."""
    lines: dict[Key, int]
    """Key path to 1-based line."""

    def place(self, *key: str | int) -> Place:
        """Where the key stands, or what holds it."""
        found = (self.lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self.lines)
        line = next(found, None)
        if line is None:  # a table without a header, whose keys are written as `baseline.path = …`
            line = min((at for one, at in self.lines.items() if one[: len(key)] == key), default=None)
        return Place(file=self.file, line=line)


def read_source(path: Path, *, named: str | None = None) -> Source:
    """The file at `path`.

    Args:
        path: A TOML file.
        named: What messages call it; its path where absent.

    Raises:
        UsageError: It is missing (DLA111), not TOML (DLA103), or of a newer schema (DLA112).
    """
    file = named or str(path)
    text = _read(path, file)
    source = Source(file=file, path=path, written=_parse(text, file), lines=key_lines(text))
    version = source.written.get("schema")
    if isinstance(version, int) and version > KNOWN_SCHEMA:
        raise UsageError(
            "DLA112",
            f"schema = {version} is newer than this dlaudit reads ({KNOWN_SCHEMA})",
            place=source.place("schema"),
            fix="Upgrade dlaudit.",
        )
    return source


def key_lines(text: str) -> dict[Key, int]:
    """Key path (tables, array indices and keys) to the 1-based line where it stands.

    A key inside an inline table or a multi-line value has its parent's line.
    """
    lines: dict[Key, int] = {}
    table: Key = ()
    seen: dict[Key, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?", line)
        if header:
            names: Key = tuple(_key_parts(header[2]))
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


def _read(path: Path, file: str) -> str:
    place = Place(file=file)
    try:
        return _text_of(path, place)
    except (OSError, RuntimeError) as error:  # a loop of links, a name too long, no permission
        why = getattr(error, "strerror", None) or "its links lead in a circle"
        raise UsageError(
            "DLA111",
            f"the file cannot be read ({why})",
            place=place,
            fix="Give an existing dlaudit.toml that you may read, or flags alone.",
        ) from error


def _text_of(path: Path, place: Place) -> str:
    if not path.is_file():
        siblings = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise UsageError(
            "DLA111",
            "this is a folder, not a file" if path.is_dir() else "there is no such file",
            place=place,
            fix=f"Give an existing dlaudit.toml, or flags alone.{nearest(path.name, siblings)}",
        )
    try:
        return path.read_text(encoding="utf-8-sig")  # editors on Windows write a byte order mark first
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
    except (RecursionError, ValueError) as error:
        too_deep = isinstance(error, RecursionError)
        raise UsageError(
            "DLA103",
            f"not read as TOML: {'brackets are nested too deep' if too_deep else 'a number or date is out of range'}",
            place=Place(file=file),
            fix="Write it with fewer brackets." if too_deep else "Write numbers of fewer digits and dates that exist.",
        ) from error
