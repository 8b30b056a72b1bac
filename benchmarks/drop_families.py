"""Runs that a gate judges over many slices: drawn where every slice is at the limit of a drop, or where just one is."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle, islice
from typing import Literal

import numpy as np

from dlaudit.gate import judge
from dlaudit.gate.drop import drop_question
from dlaudit.gate.family import Family as GateFamily
from dlaudit.record import (
    AgainstModel,
    Audit,
    DataInfo,
    Estimate,
    Measurement,
    ModelInfo,
    OtherModel,
    Provenance,
    RateChange,
    RunComparison,
    RunRef,
    Slice,
    ValueChange,
)
from dlaudit.spec import Policy, Rule
from dlaudit.stats.intervals import mover_difference, rate_of, wilson

METRIC, FEATURE = "selection_rate", "s"
"""A share that should not fall, and the feature whose levels are compared."""
RUN = RunRef(place="old", rows=1)
BEYOND = (0.8, 0.3)
"""Rates before and after of a slice that fell by far more than any limit here."""
Truth = Literal["all at the limit", "one at the limit", "half beyond it"]


@dataclass(frozen=True)
class Family:
    """Slices of two runs, and the rule that judges them together."""

    told: str
    kind: Literal["value", "ratio", "difference"]
    slices: int
    rows: tuple[int, ...]
    """Rows of the slices, in turn; on other rows those of the later run."""
    limit: float
    old: tuple[float, ...]
    """Rates in the earlier run of the first slice and of all others."""
    new: tuple[float, ...]
    """Rates in the later run: then every comparison (of a gap: with the first slice) is at the limit."""
    away: tuple[float, float]
    """Rates before and after of slices that are nowhere near the limit."""
    churn: float | None = 0.06
    """Share of the rows that change sides, or as few as can be; None on other rows."""
    before: tuple[int, ...] = ()
    """Rows of the slices in the earlier run, where they are others."""

    def sizes(self, rows: tuple[int, ...]) -> list[int]:
        """Rows of each slice."""
        return list(islice(cycle(rows), self.slices))

    def rates(self, truth: Truth) -> list[tuple[float, float]]:
        """Rates of each slice before and after."""
        pairs = list(zip(self.old, self.new, strict=True))
        near = 1 if self.kind == "value" else 2
        if truth == "one at the limit":
            return [*pairs[-near:], *[self.away] * (self.slices - near)]
        half = self.slices // 2 if truth == "half beyond it" else 0
        return [pairs[0], *[pairs[-1]] * (self.slices - half - 1), *[BEYOND] * half]


def wrong_fails(family: Family, sets: int, by: str = "exact", truth: Truth = "all at the limit") -> float:
    """How often Holm's procedure rejects a comparison that is at the limit."""
    rule, true = _rule(family, by), family.slices - (family.slices // 2 if truth == "half beyond it" else 0)
    kept = {f"{FEATURE}={at}" for at in range(true)}
    found = 0
    for audit in _runs(family, sets, truth):
        question = drop_question(audit, rule, [FEATURE])
        broken = GateFamily(question.rule, (question,)).broken()[0]
        found += any(kept.issuperset(one.first.slices) for one in broken)
    return found / sets


def wrong_passes(family: Family, sets: int, by: str = "exact") -> float:
    """How often the gate passes runs of which one comparison is at the limit, and all others are well within it."""
    policy = Policy(rules=[_rule(family, by)])
    runs = _runs(family, sets, "one at the limit")
    return sum(judge(audit, policy, bounds=False).checks[0].outcome == "pass" for audit in runs) / sets


def seconds_of_a_verdict(family: Family) -> float:
    """Processor time of one verdict with its bounds, where all slices are at the limit."""
    audit = next(_runs(family, 1, "all at the limit"))
    started = time.process_time()
    judge(audit, Policy(rules=[_rule(family, "exact")]))
    return time.process_time() - started


def _rule(family: Family, by: str) -> Rule:
    metric = METRIC if family.kind == "value" else f"{METRIC}.{family.kind}"
    return Rule(metric=metric, by=FEATURE, max_drop=family.limit, judge=by)


def _runs(family: Family, sets: int, truth: Truth) -> Iterator[Audit]:
    """Audits of later runs, each with the comparison to its earlier one."""
    bare, rng = _audit(family), np.random.default_rng(7)
    for compared in _drawn(family, sets, rng, truth):
        yield bare.model_copy(update={"baseline": compared})


def _drawn(family: Family, sets: int, rng: np.random.Generator, truth: Truth) -> Iterator[RunComparison]:
    rates, rows = family.rates(truth), family.sizes(family.rows)
    if family.churn is None:
        before = family.sizes(family.before)
        olds = np.stack([rng.binomial(n, p, sets) for n, (p, _) in zip(before, rates, strict=True)], axis=1)
        news = np.stack([rng.binomial(n, p, sets) for n, (_, p) in zip(rows, rates, strict=True)], axis=1)
        for old, new in zip(olds.tolist(), news.tolist(), strict=True):
            values = [_value(at, *four) for at, four in enumerate(zip(old, before, new, rows, strict=True))]
            yield RunComparison(old=RUN, values=values, not_paired="the data changed", apart=True)
        return
    tables = [rng.multinomial(n, _table(*pair, family.churn), sets) for n, pair in zip(rows, rates, strict=True)]
    for found in np.stack(tables, axis=1).tolist():
        changes = [_rate(at, *table[:3], n) for at, (table, n) in enumerate(zip(found, rows, strict=True))]
        yield RunComparison(old=RUN, paired=AgainstModel(model=OtherModel(), rows=sum(rows), rates=changes))


def _table(old: float, new: float, churn: float) -> list[float]:
    """Shares of the rows that count for both runs, only for the later, only for the earlier, and for neither."""
    moved = max(churn, abs(new - old) + 0.01)
    gained, lost = (moved + new - old) / 2, (moved - new + old) / 2
    return [old - lost, gained, lost, 1 - old - gained]


@lru_cache(maxsize=1 << 17)
def _rate(at: int, both: int, gained: int, lost: int, n: int) -> RateChange:
    about = {"metric": METRIC, "by": [FEATURE], "slice": f"{FEATURE}={at}", "rows": n, "n": n}
    ends = {"base": (both + lost) / n, "tuned": (both + gained) / n}
    return RateChange(**about, **ends, both=both, gained=gained, lost=lost)


@lru_cache(maxsize=1 << 17)
def _value(at: int, old: int, before: int, new: int, after: int) -> ValueChange:
    sides = [_share(old, before), _share(new, after)]
    ends = mover_difference(rate_of(new, after), wilson(new, after), rate_of(old, before), wilson(old, before))
    change = Estimate(value=new / after - old / before, low=float(ends.low), high=float(ends.high))
    about = {"metric": METRIC, "by": [FEATURE], "slice": f"{FEATURE}={at}"}
    return ValueChange(**about, old=sides[0], new=sides[1], change=change)


def _share(x: int, n: int) -> Estimate:
    low, high = wilson(x, n)
    return Estimate(value=x / n, n=n, numerator=x, denominator=n, low=float(low), high=float(high), method="wilson")


def _audit(family: Family) -> Audit:
    """An audit with the slices alone, all of them large enough for a pass to speak about."""
    named = [
        Slice(id=f"{FEATURE}={at}", by=[FEATURE], where={FEATURE: str(at)}, n=n, share=0.1, kind="group")
        for at, n in enumerate(family.sizes(family.rows))
    ]
    return Audit(
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(),
        data=DataInfo(sensitive=[FEATURE]),
        slices=named,
        measurements=[Measurement(metric=METRIC, slice=one.id, value=0.5) for one in named],  # only to be known
        min_size=1,
    )
