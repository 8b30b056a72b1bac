"""Gaps that are planted by hand, and what the decomposition says of them.

Run from the repository root; the table goes to benchmarks/planted_gaps.md (about 40 minutes):

    OMP_NUM_THREADS=1 python benchmarks/planted_gaps.py
"""

import sys
import time
from pathlib import Path

import numpy as np

TRUTH = Path(__file__).parent.parent / "tests" / "truth"
sys.path.insert(0, str(TRUTH))
import planted_answers  # noqa: E402
import planted_truth as truth  # noqa: E402

TABLE = Path(__file__).with_suffix(".md")
LARGE, SMALL = (1_200, 800), (300, 200)
SEEDS, NULL_SEEDS = 150, 400
HEAD = """# Planted gaps

`OMP_NUM_THREADS=1 python benchmarks/planted_gaps.py` writes this table; on 2 shared cores, one thread.

Nets with weights set by hand and people whose gap is known to flow through a chosen input
(tests/truth/planted_truth.py). Ten inputs, all of which matter to the score (a decoy, which only tells the slices
apart, does not). *Right*: the planted inputs have the largest contributions, where the gap itself is more than chance
(its 95 % interval leaves out 0); correlated inputs are judged as groups (association .7). *Found*: marked as more
than chance. *Wrongly marked*: any other part is. *Decidable*: share of samples whose gap is more than chance.
*Misses*: largest |gap - sum of the parts|.
"""


def row(name: str, maker: truth.Maker, sizes: tuple[int, int], *, groups: bool = False) -> str:
    """One scenario: shares over seeds."""
    found = [planted_answers.answered(maker(np.random.default_rng([1, seed]), *sizes), seed) for seed in range(SEEDS)]
    able = [one for one in found if one.decidable]
    right = [one.group_right if groups else one.right for one in able]
    misses = max(one.missed for one in found)
    shares = [len(able) / len(found), np.mean(right), np.mean([one.found for one in able])]
    shares.append(np.mean([one.wrongly_marked for one in found]))
    told = " | ".join(f"{share:.3f}" for share in shares)
    return f"| {name} | {sizes[0]:,} and {sizes[1]:,} | {told} | {misses:.0e} |"


def nulls(name: str, sizes: tuple[int, int], metric: str) -> str:
    """Slices that are alike: share of samples with any mark."""
    marked = []
    for seed in range(NULL_SEEDS):
        planted = truth.nothing(np.random.default_rng([2, seed]), *sizes, metric)
        marked.append(planted_answers.answered(planted, seed).wrongly_marked)
    return f"| {name} | {metric} | {sizes[0]:,} and {sizes[1]:,} | {np.mean(marked):.3f} |"


def main() -> None:
    planted_answers.one_thread()
    start = time.perf_counter()
    head = "| scenario | people | decidable | right | found | wrongly marked | misses |\n|---|---|---|---|---|---|---|"
    lines = [HEAD, f"{SEEDS} seeds each.\n", head]
    for sizes in (LARGE, SMALL):
        for name, maker in {**truth.INDEPENDENT, **truth.ELSEWHERE}.items():
            lines.append(row(name, maker, sizes))
        for name, maker in truth.CORRELATED.items():
            lines.append(row(f"{name} (groups)", maker, sizes, groups=True))
        print("\n".join(lines), flush=True)
    bound = 0.05 + 3 * np.sqrt(0.05 * 0.95 / NULL_SEEDS)
    lines += [
        "\n## Slices that are alike\n",
        f"Share of {NULL_SEEDS} samples with any mark; .05 and three standard errors are {bound:.3f}.\n",
        "| slices | metric | people | any mark |\n|---|---|---|---|",
    ]
    for sizes in (LARGE, SMALL, (900, 60)):
        for metric in ("mean_score", "true_positive_rate", "brier"):
            lines.append(nulls("alike", sizes, metric))
    lines.append(f"\n{time.perf_counter() - start:,.0f} s.")
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
