"""Which style sheets a page needs: report.css, and what only pages with maps or with single rows have."""

from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup

from dlaudit.outputs.templates import asset
from dlaudit.outputs.view.page import Page

REPORT = "report.css"


def sheets(page: Page) -> tuple[str, ...]:
    """The sheets that the page needs beside report.css."""
    why = page.why
    places = why.maps.first or why.outside or why.words.first or any(one.placed for one in why.splits)
    return (*(("places.css",) if places else ()), *(("examples.css",) if page.examples.written else ()))


def style(more: Iterable[str] = (), own: Path | None = None) -> Markup:
    """Report.css and the sheets `more` as they stand in a page; those in the folder `own` go before ours."""
    return Markup("").join(asset(one, own) for one in (REPORT, *more))
