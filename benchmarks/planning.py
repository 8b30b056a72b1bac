"""Whether the planning formulae tell what the gate does: the gate judged on samples of the sizes that they give.

Run from the repository root; the table goes to benchmarks/planning.md:

    python benchmarks/planning.py
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import dlaudit
from dlaudit.record.planned import PlannedCheck
from dlaudit.stats.power import Design, rows_to_fail, rows_to_pass_alike

TABLE = Path(__file__).with_suffix(".md")
SAMPLES = 1000
RULE = "selection_rate.difference by slice <= 0.1"
RATIO = "selection_rate.ratio by slice >= 0.8"
PASS_DESIGNS = [(slices, rate) for slices in (2, 5, 10, 20) for rate in (0.1, 0.3, 0.5)]
FAIL_DESIGNS = [(slices, gap) for slices in (2, 5, 10, 20) for gap in (0.15, 0.2, 0.3)]
UNEVEN = [
    ("six uneven slices", RULE, (1200, 380, 240, 120, 40, 35), 0.3),
    ("Adult's races", RULE, (13946, 1561, 480, 159, 135), 0.3),
    ("Adult's races", RATIO, (13946, 1561, 480, 159, 135), 0.3),
    ("three slices", RULE, (2000, 900, 700), 0.5),
    ("three slices", RATIO, (3000, 2500, 2000), 0.3),
    ("a floor", "selection_rate by slice >= 0.7", (900, 400, 200), 0.8),
]


def planned(rule: str, sizes: dict[str, int], rate: float, gap: float | None, samples: int) -> PlannedCheck:
    """The one check of a plan whose PASS speaks about every slice."""
    written = dlaudit.Rule.parse(rule).model_copy(update={"scope": "all"})
    policy = dlaudit.Policy(rules=[written])
    return dlaudit.plan(sizes, policy, rates={"selection_rate": rate}, gap=gap, samples=samples).checks[0]


def even(slices: int, rows: int) -> dict[str, int]:
    """Slices of one size."""
    return {f"s{place}": rows for place in range(slices)}


def samples_for(slices: int) -> int:
    """Fewer samples where there are many pairs to test."""
    return SAMPLES if slices <= 5 else SAMPLES // 4


def pass_rows() -> Iterator[tuple[str, float]]:
    """Table rows of the PASS designs, and how far simulation and formula are apart."""
    for slices, rate in PASS_DESIGNS:
        rows = int(np.ceil(rows_to_pass_alike(slices, rate, 0.1)))
        found = planned(RULE, even(slices, rows), rate, None, samples_for(slices))
        apart = found.equal.passes - 0.8
        yield (
            f"| {slices} | {rate} | {rows} | {found.equal.passes:.3f} | {found.equal.error:.3f} | {apart:+.3f} |",
            apart,
        )


def fail_rows() -> Iterator[tuple[str, float]]:
    """Table rows of the FAIL designs: one slice off, all of one size."""
    for slices, gap in FAIL_DESIGNS:
        design = Design(kind="difference", limit=0.1, rate=0.3, gap_rate=0.3 + gap, alpha=0.05)
        rows = rows_to_fail(design, np.full(slices, 20), 0)
        assert rows is not None
        found = planned(RULE, even(slices, rows), 0.3, gap, samples_for(slices))
        apart = found.with_gap.fails - 0.8
        yield (
            f"| {slices} | {gap} | {rows} | {found.with_gap.fails:.3f} | {found.with_gap.error:.3f} | {apart:+.3f} |",
            apart,
        )


def uneven_rows() -> Iterator[str]:
    """Table rows of slices of unequal sizes: both chances, by formula and as simulated."""
    for name, rule, sizes, rate in UNEVEN:
        found = planned(rule, {f"s{at}": rows for at, rows in enumerate(sizes)}, rate, None, SAMPLES)
        passes, fails = found.formula_pass or 0.0, found.formula_fail or 0.0
        yield (
            f"| {name}: {', '.join(map(str, sizes))} | `{rule}` | {passes:.3f} | {found.equal.passes:.3f} "
            f"| {fails:.3f} | {found.with_gap.fails:.3f} | {max(found.equal.error, found.with_gap.error):.3f} |"
        )


def main() -> None:
    """Write the table."""
    started = time.monotonic()
    passes, fails, uneven = list(pass_rows()), list(fail_rows()), list(uneven_rows())
    largest = [max(abs(apart) for _, apart in rows) for rows in (passes, fails)]
    head = "| slices | {} | rows of each | simulated | standard error | simulated - 0.8 |\n|---|---|---|---|---|---|\n"
    TABLE.write_text(
        "# Planning formulae against the gate\n\n`python benchmarks/planning.py` writes this table. The gate judges "
        f"{SAMPLES} samples of each design ({SAMPLES // 4} with 10 slices or more); seeds are the SHA-256 of the "
        "design. A formula that is right gives 0.8 in the first two tables.\n\n"
        f"Farthest from 0.8: {largest[0]:.3f} over {len(passes)} PASS designs, {largest[1]:.3f} over {len(fails)} FAIL "
        "designs (the bar is 0.06).\n\n## Rows to pass: all slices alike, difference of at most 0.1\n\n"
        + head.format("rate")
        + "\n".join(row for row, _ in passes)
        + "\n\n## Rows to fail: one slice off by the gap, the others at 0.3, difference of at most 0.1\n\n"
        + head.format("gap")
        + "\n".join(row for row, _ in fails)
        + "\n\n## Slices of unequal sizes\n\nThe gap is twice what the rule allows, in one slice, each in turn. For "
        "pairs of unequal slices the formula of a PASS is a little too hopeful.\n\n"
        "| slices | rule | pass, formula | pass, simulated | fail, formula | fail, simulated | standard error |\n"
        "|---|---|---|---|---|---|---|\n"
        + "\n".join(uneven)
        + f"\n\n{time.monotonic() - started:.0f} s of one of 2 shared cores.\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
