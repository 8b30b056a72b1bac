"""Metrics on slices and gaps between slices: counts to rates, intervals, disparities, and a second calculation."""

from dlaudit.metrics import averages as averages
from dlaudit.metrics import detections as detections
from dlaudit.metrics import macro as macro
from dlaudit.metrics import ranking as ranking
from dlaudit.metrics import rates as rates
from dlaudit.metrics import scoring_rate as scoring_rate
from dlaudit.metrics import values as values
from dlaudit.metrics import variance_shares as variance_shares
from dlaudit.metrics import verification as verification
from dlaudit.metrics.counts import Counts as Counts
from dlaudit.metrics.counts import count as count
from dlaudit.metrics.disparity import disparities as disparities
from dlaudit.metrics.fairlearn_check import cross_check as cross_check
from dlaudit.metrics.fairlearn_check import to_metric_frame as to_metric_frame
from dlaudit.metrics.histograms import Histograms as Histograms
from dlaudit.metrics.histograms import histograms as histograms
from dlaudit.metrics.histograms import score_histograms as score_histograms
from dlaudit.metrics.measure import measure as measure
from dlaudit.metrics.names import metric_named as metric_named
from dlaudit.metrics.registry import DEFAULTS as DEFAULTS
from dlaudit.metrics.registry import METRICS as METRICS
from dlaudit.metrics.registry import Metric as Metric
from dlaudit.metrics.registry import metric as metric
from dlaudit.metrics.rows import ScoredRows as ScoredRows
