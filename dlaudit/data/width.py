"""Whether the input columns are numbers, and as many as the model takes."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import Column, as_numbers, as_text, is_missing
from dlaudit.data.column_kinds import seems
from dlaudit.data.guesses import toml_list
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused, Place, listed, shown
from dlaudit.spec import AuditSpec, TableInput

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_PEEK = 1_000
_LEVELS_SHOWN = 12


def table_input(spec: AuditSpec) -> TableInput:
    """`[input.table]`, empty where absent."""
    return spec.input.table or TableInput()


def width_of(features: Sequence[str], spec: AuditSpec) -> int:
    """Columns that the features have once encoded."""
    onehot = table_input(spec).onehot
    return sum(len(onehot[name]) if name in onehot else 1 for name in features)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The columns that are to be model inputs."""

    raw: RawTable
    """The data."""
    features: list[str]
    """Inputs, in order."""
    target: list[str]
    """Labels: never inputs."""
    spec: AuditSpec
    """What was asked."""

    @property
    def width(self) -> int:
        """Columns that they have once encoded."""
        return width_of(self.features, self.spec)


def check_inputs(inputs: Inputs, width: int | None, layer: str) -> None:
    """Nothing, where the features are numbers (or one-hot encoded) and as many as the model takes.

    Args:
        inputs: The features.
        width: Columns that the model takes; None where unknown.
        layer: What says so.

    Raises:
        DataRefused: A column is text (DLA312), or their number differs (DLA324); both say what to set.
    """
    raw, spec = inputs.raw, inputs.spec
    asked = table_input(spec)
    require(list(asked.onehot), inputs.features, key="input.table.onehot", file=raw.path)
    require(list(asked.fill), inputs.features, key="input.table.fill", file=raw.path)
    text = [n for n in inputs.features if n not in asked.onehot and not _reads_as_numbers(raw, n, spec)]
    if text:
        raise _text_input(inputs, text, width)
    if width is not None and inputs.width != width:
        raise _does_not_fit(inputs, width, layer)


def _reads_as_numbers(raw: RawTable, name: str, spec: AuditSpec) -> bool:
    """Whether most cells of the first rows are numbers: a single bad cell is told as one, with its line."""
    column = _first(raw, name)
    of = Column(name=name, first_row=1, file=None, missing=spec.data.missing, keep_infinite=True)
    try:
        as_numbers(column, of)
    except DataRefused:
        if not pa.types.is_string(column.type):
            return False
        present = column.filter(pa.array(~is_missing(column, spec.data.missing)))
        return bool(np.mean([_is_number(present.slice(at, 1), of) for at in range(len(present))]) > 0.5)
    return True


def _is_number(cell: pa.Array, of: Column) -> bool:
    try:
        as_numbers(cell, of)
    except DataRefused:
        return False
    return True


def _first(raw: RawTable, name: str) -> pa.Array:
    return next(raw.batches(_PEEK, [name])).column(0)


def _text_input(inputs: Inputs, text: list[str], width: int | None) -> DataRefused:
    raw, spec, first = inputs.raw, inputs.spec, text[0]
    numeric = [name for name in inputs.features if name not in text]
    levels = as_text(_first(raw, first)).unique().drop_null().to_pylist()
    if levels and all(_DECIMAL_COMMA.fullmatch(level) for level in levels):
        return DataRefused(
            "DLA312",
            f"the numbers of {shown(first)} have a decimal comma, as {shown(levels[0])}",
            place=Place(file=raw.path, column=first),
            expected="a decimal point",
            fix="Write the file with decimal points.",
        )
    found = seems(first, levels)
    if found is not None:
        said, fix = found
        left_out = f"; or leave it out: [data] features = {toml_list(numeric)}" if numeric else ""
        return DataRefused(
            "DLA312",
            f"the model input {shown(first)} is not a number: {said}",
            place=Place(file=raw.path, column=first),
            expected="numeric inputs",
            fix=f"Say so {fix}{left_out}.",
        )
    fix = _how_to_encode(raw, spec, first, levels)
    if spec.data.features is None and numeric:
        fits = ", which fits the model" if width is not None and width_of(numeric, spec) == width else ""
        fix += f"; or leave it out{fits}: [data] features = {toml_list(numeric)}"
    others = f" (nor are {listed(text[1:])})" if len(text) > 1 else ""
    return DataRefused(
        "DLA312",
        f"the model input {shown(first)} is not a number{others}",
        place=Place(file=raw.path, column=first),
        expected="numeric inputs",
        fix=f"{fix}.",
    )


def _how_to_encode(raw: RawTable, spec: AuditSpec, name: str, levels: list[str]) -> str:
    """What to write about an input of texts: that it is the id, where no row repeats one, else its levels."""
    if spec.data.id is None and len(levels) > _LEVELS_SHOWN and len(levels) == len(_first(raw, name)):
        setting = f"data.id={name}" if name.isidentifier() else f"'data.id={name}'"
        key = f"[data] id = {json.dumps(name, ensure_ascii=False)} (--set {setting})"
        return f"No row repeats it: where it is the rows' id, say so: {key}"
    written = toml_list(sorted(levels)) if len(levels) <= _LEVELS_SHOWN else '["…"]'
    return f"Encode it, with the levels in the order of training: [input.table] onehot = {{ {name} = {written} }}"


def _does_not_fit(inputs: Inputs, width: int, layer: str) -> DataRefused:
    given = inputs.spec.data.features is not None
    left = "in data.features" if given else "left after target, sensitive features and id"
    fix = "" if given else _what_fits(inputs, width)
    return DataRefused(
        "DLA324",
        f"the model ({layer}) takes {width} columns, the data has {inputs.width} numeric columns {left}",
        place=Place(file=inputs.raw.path),
        fix=fix
        or "Name the inputs in the order of training: [data] features = [...]; encode text with [input.table] onehot.",
    )


def _what_fits(inputs: Inputs, width: int) -> str:
    """The exact setting that makes the number fit, where adding or dropping columns with another role does."""
    raw, spec, features = inputs.raw, inputs.spec, inputs.features
    others = [name for name in raw.columns if name not in {*features, *inputs.target, *raw.joined}]
    for added in _alone_or_together(others):
        wanted = [name for name in raw.columns if name in {*features, *added}]
        if width_of(wanted, spec) == width and all(_reads_as_numbers(raw, name, spec) for name in added):
            return f"It fits with {listed(added)} as input too: [data] features = {toml_list(wanted)}."
    for gone in _alone_or_together([n for n in features if n in spec.slices.control or n in spec.slices.bins]):
        wanted = [name for name in features if name not in gone]
        if width_of(wanted, spec) == width:
            return f"It fits without {listed(gone)}: [data] features = {toml_list(wanted)}."
    return ""


def _alone_or_together(names: list[str]) -> list[list[str]]:
    return [*([name] for name in names), *([names] if len(names) > 1 else [])]
