"""report.html: one file, offline, with a policy that lets only its own script and style run."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from markupsafe import Markup

from dlaudit.outputs import catalogue_base, catalogue_examples, catalogue_explained, catalogue_leads, catalogue_spread
from dlaudit.outputs.catalogue import SIGNS
from dlaudit.outputs.overrides import added_sections, template_fault
from dlaudit.outputs.sheets import sheets, style
from dlaudit.outputs.templates import asset, csp_hash, render
from dlaudit.outputs.view.gaps import key_of_marks
from dlaudit.outputs.view.page import Page, page
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
    slots = standing_slots()
    if templates is None:
        return shell("report.html.j2", **needed(page(audit, verdict)), **slots)
    slots["audit"] = audit.model_dump(mode="json")
    slots["verdict"] = verdict.model_dump(mode="json") if verdict else None
    try:
        made = needed(page(audit, verdict, added_sections(templates)))
        return shell("report.html.j2", own=templates, **made, **slots)
    except TemplateError as error:
        raise template_fault(templates, error) from error


def standing_slots() -> dict[str, Any]:
    """What the templates need beside the page: what marks mean, and where methods are written down."""
    return {"key": key_of_marks(), "signs": SIGNS, "pages": _pages()}


def _pages() -> dict[str, str]:
    words = (catalogue_spread, catalogue_explained, catalogue_examples, catalogue_base, catalogue_leads)
    return {key: place for one in words for key, place in one.PAGES.items()}


def needed(made: Page) -> dict[str, Any]:
    """What only some pages need: further style sheets, leave to play sounds that stand in the page, the run's name."""
    sounds = made.examples.written and made.examples.sounds
    return {"page": made, "more": sheets(made), "sounds": sounds, "run": made.run_name}


def _foot(run: str) -> Markup:
    """The rule that prints the run's name; it is part of the style sheet, so nothing but digits may come in."""
    if not run:
        return Markup("")
    assert re.fullmatch("[0-9a-f]+", run), "a run's name is hexadecimal"
    return Markup(f'@page{{@bottom-left{{content:"dlaudit, run {run}"}}}}')


def shell(
    template: str,
    *,
    own: Path | None = None,
    more: Sequence[str] = (),
    sounds: bool = False,
    run: str = "",
    **slots: Any,
) -> str:
    """A page with our style and script, and the policy that lets only these run.

    Args:
        template: The page.
        own: Templates that go before ours.
        more: Further style sheets.
        sounds: Whether sounds that stand in the page itself may be played.
        run: Hexadecimal digits that stand at the foot of every printed page.
        slots: What the template places.
    """
    css, script = style(more, own) + _foot(run), asset("report.js", own)
    policy = (
        f"default-src 'none'; script-src {csp_hash(script)}; style-src {csp_hash(css)}; img-src data:; "
        f"{'media-src data:; ' if sounds else ''}"
        "base-uri 'none'; form-action 'none'"
    )
    return render(template, own=own, csp=policy, style=css, script=script, **slots) + "\n"
