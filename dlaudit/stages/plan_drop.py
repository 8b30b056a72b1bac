"""What a rule on a drop can decide: the paired test's own chances, slice by slice, under flipped decisions and a drop.

Decisions that flip at random, half of them each way, leave a rate as it was and widen what is known of it. Slices of
one feature share no row, so that their chances multiply; how they share the error rate is the judge's own doing.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, prod

import numpy as np

from dlaudit.gate.planned_drops import DropCheck, DropSlice, drop_checks
from dlaudit.metrics.expected import has_fixed_rows
from dlaudit.record import NotApplicable
from dlaudit.record.planned import DropOdds, DropSliceAt, Odds, PlannedDrop, PlannedDropSlice
from dlaudit.spec import Rule
from dlaudit.stages.plan_formula import rows_of
from dlaudit.stages.plan_sizes import Sizes
from dlaudit.stats.drop_power import Asked, Chance, Moves, Shown, by_score, least_rows, shown
from dlaudit.stats.planning import POWER

CHURNS = (0.01, 0.05)
"""Shares of flipped decisions that are told, where none are asked for."""
_SMALLEST = 0.1
"""Drop supposed for a rule that allows none: twice nothing would be no drop."""


@dataclass(frozen=True, kw_only=True)
class DropSupposition:
    """What is supposed of drops."""

    churns: tuple[float, ...] = CHURNS
    """Shares of the rows that count whose decision flips."""
    drop: float | None = None
    """How much worse one slice got; None for twice what the rule allows, at most 1."""
    brought: frozenset[str] = frozenset()
    """Names of rules that an accepted baseline brings."""


def planned_drops(
    rules: Sequence[Rule], sizes: Sizes, supposed: DropSupposition
) -> tuple[list[PlannedDrop], list[NotApplicable]]:
    """What each rule on a drop can decide of each of its features, and rules that cannot be planned, with why.

    Args:
        rules: Those with a `max_drop`.
        sizes: Slices and how many rows a metric counts in each.
        supposed: Shares of flipped decisions, and the drop.
    """
    made: list[PlannedDrop] = []
    refused: list[NotApplicable] = []
    for rule in rules:
        families = []
        for by in rule.features if rule.features is not None else [[name] for name in sizes.features]:
            found = _why_not(rule) or sizes.slices(rule.base_metric, by)
            if isinstance(found, str):
                refused.append(NotApplicable(what=f"{rule.name} ({' & '.join(by)})", reason=found))
            else:
                families.append((by, [one for one in found if rule.slices is None or one.id in rule.slices]))
        if families:
            checks = drop_checks(rule, families, sizes.min_size)
            made += [_planned(rule, one, sizes.min_size, supposed) for one in checks if one.slices]
    return made, refused


def _why_not(rule: Rule) -> str | None:
    """Why the rule cannot be planned; None where it can."""
    if rule.kind != "value":
        return "a drop is planned for the values of slices, not for their differences and ratios"
    if rule.judge != "exact":
        return "a drop is planned for exact tests"
    if not has_fixed_rows(rule.base_metric):
        return f"{rule.base_metric} is no share of rows that are the same whatever a model predicts"
    return None


def _planned(rule: Rule, check: DropCheck, min_size: int, supposed: DropSupposition) -> PlannedDrop:
    limit = rule.max_drop or 0.0
    drop = supposed.drop if supposed.drop is not None else min(2 * limit, 1.0) or _SMALLEST
    rng = np.random.default_rng(int(_seed(rule, check, supposed), 16))
    plans = [_Plan(check, limit, rule.alpha, _scene(churn, drop), rng) for churn in supposed.churns]
    return PlannedDrop(
        rule=rule.name,
        metric=rule.base_metric,
        by=check.by,
        max_drop=limit,
        drop=drop,
        alpha=rule.alpha,
        brought=rule.name in supposed.brought,
        odds=[DropOdds(churn=one.scene.churn, same=one.same(), worse=one.worse()) for one in plans],
        slices=[
            PlannedDropSlice(
                slice=one.sized.id,
                rows=one.sized.rows,
                counted=one.sized.counted,
                assessed=one.assessed,
                alpha=one.alpha,
                at=[plan.at(one, min_size) for plan in plans],
            )
            for one in check.slices
        ],
    )


@dataclass(frozen=True)
class _Scene:
    """What is supposed of the rows of a slice: the probabilities that one moves for the worse, and for the better."""

    churn: float
    same: tuple[float, float]
    worse: tuple[float, float]


def _scene(churn: float, drop: float) -> _Scene:
    half = churn / 2
    better = min(half, 1 - drop - half) if drop + churn > 1 else half
    return _Scene(churn, (half, half), (min(half + drop, 1.0), max(better, 0.0)))


class _Plan:
    """One check at one share of flipped decisions."""

    def __init__(self, check: DropCheck, limit: float, alpha: float, scene: _Scene, rng: np.random.Generator) -> None:
        self.scene, self._check, self._limit, self._alpha = scene, check, limit, alpha
        kept, found = ([self._kept(one) for one in check.slices], [self._found(one) for one in check.slices])
        (bad, good), (worse, better) = scene.same, scene.worse
        self._same_kept = shown(kept, Moves(good, bad), -limit, rng)
        self._same_found = shown(found, Moves(bad, good), limit, rng)
        self._worse_kept = shown(kept, Moves(better, worse), -limit, rng)
        self._worse_found = shown(found, Moves(worse, better), limit, rng)

    def _kept(self, one: DropSlice) -> Asked:
        return Asked(one.sized.counted, self._alpha)

    def _found(self, one: DropSlice) -> Asked:
        return Asked(one.sized.counted, one.alpha)

    def same(self) -> Odds:
        """The check where nothing got worse."""
        slices = self._check.slices
        return self._odds([self._of(one, self._same_kept, self._same_found) for one in slices])

    def worse(self) -> Odds:
        """The check where one slice, each in turn, got worse: the mean over the slices."""
        same = [self._of(one, self._same_kept, self._same_found) for one in self._check.slices]
        turns = []
        for place, one in enumerate(self._check.slices):
            turn = self._of(one, self._worse_kept, self._worse_found)
            turns.append(self._odds([*same[:place], turn, *same[place + 1 :]]))
        return _odds(*(float(np.mean([getattr(one, name) for one in turns])) for name in ("passes", "fails", "error")))

    def at(self, one: DropSlice, min_size: int) -> DropSliceAt:
        """One slice alone."""
        (kept, found), (lost, told) = (
            self._of(one, self._same_kept, self._same_found)[1:],
            self._of(one, self._worse_kept, self._worse_found)[1:],
        )
        return DropSliceAt(
            churn=self.scene.churn,
            same=_odds(kept.value if one.assessed else 0.0, found.value, _largest(kept, found)),
            worse=_odds(lost.value if one.assessed else 0.0, told.value, _largest(lost, told)),
            rows_to_pass=rows_of(self._counted_to_pass, one.sized, min_size),
            rows_to_fail=rows_of(self._counted_to_fail(one), one.sized, 1),
        )

    def _of(self, one: DropSlice, kept: Shown, found: Shown) -> tuple[DropSlice, Chance, Chance]:
        return one, kept.chances[self._kept(one)], found.chances[self._found(one)]

    def _odds(self, slices: Sequence[tuple[DropSlice, Chance, Chance]]) -> Odds:
        """The check of slices that share no row: a PASS needs all that it speaks about, and a FAIL any."""
        calm = prod(1 - found.value for _, _, found in slices)
        held = prod(kept.value if one.assessed else 1 - found.value for one, kept, found in slices)
        passing = [(kept.value, kept) if one.assessed else (1 - found.value, found) for one, kept, found in slices]
        failing = [(1 - found.value, found) for _, _, found in slices]
        error = max(_error(held, passing) if self._check.can_pass else 0.0, _error(calm, failing))
        return _odds(held if self._check.can_pass else 0.0, 1 - calm, error)

    @cached_property
    def _counted_to_pass(self) -> int | None:
        """Counted rows up to which smaller slices must be filled so that four in five runs pass."""
        spoken = [one for one in self._check.slices if one.assessed] or list(self._check.slices)
        own = {one: self._same_kept.chances[self._kept(one)].value for one in spoken}
        bad, good = self.scene.same

        def reaches(rows: int) -> bool:
            filled = by_score(Asked(rows, self._alpha), Moves(good, bad), -self._limit, self._same_kept.off)
            return prod(filled if one.sized.counted < rows else own[one] for one in spoken) >= POWER

        return least_rows(reaches)

    def _counted_to_fail(self, one: DropSlice) -> int | None:
        """Counted rows with which a drop of the slice fails four in five runs, at its share of the error rate."""
        level = one.alpha or self._alpha / len(self._check.slices)
        if level not in self._to_fail:
            moves, off = Moves(*self.scene.worse), self._worse_found.off
            self._to_fail[level] = least_rows(
                lambda rows: by_score(Asked(rows, level), moves, self._limit, off) >= POWER
            )
        return self._to_fail[level]

    @cached_property
    def _to_fail(self) -> dict[float, int | None]:
        return {}


def _error(whole: float, factors: Sequence[tuple[float, Chance]]) -> float:
    """The standard error of a product: what its factors share adds up, and what each has of its own as squares."""
    shares = [(whole / max(value, 1e-9), one) for value, one in factors]
    return hypot(sum(by * one.common for by, one in shares), *(by * one.error for by, one in shares))


def _largest(*chances: Chance) -> float:
    return max(hypot(one.error, one.common) for one in chances)


def _odds(passes: float, fails: float, error: float) -> Odds:
    return Odds(passes=passes, fails=fails, undecided=max(0.0, 1 - passes - fails), error=error)


def _seed(rule: Rule, check: DropCheck, supposed: DropSupposition) -> str:
    """SHA-256 of all that the draws depend on: the same plan gives the same figures."""
    slices = [[one.sized.id, one.sized.rows, one.sized.counted] for one in check.slices]
    told = [rule.model_dump(mode="json"), check.by, slices, supposed.churns, supposed.drop]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
