"""Whole measurement stage against Fairlearn's MetricFrame on the same rows: values and intervals of eight metrics.

python benchmarks/fairlearn_bootstrap.py
"""

import platform
import time
import warnings
from pathlib import Path

import numpy as np

from dlaudit.metrics import count, disparities, measure
from dlaudit.metrics.rows import ScoredRows
from dlaudit.slices.make import make_slices
from dlaudit.spec import SlicesSpec

METRICS = ["selection_rate", "true_positive_rate", "false_positive_rate", "accuracy", "precision"]
REPLICATES = 4


def sample(n: int, slices: int) -> tuple[ScoredRows, np.ndarray]:
    """Random labels and scores over equal slices."""
    rng = np.random.default_rng(0)
    atom = rng.integers(0, slices, n)
    target = rng.integers(0, 2, n).astype(np.int8)
    score = np.clip(rng.normal(0.4 + 0.2 * target, 0.2), 0, 1)[:, None]
    rows = ScoredRows(
        atom=atom,
        target=target,
        score=score,
        prediction=(score[:, 0] >= 0.5).astype(np.int8),
        task="binary",
        classes=("0", "1"),
        threshold=0.5,
    )
    return rows, atom


def ours(rows: ScoredRows, slices: int) -> float:
    """CPU seconds of counting, measuring and comparing, intervals and tests included."""
    start = time.process_time()
    counts = count(rows, slices)
    table = make_slices([{"group": f"g{i:02d}"} for i in range(slices)], counts.rows, SlicesSpec(), ["group"], [])
    measured, _ = measure(counts, None, table, METRICS, 0.95)
    disparities(measured, table.slices, table.comparisons, None, 0.95)
    return time.process_time() - start


def fairlearn_replicate(rows: ScoredRows, atom: np.ndarray) -> float:
    """CPU seconds of one bootstrap replicate of MetricFrame: the slope between two and six of them."""
    import fairlearn.metrics as fm
    from sklearn.metrics import accuracy_score, precision_score

    functions = {
        "selection_rate": fm.selection_rate,
        "true_positive_rate": fm.true_positive_rate,
        "false_positive_rate": fm.false_positive_rate,
        "accuracy": accuracy_score,
        "precision": precision_score,
    }
    spent = []
    for replicates in (2, 2 + REPLICATES):
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fm.MetricFrame(
                metrics=functions,
                y_true=rows.target,
                y_pred=rows.prediction,
                sensitive_features=atom,
                n_boot=replicates,
                ci_quantiles=[0.025, 0.975],
                random_state=0,
            )
        spent.append(time.process_time() - start)
    return (spent[1] - spent[0]) / REPLICATES


def main() -> None:
    """Measure, print and write the table."""
    lines = [
        "| rows | slices | dlaudit: values, intervals, gaps, tests (CPU s) | MetricFrame: one replicate (CPU s) "
        "| MetricFrame, 1,000 replicates / dlaudit |",
        "|---|---|---|---|---|",
    ]
    for n, slices in ((10_000, 2), (10_000, 8), (100_000, 2), (100_000, 8), (100_000, 40)):
        rows, atom = sample(n, slices)
        ours(rows, slices)
        mine = min(ours(rows, slices) for _ in range(3))
        theirs = fairlearn_replicate(rows, atom)
        lines.append(f"| {n:,} | {slices} | {mine:.3f} | {theirs:.3f} | {1000 * theirs / mine:,.0f} |")
        print(lines[-1], flush=True)
    head = (
        "# Against Fairlearn's bootstrap\n\n`python benchmarks/fairlearn_bootstrap.py`, one thread, process time; "
        f"{platform.machine()}, Python {platform.python_version()}. Five metrics. MetricFrame's 1,000 replicates are "
        "its slope per replicate times 1,000, not run in full. Its intervals and ours answer different questions for "
        "gaps (docs/decisions/0006-the-gate.md); this table compares cost only.\n\n"
    )
    Path(__file__).with_suffix(".md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
