"""Which game a method plays: against the mean reference row, or against reference rows one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Int

from dlaudit.attributions.checks.coalitions import coalitions
from dlaudit.attributions.checks.effects import Effects, References, effects_of
from dlaudit.attributions.checks.found import CheckSettings
from dlaudit.attributions.request import Explanation, Request
from dlaudit.attributions.score import scores_of

if TYPE_CHECKING:
    import torch

_TRIES = 3
"""Times that a reference which equals its row is replaced by the next one."""
Kind = Literal["mean", "rows"]
"""`mean`: absent inputs are those of the mean reference row; `rows`: those of a reference row drawn at random."""


@dataclass(frozen=True, kw_only=True)
class Game:
    """One way of exchanging inputs, and what it does to the checked rows."""

    effects: Effects
    """What exchanging does."""
    references: References
    """What is exchanged."""


def kinds_of(request: Request, explanations: Mapping[str, Explanation]) -> dict[str, Kind]:
    """The game of each method, told from its own arithmetic.

    A score minus its change is the reference's score. Where that is nearer to the score of the mean background row than
    to the mean score of background rows, the method explains against the mean row. The two games can have very
    different answers, and neither method is wrong for that (method.md 20). Inputs that are not floating have no mean.
    """
    if not all(one.is_floating_point() for one in request.background):
        return dict.fromkeys(explanations, "rows")
    whole = scores_of(request.score, request.rows, request.memory)
    of_mean = float(scores_of(request.score, mean_row(request.background), request.memory)[0])
    of_rows = float(scores_of(request.score, request.background, request.memory).mean())
    start = {name: float(np.median(whole - one.change)) for name, one in explanations.items()}
    return {name: "mean" if abs(at - of_mean) < abs(at - of_rows) else "rows" for name, at in start.items()}


def game(request: Request, kind: Kind, settings: CheckSettings, pairs: int) -> Game:
    """Measures what exchanging inputs does to the checked rows, on coalitions and references of the checks' own.

    Args:
        request: The checked rows.
        kind: What absent inputs are.
        settings: Where references come from.
        pairs: Coalitions per row.
    """
    drawn = coalitions(request.count, len(request.layout), pairs, settings.generator(f"coalitions {kind}"))
    references = _references(request, kind, settings)
    return Game(effects=effects_of(request, drawn, references), references=references)


def mean_row(rows: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
    """The mean of the rows, as rows of their own."""
    return tuple(one.mean(dim=0, keepdim=True) for one in rows)


def _of_others(
    rows: "tuple[torch.Tensor, ...]", given: "tuple[torch.Tensor, ...]", drawn: Int[np.ndarray, " n K"]
) -> Int[np.ndarray, " n K"]:
    """The references drawn, each that equals its row replaced by the next one: exchanging equal inputs says nothing."""
    import torch

    found = drawn.copy()
    for number in range(found.shape[1]):
        for _ in range(_TRIES):
            at = torch.from_numpy(found[:, number]).to(given[0].device)
            unlike = [
                (one != other[at]).reshape(len(one), -1).any(dim=1) for one, other in zip(rows, given, strict=True)
            ]
            same = ~torch.stack(unlike).any(dim=0).cpu().numpy()
            found[same, number] = (found[same, number] + 1) % len(given[0])
    return found


def _references(request: Request, kind: Kind, settings: CheckSettings) -> References:
    """References that no method has used: those given, else the other checked rows."""
    count, given = request.count, settings.references
    if kind == "mean":
        return References(rows=mean_row(given or request.rows), chosen=np.zeros((count, 1), dtype=np.int64))
    generator = settings.generator("references")
    if given is not None:
        drawn = generator.integers(len(given[0]), size=(count, settings.per_row))
        return References(rows=given, chosen=_of_others(request.rows, given, drawn))
    steps = generator.integers(1, count, size=(count, settings.per_row))
    return References(rows=request.rows, chosen=(np.arange(count)[:, None] + steps) % count)
