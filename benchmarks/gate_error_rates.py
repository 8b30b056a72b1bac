"""How often the gate's verdicts are right and wrong: counts drawn from known rates, judged by three rules at once.

Run from the repository root; the table goes to benchmarks/gate_error_rates.md. Gates in common use stand beside it.

    python benchmarks/gate_error_rates.py [SETS]
"""

import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlaudit.gate import judge
from dlaudit.record import Audit, Check, DataInfo, Measurement, ModelInfo, Provenance, Slice
from dlaudit.spec import Policy

TABLE = Path(__file__).with_suffix(".md")
SETS, ALPHA, LIMIT = 300, 0.05, 0.1
REPLICATES = 200
BASE, TPR, FPR = 0.3, 0.8, 0.1
METRICS = ("selection_rate", "true_positive_rate", "false_positive_rate")
POLICY = Policy.from_rules(*(f"{metric}.difference by slice <= {LIMIT}" for metric in METRICS))

SIZES = {
    "A: 2,000 rows, slices of 1200 to 20": [1200, 380, 240, 120, 40, 20],
    "B: 5 x 1,000": [1000] * 5,
    "C: 4 x 5,000": [5000] * 4,
    "D: Adult's test rows by race": [13946, 1561, 480, 159, 135],
    "E: 2,000 rows, 12 intersections": [600, 400, 280, 200, 150, 120, 80, 60, 45, 30, 20, 15],
    "F: 100,000 rows, 8 slices": [50000, 20000, 12000, 8000, 5000, 3000, 1500, 500],
}


@dataclass(frozen=True)
class Truth:
    """True rates of one slice that differs from the others."""

    name: str
    tpr: float = TPR
    fpr: float = FPR
    place: int = 1
    """Which slice, by size."""

    def gaps(self) -> list[float]:
        """True gap of each metric."""
        return [abs(BASE * (self.tpr - TPR) + (1 - BASE) * (self.fpr - FPR)), abs(self.tpr - TPR), abs(self.fpr - FPR)]


EQUAL = Truth("all equal")
ON_LIMIT = Truth("all three gaps on the limit", 0.9, 0.2)
GAP = Truth("TPR gap .20", 0.6)
WIDE = Truth("TPR gap .30, FPR gap .15", 0.5, 0.25)
IN_SMALLEST = Truth("TPR gap .30 in the smallest", 0.5, FPR, -1)


def counts(sizes: list[int], truth: Truth, rng: np.random.Generator) -> np.ndarray:
    """Successes and trials of the three metrics: metrics x slices x 2."""
    rows = np.array(sizes)
    positive = np.round(BASE * rows).astype(int)
    tpr, fpr = np.full(len(rows), TPR), np.full(len(rows), FPR)
    tpr[truth.place], fpr[truth.place] = truth.tpr, truth.fpr
    hits, alarms = rng.binomial(positive, tpr), rng.binomial(rows - positive, fpr)
    return np.stack([np.stack(one, 1) for one in ((hits + alarms, rows), (hits, positive), (alarms, rows - positive))])


def audit_of(found: np.ndarray) -> Audit:
    """The counts as the gate reads them."""
    names = [f"slice=s{at}" for at in range(found.shape[1])]
    return Audit(
        provenance=Provenance(dlaudit="", python=""),
        model=ModelInfo(),
        data=DataInfo(sensitive=["slice"]),
        slices=[
            Slice(id=name, by=["slice"], where={"slice": name[6:]}, n=int(n), share=0.0, kind="group", small=n < 30)
            for name, n in zip(names, found[0, :, 1], strict=True)
        ],
        measurements=[
            Measurement(metric=metric, slice=name, value=x / n, n=int(n), numerator=int(x), denominator=int(n))
            for metric, cells in zip(METRICS, found, strict=True)
            for name, (x, n) in zip(names, cells, strict=True)
        ],
    )


