"""How often the exact tests reject a true null hypothesis, by adding up every table; and how long they take.

Run from the repository root; the tables go to benchmarks/exact_size.md:

    python benchmarks/exact_size.py
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.special import gammaln, ndtri

from dlaudit.stats.exact import exact_difference, exact_p_difference, exact_ratio
from dlaudit.stats.exact_bounds import bounds_difference, bounds_ratio
from dlaudit.stats.intervals import mover_difference, mover_ratio, rate_of, wilson
from dlaudit.stats.nulls import Null
from dlaudit.stats.paired import bonett_price_limits, paired_difference
from dlaudit.stats.scores import difference_score, ratio_score
from dlaudit.stats.trinomial import tango_score

TABLE = Path(__file__).with_suffix(".md")
SIZES = [(5, 5), (5, 20), (20, 5), (12, 12), (30, 30), (10, 60), (60, 10), (5, 200), (200, 5), (30, 100), (200, 200)]
LIMITS = [("difference", limit) for limit in (-0.1, -0.05, 0.0, 0.1, 0.2)] + [
    ("ratio", limit) for limit in (0.8, 1.0, 1.25)
]
ALPHAS = (0.05, 0.01, 0.001)
WHOLE = 1500
"""Tables up to which every one is asked; above, the frontier of each x1 is found by halving."""
SPEED = [(60, 50), (300, 300), (1000, 1000), (2000, 100_000), (10_000, 10_000), (100_000, 100_000), (10**6, 10**6)]


def exact_rejects(kind: str, n1: int, n2: int, limit: float, alpha: float) -> np.ndarray:
    """Which tables the exact test rejects."""
    test = exact_difference if kind == "difference" else exact_ratio
    found = np.zeros((n1 + 1, n2 + 1), dtype=bool)
    for x1 in range(n1 + 1):
        if (n1 + 1) * (n2 + 1) <= WHOLE:
            found[x1] = [test(x1, n1, x2, n2, limit, alpha) for x2 in range(n2 + 1)]
            continue
        inside, outside = -1, n2 + 1
        while outside - inside > 1:
            middle = (inside + outside) // 2
            inside, outside = (middle, outside) if test(x1, n1, middle, n2, limit, alpha) else (inside, middle)
        found[x1, : inside + 1] = True
    return found


def others_reject(kind: str, n1: int, n2: int, limit: float, alpha: float) -> dict[str, np.ndarray]:
    """The same of methods that are not exact."""
    a, b = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    z, level = -ndtri(alpha), 1 - 2 * alpha
    one, two, p, q = wilson(a, n1, level), wilson(b, n2, level), rate_of(a, n1), rate_of(b, n2)
    if kind == "difference":
        score = difference_score(a, n1, b, n2, limit) >= z
        wald = p - q - z * np.sqrt(p * (1 - p) / n1 + q * (1 - q) / n2) > limit
        return {"score": score, "Wald": wald, "Newcombe": mover_difference(p, one, q, two).low > limit}
    x, y = (a + 0.5) / (n1 + 0.5), (b + 0.5) / (n2 + 0.5)
    spread = np.sqrt(np.maximum(1 / (a + 0.5) - 1 / (n1 + 0.5) + 1 / (b + 0.5) - 1 / (n2 + 0.5), 0))
    return {
        "score": ratio_score(a, n1, b, n2, limit) >= z,
        "Wald": np.log(x / y) - z * spread > np.log(limit),
        "Newcombe": mover_ratio(p, one, q, two).low > limit,
    }


def size(rejected: np.ndarray, n1: int, n2: int, kind: str, limit: float) -> float:
    """The largest probability of rejection on the border of the null hypothesis and a tenth inside it."""
    null = Null(kind, limit)
    p2 = np.sin(np.linspace(0, np.pi / 2, 801)) ** 2
    p2 = p2[p2 >= null.least_p2]
    p1 = null.largest_p1(p2)
    p1, p2 = np.concatenate([p1, 0.9 * p1]), np.concatenate([p2, p2])
    one = stats.binom.pmf(np.arange(n1 + 1)[:, None], n1, p1)
    two = stats.binom.pmf(np.arange(n2 + 1)[:, None], n2, p2)
    return float(np.einsum("ac,ac->c", one, rejected.astype(float) @ two).max())


def size_lines() -> tuple[list[str], float, int]:
    """The table of sizes, the largest of the exact test, and the number of designs."""
    lines, largest, designs = [], 0.0, 0
    for kind, limit in LIMITS:
        for alpha in ALPHAS:
            found: dict[str, list[float]] = {}
            for n1, n2 in SIZES:
                tests = {"exact": exact_rejects(kind, n1, n2, limit, alpha)} | others_reject(kind, n1, n2, limit, alpha)
                for name, rejected in tests.items():
                    found.setdefault(name, []).append(size(rejected, n1, n2, kind, limit) / alpha)
            designs += len(SIZES)
            largest = max(largest, *found["exact"])
            worst = [f"{max(found[name]):.3g}" for name in ("score", "Wald", "Newcombe")]
            cells = [kind, f"{limit:g}", f"{alpha:g}", f"{max(found['exact']):.3f}", f"{np.median(found['exact']):.2f}"]
            lines.append(f"| {' | '.join([*cells, *worst])} |")
    return lines, largest, designs


def paired_lines() -> tuple[list[str], float]:
    """Sizes of the paired tests over every (gained, lost) of n rows."""
    lines, largest = [], 0.0
    for n in (10, 30, 100):
        b, c = np.array([(b, c) for b in range(n + 1) for c in range(n + 1 - b)]).T
        ways = gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(n - b - c + 1)
        for margin in (-0.1, -0.05, -0.02, 0.0, 0.02, 0.05):
            near = np.abs(tango_score(b, c, n, margin)) < 4
            exact = (tango_score(b, c, n, margin) >= 4).astype(bool)
            pairs = zip(b[near], c[near], strict=True)
            exact[near] = [paired_difference(int(x), int(y), n, margin, 0.05) for x, y in pairs]
            p, q = b / n, c / n
            wald = p - q - margin > -ndtri(0.05) * np.sqrt(np.maximum(p + q - (p - q) ** 2, 0) / n)
            tests = [
                exact,
                tango_score(b, c, n, margin) >= -ndtri(0.05),
                bonett_price_limits(b, c, n, 0.9).low > margin,
                wald,
            ]
            sizes = [0.0] * len(tests)
            for churn in abs(margin) + (1 - abs(margin)) * np.sin(np.linspace(1e-5, np.pi / 2 - 1e-5, 400)) ** 2:
                logs = b * np.log((churn + margin) / 2) + c * np.log((churn - margin) / 2)
                chance = np.exp(ways + logs + (n - b - c) * np.log(1 - churn))
                sizes = [max(old, float(chance[test].sum())) for old, test in zip(sizes, tests, strict=True)]
            largest = max(largest, sizes[0] / 0.05)
            lines.append(f"| {n} | {margin:g} | {' | '.join(f'{one:.3f}' for one in sizes)} |")
    return lines, largest


def median_ms(ask: Callable[[int], object]) -> float:
    """Median milliseconds of processor time of nine questions that were not asked before."""
    spent = []
    for turn in range(9):
        start = time.process_time()
        ask(turn)
        spent.append(1000 * (time.process_time() - start))
    return float(np.median(spent))


def speed_line(n1: int, n2: int) -> str:
    """Milliseconds of one test, one p-value, a pair of bounds and a paired test, near alpha."""
    p1 = 0.4 + 2 * (0.24 / n1 + 0.21 / n2) ** 0.5  # about the gap that a test at 5 % just shows
    x1, x2 = round(n1 * min(p1, 1)), round(n2 * 0.3)
    margin = -2 * (0.04 / n1) ** 0.5
    cells = [
        median_ms(lambda turn: exact_difference(x1 - turn, n1, x2, n2, 0.1, 0.05)),
        median_ms(lambda turn: exact_p_difference(x1 - turn, n1, x2, n2, 0.1)),
        median_ms(lambda turn: bounds_difference(x1 - turn, n1, x2, n2, 0.05)),
        median_ms(lambda turn: bounds_ratio(x1 - turn, n1, x2, n2, 0.05)),
        median_ms(lambda turn: paired_difference(n1 // 50 + turn, n1 // 50, n1, margin, 0.05)),
    ]
    return f"| {n1:,} and {n2:,} | {' | '.join(f'{cell:.1f}' for cell in cells)} |"


def main() -> None:
    """Enumerate, time, and write the tables."""
    start = time.process_time()
    sizes, largest, designs = size_lines()
    paired, paired_largest = paired_lines()
    lines = [
        "# Size and speed of the exact tests",
        "",
        "`python benchmarks/exact_size.py` writes these tables: 2 shared cores, one thread, no random numbers.",
        "",
        f"Two slices: {designs} designs. Slices of {', '.join(f'{a} and {b}' for a, b in SIZES)}. *Size* is the "
        "largest probability of rejection over up to 1,602 true null hypotheses, on the border and a tenth of p1 "
        f"inside it, summed over all tables. Largest size/alpha of the exact test: {largest:.3f}. Up to {WHOLE:,} "
        "tables every one is asked; above, the frontier of each x1 is found by halving.",
        "",
        "Largest size/alpha over the slices (for the exact test also the median). *Wald* of a ratio is that of its "
        "logarithm with 0.5 added; *Newcombe* is MOVER with Wilson limits.",
        "",
        "| null hypothesis on the | limit | alpha | exact | exact, median | score | Wald | Newcombe |",
        "|---|---|---|---|---|---|---|---|",
        *sizes,
        "",
        "## Pairs of judgements on the same rows",
        "",
        "Size at alpha = 0.05 over 400 churns, summed over every (gained, lost). A margin below 0 is non-inferiority. "
        f"Largest size/alpha of the exact test: {paired_largest:.3f}. (Where Tango's score is above 4, the exact test "
        "is taken to reject.)",
        "",
        "| rows | margin | exact | Tango | Bonett-Price | Wald |",
        "|---|---|---|---|---|---|",
        *paired,
        "",
        "## Milliseconds",
        "",
        "Processor time, the median of nine, near the level of 5 %, nothing cached. Paired: the first number of rows, "
        "churn 4 %.",
        "",
        "| rows | test | p-value | both bounds of the difference | both bounds of the ratio | paired test |",
        "|---|---|---|---|---|---|",
        *(speed_line(n1, n2) for n1, n2 in SPEED),
        "",
        f"{time.process_time() - start:.0f} s of one core.",
    ]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
