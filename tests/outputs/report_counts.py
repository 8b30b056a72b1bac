"""Slices, rates and gaps of hand-made audits, from counts."""

import math
from typing import Any

from dlaudit.record import UNKNOWN, Disparity, Measurement, Provenance, Slice, slice_id

# n, positives, selected, true positives of every race x sex cell
CELLS = {
    ("White", "M"): (1300, 760, 741, 640),
    ("White", "F"): (900, 500, 450, 389),
    ("Black", "M"): (310, 150, 96, 71),
    ("Black", "F"): (280, 130, 70, 49),
    ("Hispanic", "M"): (26, 13, 12, 9),
    ("Hispanic", "F"): (18, 8, 6, 4),
    (UNKNOWN, "M"): (21, 10, 9, 7),
}
RATES = ("prevalence", "selection_rate", "true_positive_rate", "false_positive_rate", "accuracy")


def provenance(**other: Any) -> Provenance:
    """What was run."""
    return Provenance(
        dlaudit="0.1.0",
        python="3.11.9",
        packages={"torch": "2.13.0", "fairlearn": "0.15.0"},
        seed=0,
        device="cpu",
        batch_size=1024,
        argv=["run", "model.pt2", "--data", "test.csv"],
        started="2026-11-21T09:00:00+00:00",
        seconds={"score": 1.2, "explain": 30.0},
        sandbox={"memory": "8GiB"},
        **other,
    )


def wilson(x: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """A textbook interval, good enough for a fixture."""
    p, d = x / n, 1 + z * z / n
    c, h = (p + z * z / 2 / n) / d, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / d
    return max(0.0, c - h), min(1.0, c + h)


def rate(metric: str, slice_: str, x: int, n: int, reason: str = "no rows") -> Measurement:
    """A share with its interval; undefined over nothing."""
    if n == 0:
        return Measurement(metric=metric, slice=slice_, undefined=reason, n=0, numerator=0, denominator=0)
    low, high = wilson(x, n)
    return Measurement(
        metric=metric, slice=slice_, value=x / n, low=low, high=high, n=n, numerator=x, denominator=n, method="wilson"
    )


def binary_rates(slice_: str, n: int, positives: int, selected: int, tp: int) -> list[Measurement]:
    """The rates of one slice from its counts."""
    negatives, fp = n - positives, selected - tp
    return [
        rate("prevalence", slice_, positives, n),
        rate("selection_rate", slice_, selected, n),
        rate("true_positive_rate", slice_, tp, positives, "no positives"),
        rate("false_positive_rate", slice_, fp, negatives, "no negatives"),
        rate("accuracy", slice_, tp + negatives - fp, n),
    ]


def made_slice(where: dict[str, str], n: int, total: int, min_size: int = 30) -> Slice:
    kind = {0: "overall", 1: "group"}.get(len(where), "intersection")
    return Slice(
        id=slice_id(where),
        by=sorted(where),
        where=where,
        n=n,
        share=n / total,
        kind=kind,
        unknown=UNKNOWN in where.values(),
        small=n < min_size,
    )


def counted(cells: dict[tuple[str, str], tuple[int, ...]]) -> tuple[list[Slice], list[Measurement]]:
    total = sum(cell[0] for cell in cells.values())
    wheres: list[dict[str, str]] = [{}]
    wheres += [{"race": race} for race in dict.fromkeys(race for race, _ in cells)]
    wheres += [{"sex": sex} for sex in dict.fromkeys(sex for _, sex in cells)]
    wheres += [{"race": race, "sex": sex} for race, sex in cells]
    slices, by_slice = [], []
    for where in wheres:
        counts = sums(cells, where)
        slices.append(made_slice(where, counts[0], total))
        by_slice.append(binary_rates(slices[-1].id, *counts))
    return slices, [rates[at] for at in range(len(RATES)) for rates in by_slice]


def sums(cells: dict[tuple[str, str], tuple[int, ...]], where: dict[str, str]) -> list[int]:
    """Rows, positives, selected and true positives of a slice."""
    chosen = [
        cell for (race, sex), cell in cells.items() if where.get("race", race) == race and where.get("sex", sex) == sex
    ]
    return [sum(column) for column in zip(*chosen, strict=True)]


def made_gap(found: list[Measurement], slices: list[Slice], metric: str, by: list[str], kind: str) -> Disparity:
    known = {s.id for s in slices if s.by == by and not s.unknown}
    values = [m for m in found if m.metric == metric and m.slice in known and m.value is not None]
    worst, best = min(values, key=lambda m: m.value or 0), max(values, key=lambda m: m.value or 0)
    a, b = worst.value or 0.0, best.value or 0.0
    value = b - a if kind == "difference" else a / b
    half = 0.05 if kind == "difference" else 0.07
    return Disparity(
        id=f"{metric}.{kind} by {' & '.join(by)}",
        metric=metric,
        kind=kind,
        by=by,
        value=value,
        low=max(0.0, value - half),
        high=min(1.0, value + half),
        p_value=0.0001,
        p_adjusted=0.0003,
        worst=worst.slice,
        reference=best.slice,
        slices=sorted(m.slice for m in values),
        minimum_detectable=0.081 if kind == "difference" else None,
        n=sum(m.n for m in values),
    )
