"""What the checks say of single slices."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import RESULTS, SIGNS, TEXT
from dlaudit.outputs.order import measurements_on
from dlaudit.outputs.translate import _
from dlaudit.outputs.words import plain, said
from dlaudit.record import Audit, Check, Measurement, Slice, Verdict


@dataclass(frozen=True)
class RowState:
    """A slice's result under one metric: told by sign, word and colour together."""

    kind: str
    """`fail`, `pass`, `undecided`, `few`, `ref`, `none` or `undefined`: also the class of its marks."""
    sign: str
    word: str
    note: str = ""
    """What would decide it, or why it is undefined; holds no markup."""


class Outcomes:
    """The checks of a verdict by metric and feature."""

    def __init__(self, audit: Audit, verdict: Verdict | None) -> None:
        self._audit = audit
        self._checks = list(verdict.checks) if verdict else []
        self._measured: dict[str, dict[str, Measurement]] = {}

    def of(self, metric: str, by: list[str]) -> list[Check]:
        """Checks of the metric over these features."""
        return [one for one in self._checks if one.metric == metric and one.by == by]

    def reference(self, metric: str, feature: str, slices: list[Slice]) -> Slice | None:
        """The slice that the rule names, else the largest with a known level and a value; None where there is none."""
        found = self._on(metric)
        known = [one for one in slices if not one.unknown and one.id in found and found[one.id].is_defined]
        named = {one.reference for one in self.of(metric, [feature]) if one.contrast == "reference"}
        return next((one for one in known if one.id in named), max(known, key=lambda one: one.n, default=None))

    def state(self, metric: str, one: Slice) -> RowState:
        """What the checks say of the slice; small and undefined slices say so instead."""
        measured = self._on(metric).get(one.id)
        if measured is not None and text.is_hidden(measured.undefined):
            return not_shown()
        if measured is None or not measured.is_defined:
            return _state("undefined", text.prose(measured.undefined) if measured else "")
        checks = self.of(metric, one.by)
        for check in checks:
            if check.outcome == "fail" and one.id == check.worst:
                return _state("fail", _("waived") if check.waived else "")
        if one.small:
            return _state("few")
        for check in checks:
            if check.outcome == "undecided" and one.id == check.worst:
                rows = check.rows_needed
                return _state("undecided", plain(said("needs", rows=text.count(rows))) if rows else "")
        if checks and all(check.outcome == "pass" and one.id in check.assessed for check in checks):
            return _state("pass")
        return _state("none")

    def allowed(self, metric: str, feature: str, reference: Measurement | None) -> tuple[float, float] | None:
        """The values that a rule allows beside the reference's; None without such a rule."""
        if reference is None or reference.value is None:
            return None
        for check in self.of(metric, [feature]):
            if check.contrast == "rest":
                continue
            if check.kind == "ratio" and check.limit > 0:
                return reference.value * check.limit, reference.value / check.limit
            if check.kind == "difference":
                return reference.value - check.limit, reference.value + check.limit
        return None

    def _on(self, metric: str) -> dict[str, Measurement]:
        if metric not in self._measured:
            self._measured[metric] = measurements_on(self._audit, metric)
        return self._measured[metric]


def _state(kind: str, note: str = "") -> RowState:
    return RowState(kind, SIGNS[kind], RESULTS[kind], note)


def not_shown() -> RowState:
    """That a slice is held back."""
    return _state("hidden", TEXT["hidden_why"])
