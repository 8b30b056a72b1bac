"""TableSet: the rows of a table, with labels decoded and inputs encoded, streamed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.data.batch import Batch, Player
from dlaudit.data.cells import Column, as_numbers, as_text, is_missing, objects
from dlaudit.data.encoded import WHOLE_CHUNK, Encoded, Inputs
from dlaudit.data.grid import Grid
from dlaudit.data.ids import DistinctIds
from dlaudit.data.inputs_of import inputs_of as inputs_of
from dlaudit.data.labels import Labels, predicted_labels
from dlaudit.data.one_pass import OnePass
from dlaudit.data.preview import beside_scores, cells_at
from dlaudit.data.raw import RawTable
from dlaudit.data.rejects import MISSING_INPUT, NO_LABEL, NOT_FINITE_INPUT
from dlaudit.data.roles import Roles
from dlaudit.data.showing import Showing
from dlaudit.data.shown_cells import rows_beside
from dlaudit.data.watched import Watched
from dlaudit.errors import DataRefused
from dlaudit.record import Content
from dlaudit.spec import AuditSpec


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Some records with all their columns."""

    first_row: int
    columns: dict[str, pa.Array]
    count: int


class TableSet(OnePass):
    """An evaluation set: the rows of a table, whatever their inputs are made of; see `table_set`.

    Args:
        raw: The data.
        roles: Its columns.
        spec: What was asked.
        labels: How targets are read.
        inputs: How inputs are made; None for the score columns.
    """

    watched = Watched()
    """Further columns that batches carry, for the slice search."""

    def __init__(self, raw: RawTable, roles: Roles, spec: AuditSpec, labels: Labels, inputs: Inputs | None) -> None:
        self._raw, self._roles, self._spec, self._labels, self._inputs = raw, roles, spec, labels, inputs
        super().__init__(spec)

    def batches(self, rows: int) -> Iterator[Batch]:
        """All rows that can be used, in file order; each batch comes from `rows` records and none is empty.

        Raises:
            DataRefused: A fault of the data: labels (DLA309, DLA311), inputs (DLA312, DLA313, DLA325), ids that
                repeat (DLA321), weights (DLA414).
        """
        self._begin()
        ids = DistinctIds(self._raw, self._spec.data, self._roles.id) if self._roles.id is not None else None
        first, total = 1, 0.0
        for columns in self._raw.batches(rows, self._columns):
            here = _Rows(
                first_row=first,
                columns=dict(zip(self._columns, columns.columns, strict=True)),
                count=columns.num_rows,
            )
            if ids is not None and self._roles.id is not None:
                ids.add(here.columns[self._roles.id])
            batch = self._batch(here)
            total += float(batch.weight.sum()) if batch.weight is not None else 1.0
            first += columns.num_rows
            if len(batch):
                self._note(batch)
                yield batch
        if ids is not None:
            ids.check()
        if self._roles.weight is not None and not total:
            raise _weights(self._raw, None, self._roles.weight, "all weights are 0")

    def files(self) -> Iterator[str]:
        """Paths of the files beside the data that rows are made from; none for a table."""
        return self._inputs.files(self._raw) if self._inputs is not None else iter(())

    @property
    def modality(self) -> str:
        """Name in the modality registry."""
        return self._inputs.modality if self._inputs is not None else "table"

    @property
    def at_once(self) -> int:
        """Rows that are decoded at once, so that memory stays small."""
        return self._inputs.at_once if self._inputs is not None else WHOLE_CHUNK

    @property
    def feature_groups(self) -> list[Player]:
        """One player for each raw feature of a table; the one-hot levels of a column belong together."""
        if self._inputs is not None:
            return self._inputs.players
        return [Player(name=name, columns=(at,)) for at, name in enumerate(self._roles.features)]

    @property
    def grids(self) -> list[Grid]:
        """What the players are for inputs that are no table, as patches or words."""
        return self._inputs.grids if self._inputs is not None else []

    @property
    def maps(self) -> list[Grid]:
        """Finer grids on which mean contributions are shown."""
        return self._inputs.maps if self._inputs is not None else []

    @property
    def features_encoded(self) -> list[str]:
        """Name of every encoded input of a table, in order: the column, or `column=level`."""
        return self._inputs.names if self._inputs is not None else list(self._roles.features)

    def shown(self, inputs: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Encoded inputs [n, F] as a reader knows them, by feature; nothing where they are encoded elsewhere."""
        return self._inputs.shown(inputs) if self._inputs is not None else {}

    def words(self, inputs: pa.Table) -> list[list[str]] | None:
        """What a reader calls the parts of each row, where rows are laid out differently; else None."""
        return self._inputs.words(inputs) if self._inputs is not None else None

    @property
    def only_text(self) -> str | None:
        """The column of texts, where one text is all that the model sees of a row; else None."""
        return self._inputs.only_text if self._inputs is not None else None

    @property
    def unmatched(self) -> int:
        """Records whose id is not in the demographics file; 0 without one."""
        return int(getattr(self._raw.source, "unmatched", 0))

    def encoded(self, columns: dict[str, pa.Array]) -> Any:
        """Further rows as the model's inputs, as the rows of the data are encoded.

        Args:
            columns: The columns that inputs are made of.

        Raises:
            DataRefused: A cell cannot be used.
        """
        assert self._inputs is not None
        return self._inputs.encode(columns, 1, self._raw).inputs

    def preview(self, records: np.ndarray[Any, Any], how: Showing) -> list[Content]:
        """What a person is shown of the records of those numbers (from 1): their inputs, or the columns beside scores.

        Raises:
            IndexError: There is no such record.
        """
        columns = self._inputs.columns if self._inputs is not None else beside_scores(self._raw, self._roles)
        if not columns:
            return [Content() for _ in records]  # scores and nothing beside them
        cells = cells_at(self._raw, columns, records)
        return self._inputs.preview(cells, how) if self._inputs is not None else rows_beside(cells, how)

    @property
    def _columns(self) -> list[str]:
        several = self._raw.several if self._set_aside.counts else {}
        return list(dict.fromkeys([*self._roles.columns, *self.watched.names, *several]))

    def _batch(self, here: _Rows) -> Batch:
        groups = {name: self._texts(here.columns[name]) for name in self._roles.groups}
        target, keep = self._targets(here)  # before inputs, which may cost a picture each
        encoded = self._encoded(here)
        self._rejects.add(NO_LABEL, ~keep, groups)
        for reason, bad in encoded.bad.items():
            self._rejects.add(reason, bad & keep, groups)
            keep &= ~bad
        for what, changed in encoded.altered.items():
            self._alterations.add(what, changed & keep, groups)
        self._set_aside.add({name: here.columns[name] for name in groups}, keep)
        for name, separator in self._raw.several.items() if self._set_aside.counts else ():
            self._set_aside.add_several(name, here.columns[name], separator, keep)
        if encoded.digest is not None:
            kept = {name: texts[keep] for name, texts in groups.items()}
            self._repeats.add(encoded.digest[keep], kept, target[keep])
        whole = Batch(
            first_row=here.first_row,
            rows=np.arange(here.first_row, here.first_row + here.count, dtype=np.int64),
            row_ids=self._named(here, self._roles.id),
            inputs=encoded.inputs,
            target=target,
            groups=groups,
            weight=self._weights(here),
            unit=self._named(here, self._roles.unit) if self._roles.unit is not None else None,
            watched=self.watched.read(here.columns, here.first_row, self._raw),
        )
        return whole if keep.all() else whole.keep(keep)

    def _encoded(self, here: _Rows) -> Encoded:
        if self._inputs is not None:
            columns = {name: here.columns[name] for name in self._inputs.columns}
            return self._inputs.encode(columns, here.first_row, self._raw)
        given = self._given(here)
        bad = {MISSING_INPUT: np.isnan(given).any(axis=1), NOT_FINITE_INPUT: np.isinf(given).any(axis=1)}
        return Encoded(inputs=given, bad=bad)

    def _given(self, here: _Rows) -> np.ndarray[Any, Any]:
        """The scores of a predictions file."""
        for name in self._predicted:
            found = self._labels.predicted(here.columns[name], here.first_row, self._raw, name)
            self._check_scored(np.isnan(found[:, 0]), name, here)
            return found
        return np.stack([self._score(here, name) for name in self._roles.scores], axis=1)

    def _score(self, here: _Rows, name: str) -> np.ndarray[Any, Any]:
        of = self._column(here, name, keep_infinite=self._spec.data.on_bad == "reject")
        scores = as_numbers(here.columns[name], of)
        self._check_scored(np.isnan(scores), name, here)
        return scores

    def _check_scored(self, absent: np.ndarray[Any, Any], name: str, here: _Rows) -> None:
        if absent.any() and self._spec.data.on_bad == "error":
            raise DataRefused(
                "DLA312",
                "a score is missing",
                place=self._column(here, name, keep_infinite=False).place(int(np.argmax(absent))),
                expected="a number, or a label where model.output is label",
                fix="Score the record; or count such records by slice and leave them out: --set data.on_bad=reject.",
            )

    @property
    def _predicted(self) -> list[str]:
        return predicted_labels(self._roles, self._spec) if self._labels.task in {"binary", "multiclass"} else []

    def _targets(self, here: _Rows) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Targets, and which rows have one."""
        if not self._labels.target:
            return np.zeros(here.count, dtype=np.int8), np.ones(here.count, dtype=bool)
        columns = [here.columns[name] for name in self._labels.target]
        return self._labels.decode(columns, here.first_row, self._raw), ~self._labels.absent(columns)

    def _texts(self, column: pa.Array) -> np.ndarray[Any, Any]:
        return objects(as_text(column), is_missing(column, self._spec.data.missing))

    def _named(self, here: _Rows, column: str | None) -> np.ndarray[Any, Any]:
        """Text of the column; a record without one is named by its number, so that no two are taken for one."""
        numbers = np.arange(here.first_row, here.first_row + here.count)
        if column is None:
            return numbers.astype(str).astype(object)
        texts = self._texts(here.columns[column])
        absent = np.flatnonzero(is_missing(here.columns[column], self._spec.data.missing))
        texts[absent] = [f"(record {numbers[at]})" for at in absent]
        return texts

    def _weights(self, here: _Rows) -> np.ndarray[Any, Any] | None:
        name = self._roles.weight
        if name is None:
            return None
        weights = as_numbers(here.columns[name], self._column(here, name, keep_infinite=True))
        wrong = ~np.isfinite(weights) | (weights < 0)
        if wrong.any():
            row = here.first_row + int(np.argmax(wrong))
            value = weights[wrong][0]
            what = "a weight is missing" if np.isnan(value) else f"the weight {value:g} cannot be used"
            raise _weights(self._raw, row, name, what)
        return weights

    def _column(self, here: _Rows, name: str, *, keep_infinite: bool) -> Column:
        return Column(
            name=name,
            first_row=here.first_row,
            file=self._raw,
            missing=self._spec.data.missing,
            keep_infinite=keep_infinite,
        )


def table_set(raw: RawTable, roles: Roles, spec: AuditSpec, labels: Labels, inputs: Inputs | None) -> TableSet:
    """The rows of a table as an evaluation set.

    Args:
        raw: The data.
        roles: Its columns.
        spec: What was asked.
        labels: How targets are read; `Labels.none()` before they are known.
        inputs: How inputs are made, see `inputs_of`; None with score columns: `Batch.inputs` are then the scores,
            float64 [n, k].
    """
    return TableSet(raw, roles, spec, labels, inputs)


def _weights(raw: RawTable, row: int | None, column: str, what: str) -> DataRefused:
    return DataRefused(
        "DLA414",
        what,
        place=raw.place(row, column),
        expected="weights of 0 or more, not all 0",
        fix="Correct the column, or leave data.weight out.",
    )
