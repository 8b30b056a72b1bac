"""A model against the one that it was made from, on the same rows: gaps, contributions and parts of gaps."""

from typing import Literal

from pydantic import Field

from dlaudit.record.base import Record
from dlaudit.record.judged import NotApplicable

Status = Literal["inherited", "created", "removed", "grown", "shrunk", "reversed", "undecided"]
"""`inherited`: both models are shown to differ between the two slices, a change is not shown. `grown`, `shrunk` and
`reversed`: both are, and a change is shown. `created`: the audited model is and a change is shown, while the base's
interval has no gap in it (else `grown`). `removed`: the base is and a change is shown, while the audited model's
interval has no gap in it (else `shrunk`). `undecided`: anything else."""


class OtherModel(Record):
    """The model that the audited one is compared with."""

    path: str | None = None
    """Path as given; None for given scores."""
    sha256: str | None = None
    """Digest of the file."""
    format: str = "none"
    """As in `model.format`."""
    fingerprint: str | None = None
    """Digest of parameters and buffers."""
    output: str | None = None
    """`logit`, `probability`, `label` or `score`."""
    threshold: float | None = None
    """Its own decision threshold; None for tasks without one."""
    loading: str = ""
    """How far the file could be trusted, in one sentence."""


class PairedEstimate(Record):
    """A signed number of the same rows, with its interval and its test."""

    value: float
    """The number."""
    low: float | None = None
    """Lower end of its 95 % interval, for itself alone."""
    high: float | None = None
    """Upper end of it."""
    p_value: float | None = None
    """Two-sided p-value of 0; None where the rows show no spread to judge it by."""
    p_adjusted: float | None = None
    """The same after all that is tested together: of gaps by Shaffer's procedure, of contributions by Holm's."""
    shown: bool = False
    """Whether `p_adjusted` is at most .05: it is not 0."""


class Exchanged(Record):
    """Rows of one slice that count for one of the two models only."""

    slice: str
    """Id of the slice."""
    gained: int
    """Rows that count for the audited model only."""
    lost: int
    """Rows that count for the base only."""
    n: int
    """Rows below the line of the rate, the same for both."""
    low: float | None = None
    """Lower end of the 95 % interval of (gained - lost) / n (Tango 1998)."""
    high: float | None = None
    """Upper end of it."""
    changed: bool = False
    """Whether the exact paired test shows at error rate .05, shared among all rates so tested, that it is not 0."""


class GapChange(Record):
    """A gap between two slices in the base and in the audited model, and its change."""

    metric: str
    """As measurements name it."""
    by: list[str]
    """Features whose levels are compared."""
    within: dict[str, str] = Field(default_factory=dict)
    """Level of the control feature that both slices share; empty without one."""
    slice: str
    """Id of one slice."""
    reference: str
    """Id of the larger one, whose value is taken away."""
    base: PairedEstimate
    """The gap in the base."""
    tuned: PairedEstimate
    """The gap in the audited model."""
    change: PairedEstimate
    """Audited minus base, from the same rows."""
    status: Status
    """What the three tests come to."""
    method: str
    """How the change was judged: `bonett_price` (counts of rows that changed sides) or `influence`."""
    exchanged: list[Exchanged] = Field(default_factory=list)
    """Of a rate over the same rows: what changed in either slice."""
    rows: int
    """Rows of both slices."""


class RateChange(Record):
    """A metric of one slice in the base and in the audited model, and how far its two errors go together.

    Everything that is judged of a drop follows from these: what each slice changed by, and how much larger a difference
    or smaller a ratio of two slices got.
    """

    metric: str
    """As measurements name it."""
    by: list[str]
    """Features whose levels are compared."""
    within: dict[str, str] = Field(default_factory=dict)
    """Level of the control feature; empty without one."""
    slice: str
    """Id of the slice."""
    rows: int
    """Rows of the slice that both models scored."""
    base: float | None = None
    """Value in the base; None where undefined."""
    tuned: float | None = None
    """Value in the audited model; None where undefined."""
    undefined: str | None = None
    """Why there is no value in one of the two."""
    n: int | None = None
    """Of a share whose rows are the same for both models, each counted once: rows below its line. None of others, as
    precision, weighted or repeated rows, and means."""
    both: int | None = None
    """Rows of these that count for both models."""
    gained: int | None = None
    """Rows that count for the audited model only."""
    lost: int | None = None
    """Rows that count for the base only."""
    variance_base: float | None = None
    """Variance of the base's value, where rows are not counted."""
    variance_tuned: float | None = None
    """Variance of the audited model's value."""
    covariance: float | None = None
    """Covariance of the two, which rest on the same rows."""
    freedom: float | None = None
    """Degrees of freedom of these: rows or units that the values rest on, less one."""
    low: float | None = None
    """Lower end of the 95 % interval of audited minus base, for itself alone: of counted rows Tango's (1998), else
    Student's."""
    high: float | None = None
    """Upper end of it."""
    crossing: bool = False
    """Whether some unit has rows in another slice of the same comparison too."""


class Moved(Record):
    """A mean contribution in the base and in the audited model, of the same rows by the same method."""

    method: str
    """`shapley_values`, `integrated_gradients`, …"""
    slice: str
    """Id of the slice."""
    feature: str
    """Name of the player; of texts a word, over the texts of the slice that hold it."""
    base: float
    """Mean contribution in the base, in units of its score."""
    tuned: float
    """Mean contribution in the audited model, in units of its score."""
    change: PairedEstimate
    """Audited minus base, from the same rows."""
    rows: int
    """Rows explained."""


class PartMoved(Record):
    """One input's part of a gap in the base and in the audited model."""

    metric: str
    """Metric of the gap."""
    by: list[str]
    """Features whose levels are compared."""
    slice: str
    """Id of the slice explained."""
    reference: str
    """Id of the slice it is compared with."""
    feature: str
    """Name of the player."""
    base: float
    """Its part of the base's gap, in units of the metric."""
    tuned: float
    """Its part of the audited model's gap."""
    change: float
    """Audited minus base."""
    low: float | None = None
    """Lower end of an interval of the change with at least 90 % confidence: both parts' 95 % intervals at their far
    ends, whatever their correlation. None where a part has no interval."""
    high: float | None = None
    """Upper end of it."""


class AgainstModel(Record):
    """The audited model compared with the one that it was made from."""

    model: OtherModel
    """The base."""
    rows: int
    """Rows that both models scored."""
    agree: int | None = None
    """Rows with the same prediction; None for regression."""
    changes: list[GapChange] = Field(default_factory=list)
    """Every two slices of a sensitive feature, of an intersection, and of a sensitive feature within a control level,
    metric by metric."""
    rates: list[RateChange] = Field(default_factory=list)
    """Every slice of these comparisons, small ones too, metric by metric: what `max_drop` is judged from."""
    moved: list[Moved] = Field(default_factory=list)
    """Mean contributions, method by method and slice by slice."""
    parts: list[PartMoved] = Field(default_factory=list)
    """Parts of gaps side by side."""
    tests: int = 0
    """Tests of gaps and of changes between slices of single features, which share the error rate of .05."""
    tests_crossed: int = 0
    """Tests between intersections and within control levels, which share an error rate of .05 of their own, so that
    they take nothing from the first."""
    not_applicable: list[NotApplicable] = Field(default_factory=list)
    """What was not compared and why."""
