"""Series of measurements: lists of steps to float32 [n, time, channels], cut and padded to one length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.encode import moments
from dlaudit.data.encoded import Encoded, Inputs, Unadorned
from dlaudit.data.grid import Grid, cut, spans
from dlaudit.data.modalities import MODALITIES, Making, Modality
from dlaudit.data.raw import RawTable
from dlaudit.data.rejects import MISSING_INPUT, NOT_FINITE_INPUT
from dlaudit.data.sequence_beside import EMPTY, UNEVEN, Beside, beside_of, cut_name, frame_of, refuse
from dlaudit.data.sequence_names import spans_called
from dlaudit.data.sequence_rows import series_columns
from dlaudit.data.sequence_steps import Frame, Steps, UnevenListsError, filled_forward, laid_out, steps_of, uneven_rows
from dlaudit.data.sequence_visits import VisitsSource
from dlaudit.data.showing import Showing
from dlaudit.data.shown_series import series_shown
from dlaudit.errors import DataRefused, UsageError, listed
from dlaudit.record import Content
from dlaudit.spec import AuditSpec, SequenceInput
from dlaudit.tensors import tensor_table

SHOWN = 64
"""Spans of time on maps at most."""
AT_ONCE = 64 * 2**20
"""Bytes of encoded rows at once, about."""


@dataclass(frozen=True, kw_only=True)
class SeriesInputs(Unadorned):
    """Series as an array, with lengths or a mask beside it."""

    asked: SequenceInput
    """`[input.sequence]`."""
    columns: list[str]
    """Columns of lists."""
    channels: tuple[str, ...]
    """Names of the channels."""
    frame: Frame
    """How steps are laid out."""
    beside: Beside | None
    """What else the model takes."""
    mean: np.ndarray[Any, Any]
    """Subtracted from each channel."""
    std: np.ndarray[Any, Any]
    """What each channel is then divided by."""
    reject: bool
    """`data.on_bad` is `reject`."""
    stored: int = 0
    """Steps of the first sequence: where the model takes fewer, more are read than it is given."""
    modality = "sequence"

    @property
    def at_once(self) -> int:
        """As many rows as keep their array small."""
        longest = max(self.frame.length, self.stored)
        return max(16, AT_ONCE // (8 * longest * len(self.channels)))

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: RawTable) -> Encoded:
        """The array, and lengths or mask.

        Raises:
            DataRefused: Lists do not fit one another or are empty (DLA350), or hold missing or infinite numbers.
        """
        given = [columns[name] for name in self.columns]
        uneven = uneven_rows(given, len(self.channels)) if self.reject else np.zeros(len(given[0]), dtype=bool)
        if uneven.any():
            given = [pc.if_else(pa.array(~uneven), column, None) for column in given]
        steps = self._steps(given, first_row, file)
        missing = np.isnan(steps.values).any(axis=1)
        values = self._numbers(steps)
        bad = {
            UNEVEN: uneven,
            EMPTY: (steps.lengths == 0) & ~uneven,
            MISSING_INPUT: steps.rows_where(np.isnan(values).any(axis=1)),
            NOT_FINITE_INPUT: steps.rows_where(np.isinf(values).any(axis=1)),
        }
        if not self.reject:
            refuse(bad, first_row, file, self.columns[0])
        made = laid_out(Steps(values=values, starts=steps.starts), self.frame, self.asked.pad)
        tensors = {self.asked.name: self._axes(made)}
        if self.beside is not None:
            tensors[self.beside.name] = self.beside.made(self.frame, steps.lengths)
        altered = {
            cut_name(self.frame): steps.lengths > self.frame.length,
            "missing measurements filled": steps.rows_where(missing),
            **_ordered(file, first_row, len(steps.lengths), self.asked),
        }
        return Encoded(inputs=tensor_table(tensors), bad=bad, altered=altered)

    @property
    def grids(self) -> list[Grid]:
        """Windows of time by channel; and the number of steps, where the model is told it."""
        return [self._grid(self.asked.windows), *([self.beside.grid] if self.beside is not None else [])]

    @property
    def maps(self) -> list[Grid]:
        """Steps by channel, or short spans of steps."""
        return [self._grid(SHOWN)]

    def preview(self, columns: dict[str, pa.Array], how: Showing) -> list[Content]:
        """The channels as they are in the data, as means of spans of time."""
        steps = self._steps([columns[name] for name in self.columns], 1, how.file)
        return series_shown(steps, self.channels, how)

    def _steps(self, columns: list[pa.Array], first_row: int, file: RawTable) -> Steps:
        try:
            steps = steps_of(columns)
        except UnevenListsError as uneven:
            raise _uneven(uneven.why, first_row + uneven.row, file, self.columns[0]) from uneven
        if len(steps.values) and steps.values.shape[1] != len(self.channels):
            why = f"it has {steps.values.shape[1]} channels, the first record {len(self.channels)}"
            raise _uneven(why, first_row, file, self.columns[0])
        return steps if len(steps.values) else Steps(values=np.zeros((0, len(self.channels))), starts=steps.starts)

    def files(self, file: RawTable) -> Iterator[str]:
        """The file of the array, where series stand in one."""
        return iter([] if self.asked.array is None else [self.asked.array])

    def _numbers(self, steps: Steps) -> np.ndarray[Any, Any]:
        """Measurements as the model takes them: missing ones filled, then standardised."""
        values, fill = steps.values, self.asked.fill
        if fill == "forward":
            values = filled_forward(steps)
        elif fill is not None:
            values = np.where(np.isnan(values), fill, values)
        values = (values - self.mean) / self.std
        if fill == "forward":
            values = np.where(np.isnan(values), self.asked.pad, values)
        with np.errstate(over="ignore"):
            return np.asarray(values.astype(np.float32).astype(np.float64))

    def _axes(self, made: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        single = made.astype(np.float32)
        if self.asked.layout == "NT":
            return single[:, :, 0]
        return single.transpose(0, 2, 1) if self.asked.layout == "NCT" else single

    def _grid(self, windows: int) -> Grid:
        time, channels = cut(self.frame.length, windows), tuple(range(len(self.channels)))
        called = spans_called(spans(time), self.frame, self.asked.apart)
        axes: dict[int, tuple[int, ...]] = {1: time, 2: channels}
        names = [f"{channel}, {steps}" for steps in called for channel in self.channels]
        titles: tuple[str, ...] = ("time", "channel")
        if self.asked.layout == "NCT":
            names = [f"{channel}, {steps}" for channel in self.channels for steps in called]
            axes, titles = {1: channels, 2: time}, ("channel", "time")
        elif self.asked.layout == "NT":
            axes, names, titles = {1: time}, called, ("time",)
        marks = {"time": tuple(called), "channel": self.channels}
        return Grid(
            input=self.asked.name,
            names=tuple(names),
            axes=axes,
            titles=titles,
            marks=tuple(marks[title] for title in titles),
            aligned=self.asked.aligned,
        )


def sequence_columns(spec: AuditSpec) -> list[str] | None:
    """The columns that hold sequences."""
    return series_columns(spec.input.sequence) if spec.input.sequence is not None else None


def sequence_inputs(making: Making) -> Inputs:
    """Sequences as inputs: of symbols where a column of texts is named, else of measurements.

    Raises:
        UsageError: The configuration does not fit the data (DLA107).
    """
    from dlaudit.data.sequence_ids import symbol_inputs

    asked = making.spec.input.sequence
    assert asked is not None
    if asked.column is not None:
        return symbol_inputs(asked, reject=making.spec.data.on_bad == "reject")
    columns, rejects = series_columns(asked), making.spec.data.on_bad == "reject"
    steps = _first_steps(making.raw, columns, rejects=rejects)
    channels = _channels(asked, columns, steps.values.shape[1])
    mean, std = _moments(asked, channels)
    return SeriesInputs(
        asked=asked,
        columns=columns,
        channels=channels,
        frame=frame_of(asked, len(steps.values)),
        beside=beside_of(asked),
        mean=mean,
        std=std,
        reject=rejects,
        stored=len(steps.values),
    )


def _first_steps(raw: RawTable, columns: Sequence[str], *, rejects: bool) -> Steps:
    """The steps of the first record that has any: they say how many channels there are."""
    for row, batch in enumerate(raw.batches(1, columns), start=1):
        try:
            steps = steps_of(list(batch.columns))
        except UnevenListsError as uneven:
            if rejects:
                continue
            raise _uneven(uneven.why, row, raw, columns[0]) from uneven
        if len(steps.values):
            return steps
    raise DataRefused(
        "DLA350",
        "every sequence is empty, or its lists do not fit one another",
        place=raw.place(None, columns[0]),
        fix="Name the columns that hold measurements: [input.sequence] channels.",
    )


def _channels(asked: SequenceInput, columns: Sequence[str], count: int) -> tuple[str, ...]:
    if asked.layout == "NT" and count != 1:
        raise UsageError(
            "DLA107",
            f'layout = "NT" has no axis for channels, and there are {count}',
            expected="NTC or NCT",
            fix="Set [input.sequence] layout as the model takes it.",
        )
    if len(columns) == count:
        return tuple(columns)
    return tuple(f"{columns[0]} {number + 1}" for number in range(count))


def _moments(asked: SequenceInput, channels: Sequence[str]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    mean, std = moments(asked.standardize, "input.sequence.standardize") if asked.standardize is not None else ({}, {})
    strange = [name for name in mean if name not in channels]
    if strange:
        raise UsageError(
            "DLA107",
            f"input.sequence.standardize names {listed(strange)}, which is no channel",
            expected=f"one of {listed(list(channels), most=12)}",
            fix="Correct the name.",
        )
    return np.array([mean.get(name, 0.0) for name in channels]), np.array([std.get(name, 1.0) for name in channels])


def _ordered(file: RawTable, first_row: int, rows: int, asked: SequenceInput) -> dict[str, np.ndarray[Any, Any]]:
    if not isinstance(file.source, VisitsSource):
        return {}
    return {f"visits put in order of {asked.order}": file.source.visits.moved[first_row - 1 : first_row - 1 + rows]}


def _uneven(why: str, row: int, file: RawTable, column: str) -> DataRefused:
    return DataRefused(
        "DLA350",
        f"the lists do not fit one another: {why}",
        place=file.place(row, column),
        expected="as many steps in every channel of a record, and as many channels in every record",
        fix="Correct the record.",
    )


MODALITIES.add("sequence", Modality(columns=sequence_columns, make=sequence_inputs))
