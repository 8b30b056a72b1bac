"""How often the intervals that are shown hold the truth: simulations with known truth.

python benchmarks/interval_coverage.py
"""

import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import norm

from dlaudit.metrics.bootstrap import bootstrap_interval
from dlaudit.metrics.cell_values import Cells, cell_limits
from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.macro import _macro_f1
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.variance_shares import r2
from dlaudit.stats.auc import auc_interval
from dlaudit.stats.auc_effective import auc_parts, clustered_auc_interval, weighted_auc_interval
from dlaudit.stats.intervals import cluster_wilson, wilson_weighted
from dlaudit.stats.means import mean_limits

LEVEL, SEED = 0.95, 20
Ends = tuple[float, float]


def kish(rng: np.random.Generator, n: int, rate: float, spread: float) -> tuple[Ends, float]:
    """Wilson's interval with Kish's effective size, lognormal weights that say nothing of the outcome."""
    y, w = rng.random(n) < rate, rng.lognormal(0, spread, n)
    low, high = wilson_weighted(float((w * y).sum() / w.sum()), float(w.sum() ** 2 / (w**2).sum()), LEVEL)
    return (float(low), float(high)), rate


def clustered(rng: np.random.Generator, units: int, each: int, correlation: float) -> tuple[Ends, float]:
    """Cluster-robust Wilson, rates that vary between units."""
    rate, spread = 0.3, 1 / correlation - 1
    x = rng.binomial(each, rng.beta(rate * spread, (1 - rate) * spread, units))
    share = x.sum() / (units * each)
    variance = units / (units - 1) * ((x - share * each) ** 2).sum() / (units * each) ** 2
    low, high = cluster_wilson(float(share), float(variance), units, LEVEL)
    return (float(low), float(high)), rate


def scores(rng: np.random.Generator, ups: int, downs: int, truth: float) -> tuple[np.ndarray, np.ndarray]:
    """Normal scores whose AUC is `truth`, and labels."""
    score = np.r_[rng.normal(norm.ppf(truth) * np.sqrt(2), 1, ups), rng.normal(0, 1, downs)]
    return score, np.repeat([1, 0], [ups, downs])


def area(rng: np.random.Generator, ups: int, downs: int, truth: float) -> tuple[Ends, float]:
    """AUC of plain rows."""
    found = auc_interval(*scores(rng, ups, downs, truth), LEVEL)
    return (found.low, found.high), truth


def weighted_area(rng: np.random.Generator, ups: int, downs: int, truth: float) -> tuple[Ends, float]:
    """AUC of rows with lognormal(1) weights."""
    found = weighted_auc_interval(*scores(rng, ups, downs, truth), rng.lognormal(0, 1, ups + downs), LEVEL)
    return (found.low, found.high), truth


def clustered_area(rng: np.random.Generator, units: int, each: int, truth: float) -> tuple[Ends, float]:
    """AUC of units that share a label, and 0.7 of the variance of the score."""
    unit = np.repeat(np.arange(units), each)
    y = (rng.random(units) < 0.4)[unit].astype(np.int64)
    score = norm.ppf(truth) * np.sqrt(2) * y + np.sqrt(0.7) * rng.normal(size=units)[unit]
    score += np.sqrt(0.3) * rng.normal(size=len(unit))
    ones = np.ones(len(unit))
    variance = between_units(auc_parts(score, y, ones).influence, unit)
    found = clustered_auc_interval(score, y, ones, variance, LEVEL)
    return (found.low, found.high), truth


TABLE = np.array([[0.35, 0.08, 0.02], [0.06, 0.25, 0.04], [0.02, 0.05, 0.13]])


def macro(rng: np.random.Generator, n: int, spread: float) -> tuple[Ends, float]:
    """Macro F1 of three classes by drawing cells; lognormal weights where `spread` is above 0."""
    code = rng.choice(9, n, p=TABLE.ravel())
    weight = None
    if spread > 0:
        w = rng.lognormal(0, spread, n)
        weight = np.stack([np.bincount(code, w**power, 9) for power in (1, 2)])
    limits = cell_limits([_macro_f1], Cells(np.bincount(code, minlength=9), weight), LEVEL)
    return (float(limits.low[0]), float(limits.high[0])), float(_macro_f1(TABLE[None])[0])


def log_limits(values: np.ndarray) -> Ends:
    """Student's interval of a positive mean on the logarithm, as metrics/means.py has it."""
    mean, n = float(values.mean()), len(values)
    low, high = mean_limits(0.0, float(values.var(ddof=1)) / mean**2, n, LEVEL)
    return mean * float(np.exp(low)), mean * float(np.exp(high))


def absolute_error(rng: np.random.Generator, n: int, tails: float) -> tuple[Ends, float]:
    """Mean absolute error; errors are Student's with so many degrees of freedom."""
    return log_limits(np.abs(rng.standard_t(tails, n))), ABSOLUTE[tails]


def squared_error(rng: np.random.Generator, n: int, tails: float) -> tuple[Ends, float]:
    """The square of RMSE, whose interval is mapped: the coverage is the same."""
    return log_limits(rng.standard_t(tails, n) ** 2), tails / (tails - 2)


