"""What is wrong with a configuration, in plain words: every fault with its file, line and nearest name."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dlaudit.errors import Place, UsageError, listed, nearest, shown
from dlaudit.spec.toml_source import Key

_BOUNDS = {
    "greater_than_equal": "at least",
    "greater_than": "more than",
    "less_than_equal": "at most",
    "less_than": "less than",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong."""

    key: str
    """Dotted key."""
    told: str
    """What is wrong with it."""
    place: Place | None = None
    """Where it stands; None for a flag."""
    code: str = "DLA101"
    """Code of the error where it is the only one."""
    fix: str = ""
    """What to do about it, beyond correcting the file."""


def faults_of(error: ValidationError, place_of: Callable[[Key], Place | None], model: type[BaseModel]) -> list[Fault]:
    """What pydantic found wrong, in our words.

    Args:
        error: What it raised.
        place_of: Where a key path stands.
        model: What was read, for the names of its keys.
    """
    return [_fault(detail, place_of, model) for detail in error.errors()]


def usage_error(faults: Sequence[Fault], file: str | None) -> UsageError:
    """All faults as one error, in the order of their lines.

    Args:
        faults: At least one.
        file: The configuration file; None without one.
    """
    ordered = sorted(faults, key=lambda one: (one.place is None, _order(one, file)))
    if len(ordered) == 1:
        return _single(ordered[0])
    told = "".join(f"\n  {_where(one.place)}: {one.key}: {one.told}{one.fix and f'. {one.fix}'}" for one in ordered)
    whole = UsageError(
        "DLA102",
        f"{len(ordered)} faults in the configuration:{told}\n",
        place=Place(file=file),
        fix="Correct them and run again; `dlaudit schema config` prints every key.",
    )
    whole.parts = tuple(map(_single, ordered))
    return whole


def _single(one: Fault) -> UsageError:
    at = one.place or Place()
    return UsageError(
        one.code,
        one.told,
        place=Place(file=at.file, line=at.line, key=one.key),
        fix=one.fix or f"Correct the {'file' if one.place else 'flag'} and run again.",
    )


def dotted(key: Key) -> str:
    """`rule[0].min`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).lstrip(".")


def _order(one: Fault, file: str | None) -> tuple[bool, str, int]:
    place = one.place or Place()
    return place.file != file, place.file or "", place.line or 0


def _where(place: Place | None) -> str:
    if place is None or place.file is None:
        return "flag"
    return shown(place.file, limit=200, quote=False) + (f":{place.line}" if place.line else "")


def _fault(detail: ErrorDetails, place_of: Callable[[Key], Place | None], model: type[BaseModel]) -> Fault:
    where = tuple(part for part in detail["loc"] if not _is_union_branch(part))
    return Fault(key=dotted(where), told=_worded(detail, where, model), place=place_of(where))


def _is_union_branch(part: str | int) -> bool:
    return isinstance(part, str) and (
        part in {"str", "int", "float"} or part.startswith(("list[", "literal[", "dict["))
    )


def _worded(detail: ErrorDetails, where: Key, model: type[BaseModel]) -> str:
    got, kind, context = detail.get("input"), detail["type"], detail.get("ctx", {})
    name = str(where[-1]) if where else ""
    if kind == "extra_forbidden":
        known = _keys_beside(where, model)
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
        "date_type": "a date without quotes, as 2026-12-31",
        "date_from_datetime_inexact": "a date without a time, as 2026-12-31",
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


def _keys_beside(where: Key, model: type[BaseModel]) -> list[str]:
    """The keys that the table holding `where[-1]` may have."""
    at: Any = model
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
    inner = get_args(annotation)
    if inner:
        return [t for one in inner for t in _types_in(one)]
    return [annotation] if isinstance(annotation, type) else []
