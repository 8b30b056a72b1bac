"""All the comparisons of one rule, which share its error rate however many features they are over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from jaxtyping import Bool, Float

from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.evidence import TESTS
from dlaudit.gate.question import Question
from dlaudit.spec import Rule
from dlaudit.stats.attainable import least_p_difference, least_p_ratio, tarone
from dlaudit.stats.multiplicity import weighted_holm_tests

_TIGHT = 0.05
"""The tightest tolerance that a comparison must be able to break to stay in the family: a difference of 0.05, a ratio
or floor of 0.95, a ceiling of 0.05. One for all limits, so that a wider limit never makes a verdict worse."""
_LARGE = 20
"""From so many rows on both sides a comparison can be broken at any level in use (0.05 to the power of 20)."""


@dataclass(frozen=True)
class Family:
    """The questions of one rule, and how its error rate is shared among their comparisons.

    Half of alpha is for single features and half for intersections, where a rule names both; within each half all
    comparisons that could be shown at all have equal shares. What one of them does not use goes to the others (weighted
    Holm). Shares depend on the sizes of slices only, never on outcomes.
    """

    rule: Rule
    """The rule."""
    questions: tuple[Question, ...]
    """One for each feature."""

    @cached_property
    def members(self) -> tuple[tuple[Question, Contrast], ...]:
        """Every comparison, with the question that asks it."""
        return tuple((question, one) for question in self.questions for one in question.usable)

    @cached_property
    def weights(self) -> Float[np.ndarray, " m"]:
        """Shares of alpha; 0 for a comparison that nothing could show."""
        single = np.array([len(question.by) < 2 for question, _ in self.members], dtype=bool)
        least = np.array([_least_p(question, one) for question, one in self.members], dtype=float)
        weights = np.zeros(len(self.members))
        parts = [part for part in (single, ~single) if part.any()]
        for part in parts:
            stays = part.copy()
            stays[part] = tarone(least[part], self.rule.alpha / len(parts))
            weights[stays] = 1 / (len(parts) * max(stays.sum(), 1))
        return weights

    def broken(self) -> dict[int, tuple[Contrast, ...]]:
        """For each question, by place, the comparisons that weighted Holm rejects at the rule's limit."""
        rejected = self._rejected(np.ones(len(self.members), dtype=bool), lambda one: one)
        return {place: tuple(self._of(question, rejected)) for place, question in enumerate(self.questions)}

    def level(self, contrast: Contrast) -> float:
        """The level at which a comparison is tested while nothing else is rejected."""
        place = next(at for at, (_, one) in enumerate(self.members) if one is contrast)
        weight, total = float(self.weights[place]), float(self.weights.sum())
        return self.rule.alpha * (weight / total if weight else 1 / len(self.members))

    def shares_of(self, question: Question) -> tuple[list[Contrast], float]:
        """The question's comparisons that could be shown, and the share that each of them has."""
        found = [
            (one, float(weight))
            for (owner, one), weight in zip(self.members, self.weights, strict=True)
            if owner.by == question.by and weight > 0
        ]
        return [one for one, _ in found], found[0][1] if found else 0.0

    def left_at(self, question: Question, at_limit: Callable[[Contrast], Contrast]) -> float:
        """The weight that is left to share alpha when all other questions' rejections are made at another limit."""
        others = np.array([one.by != question.by for one, _ in self.members], dtype=bool)
        rejected = self._rejected(others, at_limit)
        return float(self.weights[~rejected].sum())

    def _of(self, question: Question, chosen: Bool[np.ndarray, " m"]) -> Iterator[Contrast]:
        return (
            one for (owner, one), found in zip(self.members, chosen, strict=True) if found and owner.by == question.by
        )

    def _rejected(
        self, tested: Bool[np.ndarray, " m"], at_limit: Callable[[Contrast], Contrast]
    ) -> Bool[np.ndarray, " m"]:
        """Weighted Holm; what is not tested keeps its share."""
        answers: list[Callable[[float], bool]] = [
            partial(TESTS[question.judge].broken, at_limit(one)) if asked and not question.obstacle else _never
            for (question, one), asked in zip(self.members, tested, strict=True)
        ]
        return weighted_holm_tests(answers, self.weights, self.rule.alpha)


def _never(_: float) -> bool:
    return False


def _least_p(question: Question, contrast: Contrast) -> float:
    """The smallest p-value that any outcome could give against a tight limit; 0 where far below use."""
    flips = contrast.first.flips
    if question.judge != "exact" or min(side.n or 0 for side in contrast.sides) >= _LARGE:
        return 0.0
    if contrast.first.samples is not None:
        sizes = contrast.first.samples[1::2]
        return 0.0 if min(sizes) >= _LARGE else least_p_difference(*sizes, _TIGHT)
    if flips is not None:  # every row moved the wrong way, although only (1 + limit) / 2 of them do in the worst case
        return 0.0 if flips.n >= _LARGE else float(((1 + _TIGHT) / 2) ** flips.n)
    first = contrast.first.n or 0
    if contrast.second is None:
        return float(_TIGHT**first)
    second = contrast.second.n or 0
    if contrast.kind == "difference":
        return least_p_difference(first, second, _TIGHT)
    return least_p_ratio(second, first, 1 / (1 - _TIGHT))