def variance_share(rng: np.random.Generator, n: int) -> tuple[Ends, float]:
    """R2 by the seeded row bootstrap; truth 0.8."""
    y = rng.normal(size=n)
    prediction = y + rng.normal(0, np.sqrt(0.2), n)
    rows = ScoredRows(
        atom=np.zeros(n, dtype=np.int64), target=y, score=prediction[:, None], prediction=prediction, task="regression"
    )
    found = bootstrap_interval(r2, rows, LEVEL)
    return (found.low or -np.inf, found.high or np.inf), 0.8


ABSOLUTE = {3.0: 1.102658, 1e6: 0.797885}
"""Means of |t| by degrees of freedom: 2 sqrt(v) G((v+1)/2) / (sqrt(pi) G(v/2) (v-1))."""

CASES: list[tuple[str, str, Callable[..., tuple[Ends, float]], tuple[float, ...], int, str]] = [
    ("Wilson, Kish's size", "200 rows, rate .3, lognormal(.5)", kish, (200, 0.3, 0.5), 10_000, ".94-.96"),
    ("Wilson, Kish's size", "200 rows, rate .3, lognormal(1)", kish, (200, 0.3, 1.0), 10_000, ".94-.96"),
    ("Wilson, Kish's size", "1,000 rows, rate .1, lognormal(1)", kish, (1000, 0.1, 1.0), 10_000, ".94-.96"),
    ("Wilson, clustered", "40 units of 20, correlation .3", clustered, (40, 20, 0.3), 10_000, ".94-.97"),
    ("Wilson, clustered", "100 units of 5, correlation .1", clustered, (100, 5, 0.1), 10_000, ".94-.97"),
    ("AUC, Newcombe 5", "10 and 90 rows, AUC .96", area, (10, 90, 0.96), 4000, ">= .945"),
    ("AUC, Newcombe 5", "5 and 25 rows, AUC .8", area, (5, 25, 0.8), 4000, ">= .945"),
    ("AUC, Newcombe 5", "10 and 1,000 rows, AUC .96", area, (10, 1000, 0.96), 4000, ">= .945"),
    ("AUC, logit-DeLong", "100 and 900 rows, AUC .8", area, (100, 900, 0.8), 4000, ""),
    ("AUC, logit-DeLong", "100 and 900 rows, AUC .96", area, (100, 900, 0.96), 4000, ""),
    ("AUC, weights", "10 and 90 rows, AUC .96, lognormal(1)", weighted_area, (10, 90, 0.96), 4000, ""),
    ("AUC, weights", "200 and 200 rows, AUC .96, lognormal(1)", weighted_area, (200, 200, 0.96), 4000, ""),
    ("AUC, weights", "400 and 1,000 rows, AUC .7, lognormal(1)", weighted_area, (400, 1000, 0.7), 2000, ""),
    ("AUC, units", "30 units of 2, AUC .9", clustered_area, (30, 2, 0.9), 4000, ""),
    ("AUC, units", "100 units of 5, AUC .9", clustered_area, (100, 5, 0.9), 4000, ""),
    ("Macro F1, cells drawn", "100 rows, 3 classes", macro, (100, 0.0), 2000, ""),
    ("Macro F1, cells drawn", "1,000 rows, 3 classes", macro, (1000, 0.0), 2000, ""),
    ("Macro F1, cells drawn", "300 rows, 3 classes, lognormal(1)", macro, (300, 1.0), 2000, ""),
    ("Mean absolute error, t on the log", "30 rows, normal errors", absolute_error, (30, 1e6), 10_000, ""),
    ("Mean absolute error, t on the log", "100 rows, t3 errors", absolute_error, (100, 3.0), 10_000, ""),
    ("RMSE, t on the log", "30 rows, normal errors", squared_error, (30, 1e6), 10_000, ""),
    ("RMSE, t on the log", "1,000 rows, t5 errors", squared_error, (1000, 5.0), 10_000, ""),
    ("RMSE, t on the log", "100 rows, t5 errors", squared_error, (100, 5.0), 10_000, ""),
    ("RMSE, t on the log", "100 rows, t3 errors (squares without a variance)", squared_error, (100, 3.0), 10_000, ""),
    ("R2, row bootstrap", "100 rows, normal", variance_share, (100,), 300, ""),
]


def main() -> None:
    """Simulate, print and write the table."""
    start = time.perf_counter()
    lines = ["| interval | data | samples | coverage | 3 s.e. | bar |", "|---|---|---|---|---|---|"]
    for method, data, simulate, given, samples, bar in CASES:
        rng = np.random.default_rng(SEED)
        hits = 0
        for _ in range(samples):
            (low, high), truth = simulate(rng, *given)
            hits += low <= truth <= high
        share = hits / samples
        error = 3 * np.sqrt(share * (1 - share) / samples)
        lines.append(f"| {method} | {data} | {samples:,} | {share:.3f} | {error:.3f} | {bar} |")
        print(lines[-1], flush=True)
    head = (
        "# Coverage of the intervals that are shown\n\n"
        f"`python benchmarks/interval_coverage.py`, 2 shared cores, {platform.machine()}, "
        f"Python {platform.python_version()}; "
        f"seed {SEED} for every line, {time.perf_counter() - start:.0f} s. Nominal level {LEVEL}. All of these are "
        "asymptotic methods: the table says where that is near enough and where it is not (errors without a finite "
        "variance). Decisions of the gate do not rest on them where exact tests exist.\n\n"
    )
    Path(__file__).with_suffix(".md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
