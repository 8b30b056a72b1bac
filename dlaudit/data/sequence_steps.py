"""Lists of different lengths as one array with padding."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Int


class UnevenListsError(Exception):
    """The lists of a row do not fit one another.

    Args:
        row: Place of the row.
        why: What does not fit, as a clause.
    """

    def __init__(self, row: int, why: str) -> None:
        super().__init__(why)
        self.row, self.why = row, why


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The steps of several rows, one row after the other."""

    values: Float[np.ndarray, "steps channels"]
    """Measurements, NaN where missing."""
    starts: Int[np.ndarray, " n+1"]
    """Where each row's steps begin, and their number."""

    @property
    def lengths(self) -> Int[np.ndarray, " n"]:
        """Steps of each row."""
        return np.diff(self.starts)

    @property
    def row(self) -> Int[np.ndarray, " steps"]:
        """Row of each step."""
        return np.repeat(np.arange(len(self.starts) - 1), self.lengths)

    def rows_where(self, steps: Bool[np.ndarray, " steps"]) -> Bool[np.ndarray, " n"]:
        """Rows in which the condition holds for some step."""
        return np.bincount(self.row[steps], minlength=len(self.starts) - 1) > 0


@dataclass(frozen=True, kw_only=True)
class Frame:
    """How steps are laid out for the model."""

    length: int
    """Steps that the model takes."""
    keep: Literal["first", "last"]
    """Which end of a longer row is kept."""
    align: Literal["start", "end"]
    """Where a shorter row stands."""

    def kept(self, lengths: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """Steps that are kept of each row."""
        return np.asarray(np.minimum(lengths, self.length))

    def mask(self, lengths: Int[np.ndarray, " n"]) -> Bool[np.ndarray, "n time"]:
        """Where steps stand."""
        place, kept = np.arange(self.length), self.kept(lengths)[:, None]
        return np.asarray(place >= self.length - kept if self.align == "end" else place < kept)

    def sources(self, starts: Int[np.ndarray, " n+1"]) -> Int[np.ndarray, " kept"]:
        """Numbers of the steps that are kept, in order of rows and time."""
        lengths = np.diff(starts)
        kept = self.kept(lengths)
        first = starts[:-1] + (lengths - kept if self.keep == "last" else 0)
        within = np.arange(kept.sum()) - np.repeat(np.cumsum(kept) - kept, kept)
        return np.asarray(np.repeat(first, kept) + within)


def laid_out(steps: Steps, frame: Frame, pad: float) -> Float[np.ndarray, "n time channels"]:
    """The steps as one array, `pad` where a row has none."""
    mask = frame.mask(steps.lengths)
    made = np.full((*mask.shape, steps.values.shape[1]), pad, dtype=np.float64)
    made[mask] = steps.values[frame.sources(steps.starts)]
    return made


def steps_of(columns: "list[pa.Array]") -> Steps:
    """The steps of columns that hold a list of numbers each, or of one column with a list of lists.

    A missing list is an empty one.

    Raises:
        UnevenListsError: The lists of a row have different lengths, or steps have different numbers of channels.
    """
    starts, values = _flat(columns[0])
    if len(columns) == 1 and _is_list(values.type):
        return Steps(values=_channels(values, starts), starts=starts)
    nested = next((one for one in columns if _is_list(one.type.value_type)), None)
    if nested is not None:
        raise UnevenListsError(0, "one of several columns holds lists of lists, and a list of numbers is a channel")
    parts = [_numbers(values)]
    for column in columns[1:]:
        others, more = _flat(column)
        if (np.diff(others) != np.diff(starts)).any():
            row = int(np.argmax(np.diff(others) != np.diff(starts)))
            raise UnevenListsError(row, f"its channels have {starts[row + 1] - starts[row]} and "
                                   f"{others[row + 1] - others[row]} steps")  # fmt: skip
        parts.append(_numbers(more))
    return Steps(values=np.stack(parts, axis=1), starts=starts)


def uneven_rows(columns: "list[pa.Array]", channels: int) -> Bool[np.ndarray, " n"]:
    """Rows whose lists do not fit one another, or whose steps do not have that many channels."""
    starts, values = _flat(columns[0])
    lengths = np.diff(starts)
    if _is_list(values.type):
        wrong = np.diff(_flat(values)[0]) != channels
        return np.bincount(np.repeat(np.arange(len(lengths)), lengths)[wrong], minlength=len(lengths)) > 0
    others = [np.diff(_flat(column)[0]) for column in columns[1:]]
    return np.asarray(
        np.array([other != lengths for other in others], dtype=bool).reshape(-1, len(lengths)).any(axis=0)
    )


def filled_forward(steps: Steps) -> Float[np.ndarray, "steps channels"]:
    """The measurements with missing ones taken from the step before, within a row; NaN where there is none."""
    number = np.arange(len(steps.values))[:, None]
    begins = np.repeat(steps.starts[:-1], steps.lengths)[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(steps.values), -1, number), axis=0)
    found = np.take_along_axis(steps.values, np.maximum(last, 0), axis=0)
    return np.where(last >= begins, found, np.nan)


def _flat(column: pa.Array) -> tuple[Int[np.ndarray, " n+1"], pa.Array]:
    """Where each row's list begins, from 0, and the lists' elements one after the other."""
    import pyarrow.compute as pc

    lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False))
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), pc.list_flatten(column)


def _channels(values: pa.Array, starts: Int[np.ndarray, " n+1"]) -> Float[np.ndarray, "steps channels"]:
    inner, flat = _flat(values)
    if _is_list(flat.type):
        raise UnevenListsError(0, "the lists are nested three deep, where they may be steps of channels")
    widths = np.diff(inner)
    if len(widths) and not widths.any():
        raise UnevenListsError(int(np.argmax(np.diff(starts) > 0)), "its steps have no channels")
    if len(widths) and (widths != widths[0]).any():
        step = int(np.argmax(widths != widths[0]))
        row = int(np.searchsorted(starts, step, side="right")) - 1
        raise UnevenListsError(row, f"a step has {widths[step]} channels, others have {widths[0]}")
    return _numbers(flat).reshape(len(widths), int(widths[0]) if len(widths) else 1)


def _numbers(values: pa.Array) -> np.ndarray[Any, Any]:
    return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))
