"""What `dlaudit plan` says of rules on a drop, against the gate judging samples. Writes drop_power.md beside itself.

python benchmarks/drop_power.py
"""

import hashlib
import json
import sys
import time
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

import dlaudit
from dlaudit.gate import judge
from dlaudit.gate.changed import Flips
from dlaudit.gate.planned import SizedSlice
from dlaudit.gate.planned_drops import drop_audit
from dlaudit.record import Measurement
from dlaudit.record.planned import PlannedDrop
from dlaudit.spec import Policy, Rule
from dlaudit.stages.plan_drop import DropSupposition, planned_drops
from dlaudit.stages.plan_sizes import Sizes

SAMPLES = 300
MIN_SIZE = 30
CHURNS = (0.01, 0.05)
MEASURED = Measurement(metric="accuracy", slice="overall", value=0.5)
"""The gate refuses rules on what an audit has nowhere measured."""
HEAD = (
    "| slices that count | flipped | worse | pass, planned | pass, judged | fail, planned | fail, judged "
    "| s.e. planned | s.e. judged | farthest |"
)
Families = list[tuple[list[str], list[SizedSlice]]]


@dataclass(frozen=True)
class Design:
    """Counted rows by feature, and the limit."""

    name: str
    counted: dict[str, list[int]]
    limit: float = 0.02

    @property
    def rule(self) -> Rule:
        return Rule(id="drop", metric="accuracy", max_drop=self.limit, by=list(self.counted))

    @property
    def families(self) -> Families:
        return [([by], [_slice(by, at, n) for at, n in enumerate(found)]) for by, found in self.counted.items()]

    @property
    def sizes(self) -> Sizes:
        found = {by[0]: cells for by, cells in self.families}
        return Sizes(source="", min_size=MIN_SIZE, features=list(found), slices=lambda _, by: found[by[0]])


DESIGNS = [
    Design("one slice of 60", {"a": [60]}, 0.05),
    Design("two slices", {"a": [400, 150]}),
    Design("Adult's races, a tenth positive", {"a": [1395, 156, 48, 16, 14]}),
    Design("five slices", {"a": [3000, 1500, 900, 600, 300]}),
    Design("twenty slices of about 2,000", {"a": [1800 + 20 * at for at in range(20)]}),
    Design("twenty small slices", {"a": [150 + 10 * at for at in range(20)]}, 0.05),
    Design("limit 0.1", {"a": [250, 120, 80]}, 0.1),
    Design("two features, drawn one by one", {"a": [900, 600], "b": [700, 500, 300]}),
]
FILLED = [Design(f"{k} slices", {"a": [100] * k}) for k in (1, 3, 10)]


def _slice(by: str, at: int, counted: int) -> SizedSlice:
    return SizedSlice(id=f"{by}={at}", label=str(at), rows=max(counted, MIN_SIZE), counted=counted)


def judged(design: Design, churn: float, drop: float, is_worse: bool) -> dict[str, tuple[float, float]]:
    """Feature to the shares of samples that pass and fail: of `is_worse` one slice of it, each in turn, fell."""
    told = json.dumps([design.name, design.counted, design.limit, churn, drop, is_worse])
    rng = np.random.default_rng(int(hashlib.sha256(told.encode()).hexdigest(), 16))
    found: dict[str, tuple[float, float]] = {}
    for by, cells in design.families:
        outcomes = []
        for sample in range(SAMPLES):
            fallen = cells[sample % len(cells)].id if is_worse else ""
            flips = {
                one.id: _flips(rng, one.counted, churn, drop if one.id == fallen else 0.0)
                for _, others in design.families
                for one in others
            }
            audit = drop_audit(design.rule, design.families, MIN_SIZE, flips)
            audit = audit.model_copy(update={"measurements": [MEASURED]})
            checks = judge(audit, Policy(rules=[design.rule]), bounds=False).checks
            outcomes.append(next(one.outcome for one in checks if one.by == by))
        found[by[0]] = (outcomes.count("pass") / SAMPLES, outcomes.count("fail") / SAMPLES)
    return found


def _flips(rng: np.random.Generator, counted: int, churn: float, drop: float) -> Flips:
    worse, better, _ = rng.multinomial(counted, [churn / 2 + drop, churn / 2, 1 - churn - drop])
    return Flips(int(worse), int(better), counted)


def plans(design: Design) -> list[PlannedDrop]:
    made, refused = planned_drops([design.rule], design.sizes, DropSupposition(churns=CHURNS))
    assert not refused, refused
    return made


