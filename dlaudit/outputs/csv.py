"""disparities.csv: every gap as one row, safe to open in a spreadsheet."""

import csv
import io

from dlaudit.outputs import text
from dlaudit.record import Audit, Verdict

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
_SPREAD = ("noise_mean", "noise_95", "shrunken", "between_sd")


def render_csv(audit: Audit, verdict: Verdict | None) -> str:
    """The disparities as CSV; numbers as they are, text guarded against being read as a formula."""
    del verdict
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in audit.disparities:
        told = {
            "by": " & ".join(one.by),
            "within": " & ".join(f"{feature}={level}" for feature, level in one.within.items()),
            "undefined_slices": "; ".join(one.undefined_slices),
        } | {column: getattr(one.spread, column, None) for column in _SPREAD}
        writer.writerow([cell(told[column] if column in told else getattr(one, column)) for column in COLUMNS])
    return out.getvalue()


def guarded(data: str) -> str:
    """Text with control characters made visible, and with `'` before what a spreadsheet would compute."""
    safe = text.prose(data)
    return f"'{safe}" if data[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else safe


def cell(value: object) -> str | int | float:
    """A cell: numbers as they are, nothing for nothing, text guarded."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    return guarded(str(value))
