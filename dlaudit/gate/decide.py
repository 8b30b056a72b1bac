"""Pass, fail or undecided, for the contrasts of one check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf, isfinite
from typing import Literal

from dlaudit.errors import listed, shown
from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.evidence import TESTS, JudgeName
from dlaudit.gate.family import Family
from dlaudit.gate.needs import room, rows_to_fail, rows_to_pass
from dlaudit.gate.question import Question
from dlaudit.gate.reach import Reach, agreeing, reach
from dlaudit.gate.scoping import Scope
from dlaudit.stats.multiplicity import intersection_union


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the data say about one question."""

    outcome: Literal["pass", "fail", "undecided"]
    """The verdict of the check."""
    judge: JudgeName
    """How it was judged."""
    extreme: Contrast | None = None
    """The contrast with the largest gap, smallest ratio, lowest or highest value; None where nothing was compared."""
    blocking: Contrast | None = None
    """The contrast that breaks the rule, or keeps it from passing; None where it passes."""
    broken: tuple[Contrast, ...] = ()
    """Contrasts that are beyond the limit, by Holm's procedure over the rule."""
    low: float = -inf
    """Lower bound of the most extreme contrast."""
    high: float = inf
    """Upper bound of it."""
    fails: float | None = None
    """The widest limit that these data fail; None where none does."""
    passes: float | None = None
    """The tightest limit that they pass; None where none does."""
    obstacle: str | None = None
    """Why it could not be decided, where that is not for want of rows."""
    joining: str | None = None
    """Id of the slice that must grow before a PASS speaks about two slices."""
    rows_needed: int | None = None
    """Rows of the blocking slice that would decide."""


def decide(family: Family, question: Question, broken: tuple[Contrast, ...]) -> Decision:
    """FAIL where the rule's family rejects a contrast of the question; PASS by intersection-union over its scope.

    Args:
        family: The rule's comparisons.
        question: One of its questions, with the scope that `spoken_of` gives it.
        broken: Those of its contrasts that the family rejects.
    """
    if question.obstacle is not None:
        return Decision(outcome="undecided", judge=question.judge, obstacle=question.obstacle)
    found = _decided(family, question, broken)
    if not question.usable:
        return found
    assessed = _assessed(question)
    compared = question.usable if found.outcome == "fail" or found.joining else assessed or question.usable
    blocking = found.broken or ((found.blocking,) if found.blocking is not None else ())
    extreme = _extreme(found.broken or compared)
    found = replace(found, extreme=extreme, blocking=_extreme(blocking) if blocking else None)
    if not question.bounds:
        return found
    return _bounded(found, family, question if _has_scope(question) else _unplanned(question), extreme)


def outcome_without(
    family: Family, question: Question, broken: tuple[Contrast, ...], slices: frozenset[str]
) -> Literal["pass", "fail", "undecided"]:
    """The verdict on what does not involve `slices`; the more slices are left out, the better it is.

    The error rate stays shared, and a pass rests on the slices that it would rest on anyway, as far as they are left:
    leaving slices out never makes too few of what was enough, nor enough of what was too few.
    """
    left = [one for one in question.usable if not involves(one, slices)]
    if any(not involves(one, slices) for one in broken):
        return "fail"
    if question.obstacle is not None or not question.usable or _has_hole(question, slices):
        return "undecided"
    if not left:
        return "pass"
    kept, alpha = TESTS[question.judge].kept, question.rule.alpha
    for scoped in (_unplanned(question), question):
        rests = [one for one in left if scoped.is_assessed(one)]
        if _has_scope(scoped) and _assessed(scoped) and all(kept(one, alpha) for one in rests):
            return "pass"
    return "undecided"


def _has_hole(question: Question, slices: frozenset[str]) -> bool:
    """Whether a slice that is not left out and not small has no value, or no interval where one is needed."""
    needed = len(question.usable) < len(question.contrasts)
    return any(
        cell.value is None or (needed and not cell.has_interval)
        for cell in question.cells
        if not cell.small and not slices.intersection(cell.slices)
    )


def involves(contrast: Contrast, slices: frozenset[str]) -> bool:
    """Whether the contrast is about one of the slices."""
    return any(slices.intersection(side.slices) for side in contrast.sides)


def spoken_of(family: Family, question: Question, broken: tuple[Contrast, ...]) -> Question:
    """The question with the slices that its verdict speaks about: all that are not small where all of them pass.

    Else the planned ones. The two sets are nested and settled by sizes alone, so that this is a sequence of tests in
    an order fixed beforehand: a wrong PASS needs that a test of one broken limit errs, whichever of them is taken.
    """
    if not question.scope.is_planned or question.obstacle is not None or broken:
        return question
    whole = _unplanned(question)
    return whole if _decided(family, whole, broken).outcome == "pass" else question


def _unplanned(question: Question) -> Question:
    return replace(question, scope=Scope())


