"""Columns of single rows: as they are, or only in a form that many rows of the file share."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

from dlaudit.data.cells import as_text
from dlaudit.data.shared_forms import is_number, tallies
from dlaudit.data.showing import Showing, coarse
from dlaudit.data.shown_texts import passages_of
from dlaudit.record import Content, ExampleCell

MOST_CELLS = 8
"""Columns of a row that are shown."""
LONGEST = 200
"""Characters of a cell that are kept."""
SENTENCE = 80
"""Characters from which a column's cells are texts to be read."""
_ZERO = 0


def cells_of(columns: Mapping[str, pa.Array], how: Showing) -> list[Content]:
    """The rows of those columns: those that moved a row's score most first, else in order; long texts as passages."""
    names = [name for name in columns if not (how.masked and name in how.hidden)]
    texts = {name: _texts(columns[name]) for name in names}
    rows = len(next(iter(columns.values()))) if columns else 0
    long = [name for name in names if any(len(text) > SENTENCE for text in texts[name])]
    short = [name for name in names if name not in long]
    chosen = [_first(short, how.of(row).by_name) for row in range(rows)]
    shared = _shared(texts, list(dict.fromkeys(name for one in chosen for name in one)), how) if how.masked else {}
    chosen = [[name for name in one if name in shared] for one in chosen] if how.masked else chosen
    passages = passages_of([[(name, texts[name][row]) for name in long] for row in range(rows)], how, long)
    return [
        Content(
            cells=[_cell(name, texts[name][row], shared.get(name), how.of(row).by_name) for name in chosen[row]],
            columns=len(short),
            passages=passages[row],
        )
        for row in range(rows)
    ]


def rows_beside(columns: Mapping[str, pa.Array], how: Showing) -> list[Content]:
    """Rows of which no input is known here: their cells; of pairs both sides, and nothing where masked, since a side
    is somebody's name.
    """
    sides = getattr(how.file.source, "sides", None)
    if sides is None:
        return cells_of(columns, how)
    return [Content() for _ in next(iter(columns.values()))] if how.masked else cells_of(sides(columns), how)


def one_digit(numbers: Float[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Code of each number rounded to one significant digit: 1000 times the signed digit, plus its power of ten."""
    size = np.abs(numbers)
    finite = np.isfinite(size) & (size > 0)
    power = np.floor(np.log10(np.where(finite, size, 1.0)))
    digit = np.rint(np.where(finite, size, 0.0) / 10.0**power)
    power, digit = np.where(digit >= 10, power + 1, power), np.where(digit >= 10, 1, digit)
    return np.where(finite, np.sign(np.where(finite, numbers, 1.0)) * digit * 1000 + power, _ZERO).astype(np.int64)


def written(code: int) -> str:
    """The rounded number of a code, as `≈ 40000`."""
    if code == _ZERO:
        return "≈ 0"
    digit = round(code / 1000)
    return f"≈ {float(f'{digit}e{code - digit * 1000}'):.12g}"


def _texts(column: pa.Array) -> list[str]:
    return [text or "" for text in as_text(column).to_pylist()]


def _first(names: Sequence[str], moved: Mapping[str, float]) -> list[str]:
    """The columns of a row that are shown."""
    if not moved:
        return list(names[:MOST_CELLS])
    return sorted(names, key=lambda name: -abs(moved.get(name, 0.0)))[:MOST_CELLS]


def _cell(name: str, text: str, shared: "dict[str, str] | None", moved: Mapping[str, float]) -> ExampleCell:
    """One cell; where masked, in the form of it that is shared with a coarse contribution, or hidden with none."""
    form = text if shared is None else shared.get(text)
    hidden = form is None
    kept = "" if form is None else form if len(form) <= LONGEST else form[:LONGEST] + "…"
    value = moved.get(name) if shared is None else None if hidden else coarse(moved.get(name))
    return ExampleCell(name=name, value=kept, hidden=hidden, contribution=value)


def _shared(texts: Mapping[str, list[str]], names: list[str], how: Showing) -> dict[str, dict[str, str]]:
    """For each column that may be shown the texts of the rows that are shown to the form of them that `COMMON` rows,
    or people, of the file share; columns whose hidden values could be told are left out.
    """
    codes = {name: {text: _code(text) for text in set(texts[name])} for name in names}
    wanted: dict[str, frozenset[Hashable]] = {
        name: frozenset(text if code is None else code for text, code in codes[name].items()) for name in names
    }
    counted = tallies(wanted, how, _codes)
    return {
        name: {
            text: text if code is None else written(code)
            for text, code in codes[name].items()
            if (text if code is None else code) in counted[name].common()
        }
        for name in names
        if not counted[name].tells()
    }


def _code(text: str) -> int | None:
    """Code of a number; None for other texts."""
    return int(one_digit(np.array([float(text)]))[0]) if is_number(text) else None


def _codes(column: pa.Array) -> pa.Array:
    """Codes of a column of numbers that are given as texts."""
    return pa.array(one_digit(pc.utf8_trim_whitespace(column).cast(pa.float64()).to_numpy(zero_copy_only=False)))
