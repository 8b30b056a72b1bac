"""How scores, labels and errors are spread within slices: histograms, calibration, and rates at every threshold."""

from pydantic import Field

from dlaudit.record.base import Estimate, Record


class ScoreHistogram(Record):
    """Rows of one slice by score and label, from which every rate at every threshold follows.

    Bin `b` holds scores s with edges[b] <= s < edges[b + 1]; the last bin holds its upper edge too. The operating
    threshold is one of the edges, so that the rates at it are the audited ones to the last row.
    """

    slice: str
    """Id of the slice."""
    output: str
    """Class or label that the score is of; the positive one for a binary task."""
    edges: list[float]
    """Edges of the bins, ascending; the same for every slice of one output."""
    positive: list[int]
    """Rows of each bin whose label is `output`."""
    negative: list[int]
    """Rows of each bin whose label is another."""


class CalibrationBin(Record):
    """Rows of one slice whose score lies in one bin."""

    low: float
    """Lower edge of the bin."""
    high: float
    """Upper edge of the bin."""
    n: int
    """Rows."""
    mean_score: float | None
    """Mean score, to within half of a fine bin (1 / 2048 at best); None where no row is in the bin."""
    rate: Estimate
    """Share of positive labels; undefined where no row is in the bin."""


class Calibration(Record):
    """How far scores are the shares of positive labels that they claim to be, on one slice."""

    slice: str
    """Id of the slice."""
    output: str
    """Class or label that the score is of."""
    bins: list[CalibrationBin]
    """Reliability, bin by bin."""
    squared_error: Estimate
    """Squared calibration error, freed of the bias that small bins bring; it can fall below 0 by chance. Its interval
    holds for all slices of one output together; where its lower end is above 0, scores are shown not to be shares."""


class ThresholdSweep(Record):
    """One rate's gap over the slices of one feature at every threshold.

    The largest gap over all thresholds is large by chance alone; `critical` says how large where the slices are alike.
    """

    metric: str
    """`selection_rate`, `true_positive_rate` or `false_positive_rate`."""
    output: str
    """Class or label that the score is of."""
    by: list[str]
    """Features whose levels are compared."""
    largest: Estimate
    """Largest difference over thresholds and pairs of slices, with a simultaneous interval."""
    threshold: float | None
    """Where it is; None where undefined, and where no slice differs at any threshold."""
    worst: str | None = None
    """Id of the slice with the lower rate there."""
    reference: str | None = None
    """Id of the slice with the higher rate there."""
    critical: float | None = None
    """Largest difference that equal slices of these sizes exceed in 1 - level of samples at most."""


class Sensitivity(Record):
    """What a gap could be if a doubt about the data were true: bounds, not intervals.

    `slice_labels` and `unknown_slice` are the worst case whatever the rows in doubt show; `target_labels` takes labels
    to be wrong at random, since the worst arrangement of a few percent of labels allows nearly any gap.
    """

    metric: str
    """Name of the metric."""
    by: list[str]
    """Features whose levels are compared."""
    kind: str
    """`slice_labels` (some rows are in a wrong slice), `unknown_slice` (rows of unknown level could be in any) or
    `target_labels` (some labels are wrong)."""
    share: float
    """Share of rows in doubt, as assumed (or, for unknown levels, as counted)."""
    observed: float | None
    """The gap as measured; None where undefined."""
    low: float | None
    """Smallest gap that the doubt allows; None where undefined."""
    high: float | None
    """Largest gap that it allows; None where undefined."""
    overturns: float | None = None
    """Smallest share that could close the gap entirely: of labels that are wrong at random (`target_labels`, below a
    half), or of rows that are wrongly in their slice (`slice_labels`); None where none could, where it is undefined,
    and for `unknown_slice`, whose share is counted."""
    slice: str | None = None
    """Id of the slice whose rows are in doubt; None for all of them."""
    reason: str | None = None
    """Why it is undefined, or what was assumed."""


class Spread(Record):
    """Honest estimates of how far rates lie apart: the largest difference in a sample is above that in truth.

    None of them is a verdict.
    """

    noise_mean: float
    """Mean of the largest difference that equal rates, all at the pooled rate, would show at these sizes."""
    noise_95: float
    """95th percentile of it."""
    shrunken: float | None = None
    """Empirical-Bayes (beta-binomial) posterior mean of the largest difference; 0 where the estimates differ by no more
    than noise."""
    between_sd: float | None = None
    """Standard deviation of the true rates between slices, weighted by rows, with the noise taken out; 0 where the
    estimates differ by no more than noise."""
    method: str = ""
    """How they were computed."""


class DiscoveredSlice(Record):
    """A slice that was not declared and that the search found."""

    id: str
    """Written from `where`."""
    where: dict[str, str]
    """Column to level."""
    n: int
    """Rows of it that the outcome is defined on (those of the confirming half, where there is one)."""
    outcome: str
    """What is worse there, as `error`, `false_positive` or `false_negative`."""
    value: float
    """Rate of the outcome in the slice."""
    rest: float
    """Rate of the outcome in all other rows."""
    difference: float
    """`value` - `rest`."""
    low: float | None = None
    """Lower end of the difference's interval, which does not know that the slice was searched for."""
    high: float | None = None
    """Upper end."""
    p_value: float
    """p-value of equal rates."""
    p_adjusted: float
    """The same after Holm's correction over everything that was tested."""
    declared: bool = False
    """Whether it is one of the audit's declared slices, whose gaps are measured anyway."""


class Discovery(Record):
    """One search for slices, what it looked through and what it confirmed."""

    method: str
    """`exhaustive`, `error_tree` or `embedding_clusters`."""
    columns: list[str]
    """Columns that were combined."""
    outcomes: list[str]
    """Outcomes that were looked at."""
    searched: int
    """Slices counted."""
    tested: int
    """Tests made: slices with enough rows, times outcomes."""
    depth: int
    """Most conditions in one slice."""
    min_rows: int
    """Rows below which no slice was tested."""
    alpha: float
    """Probability of confirming any slice where none differs."""
    smallest_findable: float | None = None
    """Smallest difference that four in five samples would confirm, in a slice of a tenth of the rows; None where it
    is undefined."""
    found: list[DiscoveredSlice] = Field(default_factory=list)
    """Confirmed slices that no other confirmed one explains, the smallest p-value first."""
    redundant: int = 0
    """Confirmed slices left out because a simpler one, or a surer one with much the same rows, explains them."""
    guarantee: str = ""
    """What the error rate rests on."""
