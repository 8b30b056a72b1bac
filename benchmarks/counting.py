"""Counting and cell-bootstrap intervals, beside a good numpy row bootstrap and Fairlearn's MetricFrame, in one run.

python benchmarks/counting.py
"""

import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dlaudit.metrics import METRICS, count, kernels
from dlaudit.metrics.cell_values import Cells, as_function, cell_limits
from dlaudit.metrics.forms import Asked
from dlaudit.metrics.rows import ScoredRows

NAMES = ["accuracy", "precision", "true_positive_rate", "false_positive_rate", "selection_rate", "f1"]
ROWS, SLICES, REPLICATES, LEVEL = 100_000, 40, 1000, 0.95
FEW, MORE = 2, 6
"""Replicates of MetricFrame between which its cost per replicate is taken."""
REPEATS = 5


def sample(n: int, slices: int = SLICES) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slice, label and prediction of random rows, as uint8."""
    rng = np.random.default_rng(1)
    slice_ = rng.integers(0, slices, n, dtype=np.uint8)
    truth = rng.integers(0, 2, n, dtype=np.uint8)
    predicted = truth ^ (rng.integers(0, 256, n, dtype=np.uint8) < 60)
    return slice_, truth, predicted.astype(np.uint8)


def ours(slice_: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Limits [slices, ends, metrics] from rows: count, draw cells, take quantiles."""
    tables = kernels.count_cells(slice_, truth, predicted, (SLICES, 2))
    functions = [as_function(Asked(METRICS.get(name), name), "binary") for name in NAMES]
    limits = [cell_limits(functions, Cells(table.ravel(), None), LEVEL, REPLICATES) for table in tables]
    return np.array([[one.low, one.high] for one in limits])


