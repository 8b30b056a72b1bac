"""How often `max_drop` errs on gaps and rates of two runs, alone and over many slices, and what pairing is worth.

Run from the repository root; the tables go to benchmarks/gate_drop_errors.md.

    python benchmarks/gate_drop_errors.py [SETS]
"""

import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from drop_families import Family, seconds_of_a_verdict, wrong_fails, wrong_passes

from dlaudit.gate.changed import Shape, Side, growth, side_of
from dlaudit.record import RateChange
from dlaudit.stats.apart_bounds import apart_bound, apart_by_more
from dlaudit.stats.exact import exact_difference
from dlaudit.stats.nested import grid
from dlaudit.stats.paired import paired_test, tango_limits
from dlaudit.stats.paired_bounds import fall_bound, fell_by_less, fell_by_more

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
STEPS = 8
_RARE = {"kind": "value", "slices": 2, "limit": 0.02, "away": (0.3, 0.8), "churn": None}
FAMILIES = [
    Family("rate, same rows (60, 100, 300)", "value", 2, (60, 100, 300), 0.02, (0.3, 0.3), (0.28, 0.28), (0.3, 0.5)),
    Family("rate of .95 (500; 20, 100)", rows=(20, 100), old=(0.95, 0.95), new=(0.93, 0.93), before=(500,), **_RARE),
    Family("rate of .03 (20, 100; 500)", rows=(500,), old=(0.03, 0.03), new=(0.01, 0.01), before=(20, 100), **_RARE),
    Family(
        "rate of .6 (150, 100; 100, 150)",
        rows=(100, 150),
        old=(0.6, 0.6),
        new=(0.5, 0.5),
        before=(150, 100),
        **{**_RARE, "limit": 0.1},
    ),
    Family("ratio, same rows (2,000, 1,000)", "ratio", 2, (2000, 1000), 0.1, (0.5, 0.4), (0.5, 0.35), (0.15, 0.42)),
    Family("difference, the same rows", "difference", 2, (2000, 1000), 0.05, (0.5, 0.4), (0.5, 0.35), (0.15, 0.42)),
]
"""What is judged over many slices; the number of slices is set below."""


