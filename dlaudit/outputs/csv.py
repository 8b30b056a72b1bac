"""disparities.csv: every gap as one row, safe to open in a spreadsheet."""

from dlaudit.outputs.csv_table import csv_text
from dlaudit.record import Audit, Disparity, Verdict

COLUMNS = (
    "id",
    "metric",
    "kind",
    "by",
    "within",
    "value",
    "low",
    "high",
    "level",
    "p_value",
    "p_adjusted",
    "worst",
    "reference",
    "n",
    "minimum_detectable",
    "undefined",
    "undefined_slices",
    "noise_mean",
    "noise_95",
    "shrunken",
    "between_sd",
)
"""In this order in every version; new ones are added at the end."""

_SPREAD = ("noise_mean", "noise_95", "shrunken", "between_sd")


def render_csv(audit: Audit, verdict: Verdict | None) -> str:
    """The disparities as CSV; numbers as they are, text guarded against being read as a formula."""
    del verdict
    return csv_text(COLUMNS, map(_row, audit.disparities))


def _row(one: Disparity) -> dict[str, object]:
    return {column: getattr(one, column, None) for column in COLUMNS} | {
        "by": " & ".join(one.by),
        "within": " & ".join(f"{feature}={level}" for feature, level in one.within.items()),
        **{column: getattr(one.spread, column, None) for column in _SPREAD},
    }
