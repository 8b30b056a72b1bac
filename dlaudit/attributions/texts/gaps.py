"""A gap between two slices of texts as contributions of words, each text against itself without its words.

Two people's words cannot be exchanged: the third word of one text is not the third word of another. So every text plays
its own game, in which absent words are blank. Then, with phi the Shapley values of the number whose mean is the metric,

    gap = sum over words w of (mean over A of phi_w - mean over B of phi_w) + (mean over A - mean over B) of the
    number of the texts without their words,

exactly, since each text's values add up to its number minus that of the text without words. The last part is what the
model makes of length, signs that are no words and of other inputs; for metrics that depend on labels also of labels.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.by_words import FEWEST_TEXTS, OTHER_WORDS, told_apart
from dlaudit.attributions.gaps.decomposed import GapRows, decomposition
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.gaps.split import Side, Split
from dlaudit.attributions.texts.asking import RowGame
from dlaudit.record.decomposed import Decomposition, OtherReference

WITHOUT_WORDS = "(the text without its words)"
"""The part that is there before any word is."""
MOST_WORDS = 100
"""Words that stand alone in a decomposition: those that most texts of either slice have. They are chosen without a look
at contributions, so that marks hold for all of them together."""


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The texts of one slice, as one metric sees them."""

    game: RowGame
    """What their words add."""
    words: Sequence[Sequence[str]]
    """Their words, in order."""
    weight: Float[np.ndarray, " n"]
    """Weights; 0 for texts that the metric does not count."""
    beside: Sequence[str] = ()
    """Parts that come before the words and are the same in every row, as columns."""

    def take(self, rows: Int[np.ndarray, " m"]) -> "Texts":
        """Some of the texts."""
        game = RowGame(
            values=self.game.values[rows],
            error=self.game.error[rows],
            number=self.game.number[rows],
            change=self.game.change[rows],
        )
        words = [self.words[at] for at in rows]
        return Texts(game=game, words=words, weight=self.weight[rows], beside=self.beside)


def text_decomposition(
    pair: Pair,
    sides: tuple[Texts, Texts],
    generator: np.random.Generator,
    *,
    rows: GapRows,
    reference: str,
    fewest: int = FEWEST_TEXTS,
) -> Decomposition:
    """The gap of a metric between two slices of texts, split over words, with intervals over people and marks.

    Args:
        pair: Which slices, and of which metric.
        sides: The texts of the slice explained, and of the one it is compared with.
        generator: Source of the bootstrap's draws.
        rows: All scored rows, where the texts are a sample of them, and units.
        reference: What absent words became, in words.
        fewest: Texts in which a word must occur to stand alone.
    """
    names = common_words(sides, max(fewest, FEWEST_TEXTS))
    parts = [parts_of(side, names) for side in sides]
    means = [side.weight @ part / side.weight.sum() for side, part in zip(sides, parts, strict=True)]
    # each person's part of the gap; what is subtracted is the same for all, and so changes no spread
    values = [parts[0] - means[1], means[0] - parts[1]]
    a, b = (
        Side(values=one, score=side.game.number, weight=side.weight) for one, side in zip(values, sides, strict=True)
    )
    beside = sides[0].beside
    split = Split(
        features=[*beside, *told_apart(names, beside), OTHER_WORDS, WITHOUT_WORDS],
        a=a,
        b=b,
        rounds=(means[0] - means[1])[None],
    )
    found = decomposition(pair, split, generator, rows=rows)
    return found.model_copy(
        update={
            "noise": max(map(_noise, sides)),
            "estimand": _estimand(pair, reference),
        }
    )


def moved_by(
    before: tuple[Texts, Texts], after: tuple[Texts, Texts], reference: str, fewest: int = FEWEST_TEXTS
) -> OtherReference:
    """How much the split of the same texts changes where absent words become something else.

    Args:
        before: The texts of both slices, as they were split.
        after: The same texts with the other reference.
        reference: What absent words became, in words.
        fewest: Texts in which a word must occur to stand alone.
    """
    words, beside = common_words(before, max(fewest, FEWEST_TEXTS)), before[0].beside
    names = [*beside, *told_apart(words, beside), OTHER_WORDS, WITHOUT_WORDS]
    first, second = (_difference(one, words) for one in (before, after))
    away, size = np.abs(second - first), float(np.abs(first).sum())
    most = int(np.argmax(away))
    return OtherReference(
        reference=reference,
        rows=sum(int((side.weight > 0).sum()) for side in before),
        moved=float(away.sum()) / size if size > 0 else None,
        largest=float(away[most]),
        feature=names[most],
    )


def common_words(sides: tuple[Texts, Texts], fewest: int) -> list[str]:
    """Words that stand alone: those that the largest shares of texts of either slice have, in alphabetical order."""
    share: dict[str, float] = {}
    texts: Counter[str] = Counter()
    for side in sides:
        counted = [int(at) for at in np.flatnonzero(side.weight > 0)]
        here = Counter(word for at in counted for word in {one.casefold() for one in side.words[at]})
        texts.update(here)
        for word, count in here.items():
            share[word] = max(share.get(word, 0.0), count / len(counted))
    often = sorted((word for word in share if texts[word] >= fewest), key=lambda word: (-share[word], word))
    return sorted(often[:MOST_WORDS])


def parts_of(side: Texts, names: Sequence[str]) -> Float[np.ndarray, " n W"]:
    """What each column beside the text and each word adds to each text, then other words, then what is without them."""
    beside = len(side.beside)
    column = {word: at for at, word in enumerate(names, start=beside)}
    others = beside + len(names)
    found = np.zeros((len(side.words), others + 2))
    found[:, :beside] = side.game.values[:, :beside]
    for row, words in enumerate(side.words):
        values = side.game.values[row, beside:]
        for at, word in enumerate(words[: len(values)]):
            found[row, column.get(word.casefold(), others)] += values[at]
        found[row, others] += values[len(words) :].sum()
    found[:, -1] = side.game.without
    return found


def _difference(sides: tuple[Texts, Texts], names: Sequence[str]) -> Float[np.ndarray, " W"]:
    a, b = (side.weight @ parts_of(side, names) / side.weight.sum() for side in sides)
    return np.asarray(a - b)


def _noise(side: Texts) -> float:
    """Largest standard error, over words' places, of a mean over the texts, from drawing coalitions."""
    share = side.weight / side.weight.sum()
    return float(np.sqrt((share**2) @ (side.game.error**2)).max(initial=0.0))


def _estimand(pair: Pair, reference: str) -> str:
    return (
        f"Shapley values of the words of each text against {reference}, averaged over the texts of {pair.slice} minus "
        f"those of {pair.reference}; words of two people are not exchanged. '{WITHOUT_WORDS}' is what the scores of "
        "such texts differ by before any word is there, as by length. They describe the model's arithmetic, not causes."
    )
