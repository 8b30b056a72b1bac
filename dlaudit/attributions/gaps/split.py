"""Split: a gap between two slices as contributions of every person, as it comes from beside the model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Shaped

from dlaudit.record.judged import NotApplicable

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Side:
    """One slice of a decomposition: its people's contributions to the gap."""

    values: Float[np.ndarray, " n M"]
    """Contributions whose weighted mean is the split of the gap. For metrics that depend on labels they also hold what
    a person's label does to the split through the shares of labels."""
    score: Float[np.ndarray, " n"]
    """The number of each row whose weighted mean is the metric: a score, a decision, a loss."""
    weight: Float[np.ndarray, " n"]
    """Weights of the rows; 0 for those that the metric does not count."""
    noise: Float[np.ndarray, " n M"] | None = None
    """Squared standard error of `values` from the luck of the draw of partners and orders; None where not known."""
    label_mix: Float[np.ndarray, " n"] | None = None
    """Each person's part of the label mix; its weighted mean is the label mix. None where there is none."""
    pooled: Float[np.ndarray, " n M"] | None = None
    """Contributions to the person's own number against both slices half and half; weighted mean over the first slice
    minus that over the second is the split. None where not asked for."""
    stretch: Float[np.ndarray, " n"] | None = None
    """How much more each row counts where both slices have the same shares of labels, which `pooled` is multiplied
    by; None where labels are no part of the gap."""

    @property
    def mean(self) -> float:
        """The metric on these rows."""
        return float(self.weight @ self.score / self.weight.sum())


@dataclass(frozen=True, kw_only=True)
class Split:
    """A gap between two slices, split over players for every person."""

    features: list[str]
    """Names of the players, in the order of the columns; `label` last for errors of a regression."""
    a: Side
    """The slice explained."""
    b: Side
    """The slice it is compared with."""
    rounds: Float[np.ndarray, " rounds M"]
    """The split of each round of random pairing."""

    @property
    def values(self) -> Float[np.ndarray, " M"]:
        """The split: one contribution per player."""
        return np.asarray(self.a.weight @ self.a.values / self.a.weight.sum())

    @property
    def label_mix(self) -> float | None:
        """Part of the gap that other shares of labels make; None where labels play no such part."""
        if self.a.label_mix is None:
            return None
        return float(self.a.weight @ self.a.label_mix / self.a.weight.sum())

    @property
    def gap(self) -> float:
        """The gap on the rows that were used; contributions and label mix add up to it."""
        return self.a.mean - self.b.mean


@dataclass(frozen=True, kw_only=True)
class GapTables:
    """The rows of two slices, and what a metric needs to know of them."""

    a: "pa.Table"
    """Inputs of the slice explained, encoded (column `inputs`) or raw, as `score` takes them."""
    b: "pa.Table"
    """Inputs of the slice it is compared with."""
    labels_a: Shaped[np.ndarray, " nA *L"] | None = None
    """Labels as codes: 0/1, classes, `[n, L]` of 0/1, or numbers of a regression; None for metrics that need none."""
    labels_b: Shaped[np.ndarray, " nB *L"] | None = None
    weight_a: Float[np.ndarray, " nA"] | None = None
    """Weights of the rows; None where every row counts once."""
    weight_b: Float[np.ndarray, " nB"] | None = None
    threshold: float = 0.5
    """A label is predicted where its score >= threshold."""
    classes: Sequence[str] = ()
    """Class or label names in the order of their codes, for metrics that name one."""


@dataclass(frozen=True, kw_only=True)
class GapSplits(Mapping[str, Split]):
    """The splits by metric: a mapping, with what they cost and what could not be split."""

    splits: Mapping[str, Split]
    """By metric, in the order asked."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """Metrics that could not be split, each with the reason."""
    passes: float = 0.0
    """Forward-and-backward passes of a row that all of it took."""
    halved: list[int] = field(default_factory=list)
    """Rows of a pass that ran out of memory, in order."""

    def __getitem__(self, metric: str) -> Split:
        return self.splits[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self.splits)

    def __len__(self) -> int:
        return len(self.splits)
