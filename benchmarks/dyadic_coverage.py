"""Coverage of intervals over pairs of people: false match rates, rates at a threshold chosen on the same pairs, EER.

    python benchmarks/dyadic_coverage.py

Some people are easily taken for others: the similarity of a pair is 0.6 (u_i + u_j) plus noise, so that two pairs with
one person in common are correlated by .36; or .05, or not at all. Writes dyadic_coverage.md beside this script.
"""

import math
import time
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from dlaudit.metrics.chosen_threshold import chosen_again, spread_chosen_again, wider
from dlaudit.metrics.clusters import spread_between
from dlaudit.metrics.forms import Asked, influence
from dlaudit.metrics.registry import METRICS
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.dyadic import between_people
from dlaudit.stats.equal_error import PassingRows
from dlaudit.stats.intervals import cluster_wilson, wilson
from dlaudit.stats.quantile_without import quantile_above

PAGE = Path(__file__).with_suffix(".md")
SEED, REPETITIONS, CHOSEN = 31, 1500, 300
PEOPLE, RATES, SHARED = (15, 30, 60, 125), (0.002, 0.01, 0.05), (0.36, 0.05, 0.0)
MISSED = Asked(METRICS.get("false_negative_rate"), "false_negative_rate")


def sandwich(influences: np.ndarray, people: np.ndarray) -> float:
    """The dyadic sandwich (Fafchamps & Gubert 2007) without a correction for few people; each pair in one row."""
    of_person = np.bincount(people.ravel(), np.repeat(influences, 2))
    both = float((influences**2).sum())
    return len(of_person) / (len(of_person) - 1) * max(float((of_person**2).sum()) - both, both)


def rate_line(people: int, rate: float, shared: float) -> str:
    """Coverage of a false match rate: leaving people out, the sandwich, and pairs as if independent."""
    rng = np.random.default_rng([SEED, people, round(1000 * rate), round(100 * shared)])
    first, second = np.triu_indices(people, 1)
    who, limit = np.stack([first, second], axis=1), -ndtri(rate)
    inside, width = np.zeros(3), np.zeros(2)
    for _ in range(REPETITIONS):
        alike = rng.normal(size=people)
        noise = rng.normal(size=len(first)) * math.sqrt(1 - 2 * shared)
        match = math.sqrt(shared) * (alike[first] + alike[second]) + noise > limit
        share = float(match.mean())
        error = (match - share) / len(match)
        found = between_people(error, who)
        ends = [
            cluster_wilson(share, found.variance, found.units, freedom=found.freedom),
            cluster_wilson(share, sandwich(error, who), people),
            wilson(int(match.sum()), len(match)),
        ]
        inside += [one.low <= rate <= one.high for one in ends]
        width += [float(one.high - one.low) for one in ends[:2]]
    covers = inside / REPETITIONS
    three = 3 * math.sqrt(covers[0] * (1 - covers[0]) / REPETITIONS)
    return (
        f"| {shared} | {people} | {len(match):,} | {rate} | {covers[0]:.3f} | {three:.3f} | {covers[1]:.3f} | "
        f"{covers[2]:.3f} | {width[0] / width[1]:.2f} |"
    )


def samples_of(people: int, mean: float, rng: np.random.Generator) -> ScoredRows:
    """All pairs of two samples of each person; the similarity of mated pairs is normal about `mean`."""
    person = np.repeat(np.arange(people), 2)
    first, second = np.triu_indices(2 * people, 1)
    sides = np.stack([person[first], person[second]], axis=1)
    target = (sides[:, 0] == sides[:, 1]).astype(np.int64)
    alike, own = rng.normal(size=people), rng.normal(size=people)
    other = 0.6 * alike[sides].sum(axis=1) + math.sqrt(0.28) * rng.normal(size=len(target))
    score = np.where(target == 1, mean + own[sides[:, 0]], other)
    return ScoredRows(
        atom=np.zeros(len(score), dtype=np.int64), target=target, score=score[:, None],
        prediction=np.zeros(len(score), dtype=np.int64), unit=sides, classes=("0", "1"), threshold=0.0,
    )  # fmt: skip


