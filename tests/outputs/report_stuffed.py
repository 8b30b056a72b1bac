"""An audit with something in every field that the record lets be filled, so that every slot can be attacked."""

from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from report_hostile import Slot, _alternatives

Given = TypeVar("Given", bound=BaseModel)
TEXT = "told"
"""What a slot for text is filled with."""


def stuffed(given: Given) -> Given:
    """The record with its empty fields filled one after the other, but for what would make it invalid."""
    model, tree = type(given), given.model_dump()
    tried: set[Slot] = set()
    for _ in range(3):  # what was filled has empty fields of its own
        for slot, holder, annotation in list(_empty(model, tree)):
            if slot in tried:
                continue
            tried.add(slot)
            before = holder[slot[1]]
            holder[slot[1]] = _made(annotation)
            try:
                model.model_validate(tree)
            except ValidationError:
                holder[slot[1]] = before
    return model.model_validate(tree)


def _empty(model: type[BaseModel], tree: dict[str, Any]) -> Iterator[tuple[Slot, dict[str, Any], Any]]:
    for name, field in model.model_fields.items():
        value = tree[name]
        if value is None or value in ("", [], {}, ()):
            yield (model.__name__, name), tree, field.annotation
            continue
        for inner, one in _within(field.annotation, value):
            yield from _empty(inner, one)


def _within(annotation: Any, value: Any) -> Iterator[tuple[type[BaseModel], dict[str, Any]]]:
    """The records in a field's value, as they were dumped, with their types."""
    for one in _alternatives(annotation):
        if isinstance(one, type) and issubclass(one, BaseModel) and isinstance(value, dict):
            if set(value) == set(one.model_fields):
                yield one, value
        elif get_origin(one) in {list, tuple} and isinstance(value, (list, tuple)):
            for part in value:
                yield from _within(get_args(one)[0], part)
        elif get_origin(one) is dict and isinstance(value, dict):
            for part in value.values():
                yield from _within(get_args(one)[-1], part)


def _made(annotation: Any, depth: int = 0) -> Any:
    """A value of the type, text wherever there may be some."""
    kinds = [one for one in _alternatives(annotation) if one is not NoneType]
    if str in kinds:
        return TEXT
    one = kinds[0] if kinds else NoneType
    if get_origin(one) is Literal:
        return get_args(one)[0]
    if get_origin(one) in {list, tuple}:
        return [_made(get_args(one)[0], depth)]
    if get_origin(one) is dict:
        return {_made(get_args(one)[0], depth): _made(get_args(one)[1], depth)}
    if isinstance(one, type) and issubclass(one, BaseModel):
        return _record(one, depth) if depth < 4 else None
    return {bool: True, int: 1, float: 0.5}.get(one)


def _record(model: type[BaseModel], depth: int) -> dict[str, Any]:
    """A record with every field filled; where it refuses that, with the needed ones only."""
    every = {name: _made(field.annotation, depth + 1) for name, field in model.model_fields.items()}
    needed = {name: every[name] for name, field in model.model_fields.items() if field.is_required()}
    for made in (every, needed):
        try:
            return model.model_validate(made).model_dump()
        except ValidationError:
            continue
    return needed
