"""How often `max_drop` errs on gaps and rates of two runs on the same rows, and what pairing is worth.

Run from the repository root; the tables go to benchmarks/gate_drop_errors.md.

    python benchmarks/gate_drop_errors.py [SETS]
"""

import platform
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from dlaudit.gate.changed import Shape, Side, growth, side_of
from dlaudit.record import RateChange
from dlaudit.stats.paired import tango_limits
from dlaudit.stats.paired_bounds import fell_by_less, fell_by_more

TABLE = Path(__file__).with_suffix(".md")
SETS, ALPHA, CHURN = 4000, 0.05, 0.06
SHAPES: tuple[Shape, ...] = ("ratio", "difference")
TRUTHS = [
    (0.30, 0.30, 0.30, 0.30),
    (0.30, 0.30, 0.28, 0.30),
    (0.30, 0.30, 0.29, 0.31),
    (0.24, 0.30, 0.24, 0.30),
    (0.24, 0.30, 0.23, 0.30),
    (0.60, 0.80, 0.58, 0.81),
    (0.15, 0.30, 0.14, 0.31),
    (0.28, 0.30, 0.30, 0.28),
    (0.10, 0.12, 0.09, 0.125),
]
"""Rates of two slices in the earlier, then in the later run."""
POWER = [(0.30, 0.30, 0.30, 0.30), (0.24, 0.30, 0.24, 0.30), (0.24, 0.30, 0.20, 0.30), (0.24, 0.30, 0.18, 0.30)]
LIMIT: dict[Shape, float] = {"ratio": 0.1, "difference": 0.03}


def main() -> None:
    """Draw, judge and write the tables."""
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else SETS
    started = time.perf_counter()
    lines = [*_gaps(sets), *_power(sets // 8), *_rates(sets)]
    seconds = time.perf_counter() - started
    TABLE.write_text("\n".join([*_head(sets, seconds), *lines]) + "\n", encoding="utf-8")


def _head(sets: int, seconds: float) -> list[str]:
    most = ALPHA + 3 * (ALPHA * (1 - ALPHA) / sets) ** 0.5
    return [
        "# Error rates and power of `max_drop`",
        "",
        f"`python benchmarks/gate_drop_errors.py {sets}` writes this page ({seconds:.0f} s, Python "
        f"{platform.python_version()}, 2 shared cores, seed 5): {sets:,} data sets a row ({sets // 8} for power),",
        f"of which {100 * CHURN:g} % of the rows change sides, and one-sided bounds at {ALPHA}. Nominal plus three "
        f"standard errors is {most:.4f}.",
        "",
        "*Wrong FAIL*: the lower bound lies above what truly got worse; *wrong PASS*: the upper one below. *One",
        "facing* takes the slice that is behind in the later sample for the one that is behind: a plain delta method.",
        "",
    ]


def _gaps(sets: int) -> list[str]:
    lines = [
        "## Gaps of two slices at their true growth",
        "",
        "| rows a slice | rule | slice rates before, after | wrong FAIL | wrong PASS | one facing: FAIL | PASS |",
        "|---|---|---|---|---|---|---|",
    ]
    for n, shape, truth in product((300, 2000), SHAPES, TRUTHS):
        grew = _size(*truth[2:], shape) - _size(*truth[:2], shape)
        wrong = np.array(
            [
                [low > grew, high < grew, least > grew, most < grew]
                for low, high, least, most in (_both(*pair, shape) for pair in _drawn(truth, n, sets))
            ]
        ).mean(axis=0)
        lines.append(f"| {n:,} | {shape} | {_told(truth)} | " + " | ".join(f"{one:.4f}" for one in wrong) + " |")
    return [*lines, ""]


def _both(first: Side, second: Side, shape: Shape) -> tuple[float, float, float, float]:
    found = growth(first, second, shape, crossing=False)
    at = int(found.now.value < 0)
    alone = found.moved[at][at]
    return *found.limits(ALPHA), alone.value - 1.6449 * alone.error, alone.value + 1.6449 * alone.error


def _power(sets: int) -> list[str]:
    lines = [
        f"## Power: a ratio that may fall by {LIMIT['ratio']}, a difference that may grow by {LIMIT['difference']}",
        "",
        "| rows a slice | rule | slice rates before, after | paired PASS | FAIL | as independent samples PASS | FAIL |",
        "|---|---|---|---|---|---|---|",
    ]
    for n, shape, truth in product((300, 1000, 2000, 5000), SHAPES, POWER):
        found = []
        for first, second in _drawn(truth, n, sets):
            paired = growth(first, second, shape, crossing=False).limits(ALPHA)
            apart = growth(
                first._replace(covariance=0.0), second._replace(covariance=0.0), shape, crossing=False
            ).limits(ALPHA)
            found.append(
                [verdict for low, high in (paired, apart) for verdict in (high < LIMIT[shape], low > LIMIT[shape])]
            )
        shares = np.array(found).mean(axis=0)
        lines.append(f"| {n:,} | {shape} | {_told(truth)} | " + " | ".join(f"{one:.3f}" for one in shares) + " |")
    return [*lines, ""]


def _rates(sets: int) -> list[str]:
    lines = [
        "## One slice's rate that truly fell by the limit: the exact test and Tango's interval",
        "",
        "| rows | limit | exact wrong FAIL | wrong PASS | Tango wrong FAIL | wrong PASS |",
        "|---|---|---|---|---|---|",
    ]
    rng = np.random.default_rng(5)
    for n, limit in product((30, 100, 300), (0.0, 0.02, 0.05)):
        lost, gained = (CHURN + limit) / 2, (CHURN - limit) / 2
        tables = rng.multinomial(n, [lost, gained, 1 - lost - gained], size=sets)
        kinds, times = np.unique(tables[:, :2], axis=0, return_counts=True)
        wrong = np.zeros(4)
        for (worse, better), count in zip(kinds.tolist(), times, strict=True):
            tango = tango_limits(worse, better, n, 1 - 2 * ALPHA)
            exact = fell_by_more(worse, better, n, limit, ALPHA), fell_by_less(worse, better, n, limit, ALPHA)
            wrong += count * np.array([*exact, float(tango.low) > limit, float(tango.high) < limit])
        lines.append(f"| {n} | {limit} | " + " | ".join(f"{one:.4f}" for one in wrong / sets) + " |")
    return lines


def _drawn(truth: tuple[float, ...], n: int, sets: int) -> Iterator[tuple[Side, Side]]:
    rng = np.random.default_rng(5)
    tables = []
    for old, new in (truth[::2], truth[1::2]):
        gained, lost = (CHURN + new - old) / 2, (CHURN - new + old) / 2
        tables.append(rng.multinomial(n, [old - lost, gained, lost, 1 - old - gained], size=sets))
    for pair in zip(*tables, strict=True):
        first, second = (_side(*map(int, one[:3]), n) for one in pair)
        yield first, second


def _side(both: int, gained: int, lost: int, n: int) -> Side:
    found = side_of(
        RateChange(metric="selection_rate", by=["s"], slice="s", rows=n, n=n, both=both, gained=gained, lost=lost)
    )
    assert found is not None, "counted rows have a spread"
    return found


def _size(a: float, b: float, shape: Shape) -> float:
    return abs(a - b) if shape == "difference" else -min(a, b) / max(a, b)


def _told(truth: tuple[float, ...]) -> str:
    return f"{truth[0]:g} and {truth[1]:g}, {truth[2]:g} and {truth[3]:g}"


if __name__ == "__main__":
    main()
