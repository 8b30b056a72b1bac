"""Replies about rows, screened and put together: what dlaudit's own code would not say is refused (DLA221)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int, Shaped

from dlaudit.attributions.beside import OTHER_SHAPES
from dlaudit.attributions.checks.found import ChecksFound, RowChecks
from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.opinion import Opinion
from dlaudit.attributions.registry import ATTRIBUTORS
from dlaudit.record.judged import NotApplicable

if TYPE_CHECKING:
    import pyarrow as pa

CONTRIBUTIONS = ("values", "completeness", "change", "error")
"""Columns of a method's table."""
SAME = 1e-9
"""Relative difference of two sums of the same numbers."""


@dataclass(kw_only=True)
class Gathered:
    """Replies about blocks of rows, put together."""

    methods: list[str]
    """Names asked for."""
    rows: int
    """Rows to explain."""
    places: int = 0
    """Parts of the maps on which contributions of elements are shown; 0 without maps."""
    named: list[str] = field(default_factory=list)
    """Players of the first input that were asked about by name; empty where their names are not known here."""
    features: list[str] = field(default_factory=list)
    """Players, once they are known."""
    columns: dict[str, dict[str, Shaped[np.ndarray, "..."]]] = field(default_factory=dict)
    """Method to column (`values`, …, `figure:MEASURE`) to its array over all rows."""
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Method to `reference`, `spent` and `detail`."""
    left_out: dict[str, str] = field(default_factory=dict)
    """What was not done, and why."""
    opinions: list[Opinion] = field(default_factory=list)
    """Second calculations."""
    difference: float | None = None
    """Largest difference of the score with and without gradients."""
    checks: ChecksFound = field(default_factory=lambda: ChecksFound(methods={}))
    """What the checks found."""
    halved: list[int] = field(default_factory=list)
    """Rows of forward passes that ran out of memory."""
    passes: float = 0.0
    """Passes of everything."""

    @property
    def open(self) -> list[str]:
        """Methods that no block has failed on."""
        return [name for name in self.methods if name not in self.left_out]

    @property
    def answered(self) -> list[str]:
        """Methods that every block so far was answered by."""
        return [name for name in self.open if name in self.about]

    def add(self, at: Int[np.ndarray, " m"], result: Mapping[str, Any], tables: "Mapping[str, pa.Table]") -> None:
        """Take the reply about the rows at those positions.

        Raises:
            ModelRefused: It is not one of ours (DLA221).
        """
        from dlaudit.models.replies import forged, names_of, number_of

        asked, features = self.open, names_of(result, "players")
        found = result["methods"]
        if not isinstance(found, dict) or not set(found) <= set(asked):
            raise forged("methods that were not asked for")
        if features and features[: len(self.named)] != self.named:
            raise forged("other features than it was asked about")
        self._account(result)
        if self.features and found and len(features) != len(self.features):
            self.left_out |= dict.fromkeys(asked, OTHER_SHAPES)
            return
        self.features = self.features or features
        for name, about in found.items():
            self._take(name, about, at, tables[name])
        for name in set(asked) - set(found):
            self.left_out.setdefault(name, "it gave no answer")
        difference = number_of(result, "largest_grad_difference")
        if difference is not None:
            self.difference = max(self.difference or 0.0, difference)

    def add_checks(self, result: Mapping[str, Any], tables: "Mapping[str, pa.Table]") -> None:
        """Take the reply about the explanations of all rows.

        Raises:
            ModelRefused: It is not one of ours (DLA221).
        """
        from dlaudit.attributions.checks.wire import from_wire, whole
        from dlaudit.models.replies import forged

        self._account(result)
        self.opinions = [_opinion(one, self.answered) for one in _listed(result["opinions"], "opinions")]
        if result["checks"] is None:
            return
        self.checks = from_wire(result["checks"], tables, self.rows)
        if not set(self.checks.methods) <= set(self.answered):
            raise forged("checks of methods that were not asked for")
        if not all(whole(one) for one in self.checks.methods.values()):
            raise forged("checks with figures left out")
        self.left_out |= {one.what: one.reason for one in self.checks.not_applicable}

    def sent_back(self, name: str) -> "pa.Table":
        """A method's explanation of all rows, as the checks take it."""
        from dlaudit.models.wire import tensor_table

        return tensor_table(
            {column: values for column, values in self.columns[name].items() if column in CONTRIBUTIONS}
        )

    def answer(self, *, unchanged: bool | None) -> Answer:
        """All rows, by the methods that every block was answered by."""
        return Answer(
            features=self.features,
            methods=[self._answer_of(name) for name in self.answered],
            not_applicable=[NotApplicable(what=what, reason=why) for what, why in self.left_out.items()],
            largest_grad_difference=self.difference,
            unchanged=unchanged,
            opinions=self.opinions,
            checked=self.checks.model,
            halved=self.halved,
            passes=self.passes,
        )

    def _account(self, result: Mapping[str, Any]) -> None:
        from dlaudit.models.replies import forged

        for one in _listed(result["not_applicable"], "reasons"):
            match one:
                case {"what": str(what), "reason": str(reason)}:
                    self.left_out.setdefault(what, reason)
                case _:
                    raise forged("a reason of another form")
        self.passes += _amount(result, "passes")
        halved = _listed(result["halved"], "sizes")
        if not all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in halved):
            raise forged("sizes that are no counts")
        self.halved += halved

    def _take(self, name: str, about: object, at: Int[np.ndarray, " m"], table: "pa.Table") -> None:
        from dlaudit.models.replies import finite_numbers, forged

        match about:
            case {"reference": str(reference), "detail": dict(detail), "spent": spent}:
                known = self.about.setdefault(name, {"reference": reference, "detail": detail, "spent": 0.0})
                known["spent"] += _amount({"spent": spent}, "spent")
            case _:
                raise forged("a method of another form")
        shape = (len(at), len(self.features))
        shapes = {"values": shape, "completeness": shape[:1], "change": shape[:1]}
        if "error" in table.column_names:
            shapes["error"] = shape
        if "map" in table.column_names and self.places:
            shapes["map"] = (len(at), self.places)
        for column, wanted in shapes.items():
            found = finite_numbers(table, column, wanted)
            kept = self.columns.setdefault(name, {})
            if column not in kept:
                kept[column] = np.full((self.rows, *wanted[1:]), np.nan)
            kept[column][at] = found
        self._check(self.columns[name], at)

    @staticmethod
    def _check(columns: Mapping[str, Shaped[np.ndarray, "..."]], at: Int[np.ndarray, " m"]) -> None:
        """What the contributions miss is worked out again: it decides whether they are shown."""
        from dlaudit.models.replies import forged

        values, change = columns["values"][at], columns["change"][at]
        away = np.abs(values.sum(axis=1) - change - columns["completeness"][at])
        if (away > SAME * (np.abs(values).sum(axis=1) + np.abs(change)) + SAME).any():
            raise forged("completeness errors that are none")
        if "error" in columns and (columns["error"][at] < 0).any():
            raise forged("standard errors below zero")

    def _answer_of(self, name: str) -> MethodAnswer:
        columns, about = self.columns[name], self.about[name]
        checks = self.checks.methods.get(name, RowChecks(figures={}, nulls={}))
        error, mapped = columns.get("error"), columns.get("map")
        return MethodAnswer(
            method=name,
            values=columns["values"],
            completeness=columns["completeness"],
            change=columns["change"],
            reference=about["reference"],
            adds_up=ATTRIBUTORS.get(name).adds_up,
            error=error if error is not None and np.isfinite(error).all() else None,
            mapped=mapped if mapped is not None and np.isfinite(mapped).all() else None,
            figures=checks.figures,
            nulls=checks.nulls,
            spent=about["spent"],
            detail=about["detail"],
        )


def _listed(written: object, what: str) -> list[Any]:
    from dlaudit.models.replies import forged

    if not isinstance(written, list):
        raise forged(f"{what} that are no list")
    return written


def _amount(result: Mapping[str, Any], name: str) -> float:
    from dlaudit.models.replies import forged, number_of

    found = number_of(result, name)
    if found is None or found < 0:
        raise forged(f"{name!r} that is no amount")
    return found


def _opinion(written: object, asked: Sequence[str]) -> Opinion:
    from pydantic import TypeAdapter, ValidationError

    from dlaudit.models.replies import forged

    try:
        found = TypeAdapter(Opinion).validate_python(written)
    except ValidationError as odd:
        raise forged("an opinion of another form") from odd
    numbers = [one for one in (found.largest, found.relative, found.allowed) if one is not None]
    if found.method not in asked or not np.isfinite(numbers).all():
        raise forged("an opinion on something that was not asked for")
    return found