def naive(found: np.ndarray, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """Whether gates in common use fail: a point gap above the limit, four-fifths, a bootstrap interval above it."""
    x, n = found[..., 0], found[..., 1]
    rates = x / n
    gap = (rates.max(axis=1) - rates.min(axis=1) > LIMIT).any()
    fifths = rates[0].min() < 0.8 * rates[0].max()
    drawn = rng.binomial(n, rates, size=(REPLICATES, *n.shape)) / n
    lower = np.quantile(drawn.max(axis=2) - drawn.min(axis=2), 0.025, axis=0)
    return bool(gap), bool(fifths), bool((lower > LIMIT).any())


def is_wrong(check: Check, truth: Truth, gap: float) -> tuple[bool, bool]:
    """Whether a FAIL of the check is wrong, and whether a PASS is: about the slices that it speaks of."""
    speaks = len(check.assessed) + len(check.not_assessed) == 0 or f"slice=s{truth.place}" in check.assessed
    return check.outcome == "fail" and gap <= LIMIT + 1e-9, check.outcome == "pass" and speaks and gap >= LIMIT - 1e-9


@dataclass
class Tally:
    """What came up in one row of the table."""

    sets: int = 0
    wrong_fail: int = 0
    wrong_pass: int = 0
    fail: int = 0
    passed: int = 0
    single: int = 0
    scope: int = 0
    naive: np.ndarray = None  # type: ignore[assignment]

    def line(self, design: str, truth: str, slices: int) -> str:
        """The row as text."""
        share = [self.fail, self.passed, self.sets - self.fail - self.passed, self.wrong_fail, self.wrong_pass]
        figures = [f"{one / self.sets:.3f}" for one in [*share, self.single]]
        bare = [f"{one / self.sets:.2f}" for one in self.naive]
        cells = [design, truth, *bare, *figures, f"{self.scope / self.sets / 3:.1f} of {slices}"]
        return f"| {' | '.join(cells)} |"


def simulate(sizes: list[int], truth: Truth, sets: int, seed: int) -> Tally:
    """`sets` draws of one design and truth, judged."""
    rng, found = np.random.default_rng(seed), Tally(naive=np.zeros(3))
    for _ in range(sets):
        drawn = counts(sizes, truth, rng)
        audit = audit_of(drawn)
        verdict = judge(audit, POLICY, bounds=False)
        wrong = [is_wrong(*one) for one in zip(verdict.checks, [truth] * 3, truth.gaps(), strict=True)]
        found.sets += 1
        found.wrong_fail += any(one[0] for one in wrong)
        found.wrong_pass += any(one[1] for one in wrong)
        found.fail += verdict.outcome == "fail"
        found.passed += verdict.outcome == "pass"
        found.single += verdict.checks[1].outcome == "fail"
        found.scope += sum(len(check.assessed) for check in verdict.checks)
        found.naive += naive(drawn, rng)
    return found


def rows_of_the_table(sets: int) -> Iterator[tuple[str, Tally]]:
    """Every design under every truth."""
    seed = 0
    for design, sizes in SIZES.items():
        for truth in (EQUAL, ON_LIMIT, GAP, WIDE, IN_SMALLEST):
            seed += 1
            placed = Truth(truth.name, truth.tpr, truth.fpr, truth.place % len(sizes))
            found = simulate(sizes, placed, sets, seed)
            line = found.line(design, truth.name, len(sizes))
            print(line, flush=True)
            yield line, found


def speed() -> list[str]:
    """Seconds of one verdict with its bounds, on data never seen before: 8 slices, 3 rules."""
    lines = ["| rows | slices | truth | median ms | slowest of 7, ms |", "|---|---|---|---|---|"]
    rng = np.random.default_rng(99)
    judge(audit_of(counts([400] * 3, EQUAL, rng)), POLICY)  # imports
    for rows in (2_000, 20_000, 100_000):
        sizes = [round(share * rows) for share in (0.5, 0.2, 0.12, 0.08, 0.05, 0.03, 0.015, 0.005)]
        for truth in (EQUAL, GAP):
            taken = []
            for _ in range(7):
                audit = audit_of(counts(sizes, truth, rng))
                start = time.process_time()
                judge(audit, POLICY)
                taken.append(1e3 * (time.process_time() - start))
            lines.append(f"| {rows:,} | 8 | {truth.name} | {np.median(taken):.0f} | {max(taken):.0f} |")
    return lines


def main() -> None:
    """Simulate every design and write the tables."""
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else SETS
    start = time.process_time()
    made = list(rows_of_the_table(sets))
    allowed = ALPHA + 3 * (ALPHA * (1 - ALPHA) / sets) ** 0.5
    worst = [max(getattr(one, name) for _, one in made) / sets for name in ("wrong_fail", "wrong_pass")]
    rules = ", ".join(f"`{rule.name}`" for rule in POLICY.rules)
    columns = (
        "design | truth | point gap | four-fifths | bootstrap | FAIL | PASS | undecided | wrong FAIL | wrong PASS"
        " | TPR rule FAIL | slices a PASS speaks of"
    )
    text = f"""# Error rates and power of the whole gate

`python benchmarks/gate_error_rates.py` writes this page: {sets} data sets a row (seeds 1 to {len(made)}), judged by
three rules at once ({rules}) with alpha = {ALPHA} each. Every slice has a base rate of {BASE}, a TPR of {TPR} and a FPR
of {FPR}, but for one: the second largest, or the smallest. `benchmarks/gate_end_to_end.md` does the same from the data
frame on, with weights, repeated people and means.

*Wrong FAIL*: any rule fails whose limit is kept (a gap on the limit is). *Wrong PASS*: any rule passes whose limit is
reached or broken by a slice that it spoke about. Largest shares: **{worst[0]:.3f}** and **{worst[1]:.3f}**; {ALPHA}
and three standard errors are {allowed:.3f}. *TPR rule FAIL* is the power of a policy of that one rule. The first three
columns are gates in common use, FAIL in each: any estimated gap above {LIMIT}; four-fifths of the selection rate; a
95 % bootstrap interval ({REPLICATES} replicates) of any gap above {LIMIT}.

| {columns} |
|---|---|---|---|---|---|---|---|---|---|---|---|
{chr(10).join(line for line, _ in made)}

{time.process_time() - start:.0f} s of one core.

## Seconds of one verdict

With the limits that would fail and pass, beyond start-up, on counts that no cache has seen; process
time of one of 2 shared cores, {platform.machine()}, Python {platform.python_version()}.

{chr(10).join(speed())}
"""
    TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
