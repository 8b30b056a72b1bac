"""Layout: which player every element of the model's inputs belongs to, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

if TYPE_CHECKING:
    import torch

NOBODY = -1
"""Owner of elements that no coalition changes, as padding: they always stay the row's own."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The players of a game over rows of one or several input tensors.

    A table has a player per column (with all its one-hot levels), an image one per patch, a text one per word, a
    time series one per window and channel.
    """

    names: tuple[str, ...]
    """Names of the players; their number is their place here."""
    owner: "tuple[torch.Tensor, ...]"
    """For each input tensor `[n, …]` the player of every element, int64 `[1 or n, …]`: as many axes as the tensor, each
    as long or 1 (then all along it share a player); a first axis of n where rows are laid out differently, as words
    are. `NOBODY` for elements that are never exchanged."""

    def __len__(self) -> int:
        return len(self.names)

    def take(self, rows: "torch.Tensor | slice") -> "Layout":
        """The layout of some of the rows."""
        owner = (
            one if len(one) == 1 else one[rows if isinstance(rows, slice) else rows.to(one.device)]
            for one in self.owner
        )
        return replace(self, owner=tuple(owner))

    def held(self, count: int) -> Bool[np.ndarray, " n M"]:
        """Which players each of `count` rows has an element of: a text of three words has only the first three."""
        import torch

        found = torch.zeros((count, len(self.names) + 1), dtype=torch.bool)
        for owner in self.owner:
            where = owner.cpu().reshape(len(owner), -1)
            where = torch.where(where == NOBODY, len(self.names), where).expand(count, -1)
            found.scatter_(1, where, torch.ones((), dtype=torch.bool).expand(where.shape))
        return np.asarray(found[:, :-1].numpy())

    def masks(self, present: "torch.Tensor") -> "tuple[torch.Tensor, ...]":
        """For each input tensor, which elements coalitions take from the row itself.

        Args:
            present: Which players are present, bool `[n, M]` (a coalition per row), or `[n, c, M]` (several per row);
                n may be 1 (the same coalitions for all rows).

        Returns:
            Bool `[n, …]`, or `[n, c, …]`, with the trailing axes of `owner`: to be broadcast over the tensor's.
        """
        import torch

        # NOBODY is -1 and so picks the column added last, which is always present
        always = torch.ones((*present.shape[:-1], 1), dtype=torch.bool, device=present.device)
        known = torch.cat([present, always], dim=-1)
        return tuple(_looked_up(known, owner) for owner in self.owner)

    def mixed(
        self, rows: "tuple[torch.Tensor, ...]", others: "tuple[torch.Tensor, ...]", present: "torch.Tensor"
    ) -> "tuple[torch.Tensor, ...]":
        """Rows in which absent players' elements come from `others`, ready for a forward pass.

        Args:
            rows: Input tensors `[n, …]`.
            others: Input tensors `[n, …]`, or `[1, …]` for the same one for all rows; with `present [n, c, M]` also
                `[n, c, …]` (or with 1 for n or c), one for each hybrid.
            present: Which players stay the row's own, bool `[n, M]`, or `[n, c, M]` for c hybrids of each row; n may
                be 1.

        Returns:
            Tensors `[n, …]`; with c hybrids `[n c, …]`, those of a row one after the other.
        """
        several = present.dim() == 3
        made = []
        for row, other, mask in zip(rows, others, self.masks(present), strict=True):
            one = row[:, None] if several else row
            two = other[:, None] if several and other.dim() == row.dim() else other
            hybrid = _picked(mask, one, two)
            made.append(hybrid.flatten(0, 1) if several else hybrid)
        return tuple(made)

    def gathered(self, elements: "Sequence[torch.Tensor]") -> Float[np.ndarray, " n M"]:
        """Contributions of elements added up over each player's elements, float64.

        Args:
            elements: For each input tensor contributions `[n, …]` of its shape.
        """
        import torch

        count = len(elements[0])
        total = torch.zeros((count, len(self.names) + 1), dtype=torch.float64)
        for values, owner in zip(elements, self.owner, strict=True):
            flat = values.detach().double().cpu().reshape(count, -1)
            where = owner.cpu().expand(values.shape).reshape(count, -1)
            total.scatter_add_(1, torch.where(where == NOBODY, len(self.names), where), flat)
        return np.asarray(total[:, :-1].numpy())


def _picked(mask: "torch.Tensor", one: "torch.Tensor", two: "torch.Tensor") -> "torch.Tensor":
    """`torch.where(mask, one, two)`, by bits: with no branch for each element it takes a tenth of the time."""
    import torch

    sizes = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    if one.dtype != two.dtype or one.element_size() not in sizes or one.is_complex():
        return torch.where(mask, one, two)
    bits = sizes[one.element_size()]
    first, second = one.view(bits), two.view(bits)
    kept = (first ^ second) & -mask.to(bits)  # -1 has all bits set
    kept ^= second
    return kept.view(one.dtype)


def _looked_up(known: "torch.Tensor", owner: "torch.Tensor") -> "torch.Tensor":
    """`known[..., owner]` row by row."""
    import torch

    nobody = known.shape[-1] - 1
    where = torch.where(owner == NOBODY, nobody, owner).reshape(len(owner), -1).to(known.device)
    if len(owner) == 1:
        found: torch.Tensor = known.index_select(-1, where.flatten())
        return found.reshape(*known.shape[:-1], *owner.shape[1:])
    rows = known.expand(len(owner), *known.shape[1:])
    if known.dim() == 3:
        where = where[:, None].expand(-1, known.shape[1], -1)
    return torch.gather(rows, -1, where).reshape(*rows.shape[:-1], *owner.shape[1:])