def chosen_line(people: int, target: float, missed: float) -> str:
    """Coverage of a false non-match rate at the threshold chosen on the same pairs."""
    rng = np.random.default_rng([SEED, 2, people, round(1000 * target)])
    at_truth = -float(ndtri(target))
    mean = at_truth - float(ndtri(missed))
    inside = np.zeros(3)
    for _ in range(CHOSEN):
        rows = samples_of(people, mean, rng)
        again = chosen_again(rows, target)
        threshold = quantile_above(-np.sort(-rows.score[rows.target == 0, 0]), target)
        mated = rows.target == 1
        rows.prediction[:] = rows.score[:, 0] >= threshold
        share = float((rows.prediction[mated] == 0).mean())
        error, counted = influence(MISSED, rows, [(share, float(mated.sum()))])
        given = spread_between(error[counted], rows.unit[counted])
        both = wider(given, spread_chosen_again(MISSED, rows, (error, counted), again))
        ends = [cluster_wilson(share, one.variance, one.units, freedom=one.freedom) for one in (both, given)]
        inside[:2] += [one.low <= missed <= one.high for one in ends]
        inside[2] += ends[0].low <= float(ndtr(threshold - mean)) <= ends[0].high
    covers = inside / CHOSEN
    return f"| {people} | {target} | {missed} | {covers[0]:.3f} | {covers[2]:.3f} | {covers[1]:.3f} |"


def equal_line(people: int, rate: float) -> str:
    """Coverage of an equal error rate."""
    rng = np.random.default_rng([SEED, 3, people, round(1000 * rate)])
    inside = 0
    for _ in range(CHOSEN):
        rows = samples_of(people, -2 * float(ndtri(rate)), rng)
        low, high, _ = PassingRows(rows.score[:, 0], rows.target).interval(rows.unit, 0.95)
        inside += low <= rate <= high
    return f"| {people} | {rate} | {inside / CHOSEN:.3f} |"


def main() -> None:
    """Simulate, and write the page."""
    begun = time.monotonic()
    rates = [rate_line(people, rate, shared) for shared in SHARED for rate in RATES for people in PEOPLE]
    chosen = [chosen_line(people, target, 0.25) for target in (0.01, 0.05) for people in (30, 60)]
    equal = [equal_line(people, rate) for rate in (0.025, 0.1) for people in (15, 30, 60)]
    text = f"""# Coverage of intervals over pairs of people

`python benchmarks/dyadic_coverage.py`, 2 shared cores; seed {SEED}, {REPETITIONS:,} samples a line (below {CHOSEN}), \
{time.monotonic() - begun:.0f} s. Nominal level 0.95.

## False match rates at a threshold that was given

All pairs of some people are compared. *Shared* is how much two pairs with one person in common are correlated. *Leaving
people out* is what an audit prints and the gate judges by: jackknife variance, Wilson's interval, Student's quantile
with degrees of freedom estimated from the people. *Sandwich* is the dyadic variance of Fafchamps & Gubert with the
number of people less one; *independent* is Wilson's interval of the same counts; *width* is the first over the second.

| shared | people | pairs | true rate | leaving people out | 3 s.e. | sandwich | independent | width |
|---|---|---|---|---|---|---|---|---|
{chr(10).join(rates)}

A few people who resemble many make most of the rare matches, and a sample without those people looks surer than it is:
the sandwich does not see that. Where pairs do not depend on each other, leaving people out counts the chance of every
pair twice: the interval is then too wide, by 1.4 to 1.6 times. The data cannot tell the two cases apart at few matches,
and the audit errs on that side.

## A threshold chosen on the same pairs

Two samples of each person; the threshold lets a given share of non-mated pairs match. False non-match rates: *printed*
is the interval of the audit, as often as it covers the rate at the threshold that a whole population would give, and at
the threshold as a number, in use elsewhere; *as given* takes the threshold for given.

| people | target FMR | true FNMR | printed, threshold of the population | printed, this number | as given |
|---|---|---|---|---|---|
{chr(10).join(chosen)}

## Equal error rates

From where the lower ends of the intervals of both rates cross to where their upper ends do: wider than needed.

| people | true EER | printed |
|---|---|---|
{chr(10).join(equal)}
"""
    PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
