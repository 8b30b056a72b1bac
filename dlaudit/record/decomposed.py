"""A gap between two slices, split over the model's inputs and over other things that it is made of."""

from pydantic import Field

from dlaudit.record.base import Record


class Part(Record):
    """A signed part of a gap, in units of the metric."""

    value: float
    """The part."""
    low: float | None = None
    """Lower end of its 95 % interval (bootstrap of people)."""
    high: float | None = None
    """Upper end of it."""
    p_value: float | None = None
    """Two-sided p-value of no contribution, from the same bootstrap; None with too few people."""
    p_adjusted: float | None = None
    """The same after Holm over all parts of this decomposition, times `chosen_from`."""
    marked: bool = False
    """Whether `p_adjusted` is at most .05: a part that is more than chance."""


class Contribution(Part):
    """One player's part of a gap."""

    feature: str
    """Name of the player."""
    columns: list[str] = Field(default_factory=list)
    """Input columns of the player, where there is more than one."""
    composition: float | None = None
    """Part of `value` that is there because the two slices have other values of this input (Kitagawa 1955); None where
    it was not computed."""
    context: float | None = None
    """Part of `value` that is there because the same values of this input move the score differently in the two slices;
    None where it was not computed. The two, and `unsupported`, add up to `value`."""
    unsupported: float | None = None
    """Part of `value` at values that only one of the slices has."""


class InputGroup(Part):
    """Inputs that go together, and so share their credit by convention only: the sum of their contributions."""

    name: str
    """Names of its members, joined."""
    members: list[str]
    """Players, largest contribution first; one alone where nothing goes with it."""
    association: float | None = None
    """Strongest association between two members, 0 to 1; None for a single member."""


class OtherReference(Record):
    """How much a split would change if absent parts of a row became something else."""

    reference: str
    """What they became, in words."""
    rows: int
    """Rows of both slices that were split both ways."""
    moved: float | None
    """Sum of the absolute changes of contributions over the sum of their absolute values; None where that is 0."""
    largest: float
    """Largest absolute change of a contribution, in units of the metric."""
    feature: str
    """The player whose contribution changes most."""


class Decomposition(Record):
    """A gap between two slices, split over the model's inputs.

    Contributions, label mix and residual add up to the gap.
    """

    metric: str
    """`mean_score`, `selection_rate`, `true_positive_rate`, …"""
    by: list[str]
    """Features whose levels are compared."""
    slice: str
    """Id of the slice explained."""
    reference: str
    """Id of the slice it is compared with."""
    gap: float
    """Value on `slice` minus value on `reference`, over all scored rows."""
    low: float | None = None
    """Lower end of the gap's 95 % interval."""
    high: float | None = None
    """Upper end of the gap's 95 % interval."""
    contributions: list[Contribution]
    """Largest absolute value first. For regression errors the label is one of the players, named `label`."""
    label_mix: Part | None = None
    """Part that is there because the slices have other shares of each label: its own row, for metrics that depend on
    labels. None for metrics that do not, and within one label."""
    groups: list[InputGroup] = Field(default_factory=list)
    """The contributions again, with inputs that go together taken as one; largest absolute value first. Empty where
    associations are not known."""
    grouped_at: float | None = None
    """Association from which inputs were taken together."""
    raised: float = 0.0
    """Sum of the positive contributions."""
    lowered: float = 0.0
    """Sum of the negative contributions: where both are far from 0 and the gap is not, channels cancel."""
    residual: float
    """Gap minus everything else: what sampling of rows left unexplained; 0 (to rounding) without it."""
    rows: int
    """Rows of both slices that the split rests on."""
    chosen_from: int = 1
    """Gaps from which this one was picked for being wide, which `p_adjusted` allows for; 1 where it was not picked."""
    noise: float | None = None
    """Largest Monte-Carlo standard error of a contribution."""
    outside: float | None = None
    """Share of the mixtures of two rows that lie outside the data; None where it was not computed."""
    estimand: str = ""
    """What is estimated, in one sentence."""
    other_reference: OtherReference | None = None
    """How much another reference would change the split, where each row is compared with itself without its parts, as
    a text without its words; None where rows are compared with those of other people."""


class ScoreMix(Record):
    """A gap of a rate or a loss, split into the scores that slices have and what their scores mean.

    `mix`, `calibration` and `unsupported` add up to `gap`.
    """

    metric: str
    """`true_positive_rate`, `false_positive_rate`, `precision`, `log_loss`, …"""
    by: list[str]
    """Features whose levels are compared."""
    slice: str
    """Id of the slice explained."""
    reference: str
    """Id of the slice it is compared with."""
    gap: float
    """Value on `slice` minus value on `reference`."""
    mix: Part
    """Part that is there because the slices have other scores."""
    calibration: Part
    """Part that is there because equal scores go with other shares of positives."""
    unsupported: Part | None = None
    """Part at scores that only one of the slices has; None where there are none."""
    support: float = 1.0
    """Share of rows of both slices whose scores the other slice has, too."""
    bins: int
    """Score bins it was computed on."""
    chosen_from: int = 1
    """Gaps from which this one was picked for being wide, which `p_adjusted` allows for."""
