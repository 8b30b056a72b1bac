"""How often a fine-tuned model's gaps are given a wrong word, and how often the right one, in simulated fine-tunings.

    python benchmarks/against_base.py [--repeats N]

Prints the tables of benchmarks/against_base.md. Every repetition draws people of three slices, a base's decisions and
those of a model made from it, which change sides at random for a share of people (the churn) and, where a change is
planted, for one slice more often. All six words are judged by `gap_changes` as in an audit.
"""

import argparse
import math
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from dlaudit.metrics.against import BothScored, TwoSlices, gap_changes
from dlaudit.metrics.names import ask
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import GapChange

METRICS = ["selection_rate", "mean_score"]
ALPHA, SEED = 0.05, 5


@dataclass(frozen=True)
class Tuning:
    """One kind of fine-tuning: true selection rates of the slices by both models, and the churn beside."""

    name: str
    base: tuple[float, float, float]
    tuned: tuple[float, float, float]
    churn: float = 0.05
    sizes: tuple[int, ...] = (500, 1500)
    """People of each slice."""


NONE = (0.5, 0.5, 0.5)
TUNINGS = (
    Tuning("no gaps, nothing changed but 5 % churn", NONE, NONE, sizes=(200, 1500)),
    Tuning("no gaps, 20 % churn", NONE, NONE, churn=0.2, sizes=(200,)),
    Tuning("a gap of 15 points in both", (0.5, 0.5, 0.35), (0.5, 0.5, 0.35), sizes=(200, 500)),
    Tuning("a gap of 10 points created", NONE, (0.5, 0.5, 0.4)),
    Tuning("a gap of 20 points created", NONE, (0.5, 0.5, 0.3), sizes=(200,)),
    Tuning("a gap of 10 points removed", (0.5, 0.5, 0.4), NONE),
    Tuning("a gap of 20 points removed", (0.5, 0.5, 0.3), NONE, sizes=(200,)),
    Tuning("15 points in one pair kept, removed in another", (0.5, 0.5, 0.35), (0.5, 0.35, 0.35), sizes=(500,)),
)
Both = tuple[np.ndarray, np.ndarray]


def scores(rng: np.random.Generator, slices: np.ndarray, tuning: Tuning) -> Both:
    """Scores of both models: uniform on either side of .5, the model's decision kept but for churn and the plant."""
    before = np.array(tuning.base)[slices]
    after = np.array(tuning.tuned)[slices]
    rank = rng.random(len(slices))
    first = rank < before
    moved = rng.random(len(slices)) < tuning.churn
    # who is moved by the churn gets a fresh draw, so that the slice's true rate stays what was planted
    second = np.where(moved, rng.random(len(slices)), rank) < after
    inside = rng.random((2, len(slices))) * 0.5
    kept = first == second
    inside[1] = np.where(kept, inside[0], inside[1])
    return np.where(first, 0.5 + inside[0], 0.5 - inside[0] - 1e-9), np.where(
        second, 0.5 + inside[1], 0.5 - inside[1] - 1e-9
    )


def scored(slices: np.ndarray, target: np.ndarray, score: np.ndarray) -> ScoredRows:
    """The rows as a stage of the audit hands them on."""
    return ScoredRows(
        atom=slices,
        target=target,
        score=score[:, None],
        prediction=(score >= 0.5).astype(np.int64),
        weight=None,
        unit=None,
        classes=("no", "yes"),
        threshold=0.5,
    )


def changes(rng: np.random.Generator, n: int, tuning: Tuning) -> list[GapChange]:
    """The comparison of one repetition: three pairs of slices by two metrics."""
    slices = np.repeat(np.arange(3), n).astype(np.int64)
    target = rng.integers(0, 2, len(slices))
    base, tuned = (scored(slices, target, one) for one in scores(rng, slices, tuning))
    pairs = [
        TwoSlices(by=("s",), slice=f"{b}", reference=f"{a}", inside=(slices == b, slices == a))
        for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    asked, _ = ask(METRICS, "binary", ["no", "yes"])
    return gap_changes(BothScored(base=base, tuned=tuned), pairs, asked).changes


def wrong(one: GapChange, word: str, tuning: Tuning) -> bool:
    """Whether the word says something that is not so; `created` and `removed` leave open what the other model has."""
    at, to = int(one.slice), int(one.reference)
    before, after = (rates[at] - rates[to] for rates in (tuning.base, tuning.tuned))
    change = after - before
    true = {
        "inherited": before * after > 0,
        "created": after != 0 and change * after > 0,
        "removed": before != 0 and change * before < 0,
        "grown": after != 0 and change * after > 0,
        "shrunk": before != 0 and change * before < 0,
        "reversed": before * after < 0,
        "undecided": True,
    }
    return not true[word]


def unshared(one: GapChange) -> str:
    """The twin: each test at .05 for itself."""
    base, tuned, change = (
        part.p_value is not None and part.p_value <= ALPHA for part in (one.base, one.tuned, one.change)
    )
    if base and tuned:
        return "inherited" if not change else "grown" if abs(one.tuned.value) > abs(one.base.value) else "shrunk"
    if change and tuned:
        return "created"
    return "removed" if change and base else "undecided"


def simulated(tuning: Tuning, n: int, repeats: int) -> tuple[float, float, Counter[str]]:
    """Share of repetitions with a wrong word among all six gaps, of the twin, and words of the planted pairs."""
    rng = np.random.default_rng([SEED, n])
    bad, twin, words = 0, 0, Counter[str]()
    planted = {(0, 2), (1, 2)}
    for _ in range(repeats):
        found = changes(rng, n, tuning)
        bad += any(wrong(one, one.status, tuning) for one in found)
        twin += any(wrong(one, unshared(one), tuning) for one in found)
        words.update(
            one.status
            for one in found
            if one.metric == "selection_rate" and (int(one.reference), int(one.slice)) in planted
        )
    return bad / repeats, twin / repeats, words


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=150)
    asked = parser.parse_args()
    allowed = ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / asked.repeats)
    start = time.perf_counter()
    print(f"{asked.repeats} repetitions each; a wrong word anywhere is allowed in {allowed:.3f}\n")
    print("| fine-tuning | people a slice | wrong word | each test alone | words of the selection rate's planted gap |")
    print("|---|---|---|---|---|")
    for tuning in TUNINGS:
        for n in tuning.sizes:
            bad, twin, words = simulated(tuning, n, asked.repeats)
            told = ", ".join(f"{word} {count / words.total():.2f}" for word, count in words.most_common() if count)
            print(
                f"| {tuning.name} | {n:,} | {bad:.3f}{' !' if bad > allowed else ''} | {twin:.3f} | {told} |",
                flush=True,
            )
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
