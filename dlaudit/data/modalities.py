"""Modalities: kinds of input by name, and which of them a specification asks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlaudit.data.encoded import Inputs
from dlaudit.registry import Registry

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable
    from dlaudit.spec import AuditSpec

TABLE = "table"


@dataclass(frozen=True, kw_only=True)
class Making:
    """What inputs are made from."""

    raw: "RawTable"
    """The data."""
    features: list[str]
    """Columns that are inputs of this kind, in order."""
    spec: "AuditSpec"
    """What was asked."""
    has_preprocess: bool = False
    """Whether the user's own code encodes rows."""
    model_folder: str | None = None
    """Folder of a Hugging Face model, which may hold its tokenizer; None for a file."""
    input_names: Sequence[str] = ()
    """Names of the model's inputs, where it says so."""


@dataclass(frozen=True, kw_only=True)
class Modality:
    """A kind of input."""

    columns: "Callable[[AuditSpec], list[str] | None]"
    """Columns that are inputs of this kind as the configuration names them; None where it asks for none of the kind."""
    make: Callable[[Making], Inputs]
    """The inputs themselves. Imports what decodes them only when called."""
    rows_are: str = "rows"
    """What rows of this kind are called, in the plural."""


MODALITIES: Registry[Modality] = Registry("modality")
"""Modalities by name. `table` is what is left where no other is asked for."""


def asked_kinds(spec: "AuditSpec") -> dict[str, list[str]]:
    """The kinds of input that a specification asks for besides columns of a table, with their columns."""
    from dlaudit.data.kinds_of_input import BUILT_IN

    assert BUILT_IN  # importing it registers them
    found = {name: item.columns(spec) for name, item in MODALITIES.items() if name != TABLE}
    return {name: columns for name, columns in found.items() if columns is not None}


def make_inputs(making: Making) -> Inputs:
    """The inputs that the specification asks for: of one kind, or of several for a model with several inputs.

    Raises:
        UsageError: The configuration of an input cannot be used.
        DataRefused: It does not fit the data.
    """
    from dataclasses import replace

    from dlaudit.data.several import SeveralInputs

    kinds = asked_kinds(making.spec)
    if not kinds:
        return MODALITIES.get(TABLE).make(making)
    media = {column for columns in kinds.values() for column in columns}
    rest = [name for name in making.features if name not in media]
    if rest:
        kinds = {TABLE: rest, **kinds}
    made = [MODALITIES.get(name).make(replace(making, features=columns)) for name, columns in kinds.items()]
    return made[0] if len(made) == 1 else SeveralInputs(parts=made)


def rows_called(modality: str, asked: str | None) -> str:
    """What rows are called in sentences: as asked, else by their kind; rows of several kinds are `rows`."""
    kinds = dict(MODALITIES.items())
    return asked or (kinds[modality].rows_are if modality in kinds else "rows")
