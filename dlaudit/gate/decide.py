"""Pass, fail or undecided, for the contrasts of one check."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from dlaudit.errors import listed
from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.evidence import ByInterval, ByPoint, Exact, Tests, bounds
from dlaudit.gate.family import Family
from dlaudit.gate.needs import room, rows_to_fail, rows_to_pass
from dlaudit.spec import Rule
from dlaudit.stats.multiplicity import holm_tests, intersection_union

JudgeName = Literal["exact", "interval", "point"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the data say about one family."""

    outcome: Literal["pass", "fail", "undecided"]
    """The verdict of the check."""
    judge: JudgeName
    """How it was judged."""
    extreme: Contrast | None = None
    """The contrast with the largest gap, smallest ratio, lowest or highest value; None where nothing was compared."""
    blocking: Contrast | None = None
    """The contrast that breaks the rule, or keeps it from passing; None where it passes."""
    broken: tuple[Contrast, ...] = ()
    """Contrasts that are beyond the limit, by Holm's procedure."""
    low: float = float("-inf")
    """Lower bound of the most extreme contrast."""
    high: float = float("inf")
    """Upper bound of it."""
    obstacle: str | None = None
    """Why it could not be decided, where that is not for want of rows."""
    rows_needed: int | None = None
    """Rows of the blocking slice that would decide."""


def decide(family: Family, judge: JudgeName) -> Decision:
    """FAIL by Holm over all contrasts; PASS by intersection-union over those between slices that are not small."""
    if family.obstacle is not None:
        return Decision(outcome="undecided", judge=judge, obstacle=family.obstacle)
    tests, alpha = _TESTS[judge], family.rule.alpha
    usable = [one for one in family.contrasts if judge == "point" or one.has_intervals]
    broken = _broken(tests, usable, alpha)
    if broken:
        return _with_bounds(Decision(outcome="fail", judge=judge, broken=broken), usable, broken, family)
    assessed = [one for one in usable if one.is_assessed]
    obstacle = _pass_obstacle(family, usable, assessed)
    if obstacle is not None:
        found = Decision(outcome="undecided", judge=judge, obstacle=obstacle)
        return _with_bounds(found, assessed or usable, (), family) if usable else found
    weakest_first = sorted(assessed, key=room)
    at = intersection_union([partial(tests.kept, one) for one in weakest_first], alpha)
    if at is None:
        return _with_bounds(Decision(outcome="pass", judge=judge), assessed, (), family)
    blocking = weakest_first[at]
    if blocking.holds:
        rows = rows_to_pass(weakest_first, blocking, alpha)
    else:
        rows = rows_to_fail(blocking, alpha / len(usable))
    found = Decision(outcome="undecided", judge=judge, rows_needed=rows)
    return _with_bounds(found, assessed, (blocking,), family)


_TESTS: dict[JudgeName, Tests] = {"exact": Exact(), "interval": ByInterval(), "point": ByPoint()}


def _broken(tests: Tests, contrasts: list[Contrast], alpha: float) -> tuple[Contrast, ...]:
    answers: list[Callable[[float], bool]] = [partial(tests.broken, one) for one in contrasts]
    return tuple(one for one, found in zip(contrasts, holm_tests(answers, alpha), strict=True) if found)


def _pass_obstacle(family: Family, usable: list[Contrast], assessed: list[Contrast]) -> str | None:
    metric = family.rule.base_metric
    undefined = [cell for cell in family.cells if cell.value is None and not cell.small]
    if undefined:
        return f"{metric} is undefined in {listed([c.id for c in undefined], quote=False)} ({undefined[0].undefined})"
    blank = [cell for cell in family.assessed if not cell.has_interval]
    if not usable or (blank and len(usable) < len(family.contrasts)):
        return f"{metric} has no interval in {listed([c.id for c in blank or family.defined], quote=False)}"
    if not assessed:
        some = "no slice has" if family.rule.kind == "value" or not family.assessed else "too few slices have"
        return f"{some} the {family.min_size} rows that a pass needs"
    return None


def _extreme(contrasts: list[Contrast]) -> Contrast:
    """The contrast nearest to (or farthest beyond) its limit, as shown."""
    known = [one for one in contrasts if one.observed is not None] or contrasts
    chosen = max if known[0].seeks_largest else min
    return chosen(known, key=lambda one: one.observed or 0.0)


def _with_bounds(found: Decision, compared: list[Contrast], blocking: tuple[Contrast, ...], family: Family) -> Decision:
    """The decision with its most extreme contrast and the bounds of that, which agree with an exact verdict.

    The bound towards the limit is shared among all contrasts (Bonferroni): the most extreme of many estimates is too
    extreme. The other one is not: it holds whenever it holds for the one contrast that is truly the most extreme.
    """
    alpha = family.rule.alpha
    sharing = max(1, sum(one.has_intervals for one in family.contrasts))
    shared = [_shown_bounds(one, alpha / sharing) for one in compared]
    single = [_shown_bounds(one, alpha) for one in compared]
    if compared[0].seeks_largest:
        low, high = max(low for low, _ in shared), max(high for _, high in single)
    else:
        low, high = min(low for low, _ in single), min(high for _, high in shared)
    low, high = _within(family.rule.kind, low, high, counted=all(cell.is_counted for cell in family.defined))
    if found.judge == "exact":
        low, high = _agreeing(found.outcome, low, high, family.rule)
    extreme = _extreme(list(blocking) if found.outcome == "fail" else compared)
    return replace(found, extreme=extreme, blocking=_extreme(list(blocking)) if blocking else None, low=low, high=high)


def _shown_bounds(contrast: Contrast, alpha: float) -> tuple[float, float]:
    low, high = bounds(contrast, alpha)
    return contrast.shown(low), contrast.shown(high)


def _within(kind: str, low: float, high: float, *, counted: bool) -> tuple[float, float]:
    if kind == "difference":
        return max(low, 0.0), min(high, 1.0) if counted else high
    if kind == "ratio":
        return max(low, 0.0), min(high, 1.0)
    return (max(low, 0.0), min(high, 1.0)) if counted else (low, high)


def _agreeing(outcome: str, low: float, high: float, rule: Rule) -> tuple[float, float]:
    """The bounds, moved to the limit where the exact test, which decides, is sharper or blunter than they are."""
    limit = rule.limit
    breaks_above = rule.max is not None
    if outcome == "fail":
        return (max(low, limit), max(high, limit)) if breaks_above else (min(low, limit), min(high, limit))
    if outcome == "pass":
        return (min(low, limit), min(high, limit)) if breaks_above else (max(low, limit), max(high, limit))
    return min(low, limit), max(high, limit)