def by_rows(slice_: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The same by drawing rows, as well as numpy can: one code per row, one draw of positions and one count each."""
    code = (slice_.astype(np.int64) * 4 + truth * 2 + predicted).astype(np.uint8)
    rng = np.random.default_rng(0)
    tables = np.empty((REPLICATES, SLICES, 4))
    for replicate in range(REPLICATES):
        drawn = code[rng.integers(0, len(code), len(code), dtype=np.uint32)]
        tables[replicate] = np.bincount(drawn, minlength=4 * SLICES).reshape(SLICES, 4)
    tn, fp, fn, tp = np.moveaxis(tables, -1, 0)
    n = tn + fp + fn + tp
    values = [(tp + tn) / n, tp / (tp + fp), tp / (tp + fn), fp / (fp + tn), (tp + fp) / n, 2 * tp / (2 * tp + fp + fn)]
    ends = np.quantile(np.stack(values, axis=-1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return np.moveaxis(ends, 0, 1)


def fairlearn_seconds(slice_: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> float:
    """Seconds of one replicate of MetricFrame with the same six metrics."""
    import fairlearn.metrics as fl
    import sklearn.metrics as sk

    functions = {
        "accuracy": sk.accuracy_score,
        "precision": sk.precision_score,
        "true_positive_rate": fl.true_positive_rate,
        "false_positive_rate": fl.false_positive_rate,
        "selection_rate": fl.selection_rate,
        "f1": sk.f1_score,
    }

    def run(replicates: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fl.MetricFrame(
                metrics=functions,
                y_true=truth,
                y_pred=predicted,
                sensitive_features=slice_,
                n_boot=replicates,
                ci_quantiles=[(1 - LEVEL) / 2, (1 + LEVEL) / 2],
                random_state=0,
            )

    return (best(lambda: run(MORE), 1) - best(lambda: run(FEW), 1)) / (MORE - FEW)


def best(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Least wall seconds of a few runs."""
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return min(spent)


def interval_lines() -> list[str]:
    """The bootstrap, three ways on the same rows."""
    rows = sample(ROWS)
    limits, reference = ours(*rows), by_rows(*rows)
    apart = float(np.abs(limits - reference).max())
    mine, drawn = best(lambda: ours(*rows)), best(lambda: by_rows(*rows), 2)
    frame = fairlearn_seconds(*rows) * REPLICATES
    return [
        f"## {REPLICATES:,} replicates x {SLICES} slices x {len(NAMES)} metrics on {ROWS:,} rows",
        "",
        f"**{drawn / mine:.0f} times as fast as a good numpy row bootstrap; {frame / mine:,.0f} times as fast as "
        "MetricFrame (extrapolated).**",
        "",
        "| how | seconds | against ours |",
        "|---|---|---|",
        f"| ours: count the cells, draw {REPLICATES:,} tables per slice, quantiles | {mine:.4f} | 1 |",
        f"| numpy: draw row positions, count, quantiles | {drawn:.2f} | {drawn / mine:.0f} |",
        f"| `MetricFrame(n_boot=1000)`, **not run in full**: its slope from {FEW} to {MORE} replicates, times 1,000 "
        f"| {frame:,.0f} | {frame / mine:,.0f} |",
        "",
        f"Largest distance between our ends and those of the row bootstrap: {apart:.4f} (both are random; the widths "
        f"are {np.ptp(reference, axis=1).min():.3f} to {np.ptp(reference, axis=1).max():.3f}). The row bootstrap also "
        "redraws the sizes of the slices, ours keeps them.",
        "",
    ]


def counting_lines() -> list[str]:
    """Counting alone, in growing data."""
    kernels.count_cells(*sample(10), (SLICES, 2))
    lines = [
        f"## Counting, {SLICES} slices",
        "",
        "| rows | tables of uint8 columns (s) | score histograms, 1,024 bins (s) |",
        "|---|---|---|",
    ]
    for n in (1_000_000, 10_000_000, 100_000_000):
        slice_, truth, predicted = sample(n)
        tables = best(lambda c=(slice_, truth, predicted): kernels.count_cells(*c, (SLICES, 2)), 3)
        score = np.random.default_rng(2).random(n, dtype=np.float32)
        place = slice_ * np.uint8(2) + truth
        scheme = (1024, 1024, np.inf)
        kernels.count_bins(place[:10], score[:10], scheme, 2 * SLICES)
        bars = best(lambda p=place, s=score, c=scheme: kernels.count_bins(p, s, c, 2 * SLICES), 3)
        lines.append(f"| {n:,} | {tables:.4f} | {bars:.4f} |")
        del slice_, truth, predicted, score, place
    return [*lines, "", *full_count_lines()]


def full_count_lines() -> list[str]:
    """What `count` costs with everything it keeps."""
    n = 10_000_000
    slice_, truth, predicted = sample(n)
    rows = ScoredRows(
        atom=slice_,
        target=truth,
        score=np.random.default_rng(2).random((n, 1)),
        prediction=predicted,
        classes=("0", "1"),
        threshold=0.5,
    )
    count(rows, SLICES)
    full = best(lambda: count(rows, SLICES), 2)
    return [
        f"`count` on {n:,} rows with float64 scores takes {full:.2f} s ({1e9 * full / n:.0f} ns a row): it also keeps "
        "the histograms and, without rounding, the sums and sums of squares of score, residual, squared residual and "
        "log loss. That is where the time goes: the tables of cells alone are the first column.",
        "",
    ]


def main() -> None:
    """Measure, print and write the tables."""
    head = [
        "# Counting and bootstrap",
        "",
        f"`python benchmarks/counting.py`, 2 shared cores, one thread, {platform.machine()}, Python "
        f"{platform.python_version()}, numpy {np.__version__}; wall seconds, the least of {REPEATS} runs (3 for "
        "counting, 2 for the row bootstrap, 1 for MetricFrame). Data are random with seed 1, in memory, as uint8 "
        "codes; numba had compiled before the clock was started (about 1 s the first time).",
        "",
    ]
    text = "\n".join([*head, *interval_lines(), *counting_lines()])
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
