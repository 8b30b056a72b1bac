"""An Audit at the end of a notebook cell: the report itself, in a frame of its own."""

from html import escape

from dlaudit.record import Audit
from dlaudit.record.privacy import suppressed

HEIGHT = 720
"""Pixels of the frame."""


def repr_html(audit: Audit) -> str:
    """The report in a sandboxed frame: the notebook's styles cannot reach it, nor its content the notebook."""
    from dlaudit.outputs.html import render_html

    page = escape(render_html(*suppressed(audit, None, audit.small_cells)), quote=True)
    size = f'width="100%" height="{HEIGHT}"'
    return f'<iframe sandbox="allow-scripts" title="dlaudit report" {size} srcdoc="{page}"></iframe>'
