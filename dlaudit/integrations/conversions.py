"""An Audit as other libraries' objects: pandas, Fairlearn, a report file."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import UsageError
from dlaudit.record import Audit, Verdict
from dlaudit.record.privacy import suppressed

if TYPE_CHECKING:
    import pandas as pd


def write_report(
    audit: Audit,
    path: str | Path,
    verdict: Verdict | None = None,
    *,
    templates: str | Path | None = None,
    language: str | Path | None = None,
) -> Path:
    """Write the HTML report, one file without external requests; the path written.

    Args:
        audit: What was found.
        path: File to write; it is replaced whole or not at all.
        verdict: How it was judged; without one the report says "not judged".
        templates: A folder of your own templates (docs/report-templates.md).
        language: A file of translations (docs/translation.md); a warning lists what it lacks.

    Raises:
        UsageError: One of those templates has a fault (DLA113), or the translations cannot be used (DLA115).
    """
    from dlaudit.outputs.html import render_html
    from dlaudit.outputs.look import left_in_english, look_of
    from dlaudit.outputs.one_file import write_file
    from dlaudit.outputs.translate import speaking

    look, target = look_of(templates, language), Path(path)
    with speaking(look.language):
        write_file(target, render_html(*suppressed(audit, verdict, audit.small_cells), templates=look.templates))
    if told := left_in_english(look):
        warnings.warn(told, stacklevel=2)
    return target


def without_small_cells(audit: Audit, least: int = 11) -> Audit:
    """The Audit without any count of people from 1 to below `least`, nor figures from which one could be worked out.

    Judge first: a rule over slices that are not shown stays undecided here. docs/method/small-cells.md says what is
    guaranteed.

    Args:
        audit: What was found.
        least: Smallest count that may be shown.

    Raises:
        UsageError: Fewer rows were scored than `least` (DLA421), or small counts were hidden before, to a smaller
            `least` (DLA422).
    """
    return suppressed(audit, None, least)[0]


def measurements_frame(audit: Audit) -> "pd.DataFrame":
    """One row per metric and slice; undefined values are NaN with their reason in `undefined`."""
    import pandas as pd

    return pd.DataFrame([one.model_dump() for one in audit.measurements])


def disparities_frame(audit: Audit) -> "pd.DataFrame":
    """One row per gap; undefined values are NaN with their reason in `undefined`."""
    import pandas as pd

    return pd.DataFrame([one.model_dump() for one in audit.disparities])


def to_metric_frame(audit: Audit, metrics: Sequence[str] | None = None) -> Any:
    """The same rows as a `fairlearn.metrics.MetricFrame`, for Fairlearn's own tables and plots.

    Args:
        audit: An Audit of this process: one read from audit.json holds no rows.
        metrics: Names of metrics; all that were measured where absent.

    Raises:
        UsageError: The Audit holds no rows (DLA111), or a name is not known (DLA106).
    """
    from dlaudit.metrics.fairlearn_check import slice_levels
    from dlaudit.metrics.fairlearn_check import to_metric_frame as frame_of

    if audit.rows_kept is None:
        raise UsageError(
            "DLA111",
            "this Audit holds no rows",
            expected="an Audit that dlaudit.audit(...) returned in this process",
            fix="Run the audit again, or read predictions.parquet of the run with pandas.",
        )
    rows, table = audit.rows_kept
    names = list(metrics) if metrics is not None else list(dict.fromkeys(m.metric for m in audit.measurements))
    return frame_of(rows, slice_levels(rows, table), names)
