"""The report as a notebook's output: the same sections in a shadow root, which no style of the notebook reaches.

A page that is parsed (a notebook exported to HTML) attaches the shadow root by itself; where a notebook sets innerHTML,
the script does. Where neither is allowed, a sentence stands instead. There is no content security policy in a notebook,
so escaping is the only layer between a name in the data and the page.
"""

import re

from markupsafe import Markup

from dlaudit.outputs.html import standing_slots
from dlaudit.outputs.sheets import sheets, style
from dlaudit.outputs.templates import asset, render
from dlaudit.outputs.view.page import page
from dlaudit.record import Audit, Verdict

_ROOM = ".room"
"""The element that stands for the page in the shadow root."""
_REM = 16
"""Pixels of a rem: a notebook may set its own, so ours becomes pixels."""
_STARTED = "(document);"
"""How report.js ends: it calls itself for a page of its own."""


def render_notebook(audit: Audit, verdict: Verdict | None) -> str:
    """The report as the HTML of a notebook's output."""
    made = page(audit, verdict)
    return render(
        "notebook.html.j2",
        page=made,
        style=Markup(in_shadow(style((*sheets(made), "notebook.css")))),
        script=_script(),
        **standing_slots(),
    )


def in_shadow(css: str) -> str:
    """The page's style sheet for a shadow root: the room is its page, and its width decides what is narrow."""
    css = re.sub(r"@page\s*\{(?:[^{}]|\{[^{}]*\})*\}", "", css)
    css = re.sub(r":root|(?<![\w.#-])(?:html|body)(?=\s*\{)", _ROOM, css)
    css = re.sub(r"(?<![\w#.-])(\d*\.?\d+)rem\b", lambda found: f"{float(found[1]) * _REM:g}px", css)
    return re.sub(r"@media\s*\((max|min)-width:", r"@container (\1-width:", css)


def _script() -> Markup:
    """The script that wakes every report of the notebook that is not awake yet."""
    report = asset("report.js")
    if not report.endswith(_STARTED):
        raise AssertionError("report.js no longer ends with the call for its own page")
    started = report.removesuffix(_STARTED)
    return Markup(asset("notebook.js").replace("REPORT", started))
