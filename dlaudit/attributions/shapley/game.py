"""The game of a row: its hybrids with reference rows, scored; nothing here knows what a player is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.layout import NOBODY
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import scores_of

if TYPE_CHECKING:
    import torch

NUMBERS = 4_000_000
"""Numbers of one row's design, times rows, that are held at once."""


@dataclass(frozen=True, kw_only=True)
class Plays:
    """Rows that play the same coalitions, and whom they meet."""

    rows: Int[np.ndarray, " p"]
    """Numbers of the rows."""
    references: Int[np.ndarray, " p K"] | Int[np.ndarray, " p 1"]
    """Numbers of the background rows met, one for each pair of coalitions, or one for all."""
    players: Int[np.ndarray, " p m"] | None
    """Which players stand behind the m players of the coalitions, row by row; None where they are all, in order."""

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, part: slice) -> "Plays":
        """Some of the plays."""
        players = None if self.players is None else self.players[part]
        return Plays(rows=self.rows[part], references=self.references[part], players=players)

    def parts(self, numbers: int) -> "Iterator[tuple[slice, Plays]]":
        """The plays in consecutive parts, given how many numbers one of them needs."""
        size = max(1, NUMBERS // max(1, numbers))
        for start in range(0, len(self), size):
            part = slice(start, min(start + size, len(self)))
            yield part, self.take(part)


def differences(request: Request, plays: Plays, coalitions: Bool[np.ndarray, " K m"]) -> Float[np.ndarray, " p K"]:
    """v(S) - v(complement of S) for every play and coalition S, where v scores the row on S and a reference elsewhere.

    Raises:
        CannotExplainError: The score of a hybrid is not finite.
    """
    import torch

    device = request.rows[0].device
    rows, references = (torch.from_numpy(one).to(device) for one in (plays.rows, plays.references))
    present = torch.from_numpy(coalitions).to(device)
    found = np.empty((len(plays), len(coalitions)))

    def some(items: slice, places: slice) -> None:
        own = tuple(one[rows[items]] for one in request.rows)
        met = references[items, places] if references.shape[1] > 1 else references[items]
        others = tuple(one[met] for one in request.background)
        asked = _players_present(present[places], plays.take(items), len(request.layout))
        layout = request.layout.take(rows[items])
        sides = []
        for side in (asked, ~asked):
            score = request.score(*layout.mixed(own, others, side))
            sides.append(score.detach().double().cpu().numpy().reshape(found[items, places].shape))
        found[items, places] = sides[0] - sides[1]

    with torch.no_grad():
        request.memory.tiles(len(plays), len(coalitions), some)
    if not np.isfinite(found).all():
        raise CannotExplainError("the score is not finite for some mixtures of a row and its reference")
    return found


def scores_of_nobody(request: Request) -> Float[np.ndarray, " n b"]:
    """Scores of every background row as it stands in for every row: v(nobody).

    They are the background's own scores, the same for all rows, unless some elements never change hands.
    """
    import torch

    if not any(bool((owner == NOBODY).any()) for owner in request.layout.owner):
        alone = scores_of(request.score, request.background, request.memory)
        return np.broadcast_to(alone, (request.count, len(alone)))
    count = len(request.background[0])
    found = np.empty((request.count, count))
    nobody = torch.zeros((1, 1, len(request.layout)), dtype=torch.bool, device=request.rows[0].device)

    def some(items: slice, places: slice) -> None:
        own = tuple(one[items] for one in request.rows)
        others = tuple(one[places][None] for one in request.background)
        absent = nobody.expand(1, places.stop - places.start, -1)
        score = request.score(*request.layout.take(items).mixed(own, others, absent))
        found[items, places] = score.detach().double().cpu().numpy().reshape(found[items, places].shape)

    with torch.no_grad():
        request.memory.tiles(request.count, count, some)
    return found


def players_that_differ(request: Request) -> Bool[np.ndarray, " n b M"]:
    """Whether a row and a background row differ in any element of a player: if not, the player changes nothing."""
    count = len(request.background[0])

    def some(part: slice) -> Bool[np.ndarray, " m b M"]:
        layout = request.layout.take(part)
        found = np.zeros((part.stop - part.start, count, len(layout)), dtype=bool)
        for row, other, owner in zip(request.rows, request.background, layout.owner, strict=True):
            found |= _differ(row[part], other, owner.to(row.device), len(layout))
        return found

    return np.concatenate(request.memory.parts(request.count, some, each=count))


def of_the_background(request: Request) -> Request | None:
    """The same request about the background rows themselves; None where every row has a layout of its own."""
    if any(len(owner) > 1 for owner in request.layout.owner):
        return None
    return replace(request, rows=request.background)


def _players_present(coalitions: "torch.Tensor", plays: Plays, count: int) -> "torch.Tensor":
    """The coalitions in terms of the layout's players, bool `[p or 1, c, M]`."""
    import torch

    if plays.players is None:
        return coalitions[None]
    players = torch.from_numpy(plays.players).to(coalitions.device)
    shape = (len(players), *coalitions.shape)
    present = torch.zeros((len(players), len(coalitions), count), dtype=torch.bool, device=coalitions.device)
    return present.scatter_(2, players[:, None].expand(shape), coalitions[None].expand(shape))


def _differ(
    rows: "torch.Tensor", background: "torch.Tensor", owner: "torch.Tensor", players: int
) -> Bool[np.ndarray, " m b M"]:
    """The same for one input tensor."""
    import torch

    unequal = rows[:, None] != background[None]
    shared = [axis + 1 for axis in range(1, owner.dim()) if owner.shape[axis] == 1]
    if shared:
        unequal = unequal.any(dim=tuple(shared), keepdim=True)
    flat = unequal.reshape(*unequal.shape[:2], -1).float()
    where = torch.where(owner == NOBODY, players, owner).reshape(len(owner), 1, -1)
    total = torch.zeros((*flat.shape[:2], players + 1), device=flat.device)
    total.scatter_add_(2, where.expand(flat.shape), flat)
    return np.asarray((total[..., :players] > 0).cpu().numpy())
