"""Label mix: what other shares of labels do to a gap, apart from what the model does to people with the same label.

With P(y) the share of label y, R(y) the metric among people of label y, bars for the mean of both slices:

gap = sum_y Pbar(y) [R_A(y) - R_B(y)] + sum_y [P_A(y) - P_B(y)] Rbar(y)

The first sum is split over inputs label by label, the second is the label mix (Kitagawa 1955,
DOI 10.1080/01621459.1955.10501299). A label that only one slice has belongs to the label mix altogether.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """One slice's rows."""

    code: Int[np.ndarray, " n"]
    """Number of each row's label, 0 to L - 1."""
    weight: Float[np.ndarray, " n"]
    """Weights."""
    number: Float[np.ndarray, " n"]
    """The number of each row whose mean is the metric."""


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """Shares and means by label, of both slices."""

    share_a: Float[np.ndarray, " L"]
    share_b: Float[np.ndarray, " L"]
    mean_a: Float[np.ndarray, " L"]
    """The metric among people of each label; where only one slice has the label, that slice's for both."""
    mean_b: Float[np.ndarray, " L"]

    @property
    def common(self) -> Bool[np.ndarray, " L"]:
        """Labels that both slices have."""
        return (self.share_a > 0) & (self.share_b > 0)

    @property
    def share(self) -> Float[np.ndarray, " L"]:
        """Weight of each label in the split over inputs: the mean of both shares, 0 where not common."""
        return np.where(self.common, (self.share_a + self.share_b) / 2, 0.0)

    @property
    def value(self) -> float:
        """The label mix."""
        return float((self.share_a - self.share_b) @ (self.mean_a + self.mean_b) / 2)


def mixed(a: Labelled, b: Labelled, labels: int) -> Mixed:
    """Shares and means of `labels` labels, numbered from 0."""
    share_a, mean_a = _by_label(a, labels)
    share_b, mean_b = _by_label(b, labels)
    return Mixed(
        share_a=share_a,
        share_b=share_b,
        mean_a=np.where(share_a > 0, mean_a, mean_b),
        mean_b=np.where(share_b > 0, mean_b, mean_a),
    )


def _by_label(side: Labelled, labels: int) -> tuple[Float[np.ndarray, " L"], Float[np.ndarray, " L"]]:
    mass = np.bincount(side.code, weights=side.weight, minlength=labels)
    total = np.bincount(side.code, weights=side.weight * side.number, minlength=labels)
    return mass / mass.sum(), np.divide(total, mass, out=np.zeros(labels), where=mass > 0)


@dataclass(frozen=True, kw_only=True)
class OwnSide:
    """Shares from one slice's point of view."""

    own: Float[np.ndarray, " L"]
    other: Float[np.ndarray, " L"]
    sign: float
    """1 for the slice explained, -1 for the one it is compared with."""


def people_of_mix(side: Labelled, mix: Mixed, shares: OwnSide) -> Float[np.ndarray, " n"]:
    """Each person's part of the label mix: its mean is the label mix, its spread that of the estimate.

    A person counts through the share of its label, at the label's mean number, and through that mean itself.
    """
    level = (mix.mean_a + mix.mean_b) / 2
    own_mean = mix.mean_a if shares.sign > 0 else mix.mean_b
    reach = np.divide(shares.own - shares.other, 2 * shares.own, out=np.zeros_like(level), where=shares.own > 0)
    reach = np.where(mix.common, reach, 1.0)
    moved = level[side.code] - shares.own @ level + reach[side.code] * (side.number - own_mean[side.code])
    return np.asarray(mix.value + shares.sign * moved)


def people_of_split(
    within: Float[np.ndarray, " n M"], side: Labelled, mix: Mixed, shares: OwnSide
) -> tuple[Float[np.ndarray, " n M"], Float[np.ndarray, " n"]]:
    """Each person's part of the split over inputs, and how much its contribution within its label is stretched.

    Args:
        within: Contributions to the gap within each person's label; 0 where the label is not common.
        side: The slice's rows.
        mix: Shares of labels.
        shares: The same from this slice's point of view.

    Returns:
        Values whose weighted mean is the split and whose spread is that of the estimate; the stretch, by which the
        noise of `within` grows.
    """
    labels = len(mix.share)
    by_label = np.zeros((labels, within.shape[1]))
    np.add.at(by_label, side.code, within * side.weight[:, None])
    mass = np.bincount(side.code, weights=side.weight, minlength=labels)
    by_label = np.divide(by_label, mass[:, None], out=np.zeros_like(by_label), where=mass[:, None] > 0)
    by_label[~mix.common] = 0.0
    stretch = np.divide(mix.share, shares.own, out=np.zeros(labels), where=shares.own > 0)[side.code]
    through_share = (by_label[side.code] - shares.own @ by_label) / 2
    own = stretch[:, None] * (within - by_label[side.code])
    return mix.share @ by_label + through_share + own, stretch