def rows_of(design: Design) -> list[str]:
    """Lines of the first table."""
    lines = []
    start = time.process_time()
    made = plans(design)
    seconds = time.process_time() - start
    for place, churn in enumerate(CHURNS):
        for is_worse in (False, True):
            seen = judged(design, churn, made[0].drop, is_worse)
            for one in made:
                odds = one.odds[place].worse if is_worse else one.odds[place].same
                passes, fails = seen[one.by[0]]
                far = max(abs(passes - odds.passes), abs(fails - odds.fails))
                error = max(
                    sqrt((x * SAMPLES + 1) / (SAMPLES + 2) * (1 - (x * SAMPLES + 1) / (SAMPLES + 2)) / SAMPLES)
                    for x in (passes, fails)
                )
                what = f"{100 * one.drop:g} points" if is_worse else "nothing"
                lines.append(
                    f"| {design.name}, {one.by[0]} | {100 * churn:g} % | {what} | {odds.passes:.3f} | {passes:.3f} | "
                    f"{odds.fails:.3f} | {fails:.3f} | {odds.error:.3f} | {error:.3f} | {far:.3f} |"
                )
    print(design.name, f"{seconds:.2f} s", flush=True)
    return [*lines, f"<!-- {design.name} {seconds:.2f} s -->"]


def filled(design: Design) -> list[str]:
    """Lines of the second table: the sizes that a plan asks for, judged."""
    lines = []
    made = plans(design)[0]
    for place, churn in enumerate(CHURNS):
        at = made.slices[0].at[place]
        for what, rows in (("pass", at.rows_to_pass), ("fail", at.rows_to_fail)):
            assert rows is not None
            grown = Design(f"{design.name}, {what}", {"a": [rows] * len(design.counted["a"])})
            passes, fails = judged(grown, churn, made.drop, what == "fail")["a"]
            share = passes if what == "pass" else fails
            lines.append(f"| {design.name} | {100 * churn:g} % | {what} | {rows} | {share:.3f} | {share - 0.8:+.3f} |")
    print(design.name, flush=True)
    return lines


def levels(count: int) -> str:
    """What a plan of a difference of rates takes, with as many levels that are compared in pairs."""
    rule = Rule(metric="selection_rate.difference", max=0.1, by="g")
    start = time.process_time()
    found = dlaudit.plan({f"l{at}": 300 + 7 * at for at in range(count)}, Policy(rules=[rule]))
    drawn = found.checks[0].equal.samples
    return f"{count} levels {time.process_time() - start:.1f} s, {drawn} samples of each kind"


def main() -> None:
    start = time.process_time()
    pairs = "; ".join(levels(count) for count in (10, 20, 50))
    first = [line for one in DESIGNS for line in rows_of(one)]
    second = [line for one in FILLED for line in filled(one)]
    costs = [line[5:-4] for line in first if line.startswith("<!--")]
    table = [line for line in first if not line.startswith("<!--")]
    figures = [[float(cell) for cell in line.split("|")[-4:-1]] for line in table]
    beyond = sum(far > 3 * sqrt(planned**2 + seen**2) for planned, seen, far in figures)
    text = f"""# Plans of rules on a drop against the gate

`python benchmarks/drop_power.py` writes this table. The gate judges {SAMPLES} samples of each line; rows are flipped at
random, seeds are the SHA-256 of the design. Limit 2 points unless another is named, the drop is twice the limit. A line
is beyond chance where planned and judged differ by more than 3 standard errors, planned and judged together.

Lines beyond chance: {beyond} of {len(table)}. Farthest: {max(one[2] for one in figures):.3f}.

{HEAD}
|{"---|" * HEAD.count(" | ")}---|
{chr(10).join(table)}

A plan supposes that no other feature of the rule has rejected anything; where one has, Holm's procedure leaves more of
the error rate, so that the gate may fail a little more often.

## At the rows that a plan asks for

A size that is right gives 0.8; chances rise in jumps.

| slices | flipped | for a | counted rows of each | judged | judged - 0.8 |
|---|---|---|---|---|---|
{chr(10).join(second)}

## Cost

Processor time of a plan, both shares of flipped decisions: {"; ".join(costs)}.

Processor time of a plan of `selection_rate.difference <= 0.1`, all levels in pairs: {pairs}. It draws samples for 8
seconds of wall time, and at least ten of each kind.

{time.process_time() - start:.0f} s of one of 2 shared cores, {sys.version.split()[0]}.
"""
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
