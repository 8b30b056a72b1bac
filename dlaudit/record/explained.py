"""Why: attributions, their quality, decompositions of gaps, probes."""

from typing import Any

from pydantic import Field

from dlaudit.record.base import Record


class Attribution(Record):
    """A method's contribution of one player (a feature, or a group of them) to the score, summed up over a slice."""

    method: str
    """`integrated_gradients`, `shap_values`, …"""
    slice: str
    """Id of the slice."""
    feature: str
    """Name of the player."""
    mean: float
    """Mean signed contribution, in units of the score."""
    mean_abs: float
    """Mean absolute contribution, in units of the score."""
    low: float | None = None
    """Lower end of the 95 % interval of `mean` over people."""
    high: float | None = None
    """Upper end of the 95 % interval of `mean` over people."""
    rows: int
    """Rows explained in the slice."""


class AttributionQuality(Record):
    """One check of an explanation."""

    method: str
    """The method checked."""
    slice: str
    """Id of the slice it was checked on."""
    measure: str
    """`completeness_error_p95`, `agreement`, …"""
    value: float | None
    """The figure; None where it could not be computed (`meaning` says why)."""
    ok: bool | None
    """Whether the figure is on the right side of its required level; None where there is no such level."""
    meaning: str
    """What the figure says, and what it cannot say, in one sentence."""


class Contribution(Record):
    """One player's part of a gap."""

    feature: str
    """Name of the player."""
    value: float
    """Part of the gap, signed, in units of the metric."""
    low: float | None = None
    """Lower end of the 95 % interval (bootstrap of people)."""
    high: float | None = None
    """Upper end of the 95 % interval (bootstrap of people)."""
    columns: list[str] = Field(default_factory=list)
    """Input columns of the player, where there is more than one."""


class Decomposition(Record):
    """A gap between two slices, split over the model's inputs: contributions plus residual equal the gap."""

    metric: str
    """`mean_score`, …"""
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
    """Largest absolute value first."""
    residual: float
    """Gap minus the sum of the contributions: what sampling of rows left unexplained; 0 (to rounding) without it."""
    rows: int
    """Rows of both slices that the split rests on."""
    noise: float | None = None
    """Largest Monte-Carlo standard error of a contribution."""
    estimand: str = ""
    """What is estimated, in one sentence."""


class ProbeResult(Record):
    """An experiment on the model."""

    probe: str
    """Name in the probe registry."""
    subject: str
    """What it was done to."""
    value: float
    """The figure."""
    low: float | None = None
    """Lower end of its interval."""
    high: float | None = None
    """Upper end of its interval."""
    detail: dict[str, Any] = Field(default_factory=dict)
    """Further figures."""
