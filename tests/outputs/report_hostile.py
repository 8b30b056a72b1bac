"""Audits of a hostile file: a payload in every slot of the record that holds text, found by walking its types.

A new field of the record is attacked without anybody having to think of it: what its annotation lets be text becomes a
payload, unless the record itself refuses that.
"""

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from report_counts import RATES
from report_lending import lending

from dlaudit.record import OVERALL, UNKNOWN, Audit, Verdict

PAYLOADS = (
    "<script>window.__ran=1</script>",
    '"><img src=x onerror=window.__ran=2>',
    "</script><script>window.__ran=3</script>",
    "{{7*7}}{% for x in y %}",
    "javascript:window.__ran=4",
    "\u202eevil\u2066",
    "\x1b[31mred\x1b]0;owned\x07",
    "nul\x00nul",
    "x" * 500,
    "::error::##[error]\r\n|`@team http://evil.example/ ![a](http://evil.example/b.png)",
    '=HYPERLINK("http://evil.example")',
    "]]><!-- --><style>*{display:none}</style>",
    "</style><svg onload=window.__ran=5>",
    "\" autofocus onfocus=window.__ran=6 x=\"' onmouseover=window.__ran=7 y='",
    "zero\u200bwidth\u200d\ufeff\u2028\u2029",
    "</title></template></textarea><iframe srcdoc='<script>parent.__ran=8</script>'>",
)
"""What a hostile file can hold in its names."""

_MEANT = frozenset({"task", "kind", "probe", "format", "dlaudit", "modality"})
"""Fields of text by which the report chooses what to show: left alone where the page should stay full."""
_KEYED = frozenset({"detail"})
"""Fields whose keys the report looks up; their values are data."""
Slot = tuple[str, str]
"""A record's name and a field of it."""


def hostile(
    given: tuple[Audit, Verdict | None] | None = None, *, turn: int = 0, everything: bool = False
) -> tuple[Audit, Verdict]:
    """An audit, that of lending where none is given, with a payload in every slot that holds text, still consistent.

    Args:
        given: The audit to spoil.
        turn: By how many payloads the first slot's is put off, so that every slot meets every payload in turn.
        everything: Whether also to spoil the names of metrics and probes, of which a page is then nearly empty.
    """
    audit, verdict = given or lending()
    spoiler = _Spoiler(turn, everything)
    return spoiler.record(audit), spoiler.record(verdict) if verdict is not None else None


class _Spoiler:
    """Replaces text by payloads, the same text always by the same one."""

    def __init__(self, turn: int, everything: bool) -> None:
        self._turn, self._everything = turn, everything
        self._renamed = {OVERALL: OVERALL, UNKNOWN: UNKNOWN, "": ""}
        if not everything:
            self._renamed |= {metric: metric for metric in (*RATES, "mean_score")}

    def evil(self, value: str) -> str:
        if value not in self._renamed:
            known = len(self._renamed)
            self._renamed[value] = f"{PAYLOADS[(known + self._turn) % len(PAYLOADS)]} {known}"
        return self._renamed[value]

    def record(self, node: BaseModel) -> Any:
        """The record with its text replaced; what it refuses stays as it was."""
        old = {name: getattr(node, name) for name in type(node).model_fields}
        new = {
            name: value
            if not self._everything and name in _MEANT and isinstance(value, str)
            else {key: self.value(one, Any) for key, one in value.items()}
            if name in _KEYED
            else self.value(value, type(node).model_fields[name].annotation)
            for name, value in old.items()
        }
        try:
            return type(node).model_validate(new)
        except ValidationError as error:
            refused = {fault["loc"][0] for fault in error.errors() if fault["loc"]}
            return type(node).model_validate({name: old[name] if name in refused else new[name] for name in new})

    def value(self, value: Any, annotation: Any) -> Any:
        if isinstance(value, BaseModel):
            return self.record(value)
        if isinstance(value, str):
            return self.evil(value) if {str, Any} & set(_alternatives(annotation)) else value
        inner = [get_args(one) for one in _alternatives(annotation) if get_origin(one) in {list, tuple, dict}]
        if annotation is Any:
            inner = [(Any, Any)]
        if isinstance(value, dict) and inner:
            return {self.value(key, inner[0][0]): self.value(one, inner[0][-1]) for key, one in value.items()}
        if isinstance(value, (list, tuple)) and inner:
            return type(value)(self.value(one, inner[0][0]) for one in value)
        return value


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """The types that a value may have: those of a union, else the one; of what is annotated, the type alone."""
    if hasattr(annotation, "__metadata__"):
        return _alternatives(annotation.__origin__)
    if hasattr(annotation, "__value__"):
        return _alternatives(annotation.__value__)
    if get_origin(annotation) in {Union, UnionType}:
        return tuple(one for part in get_args(annotation) for one in _alternatives(part))
    return (annotation,)


def _parts(annotation: Any) -> Iterator[Any]:
    for one in _alternatives(annotation):
        yield one
        if get_origin(one) is not Literal:
            for part in get_args(one):
                yield from _parts(part)


@cache
def slots(*roots: type[BaseModel]) -> frozenset[Slot]:
    """Every field within reach of these records that can hold text."""
    seen: set[type[BaseModel]] = set()
    ahead = list(roots)
    while ahead:
        model = ahead.pop()
        if model in seen:
            continue
        seen.add(model)
        parts = [part for field in model.model_fields.values() for part in _parts(field.annotation)]
        ahead += [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
    return frozenset(
        (model.__name__, name)
        for model in seen
        for name, field in model.model_fields.items()
        if str in _parts(field.annotation)
    )


def filled(*records: BaseModel | None) -> set[Slot]:
    """The fields of these records, and of those within them, that do hold text."""
    found: set[Slot] = set()
    ahead: list[Any] = list(records)
    while ahead:
        node = ahead.pop()
        if isinstance(node, BaseModel):
            for name in type(node).model_fields:
                value = getattr(node, name)
                found |= {(type(node).__name__, name)} if _holds_text(value) else set()
                ahead.append(value)
        elif isinstance(node, dict):
            ahead += node.values()
        elif isinstance(node, (list, tuple)):
            ahead += node
    return found


def _holds_text(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_text, (*value, *value.values())))
    return bool(value) if isinstance(value, str) else isinstance(value, (list, tuple)) and any(map(_holds_text, value))
