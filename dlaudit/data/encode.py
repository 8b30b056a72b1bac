"""Raw columns to the float32 matrix that the model takes, as `[input.table]` says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float32

from dlaudit.data.batch import Player
from dlaudit.data.cells import Column, as_numbers, as_text, is_missing
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.data.width import table_input
from dlaudit.errors import DataRefused, UsageError, listed, shown
from dlaudit.spec import AuditSpec, Standardize

OTHER = "other"
"""The level that stands for every level that is not listed, under `unseen = "other"`."""
_CHUNK = 65_536


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """How features become inputs."""

    features: list[str]
    """Columns, in order."""
    onehot: dict[str, list[str]]
    """Column to levels, in order."""
    unseen: str
    """`error`, `ignore` or `other`."""
    fill: dict[str, float]
    """Column to the number that stands for a missing cell."""
    mean: dict[str, float]
    """Column to what is subtracted."""
    std: dict[str, float]
    """Column to what it is then divided by."""
    missing: tuple[str, ...]
    """`data.missing`."""
    reject: bool
    """Whether a missing or infinite input leaves its row out rather than being an error."""

    @property
    def names(self) -> list[str]:
        """Name of every encoded input: the column, or `column=level`."""
        return [
            encoded
            for name in self.features
            for encoded in ([f"{name}={level}" for level in self.onehot[name]] if name in self.onehot else [name])
        ]

    @property
    def players(self) -> list[Player]:
        """One player for each feature; the levels of a one-hot column belong together."""
        players, at = [], 0
        for name in self.features:
            width = len(self.onehot.get(name, [name]))
            players.append(Player(name=name, columns=tuple(range(at, at + width))))
            at += width
        return players

    def encode(
        self, columns: dict[str, pa.Array], first_row: int, file: RawTable | None
    ) -> Float32[np.ndarray, "n inputs"]:
        """The inputs of some rows; with `reject`, NaN where missing and infinite where too large.

        Args:
            columns: Feature columns by name.
            first_row: Record number of the first row.
            file: The data, for messages.

        Raises:
            DataRefused: A cell is no number (DLA312) or too large (DLA313), or a level is not listed (DLA325).
        """
        rows = len(columns[self.features[0]])
        inputs = np.empty((rows, sum(len(player.columns) for player in self.players)), dtype=np.float32)
        for player in self.players:
            name = player.name
            of = Column(
                name=name,
                first_row=first_row,
                file=file,
                missing=self.missing,
                keep_infinite=self.reject,
            )
            if name in self.onehot:
                inputs[:, player.columns[0] : player.columns[-1] + 1] = self._levels(columns[name], of)
            else:
                inputs[:, player.columns[0]] = self._number(columns[name], of)
        return inputs

    def shown(self, inputs: Float32[np.ndarray, "n inputs"]) -> dict[str, np.ndarray[Any, Any]]:
        """Encoded inputs as a reader knows them: numbers before they were standardised, levels as text (object), None
        where none was listed.
        """
        made: dict[str, np.ndarray[Any, Any]] = {}
        for player in self.players:
            name, columns = player.name, inputs[:, list(player.columns)]
            if name in self.onehot:
                levels = np.array([*self.onehot[name], None], dtype=object)
                made[name] = levels[np.where(columns.any(axis=1), columns.argmax(axis=1), len(levels) - 1)]
            else:
                made[name] = columns[:, 0].astype(np.float64) * self.std.get(name, 1.0) + self.mean.get(name, 0.0)
        return made

    def _number(self, column: pa.Array, of: Column) -> np.ndarray[Any, Any]:
        numbers = as_numbers(column, of)
        absent = np.isnan(numbers)
        if absent.any():
            if of.name in self.fill:
                numbers[absent] = self.fill[of.name]
            elif not self.reject:
                raise _missing_number(int(np.argmax(absent)), of)
        if of.name in self.mean:
            numbers = (numbers - self.mean[of.name]) / self.std[of.name]
        with np.errstate(over="ignore"):
            single = numbers.astype(np.float32)
        if not self.reject and np.isinf(single).any():
            raise _too_large(int(np.argmax(np.isinf(single))), of)
        return single

    def _levels(self, column: pa.Array, of: Column) -> np.ndarray[Any, Any]:
        levels = self.onehot[of.name]
        texts = as_text(column)
        codes = np.array(pc.index_in(texts, value_set=pa.array(levels, pa.string())).fill_null(-1))
        if self.unseen == "other":
            codes[codes < 0] = levels.index(OTHER)
        hot = np.zeros((len(codes), len(levels)), dtype=np.float32)
        known = codes >= 0
        hot[np.flatnonzero(known), codes[known]] = 1
        if self.unseen != "error" or known.all():
            return hot
        absent = is_missing(column, self.missing)
        unlisted = np.flatnonzero(~known & ~(absent & self.reject))
        if len(unlisted):
            raise _unseen(texts[int(unlisted[0])].as_py(), int(unlisted[0]), of, levels)
        hot[~known] = np.nan
        return hot


def make_encoder(features: Sequence[str], spec: AuditSpec, file: str | None) -> Encoder:
    """The encoding that `[input.table]` asks for.

    Raises:
        UsageError: Its numbers cannot be used (DLA107), its file cannot be read (DLA103, DLA111), or the level
            `other` is not listed (DLA325).
        DataRefused: It names a column that is no feature (DLA308).
    """
    asked = table_input(spec)
    mean, std = moments(asked.standardize) if asked.standardize is not None else ({}, {})
    for key, names in {"onehot": [*asked.onehot], "fill": [*asked.fill], "standardize": [*mean]}.items():
        require(names, features, key=f"input.table.{key}", file=file)
    for name, levels in asked.onehot.items():
        if asked.unseen == "other" and OTHER not in levels:
            raise UsageError(
                "DLA325",
                f'unseen = "other", but the levels of {shown(name)} have no "other"',
                fix="Add it where the model expects it.",
            )
        if len(set(levels)) != len(levels) or not levels:
            raise UsageError("DLA107", f"the levels of {shown(name)} repeat or are none", fix="List each level once.")
    return Encoder(
        features=list(features),
        onehot=dict(asked.onehot),
        unseen=asked.unseen,
        fill=dict(asked.fill),
        mean=mean,
        std=std,
        missing=tuple(spec.data.missing),
        reject=spec.data.on_bad == "reject",
    )


def moments(asked: Standardize, key: str = "input.table.standardize") -> tuple[dict[str, float], dict[str, float]]:
    """Mean and standard deviation by column.

    Raises:
        UsageError: They cannot be used (DLA107), or their file cannot be read (DLA103, DLA111).
    """
    mean, std = (asked.mean or {}, asked.std or {}) if asked.from_ is None else _read_moments(asked.from_, key)
    if mean.keys() != std.keys():
        alone = sorted(mean.keys() ^ std.keys())
        raise UsageError(
            "DLA107",
            f"mean and std name different columns: {listed(alone)}",
            fix="Give both for each column.",
        )
    wrong = [name for name in std if not (np.isfinite(mean[name]) and np.isfinite(std[name]) and std[name] > 0)]
    if wrong:
        raise UsageError(
            "DLA107",
            f"the mean or std of {listed(wrong)} cannot be used",
            expected="finite numbers, std above 0",
            fix="Take a constant column out of the standardisation.",
        )
    return dict(mean), dict(std)


def _read_moments(path: str, key: str) -> tuple[dict[str, float], dict[str, float]]:
    try:
        read = json.loads(Path(path).read_text(encoding="utf-8"))
        mean, std = ({str(k): float(v) for k, v in read[part].items()} for part in ("mean", "std"))
    except OSError as error:
        raise UsageError("DLA111", f"{shown(path, limit=200)} cannot be read", fix=f"Correct {key}.from.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "DLA103",
            f"{shown(path, limit=200)} is not as {key} needs it",
            expected='{"mean": {column: number}, "std": {column: number}}',
            fix="Write it so, from the training data.",
        ) from error
    return mean, std


def _missing_number(at: int, of: Column) -> DataRefused:
    return DataRefused(
        "DLA312",
        "a model input is missing",
        place=of.place(at),
        expected="a number",
        fix=f"Fill it as in training, [input.table] fill = {{ {of.name} = ... }}; or count such records by slice and "
        "leave them out: --set data.on_bad=reject.",
    )


def _too_large(at: int, of: Column) -> DataRefused:
    return DataRefused(
        "DLA313",
        "the standardised input is too large for float32",
        place=of.place(at),
        fix="Check the mean and std of the column.",
    )


def _unseen(level: str | None, at: int, of: Column, levels: list[str]) -> DataRefused:
    count = ""
    if isinstance(of.file, RawTable):
        told = 0
        for batch in of.file.batches(_CHUNK, [of.name]):
            same = pc.equal(as_text(batch.column(0)), level) if level is not None else batch.column(0).is_null()
            told += pc.sum(same).as_py() or 0
        count = f", in {told:,} record(s)"
    return DataRefused(
        "DLA325",
        f"the level {shown(level if level is not None else '(missing)')} is not listed{count}",
        place=of.place(at),
        expected=f"one of {listed(levels, most=12)}",
        fix='Add it where the model expects it, or set [input.table] unseen = "ignore" (all zeros) or "other".',
    )
