"""Tables as inputs: encoded to a matrix as `[input.table]` says, or handed raw to the user's own code."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.data.batch import Player
from dlaudit.data.encode import Encoder, make_encoder
from dlaudit.data.encoded import WHOLE_CHUNK, Encoded, Inputs, Unadorned
from dlaudit.data.modalities import MODALITIES, TABLE, Making, Modality
from dlaudit.data.raw_rows import RawRows
from dlaudit.data.rejects import MISSING_INPUT, NOT_FINITE_INPUT
from dlaudit.errors import UsageError

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable


@dataclass(frozen=True, kw_only=True)
class TableInputs(Unadorned):
    """Columns as one float32 matrix."""

    encoder: Encoder
    """How features become columns."""
    modality = "table"
    at_once = WHOLE_CHUNK

    @property
    def columns(self) -> list[str]:
        """The features."""
        return self.encoder.features

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: "RawTable") -> Encoded:
        """The matrix; rows with a missing or infinite input are bad."""
        inputs = self.encoder.encode(columns, first_row, file)
        bad = {MISSING_INPUT: np.isnan(inputs).any(axis=1), NOT_FINITE_INPUT: np.isinf(inputs).any(axis=1)}
        return Encoded(inputs=inputs, bad=bad)

    @property
    def players(self) -> list[Player]:
        """One for each feature; the one-hot levels of a column belong together."""
        return self.encoder.players

    @property
    def names(self) -> list[str]:
        """The column, or `column=level`."""
        return self.encoder.names

    def shown(self, inputs: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Numbers before they were standardised, and levels as text."""
        return self.encoder.shown(inputs)


@dataclass(frozen=True, kw_only=True)
class RawInputs(Unadorned):
    """Columns as they stand, for the user's `preprocess`."""

    rows: RawRows
    """How text columns are handed on."""
    features: list[str]
    """Columns."""
    modality = "table"
    at_once = WHOLE_CHUNK

    @property
    def columns(self) -> list[str]:
        """The features."""
        return self.features

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: "RawTable") -> Encoded:
        """The rows as they are."""
        return Encoded(inputs=self.rows.table(columns, first_row, file))

    @property
    def players(self) -> list[Player]:
        """One for each column, before the user's code has encoded it."""
        return [Player(name=name, columns=(at,)) for at, name in enumerate(self.features)]

    @property
    def names(self) -> list[str]:
        """The columns."""
        return list(self.features)


def table_inputs(making: Making) -> Inputs:
    """Tables as inputs.

    Raises:
        UsageError: `[input.table]` cannot be used, or is given where the user's own code encodes (DLA107).
        DataRefused: It names a column that is no feature (DLA308).
    """
    spec, features = making.spec, making.features
    if not making.has_preprocess:
        return TableInputs(encoder=make_encoder(features, spec, making.raw.path))
    if spec.input.table is not None:
        raise UsageError(
            "DLA107",
            "both [input.table] and the code's preprocess say how rows become inputs",
            fix="Remove one of them.",
        )
    return RawInputs(rows=RawRows.peek(making.raw, features, spec.data.missing), features=features)


MODALITIES.add(TABLE, Modality(columns=lambda spec: None, make=table_inputs, rows_are="people"))
