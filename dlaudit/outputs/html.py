"""report.html: one file, offline, with a policy that lets only its own script and style run."""

from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from dlaudit.outputs import catalogue_explained, catalogue_spread
from dlaudit.outputs.catalogue import SIGNS
from dlaudit.outputs.overrides import added_sections, template_fault
from dlaudit.outputs.templates import asset, csp_hash, render
from dlaudit.outputs.view.gaps import KEY
from dlaudit.outputs.view.page import page
from dlaudit.record import Audit, Verdict


def render_html(audit: Audit, verdict: Verdict | None, *, templates: Path | None = None) -> str:
    """The report as one HTML document.

    Args:
        audit: What was found.
        verdict: How it was judged.
        templates: A folder of templates that replace sections or add some (docs/report-templates.md).

    Raises:
        UsageError: One of those templates cannot be rendered (DLA113).
    """
    slots: dict[str, Any] = {"key": KEY, "signs": SIGNS, "pages": catalogue_spread.PAGES | catalogue_explained.PAGES}
    if templates is None:
        return shell("report.html.j2", page=page(audit, verdict), **slots)
    slots["audit"] = audit.model_dump(mode="json")
    slots["verdict"] = verdict.model_dump(mode="json") if verdict else None
    try:
        return shell("report.html.j2", own=templates, page=page(audit, verdict, added_sections(templates)), **slots)
    except TemplateError as error:
        raise template_fault(templates, error) from error


def shell(template: str, *, own: Path | None = None, more: str = "", **slots: Any) -> str:
    """A page with our style and script, and the policy that lets only these run; `more` names a further style sheet."""
    style, script = asset("report.css", own) + (asset(more) if more else ""), asset("report.js", own)
    policy = (
        f"default-src 'none'; script-src {csp_hash(script)}; style-src {csp_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return render(template, own=own, csp=policy, style=style, script=script, **slots) + "\n"
