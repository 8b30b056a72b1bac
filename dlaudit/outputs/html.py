"""report.html: one file, offline, with a policy that lets only its own script and style run."""

from dlaudit.outputs import catalogue_explained, catalogue_spread
from dlaudit.outputs.catalogue import SIGNS
from dlaudit.outputs.templates import asset, csp_hash, render
from dlaudit.outputs.view.gaps import KEY
from dlaudit.outputs.view.page import page
from dlaudit.record import Audit, Verdict


def render_html(audit: Audit, verdict: Verdict | None) -> str:
    """The report as one HTML document."""
    style, script = asset("report.css"), asset("report.js")
    policy = (
        f"default-src 'none'; script-src {csp_hash(script)}; style-src {csp_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    html = render(
        "report.html.j2",
        page=page(audit, verdict),
        csp=policy,
        style=style,
        script=script,
        key=KEY,
        signs=SIGNS,
        pages=catalogue_spread.PAGES | catalogue_explained.PAGES,
    )
    return html + "\n"