def _decided(family: Family, question: Question, broken: tuple[Contrast, ...]) -> Decision:
    """The verdict, with what blocks it."""
    undecided = Decision(outcome="undecided", judge=question.judge)
    if broken:
        return replace(undecided, outcome="fail", broken=broken)
    obstacle = _pass_obstacle(question)
    if obstacle is not None:
        return replace(undecided, obstacle=obstacle)
    if not _has_scope(question):
        return _out_of_scope(family, question)
    weakest_first = sorted(_assessed(question), key=room)
    kept: list[Callable[[float], bool]] = [partial(TESTS[question.judge].kept, one) for one in weakest_first]
    at = intersection_union(kept, question.rule.alpha)
    if at is None:
        return replace(undecided, outcome="pass")
    blocking = weakest_first[at]
    if blocking.holds:
        rows = rows_to_pass(weakest_first, blocking, question.rule.alpha)
    else:
        rows = rows_to_fail(blocking, family.level(blocking))
    return replace(undecided, blocking=blocking, rows_needed=rows)


def _assessed(question: Question) -> list[Contrast]:
    """Comparisons that a pass rests on."""
    return [one for one in question.usable if question.is_assessed(one)]


def _has_scope(question: Question) -> bool:
    """Whether a pass would speak about enough slices."""
    return question.rule.kind == "value" or len(question.assessed) >= 2


def _pass_obstacle(question: Question) -> str | None:
    """Why no limit passes, where that is not for want of rows."""
    usable = question.usable
    metric = question.rule.base_metric
    undefined = [cell for cell in question.cells if cell.value is None and not cell.small]
    if undefined:
        return f"{metric} is undefined in {listed([c.id for c in undefined], quote=False)} ({undefined[0].undefined})"
    blank = [cell for cell in question.assessed if not cell.has_interval]
    if not usable or (blank and len(usable) < len(question.contrasts)):
        return f"{metric} has no interval in {listed([c.id for c in blank or question.defined], quote=False)}"
    if not _assessed(question) and not question.scope.is_planned:
        some = "no slice has" if question.rule.kind == "value" or not question.assessed else "too few slices have"
        return f"{some} the {question.min_size} rows that a pass needs"
    return None


def _out_of_scope(family: Family, question: Question) -> Decision:
    """Undecided because a pass would speak about fewer than two slices, or a gap that more rows could show."""
    found = Decision(outcome="undecided", judge=question.judge)
    beyond = min((one for one in question.usable if not one.holds), key=room, default=None)
    if beyond is not None and not any(side.small for side in beyond.sides):
        return replace(found, blocking=beyond, rows_needed=rows_to_fail(beyond, family.level(beyond)))
    rows = {cell.id: question.scope.rows_for(cell) for cell in question.left_out}
    known = [(needed, name) for name, needed in rows.items() if needed is not None]
    needed, name = min(known) if known else (None, None)
    return replace(found, joining=name, rows_needed=needed, obstacle=_too_small(question, name))


def _too_small(question: Question, name: str | None) -> str:
    rate = question.rule.planning_rate
    what = f"no two slices have the rows that a pass needs at a rate of {rate:g} (planning_rate)"
    return what if name is None else f"{what}; {shown(name, quote=False)} is the first that could"


def _bounded(found: Decision, family: Family, question: Question, extreme: Contrast) -> Decision:
    """The decision with the limits that the data fail and pass, and those as an interval."""
    assessed = _assessed(question)
    can_pass = bool(assessed) and _has_scope(question) and _pass_obstacle(question) is None
    limits = agreeing(reach(family, question, assessed or question.usable), found.outcome, question)
    low, high = _interval(limits, question, extreme)
    fails, passes = _possible(limits.fails, question), _possible(_tightest(limits.passes, question), question)
    return replace(found, low=low, high=high, fails=fails, passes=passes if can_pass else None)


def _extreme(contrasts: Sequence[Contrast]) -> Contrast:
    """The contrast nearest to (or farthest beyond) its limit, as shown."""
    known = [one for one in contrasts if one.observed is not None] or contrasts
    chosen = max if known[0].seeks_largest else min
    return chosen(known, key=lambda one: one.observed or 0.0)


def _interval(found: Reach, question: Question, extreme: Contrast) -> tuple[float, float]:
    """The two limits as an interval that holds the estimate."""
    low, high = sorted([found.fails, found.passes])
    if extreme.observed is not None:
        low, high = min(low, extreme.observed), max(high, extreme.observed)
    counted = all(cell.is_counted for cell in question.defined)
    if question.rule.kind == "difference":
        return max(low, 0.0), min(high, 1.0) if counted else high
    if question.rule.kind == "ratio":
        return max(low, 0.0), min(high, 1.0)
    return (max(low, 0.0), min(high, 1.0)) if counted else (low, high)


def _tightest(limit: float, question: Question) -> float:
    """The limit, or the tightest that a rule can have where even that is kept."""
    if question.is_drop:
        return max(limit, 0.0)
    return {"difference": max(limit, 0.0), "ratio": min(limit, 1.0)}.get(question.rule.kind, limit)


def _possible(limit: float, question: Question) -> float | None:
    """The limit, where a rule can have it."""
    kind = "difference" if question.is_drop else question.rule.kind
    if not isfinite(limit) or (kind == "difference" and limit < 0) or (kind == "ratio" and not 0 < limit <= 1):
        return None
    return limit