def main() -> None:
    """Draw, judge and write the tables."""
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else SETS
    started = time.process_time()
    lines = [*_gaps(sets), *_power(sets // 8), *_rates(sets), *_families(sets), *_answers(sets // 100)]
    lines += _speed()
    seconds = time.process_time() - started
    TABLE.write_text("\n".join([*_head(sets, seconds), *lines]) + "\n", encoding="utf-8")


def _head(sets: int, seconds: float) -> list[str]:
    return [
        "# Error rates and power of `max_drop`",
        "",
        f"`python benchmarks/gate_drop_errors.py {sets}` writes this page ({seconds:.0f} s of one core, Python "
        f"{platform.python_version()}, 2 shared cores, seed 5): {sets:,} data sets a row ({sets // 8} for power),",
        f"of which {100 * CHURN:g} % of the rows change sides, and one-sided bounds at {ALPHA}. Nominal plus three "
        f"standard errors is {_most(sets):.4f}.",
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
    return [*lines, ""]


def _families(sets: int) -> list[str]:
    """The gate's own verdicts over many slices, whose error rate Holm's procedure and intersection-union share."""
    lines = [
        "## Many slices: Holm's procedure for FAIL, intersection-union for PASS",
        "",
        "*Wrong FAIL*: a comparison at the limit is rejected, where all are at the limit, or where half of the",
        "slices fell by 50 points. *Wrong PASS*: one comparison is at the limit, all others are well within it. In",
        "brackets the rows of the slices in turn, of other rows those of the earlier run first. *By intervals*: the",
        'same figures with `judge = "interval"`, MOVER on Wilson\'s intervals.',
        "",
        "| rule | slices | data sets | at most | wrong FAIL | half beyond | wrong PASS | by intervals: FAIL | PASS |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for make, slices in product(FAMILIES, (2, 6, 20)):
        family, rounds = replace(make, slices=slices), _rounds(make, slices, sets)
        found = [wrong_fails(family, rounds), None, wrong_passes(family, rounds), None, None]
        if make.kind == "value":
            found[1] = wrong_fails(family, rounds, truth="half beyond it")
        if make.churn is None:
            found[3:] = wrong_fails(family, rounds, "interval"), wrong_passes(family, rounds, "interval")
        told = " | ".join("" if one is None else f"{one:.4f}" for one in found)
        lines.append(f"| {make.told} | {slices} | {rounds:,} | {_most(rounds):.4f} | {told} |")
    return [*lines, ""]


def _rounds(family: Family, slices: int, sets: int) -> int:
    """Data sets of a row; the more comparisons, the fewer."""
    if slices < 20:
        return sets // 5
    return sets // 10 if family.churn is not None and family.kind == "value" else sets // 20


def _answers(tables: int) -> list[str]:
    """Whether answers ever disagree with the bound that is printed, over random tables."""
    rng, found = np.random.default_rng(5), np.zeros((2, 2), dtype=int)
    for _ in range(tables):
        n, n1, n2 = (int(np.exp(one)) for one in rng.uniform(np.log(5), np.log(5000), 3))
        churn, worse, p = rng.uniform(0.005, 0.6), rng.uniform(0.2, 0.8), rng.beta(0.6, 0.6)
        lost, gained, _ = rng.multinomial(n, [churn * worse, churn * (1 - worse), 1 - churn]).tolist()
        x1, x2 = int(rng.binomial(n1, np.clip(p + rng.normal(0, 0.1), 0, 1))), int(rng.binomial(n2, p))
        alpha = float(rng.choice([ALPHA, ALPHA / 3, ALPHA / 20]))
        found[0] += _of_pairs((lost, gained, n), alpha)
        found[1] += _of_samples((x1, n1, x2, n2), alpha)
    return [
        "## Answers at limits beside the printed bound",
        "",
        f"{tables} random tables of 5 to 5,000 rows at levels of 0.05 to 0.0025, {STEPS} steps of the grid on either",
        "side of the bound. *Disagree*: tables of which a limit is answered otherwise than the bound says. *Order",
        "anew*: tables of which the test that orders tables by the limit asked about changes back.",
        "",
        "| | disagree | order anew |",
        "|---|---|---|",
        f"| the same rows | {found[0][0]} | {found[0][1]} |",
        f"| other rows | {found[1][0]} | {found[1][1]} |",
    ]


def _speed() -> list[str]:
    """Seconds of processor time of a verdict with its bounds, in which nothing was judged before."""
    lines = [
        "",
        "## Seconds of a verdict on 20 slices, with the limits that fail and pass",
        "",
        "| rows a slice | the same rows | other rows |",
        "|---|---|---|",
    ]
    for n in (5000, 100_000):
        paired = Family("", "value", 20, (n,), 0.02, (0.3, 0.3), (0.281, 0.281), (0.3, 0.3))
        apart = replace(paired, churn=None, before=(n,))
        lines.append(f"| {n:,} | {seconds_of_a_verdict(paired):.2f} | {seconds_of_a_verdict(apart):.2f} |")
    return lines


def _of_pairs(table: tuple[int, int, int], alpha: float) -> tuple[bool, bool]:
    bound, unit = fall_bound(*table, alpha, upper=False), grid(table[2])
    limits = _beside(bound, unit)
    here = [fell_by_more(*table, limit, alpha) for limit in limits]
    anew = [paired_test(*table, limit, alpha).rejected for limit in limits]
    return here != [limit <= bound for limit in limits], any(b and not a for a, b in pairwise(anew))


def _of_samples(table: tuple[int, int, int, int], alpha: float) -> tuple[bool, bool]:
    bound, unit = apart_bound(table, alpha, upper=False), grid(min(table[1], table[3]))
    limits = _beside(bound, unit)
    here = [apart_by_more(table, limit, alpha) for limit in limits]
    anew = [exact_difference(*table, limit, alpha) for limit in limits]
    return here != [limit <= bound for limit in limits], any(b and not a for a, b in pairwise(anew))


def _beside(bound: float, unit: int) -> list[float]:
    return [one for step in range(-STEPS, STEPS + 1) if -1 < (one := round(bound + step / unit, 6)) < 1]


def _most(sets: int) -> float:
    return float(ALPHA + 3 * (ALPHA * (1 - ALPHA) / sets) ** 0.5)


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
