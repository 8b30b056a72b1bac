"""What an attacker could work out: whole numbers that agree with everything shown, searched by integer programming.

The attacker knows every figure that is shown, that counts are whole and not negative, which slices are parts of which,
and that every slice named has somebody in it. A hidden count is safe where two sets of numbers agree with all of that
and differ in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlaudit.record.privacy.counts import SIZE, SliceCounts
from dlaudit.record.privacy.margins import Margin
from dlaudit.record.privacy.spans import EVERYBODY, Form, Mask

_CELLS = 4
_NODES = 2_000
"""Longest search for one answer, in steps and not in seconds: the same on every machine. What is not answered by then
counts as worked out."""


@dataclass(frozen=True)
class Secret:
    """A small count that must not be worked out."""

    slice: str
    """Id of the slice."""
    form: Form
    """The count, with the tier that would tell it."""


@dataclass(frozen=True)
class Shown:
    """What is published: the attacker's knowledge."""

    counts: Mapping[str, SliceCounts]
    """Counts of every slice."""
    margins: Sequence[Margin]
    """Sums of slices."""
    levels: Mapping[str, int]
    """Tier up to which each slice is shown."""


def worked_out(shown: Shown, secrets: Iterable[Secret]) -> list[Secret]:
    """Secrets that follow from what is shown, as no other whole number agrees with it."""
    by_table: dict[str, list[Secret]] = {}
    for one in secrets:
        by_table.setdefault(one.form.table, []).append(one)
    return [one for table, some in by_table.items() for one in _open(_Program(shown, table), some)]


def _open(program: "_Program", secrets: list[Secret]) -> list[Secret]:
    """Secrets for which no second answer is found; one answer often serves for many of them."""
    left, found = list(secrets), []
    for signs in ([1.0] * len(left), [-1.0] * len(left), [(-1.0) ** at for at in range(len(left))]):
        answer = program.extreme(list(zip(secrets, signs, strict=True)))
        left = _same(program, left, answer)
    while left:
        for sign in (1.0, -1.0):
            answer = program.extreme([(left[0], sign)])
            kept = _same(program, left, answer)
            if left[0] not in kept:
                left = kept
                break
        else:
            found.append(left.pop(0))
    return found


def _same(program: "_Program", secrets: list[Secret], answer: Any) -> list[Secret]:
    """Secrets that the answer has right."""
    if answer is None:
        return secrets
    return [one for one in secrets if round(float(program.row(one) @ answer)) == one.form.count]


class _Program:
    """The cells of one table in every slice, as unknown whole numbers, and all that is known of them."""

    def __init__(self, shown: Shown, table: str) -> None:
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        self._place = {name: at for at, name in enumerate(shown.counts)}
        self._size = _CELLS * len(self._place)
        rows: list[dict[int, float]] = []
        least: list[float] = []
        most: list[float] = []
        for name, one in shown.counts.items():
            for form in _published(one, table, shown.levels[name]):
                rows.append(self._cells(name, form.mask))
                least.append(form.count)
                most.append(form.count)
            if shown.levels[name] < SIZE:
                rows.append(self._cells(name, EVERYBODY))
                least.append(1)
                most.append(np.inf)
        for margin in (one for one in shown.margins if one.is_direct):
            for cell in range(_CELLS):
                row = {self._at(margin.whole, cell): 1.0}
                row |= {self._at(part, cell): -1.0 for part in margin.parts}
                rows.append(row)
                least.append(0)
                most.append(0 if margin.is_exact else np.inf)
        entries = [(at, column, value) for at, row in enumerate(rows) for column, value in row.items()]
        place, column, value = (list(part) for part in zip(*entries, strict=True))
        matrix = csr_array((value, (place, column)), shape=(len(rows), self._size))
        self._known = LinearConstraint(matrix, np.array(least, dtype=float), np.array(most, dtype=float))

    def row(self, secret: Secret) -> Any:
        """The secret as a sum of unknowns."""
        row = np.zeros(self._size)
        for at, value in self._cells(secret.slice, secret.form.mask).items():
            row[at] = value
        return row

    def extreme(self, wanted: list[tuple[Secret, float]]) -> Any:
        """Numbers that agree with what is shown and make the signed sum of secrets as large as can be; None where the
        search found none.
        """
        from scipy.optimize import Bounds, milp

        goal = -sum((sign * self.row(secret) for secret, sign in wanted), np.zeros(self._size))
        total = sum(abs(self._known.ub[np.isfinite(self._known.ub)]))
        found = milp(
            goal,
            constraints=self._known,
            bounds=Bounds(0, max(total, 1.0)),
            integrality=np.ones(self._size),
            options={"node_limit": _NODES},
        )
        return found.x

    def _cells(self, name: str, mask: Mask) -> dict[int, float]:
        return {self._at(name, cell): 1.0 for cell in range(_CELLS) if mask[cell]}

    def _at(self, name: str, cell: int) -> int:
        return _CELLS * self._place[name] + cell


def _published(one: SliceCounts, table: str, level: int) -> list[Form]:
    mine = [form for form in one.forms if form.tier <= level and (form.table == table or form.mask == EVERYBODY)]
    return [form for form in mine if form.table in {table, ""}]
