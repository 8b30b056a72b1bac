"""Splits in which no part is marked: how many tests that allows for, and how many rows would be needed."""

import math

from scipy.special import ndtri

from dlaudit.findings.explained import is_more_than_chance
from dlaudit.outputs import text
from dlaudit.outputs.words import Name, Sentence, said
from dlaudit.record import Decomposition
from dlaudit.record.decomposed import Contribution

ALPHA = 0.05
"""Probability with which any part that is nothing is marked."""
MANY_TIMES = 100.0
"""From here on a number of rows is no advice."""


def few_marks(split: Decomposition) -> Sentence:
    """How many tests a split without a mark allows for, and about how many rows its surest part would need.

    The number is that at which the part's own p-value, with the same value and a standard error that shrinks with the
    root of the rows, would pass Holm's first step among all tests. Empty where a part is marked or none was tested.
    """
    tested = [part for part in split.contributions if part.p_value is not None and part.p_adjusted is not None]
    if not tested or any(is_more_than_chance(part) for part in split.contributions):
        return ()
    parts = len(tested) + (split.label_mix is not None and split.label_mix.p_value is not None)
    tests = parts * split.chosen_from
    pairs: Sentence = ()
    if split.chosen_from > 1:
        pairs = said("few_marks_pairs", count=text.count(split.chosen_from))
    surest = min(tested, key=lambda part: (part.p_value or 0.0, part.feature))
    times = times_needed(surest, tests)
    known: dict[str, str | Sentence] = {"tests": text.count(tests), "parts": text.count(parts), "pairs": pairs}
    if times is None:
        return said("few_marks_far", **known)
    return said("few_marks", part=(Name(surest.feature),), times=text.decimal(times), **known)


def times_needed(part: Contribution, tests: int) -> float | None:
    """How many times as many rows would make the part's p-value small enough for that many tests; None beyond use."""
    if part.p_value is None or part.p_value >= 1.0:
        return None
    own = -float(ndtri(max(part.p_value, 1e-300) / 2))
    needed = -float(ndtri(ALPHA / (2 * max(tests, 1))))
    times = (needed / own) ** 2 if own > 0 else math.inf
    return math.ceil(10 * times) / 10 if 1 < times < MANY_TIMES else None
