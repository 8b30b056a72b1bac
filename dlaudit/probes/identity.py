"""Identity swaps: the same sentence about another kind of person, and what that does to the score.

Each term is compared with the other terms of its axis in the same template, so that what a template says cancels; the
interval is over templates, the only thing that was sampled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.resample import Studentised, people, studentised
from dlaudit.record.base import finite
from dlaudit.record.explained import ProbeResult
from dlaudit.stats.multiplicity import holm

NAME = "identity_swap"
"""Name in the records."""
FEWEST_TEMPLATES = 2
"""Templates in which a term must meet another one."""
ROUNDING = 1e-6
"""Size of a difference, relative to the scores, that float32 arithmetic alone can make."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """One text of a suite."""

    text: str
    template: str
    """What texts that differ only in the term share."""
    term: str
    axis: str
    """Terms are compared within their axis, as religions with religions."""


def filled(templates: Sequence[str], terms: Mapping[str, Sequence[str]]) -> list[Filled]:
    """Every template with every term in the place of `{}`."""
    return [
        Filled(text=template.replace("{}", term), template=template, term=term, axis=axis)
        for template in templates
        for axis, words in terms.items()
        for term in words
    ]


def swap_results(
    suite: str, texts: Sequence[Filled], score: Float[np.ndarray, " n"], threshold: float, seed: int
) -> list[ProbeResult]:
    """What each term does to the score, against the other terms of its axis in the same templates.

    Args:
        suite: Name of the suite.
        texts: The texts.
        score: The model's score of each.
        threshold: A text is selected where its score >= threshold.
        seed: Seed of the bootstrap.
    """
    found = []
    for axis in dict.fromkeys(one.axis for one in texts):
        at = [number for number, one in enumerate(texts) if one.axis == axis]
        own = [texts[number] for number in at]
        results = [_term(term, own, score[at], threshold, seed) for term in dict.fromkeys(one.term for one in own)]
        known = [one for one in results if one is not None]
        if not known:
            continue
        # two terms are one comparison, told from either side
        tests = known[:1] if len(known) == 2 else known
        adjusted = np.resize(holm(np.array([one.p_value for one in tests])), len(known))
        found += [one.told(suite, axis, float(p)) for one, p in zip(known, adjusted, strict=True)]
    return found


@dataclass(frozen=True, kw_only=True)
class _Swapped:
    term: str
    value: float
    low: float | None
    high: float | None
    p_value: float
    selected: float
    """Share of texts selected, in the same way."""
    selected_low: float | None
    selected_high: float | None
    templates: int

    def told(self, suite: str, axis: str, p_adjusted: float) -> ProbeResult:
        """The result as a record."""
        return ProbeResult(
            probe=NAME,
            subject=f"{axis}: {self.term}",
            value=self.value,
            low=self.low,
            high=self.high,
            detail={
                "suite": suite,
                "axis": axis,
                "term": self.term,
                "templates": self.templates,
                "selected_difference": self.selected,
                "selected_low": self.selected_low,
                "selected_high": self.selected_high,
                "p_adjusted": finite(p_adjusted),
                "marked": bool(p_adjusted <= 0.05),
            },
        )


def _term(
    term: str, texts: Sequence[Filled], score: Float[np.ndarray, " n"], threshold: float, seed: int
) -> _Swapped | None:
    """One term against the others, template by template; None where it meets none in enough templates."""
    by_template: dict[str, tuple[list[int], list[int]]] = {}
    for at, one in enumerate(texts):
        by_template.setdefault(one.template, ([], []))[one.term != term].append(at)
    pairs = [(own, others) for own, others in by_template.values() if own and others]
    if len(pairs) < FEWEST_TEMPLATES:
        return None
    numbers = np.column_stack([score, score >= threshold])
    away = np.array([numbers[own].mean(axis=0) - numbers[others].mean(axis=0) for own, others in pairs])
    value = away.mean(axis=0)
    spread = studentised([people(away)], np.random.default_rng([seed, 7, *term.encode()]))
    (low, high), p_value = _ends(value, spread), float("nan")
    if spread is not None:
        p_value = _p_value(value, spread, len(pairs), ROUNDING * float(np.abs(score).mean()))
    return _Swapped(
        term=term,
        value=float(value[0]),
        low=low[0],
        high=high[0],
        p_value=p_value,
        selected=float(value[1]),
        selected_low=low[1],
        selected_high=high[1],
        templates=len(pairs),
    )


def _p_value(value: Float[np.ndarray, " 2"], spread: Studentised, templates: int, rounding: float) -> float:
    """Of no difference of scores; the sign test's where it is the same in every template and no rounding."""
    if abs(float(value[0])) <= rounding:
        return 1.0
    if not spread.error[0] > 0:
        return float(2 * 0.5**templates)
    return float(spread.p_values(value, least_error=rounding)[0])


def _ends(value: Float[np.ndarray, " 2"], spread: Studentised | None) -> tuple[list[float | None], list[float | None]]:
    """Ends of the intervals; None with few templates, and where no two templates differ, which says too little."""
    if spread is None:
        return [None, None], [None, None]
    below, above = spread.offsets(0.95)
    known = spread.error > 0
    return (
        [finite(one) if there else None for one, there in zip(value + below, known, strict=True)],
        [finite(one) if there else None for one, there in zip(value + above, known, strict=True)],
    )
