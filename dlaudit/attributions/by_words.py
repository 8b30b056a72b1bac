"""Contributions of the words of single texts as contributions of words, whatever their place."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.explained import Answer, MethodAnswer

MOST_WORDS = 300
"""Words with a contribution of their own; those that matter least are one."""
OTHER_WORDS = "(other words)"
FEWEST_TEXTS = 5
"""Texts in which a word must occur to stand alone: a rarer one could name a person."""


def by_words(
    answer: Answer,
    words: Sequence[Sequence[str]],
    fewest: int = FEWEST_TEXTS,
    *,
    fold: bool = True,
    beside: Sequence[str] = (),
) -> Answer:
    """The answer with a column per word instead of one per place: 0 where a text does not have the word.

    Words are told apart by their lower-case form, symbols as they are. What a text's words contribute adds up as
    before.

    Args:
        answer: Contributions of the parts of each row.
        words: What the parts of each explained row are called, in order.
        fewest: Texts in which a word must occur to stand alone, at least `FEWEST_TEXTS`.
        fold: Whether upper and lower case are one word; codes of events and characters are not.
        beside: Parts that come before the words and are the same in every row, as columns; they keep their names.
    """
    if not answer.methods:
        return answer
    folded = [[word.casefold() if fold else word for word in one] for one in words]
    known = _chosen(answer.methods[0].values[:, len(beside) :], folded, max(fewest, FEWEST_TEXTS))
    column = {word: at for at, word in enumerate(known)}
    methods = [_with_beside(method, folded, column, len(beside)) for method in answer.methods]
    return replace(answer, features=[*beside, *told_apart(known, beside), OTHER_WORDS], methods=methods)


def told_apart(words: Sequence[str], beside: Sequence[str]) -> list[str]:
    """The words, in quotation marks where a column has the same name."""
    taken = {name.casefold() for name in beside}
    return [f"“{word}”" if word.casefold() in taken else word for word in words]


def _chosen(values: Float[np.ndarray, "n M"], words: Sequence[Sequence[str]], fewest: int) -> list[str]:
    """The words that contribute most in all, in alphabetical order."""
    weight: dict[str, float] = defaultdict(float)
    texts: dict[str, int] = defaultdict(int)
    for row, one in zip(values, words, strict=True):
        for at, word in enumerate(one[: len(row)]):
            weight[word] += abs(float(row[at]))
        for word in set(one):
            texts[word] += 1
    often = [word for word in weight if texts[word] >= fewest]
    return sorted(sorted(often, key=lambda word: (-weight[word], word))[:MOST_WORDS])


def _with_beside(
    method: MethodAnswer, words: Sequence[Sequence[str]], column: dict[str, int], beside: int
) -> MethodAnswer:
    """A method's words regrouped, behind the parts that stand beside them."""
    error = method.error
    own = replace(method, values=method.values[:, beside:], error=None if error is None else error[:, beside:])
    made = _regrouped(own, words, column)
    if not beside:
        return made
    values = np.hstack([method.values[:, :beside], made.values])
    if error is None or made.error is None:
        return replace(made, values=values)
    return replace(made, values=values, error=np.hstack([error[:, :beside], made.error]))


def _regrouped(method: MethodAnswer, words: Sequence[Sequence[str]], column: dict[str, int]) -> MethodAnswer:
    shape = (len(words), len(column) + 1)
    values = np.zeros(shape)
    variance = None if method.error is None else np.zeros(shape)
    for row, one in enumerate(words):
        to = np.array([column.get(word, len(column)) for word in one[: method.values.shape[1]]], dtype=np.int64)
        np.add.at(values[row], to, method.values[row, : len(to)])
        values[row, -1] += method.values[row, len(to) :].sum()
        if variance is not None and method.error is not None:
            np.add.at(variance[row], to, method.error[row, : len(to)] ** 2)
    return replace(method, values=values, error=None if variance is None else np.sqrt(variance))
