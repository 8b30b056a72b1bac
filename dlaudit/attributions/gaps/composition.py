"""Composition and context: why an input carries a part of a gap, bin by bin of its values.

An input's contribution D is a difference of means of one function of people. It is there because the two slices have
other values of the input (composition), or because the same values move the score differently in the two slices, whose
people differ in other inputs (context). With p_b a slice's share of people in bin b and phi_b its mean of the function
there, bars for the mean of both slices and d for the first minus the second:

D = sum_b dp_b phibar_b + sum_b pbar_b dphi_b (Kitagawa 1955, DOI 10.1080/01621459.1955.10501299).

The function. phi(a; b) is the Shapley value of the input in the game v(S) = f(a on S, b elsewhere). Changing the roles
turns v into S -> v(not S), whose Shapley values are those of v with the other sign, because the Shapley value is
self-dual. So phi(b; a) = -phi(a; b), and the mean of phi(a; a') over two people of one slice is 0. Let phi(x) be the
mean over both slices, half and half, of phi(x; .). Its mean over A is then 1/2 0 + 1/2 D and over B it is
-1/2 D + 1/2 0: the difference is D.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Num

from dlaudit.attributions.gaps.levels import bins_of, levels_of
from dlaudit.attributions.gaps.split import Side, Split
from dlaudit.data.batch import Player
from dlaudit.record.decomposed import Contribution, Decomposition

MOST_BINS = 32
"""Bins of a number at most. Bins hide what differs within them: of a composition that is linear in a normal input they
miss 10 % with 5 bins, 4 % with 10, 1.6 % with 20 and .9 % with 32, and call it context."""
FEW_BINS = 4
ROWS_PER_BIN = 25
"""Rows of the smaller slice to each bin, on average."""


@dataclass(frozen=True, kw_only=True)
class Kitagawa:
    """A difference of means of a function of people, by what it comes from; the three add up to it."""

    composition: float
    """From other shares of people in bins that both slices have."""
    context: float
    """From other means in those bins."""
    unsupported: float
    """From bins that only one slice has."""


def with_composition(
    decomposition: Decomposition,
    split: Split,
    columns_a: Num[np.ndarray, "nA F *rest"],
    columns_b: Num[np.ndarray, "nB F *rest"],
    players: Sequence[Player],
) -> Decomposition:
    """The decomposition with composition, context and what only one slice has, for every input that has columns.

    The three add up to the contribution. What chance leaves between the contribution and the difference of means of
    the pooled function (0 where people are paired with their own slice symmetrically) is taken out slice by slice, as
    means over people of one slice are known: each is half the contribution. It can only move the context.

    Where labels play a part, people count as in slices with the same shares of labels: what other shares do is the
    label mix, a row of its own.

    Args:
        decomposition: Of this split.
        split: With `pooled`; without it nothing is added.
        columns_a: Encoded inputs of the first slice's rows of the split; without a plain table nothing is added.
        columns_b: The same of the second slice.
        players: Inputs as positions on axis 1 of the columns. One that has several columns and no levels, and the
            label of a regression, get none of the three.
    """
    sides = _standard(split.a), _standard(split.b)
    if sides[0] is None or sides[1] is None or columns_a.ndim != 2:
        return decomposition
    both = _Both(a=sides[0], b=sides[1], columns=np.concatenate([columns_a, columns_b]))
    place = {name: at for at, name in enumerate(split.features)}
    known = {player.name: player for player in players if player.name in place}
    contributions = [
        _with_parts(one, both, known[one.feature], place[one.feature]) if one.feature in known else one
        for one in decomposition.contributions
    ]
    return decomposition.model_copy(update={"contributions": contributions})


def kitagawa(
    phi: Float[np.ndarray, " n"], mass: Float[np.ndarray, "2 n"], code: Int[np.ndarray, " n"], bins: int
) -> Kitagawa:
    """The difference of the two weighted sums of `phi`, bin by bin.

    Args:
        phi: The function of each person, of both slices.
        mass: Share of each person in either slice; 0 for those of the other.
        code: Bin of each person.
        bins: Number of bins.
    """
    share = np.stack([np.bincount(code, weights=one, minlength=bins) for one in mass])
    total = np.stack([np.bincount(code, weights=one * phi, minlength=bins) for one in mass])
    both = (share > 0).all(axis=0)
    mean = np.divide(total, share, out=np.zeros_like(total), where=share > 0)
    composition = ((share[0] - share[1]) * mean.mean(axis=0))[both].sum()
    context = (share.mean(axis=0) * (mean[0] - mean[1]))[both].sum()
    unsupported = (total[0] - total[1])[~both].sum()
    return Kitagawa(composition=float(composition), context=float(context), unsupported=float(unsupported))


@dataclass(frozen=True, kw_only=True)
class _Standard:
    """One slice as it counts: its people's shares, and their pooled contributions to their own number."""

    share: Float[np.ndarray, " n"]
    """Adds up to the shares of the labels that both slices have: 1 where labels play no part."""
    phi: Float[np.ndarray, " n M"]


@dataclass(frozen=True, kw_only=True)
class _Both:
    """Both slices' people, the first slice's before the second's."""

    a: _Standard
    b: _Standard
    columns: Num[np.ndarray, "n F"]

    @property
    def mass(self) -> Float[np.ndarray, "2 n"]:
        """Share of each person in either slice."""
        none_a, none_b = np.zeros_like(self.a.share), np.zeros_like(self.b.share)
        return np.stack([np.concatenate([self.a.share, none_b]), np.concatenate([none_a, self.b.share])])

    @property
    def bins(self) -> int:
        """Bins that the smaller slice has rows for."""
        fewest = min(int((one.share > 0).sum()) for one in (self.a, self.b))
        return int(np.clip(fewest // ROWS_PER_BIN, FEW_BINS, MOST_BINS))


def _standard(side: Side) -> _Standard | None:
    """The slice with the shares of labels that both slices have on average; None without pooled contributions."""
    if side.pooled is None or (side.label_mix is not None and side.stretch is None):
        return None
    share = side.weight / side.weight.sum()
    if side.stretch is None:
        return _Standard(share=share, phi=side.pooled)
    # `pooled` was stretched; the weight takes the stretch over, so that the function is one of the person alone
    stretch = side.stretch[:, None]
    phi = np.divide(side.pooled, stretch, out=np.zeros_like(side.pooled), where=stretch > 0)
    return _Standard(share=share * side.stretch, phi=phi)


def _with_parts(one: Contribution, both: _Both, player: Player, at: int) -> Contribution:
    mass = both.mass
    columns = both.columns[:, list(player.columns)]
    code = levels_of(columns, both.bins)
    if code is None and len(player.columns) > 1:
        return one
    if code is None:
        code = bins_of(columns[:, 0], mass.sum(axis=0), both.bins)
    phi = np.concatenate([_centred(side, at, sign * one.value / 2) for side, sign in ((both.a, 1), (both.b, -1))])
    parts = kitagawa(phi, mass, code, int(code.max()) + 1)
    added = {"composition": parts.composition, "context": parts.context, "unsupported": parts.unsupported}
    return one.model_copy(update=added)


def _centred(side: _Standard, at: int, wanted: float) -> Float[np.ndarray, " n"]:
    """Pooled contributions moved by a constant, so that they add up to what is known."""
    phi = side.phi[:, at]
    whole = float(side.share.sum())
    return phi - (float(side.share @ phi) - wanted) / whole if whole > 0 else phi
