"""The limits at which a check would change its verdict: the family's own procedure, asked the other way round."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isfinite, nextafter

from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.evidence import TESTS, Tests
from dlaudit.gate.family import Family
from dlaudit.gate.question import Question

_FINE = 5e-4
"""How near a bound is found where it depends on what other features of the rule show."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The two limits, in the words of `Check.fails_up_to` and `Check.passes_from`; infinite where there is none."""

    fails: float
    """The widest limit that these data fail."""
    passes: float
    """The tightest limit that the slices compared pass."""


def reach(family: Family, question: Question, compared: list[Contrast]) -> Reach:
    """The limits that a question would fail and pass, with the scope and the family as they are.

    Args:
        family: All comparisons of the rule.
        question: One of its questions, with something to compare.
        compared: The comparisons that a pass rests on.
    """
    tests, alpha = TESTS[question.judge], question.rule.alpha
    passes = _farthest(compared, _Bound(tests.outer_keeps, tests.kept, tests.keeps), alpha)
    return Reach(fails=_fails(family, question, tests), passes=passes)


def agreeing(found: Reach, outcome: str, question: Question) -> Reach:
    """The bounds on the side of the rule's limit where its verdict is.

    A score test can change its answer more than once within a few hundredths of a standard error; the verdict at the
    limit is what counts. A limit that fails does not pass, whoever is in the scope.
    """
    limit, sign = question.rule.limit, _sign(question)
    fails, passes = sign * found.fails, sign * found.passes
    limit *= sign
    if outcome == "fail":
        fails = max(fails, limit)
    elif fails >= limit:
        fails = nextafter(limit, -inf)
    if outcome == "pass":
        passes = min(passes, limit)
    elif passes <= limit:
        passes = nextafter(limit, inf)
    passes = max(passes, nextafter(fails, inf)) if isfinite(fails) else passes
    return Reach(fails=sign * fails, passes=sign * passes)


def _sign(question: Question) -> int:
    """1 where wider limits are larger (a difference, a ceiling), -1 where they are smaller."""
    return 1 if question.rule.max is not None else -1


def _fails(family: Family, question: Question, tests: Tests) -> float:
    """The widest limit at which the family's Holm procedure rejects one of the question's comparisons."""
    own, weight = family.shares_of(question)
    sign, alpha = _sign(question), family.rule.alpha
    if not own:
        return -sign * inf

    bound = _Bound(tests.outer_breaks, lambda one, level: not tests.broken(one, level), tests.breaks)

    def widest(left: float) -> float:
        """The bound while the comparisons that are left weigh `left`."""
        return _farthest(own, bound, alpha * weight / left)

    low = widest(float(family.weights.sum()))
    if len(family.questions) == 1 or not isfinite(low):
        return low
    return sign * _fixed_point(lambda limit: sign * widest(_left(family, question, sign * limit)), sign * low)


def _left(family: Family, question: Question, limit: float) -> float:
    written = Fraction(repr(limit))
    return family.left_at(question, lambda one: one.at(written))


def _fixed_point(bound_at: Callable[[float], float], low: float) -> float:
    """The widest limit t with bound_at(t) >= t, from below; `bound_at` falls with t and `low` is such a limit.

    The wider the limit, the less the other questions reject, and the less of their share they leave.
    """
    high = bound_at(low)
    while high > low + _FINE:
        bound = bound_at(high)
        if bound >= high:
            return high
        low = max(low, bound)
        middle = (low + high) / 2
        if bound_at(middle) >= middle:
            low = middle
        else:
            high = middle
    return low


@dataclass(frozen=True)
class _Bound:
    """One side's bound of a contrast at a level, in three forms that get slower and sharper."""

    outer: Callable[[Contrast, float], float]
    """A limit no tighter than the bound."""
    is_within: Callable[[Contrast, float], bool]
    """Whether the bound is no more extreme than the contrast's limit."""
    exact: Callable[[Contrast, float], float]
    """The bound itself."""


def _farthest(contrasts: list[Contrast], bound: _Bound, alpha: float) -> float:
    """The most extreme bound of all comparisons at level `alpha`, as shown; few of them are worked out.

    Infinite where all lie within every limit that a rule can have (a difference of 0, a ratio of 1).
    """
    sign = 1 if contrasts[0].seeks_largest else -1
    tightest = {"difference": 0.0, "ratio": 1.0}.get(contrasts[0].kind)
    found: float | None = None
    outer = [(sign * one.shown(bound.outer(one, alpha)), one) for one in contrasts]
    for most, one in sorted(outer, key=lambda pair: (pair[0], _content(pair[1])), reverse=True):
        beyond = tightest if found is None else found
        if beyond is not None and most < sign * beyond:
            break
        if beyond is not None and bound.is_within(one.at(Fraction(beyond)), alpha):
            continue
        own = sign * one.shown(bound.exact(one, alpha))
        found = sign * (own if found is None else max(sign * found, own))
        if not isfinite(found):
            break
    return -sign * inf if found is None else found


def _content(one: Contrast) -> tuple[tuple[float, float], ...]:
    """What tells comparisons of one quick bound apart, whatever their slices are called; fewer rows rank higher."""
    return tuple((-float(side.rows), float(side.exact)) for side in one.sides)
