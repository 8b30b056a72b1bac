"""An Audit at the end of a notebook cell: the report itself, in a shadow root."""

from dlaudit.record import Audit
from dlaudit.record.privacy import suppressed


def repr_html(audit: Audit) -> str:
    """The report in a shadow root: the notebook's styles cannot reach it, nor its names the notebook's."""
    from dlaudit.outputs.notebook import render_notebook

    return render_notebook(*suppressed(audit, None, audit.small_cells))
