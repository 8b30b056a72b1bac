"""An attacker who has audit.json and nothing else: every number in it becomes an equation between whole numbers.

It is written from the published document alone and shares no code with what it attacks.
"""

import json

import numpy as np
from privacy_audits import SHARES
from scipy.optimize import Bounds, LinearConstraint, milp

CELLS = ("tp", "fp", "fn", "tn")
SETS = [np.array([(mask >> bit) & 1 for bit in range(4)]) for mask in range(1, 16)]
"""Every set of cells that holds somebody."""


class Attacker:
    """What follows from an audit.json about the four counts of every slice that it names."""

    def __init__(self, document: str) -> None:
        self.audit = json.loads(document)
        hidden = (self.audit.get("suppression") or {}).get("slices", [])
        self.where = {one["id"]: one["where"] for one in [*self.audit["slices"], *hidden]}
        self.place = {name: at for at, name in enumerate(self.where)}
        self._rows: list[np.ndarray] = []
        self._ends: list[tuple[float, float]] = []
        self._read_sizes(hidden)
        self._read_measurements()
        self._read_sums()

    def bounds(self, name: str, cells: np.ndarray) -> tuple[int, int]:
        """The least and the most people that those cells of the slice can hold."""
        row = self._row({name: cells})
        ends = []
        for sign in (1.0, -1.0):
            found = milp(
                sign * row,
                constraints=LinearConstraint(np.array(self._rows), *np.array(self._ends).T),
                bounds=Bounds(0, self.audit["data"]["scored"]),
                integrality=np.ones(len(row)),
            )
            assert found.x is not None, found.message
            ends.append(round(float(row @ found.x)))
        return ends[0], ends[1]

    def exposed(self, truth: dict[str, np.ndarray], least: int) -> list[tuple[str, tuple[int, ...], int]]:
        """Small counts of the truth that the attacker narrows down to one value, for slices that are named."""
        found = []
        for name, counts in truth.items():
            for cells in SETS if name in self.place else []:
                count = int(cells @ counts)
                if 0 < count < least:
                    low, high = self.bounds(name, cells)
                    assert low <= count <= high, "what is shown contradicts the truth"
                    if low == high:
                        found.append((name, tuple(int(one) for one in cells), count))
        return found

    def _row(self, parts: dict[str, np.ndarray]) -> np.ndarray:
        row = np.zeros(4 * len(self.place))
        for name, cells in parts.items():
            at = 4 * self.place[name]
            row[at : at + 4] += cells
        return row

    def _know(self, parts: dict[str, np.ndarray], least: float, most: float) -> None:
        self._rows.append(self._row(parts))
        self._ends.append((least, most))

    def _read_sizes(self, hidden: list[dict]) -> None:
        for one in self.audit["slices"]:
            self._know({one["id"]: np.ones(4)}, one["n"], one["n"])
        for one in hidden:
            self._know({one["id"]: np.ones(4)}, 1, np.inf)

    def _read_measurements(self) -> None:
        for one in self.audit["measurements"]:
            above, below = ([float(cell in words.split()) for cell in CELLS] for words in SHARES[one["metric"]])
            if one["undefined"] is None:
                self._know({one["slice"]: np.array(above)}, one["numerator"], one["numerator"])
                self._know({one["slice"]: np.array(below)}, one["denominator"], one["denominator"])
            elif not one["undefined"].startswith("suppressed"):
                self._know({one["slice"]: np.array(below)}, 0, 0)

    def _read_sums(self) -> None:
        """Slices over more features part those over fewer, wherever the audit names any of them."""
        by = {}
        for name, where in self.where.items():
            by.setdefault(frozenset(where), []).append(name)
        for whole, where in self.where.items():
            for features, names in by.items():
                if not set(where) < features:
                    continue
                parts = [one for one in names if where.items() <= self.where[one].items()]
                for cell in np.eye(4):
                    self._know({whole: cell} | dict.fromkeys(parts, -cell), 0, 0)
