"""Roles: what each column of the data is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dlaudit.data.guesses import guess_id, guess_sensitive, guess_target
from dlaudit.data.modalities import asked_kinds
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.data.width import Inputs, check_inputs
from dlaudit.errors import UsageError, listed
from dlaudit.record import Guess
from dlaudit.spec import AuditSpec


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Columns by role."""

    target: list[str]
    """Labels; several for multilabel."""
    sensitive: list[str]
    """Demographic columns."""
    control: list[str]
    """Control features."""
    id: str | None
    """Column that names a row."""
    weight: str | None
    """Column of row weights."""
    unit: str | None
    """Column of the person or cluster."""
    features: list[str]
    """Model inputs, in the model's order."""
    scores: list[str]
    """Score columns of a predictions file."""

    @property
    def columns(self) -> list[str]:
        """Every column that is read, once."""
        single = [name for name in (self.id, self.weight, self.unit) if name is not None]
        every = [*self.target, *self.sensitive, *self.control, *single, *self.features, *self.scores]
        return list(dict.fromkeys(every))

    @property
    def groups(self) -> list[str]:
        """Sensitive and control features, once each."""
        return list(dict.fromkeys([*self.sensitive, *self.control]))


def resolve_roles(
    raw: RawTable, spec: AuditSpec, input_width: int | None, has_preprocess: bool, input_layer: str | None
) -> tuple[Roles, list[Guess]]:
    """The role of every column, and what had to be guessed.

    Model inputs are `data.features` in that order. Where it is absent they are, in file order, all columns that have
    no other role: target, sensitive features, id, join, weight, unit and scores are never inputs, nor is any column
    of the demographics file. A control feature, or a column with bins that is not sensitive, stays an input.

    Args:
        raw: The data.
        spec: What was asked.
        input_width: Columns that the model takes; None where unknown.
        has_preprocess: Whether the user's code encodes rows: then any column may be an input.
        input_layer: Name of what says `input_width`, as `net.0 (Linear)`.

    Raises:
        UsageError: Target or sensitive features are not given and no name tells (DLA308).
        DataRefused: A column that is named is absent (DLA308), an input is no number (DLA312), or the inputs do not
            fit the model (DLA324).
    """
    _check_named(raw, spec)
    guesses: list[Guess] = []
    target = _target(raw, spec, guesses)
    sensitive = _sensitive(raw, spec, target, guesses)
    row_id = spec.data.id or _id(raw, [*target, *sensitive, *(spec.data.features or [])], guesses)
    bare = Roles(
        target=target,
        sensitive=sensitive,
        control=list(spec.slices.control),
        id=row_id,
        weight=spec.data.weight,
        unit=spec.data.unit,
        features=[],
        scores=list(spec.scores),
    )
    roles = _with_features(bare, raw, spec)
    kinds = asked_kinds(spec)
    if not has_preprocess and not spec.scores and (not kinds or spec.input.table is not None):
        media = {column for columns in kinds.values() for column in columns}
        features = [name for name in roles.features if name not in media]
        inputs = Inputs(raw=raw, features=features, target=target, spec=spec)
        check_inputs(inputs, None if kinds else input_width, input_layer or "first layer")
    return roles, guesses


def _target(raw: RawTable, spec: AuditSpec, guesses: list[Guess]) -> list[str]:
    given = [spec.data.target] if isinstance(spec.data.target, str) else spec.data.target
    if given:
        return list(given)
    guess = guess_target(raw, spec)
    guesses.append(guess)
    return [guess.value]


def _sensitive(raw: RawTable, spec: AuditSpec, target: list[str], guesses: list[Guess]) -> list[str]:
    given = spec.slices.sensitive
    if given is None:
        given, guess = guess_sensitive(raw, spec, [*target, *spec.slices.control, *spec.scores])
        guesses.append(guess)
    if not given and not spec.slices.control:
        raise UsageError(
            "DLA308",
            "slices.sensitive is empty: there is nothing to compare",
            expected=f"one or more of {listed(raw.columns, most=12)}",
            fix="Name the demographic columns: --sensitive sex,race.",
        )
    return list(dict.fromkeys(given))


def _id(raw: RawTable, taken: list[str], guesses: list[Guess]) -> str | None:
    guess = guess_id(raw, taken)
    if guess is None:
        return None
    guesses.append(guess)
    return guess.value


def _with_features(roles: Roles, raw: RawTable, spec: AuditSpec) -> Roles:
    if roles.scores:
        return roles
    features = spec.data.features
    kinds = asked_kinds(spec)
    if kinds:
        media = list(dict.fromkeys(column for columns in kinds.values() for column in columns))
        require(media, raw.columns, key="data", file=raw.path)
        columns_too = _left_over(roles, raw, spec, media) if spec.input.table is not None else []
        return replace(roles, features=[*media, *(columns_too if features is None else features)])
    if features is None:
        features = _left_over(roles, raw, spec, [])
    leaked = [name for name in features if name in roles.target]
    if leaked:
        raise UsageError(
            "DLA324",
            f"data.features names the target {listed(leaked)}",
            expected="inputs that are known before the label is",
            fix="Take it out of data.features.",
        )
    if not features:
        raise UsageError(
            "DLA324",
            "no column is left as a model input",
            fix="Name the inputs: [data] features = [...]; or give scores with --scores F --score COLUMN.",
        )
    return replace(roles, features=list(features))


def _left_over(roles: Roles, raw: RawTable, spec: AuditSpec, also: Sequence[str]) -> list[str]:
    """Columns without another role, in file order."""
    taken = {*roles.target, *roles.sensitive, roles.id, roles.weight, roles.unit, spec.data.join, *raw.joined, *also}
    taken |= {spec.input.sequence.id} if spec.input.sequence is not None else set()
    return [name for name in raw.columns if name not in taken]


def _check_named(raw: RawTable, spec: AuditSpec) -> None:
    """Every column that the configuration names is in the file."""
    data, slices = spec.data, spec.slices
    named: dict[str, Sequence[str]] = {
        "data.target": [data.target] if isinstance(data.target, str) else data.target or [],
        "slices.sensitive": slices.sensitive or [],
        "slices.control": slices.control,
        "data.id": [data.id] if data.id else [],
        "data.weight": [data.weight] if data.weight else [],
        "data.unit": [data.unit] if data.unit else [],
        "data.features": data.features or [],
        "scores": spec.scores,
    }
    for key, names in named.items():
        require(names, raw.columns, key=key, file=raw.path)
