"""Two slices side by side, and every metric's gap between them split: as few walks as their labels allow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Shaped

from dlaudit.attributions.gaps.assembled import Both, exact_enough, split_of
from dlaudit.attributions.gaps.games import Game
from dlaudit.attributions.gaps.rounds import Plan, Rounds, play
from dlaudit.attributions.gaps.split import Split
from dlaudit.attributions.gaps.walk import Pool
from dlaudit.attributions.request import CannotExplainError
from dlaudit.attributions.score import scores_of

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.request import Request

LABEL = "label"
"""Name of the player that stands for the label in errors of a regression."""
_OTHER_LABEL = "label (true value)"


@dataclass(frozen=True, kw_only=True)
class Match:
    """Two slices side by side, and the model between them."""

    request: "Request"
    """Its rows are those of both slices, one after the other; its score gives all scores of rows, `[n, k]`."""
    first: int
    """Rows of the slice explained."""
    labels: Shaped[np.ndarray, " n *L"] | None
    """Labels of both; None where no metric asks for them."""
    mass: Float[np.ndarray, " n"]
    """Weights of both."""
    seed: int = 0
    """Every pairing draws from a generator of its own, so that one metric does not shift another."""


def splits(match: Match, games: Sequence[Game], rounds: int, *, pooled: bool = False) -> dict[str, Split | str]:
    """The split of every metric, or why there is none.

    Args:
        match: The two slices.
        games: The metrics.
        rounds: Rounds of random pairing at most.
        pooled: Whether to add every person's contributions against both slices half and half.
    """
    refused = _why_none(match)
    if refused is not None:
        return dict.fromkeys((one.metric for one in games), refused)
    request = match.request
    both = Both(
        first=match.first,
        scores=scores_of(request.score, request.rows, request.memory),
        labels=match.labels,
        mass=match.mass,
    )
    found: dict[str, Split | str] = {}
    for one in games:
        reason = _why_not(one, both)
        if reason is not None:
            found[one.metric] = reason
    for walked in _walks([one for one in games if one.metric not in found]):
        found |= _played(match, both, walked, rounds, pooled)
    return found


def joined(a: "tuple[torch.Tensor, ...]", b: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
    """The rows of both slices, one after the other.

    Raises:
        CannotExplainError: Their inputs have no columns, or not the same form.
    """
    import torch

    if a[0].dim() < 2:
        raise CannotExplainError("the model's input has no columns")
    forms = [[(one.shape[1:], one.dtype) for one in side] for side in (a, b)]
    if forms[0] != forms[1]:
        raise CannotExplainError("the two slices are encoded in different shapes, so their parts cannot be exchanged")
    return tuple(torch.cat(pair) for pair in zip(a, b, strict=True))


def _why_none(match: Match) -> str | None:
    if any(len(one) > 1 for one in match.request.layout.owner):
        return "every row has its parts elsewhere (words, segments), so two people cannot exchange them"
    own, other = match.mass[: match.first], match.mass[match.first :]
    return None if own.sum() > 0 and other.sum() > 0 else "one of the slices has no rows"


def _why_not(game: Game, both: Both) -> str | None:
    if not np.isfinite(both.scores).all():
        return "a score is not finite"
    if game.form.probabilities and not ((both.scores >= 0) & (both.scores <= 1)).all():
        return "it is defined for probabilities only, and a score lies outside 0 to 1"
    if game.form.labels == "free":
        return None
    if both.labels is None:
        return "the labels were not given"
    if game.form.labels == "player":
        return None
    counted = both.mass > 0
    label = both.label(game)
    own, other = (set(label[: both.first][counted[: both.first]]), set(label[both.first :][counted[both.first :]]))
    if game.within is not None:
        return None if game.within in own & other else "one of the slices has no rows with the label that it counts"
    return None if own & other else "the slices have no label in common"


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """Games whose pairs are the same."""

    games: list[Game]
    column: int | None
    """Column of the labels within which people are paired; None where anybody is paired with anybody."""


def _walks(games: Iterable[Game]) -> list[_Walk]:
    together: dict[int | None, list[Game]] = {}
    for one in games:
        together.setdefault(one.pairing, []).append(one)
    return [_Walk(games=some, column=column) for column, some in together.items()]


def _played(match: Match, both: Both, walked: _Walk, rounds: int, pooled: bool) -> dict[str, Split | str]:
    strata = both.strata(None if walked.column is None else both.label(walked.games[0]))
    if all(one.within is not None for one in walked.games):
        label = both.label(walked.games[0])
        wanted = {one.within for one in walked.games}
        strata = [one for one in strata if label[one.a[0]] in wanted]
    exchanged = any(one.form.labels == "player" for one in walked.games)
    names = list(match.request.layout.names)
    if exchanged:
        names.append(LABEL if LABEL not in names else _OTHER_LABEL)

    def assembled(found: Sequence[Rounds]) -> dict[str, Split]:
        made = {}
        for one, gave in zip(walked.games, found, strict=True):
            split = split_of(one, both, gave, strata, names)
            made[one.metric] = _without_label(split) if exchanged and one.form.labels == "free" else split
        return made

    plan = Plan(
        strata=strata,
        mass=match.mass,
        most=rounds,
        pooled=pooled,
        seed=(match.seed, 0 if walked.column is None else walked.column + 1),
        enough=lambda found: all(exact_enough(one) for one in assembled(found).values()),
    )
    pool = Pool(rows=match.request.rows, scores=both.scores, labels=match.labels, label_player=exchanged)
    made = assembled(play(match.request, pool, walked.games, plan))
    reason = "the score is not finite for some mixtures of two rows"
    return {name: one if np.isfinite(one.rounds).all() else reason for name, one in made.items()}


def _without_label(split: Split) -> Split:
    """The split without the label, the last player, which changes nothing where no label is looked at."""
    a, b = (
        replace(
            side,
            values=side.values[:, :-1],
            noise=None if side.noise is None else side.noise[:, :-1],
            pooled=None if side.pooled is None else side.pooled[:, :-1],
        )
        for side in (split.a, split.b)
    )
    return replace(split, features=split.features[:-1], a=a, b=b, rounds=split.rounds[:, :-1])
