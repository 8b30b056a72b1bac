"""An organisation's own templates: sections that replace ours, and sections that are added.

A folder of templates holds files by the names of ours (`sections/verdict.html.j2`, `report.css`), which then take
their place, and files `added/NAME.html.j2`, each a section of its own. An added section begins with a comment that says
its heading, the question that it answers and the section after which it stands:

    {# Sign-off | Who answers for this model? | after: verdict #}
"""

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError

from dlaudit.errors import Place, UsageError, listed, nearest, shown
from dlaudit.outputs.catalogue import SECTIONS
from dlaudit.outputs.templates import environment, template_directory

ADDED = "added"
_HEAD = re.compile(
    r"\A\s*\{#-?\s*(?P<title>[^|#]{1,80}?)\s*\|\s*(?P<question>[^|#]{1,200}?)\s*(?:\|\s*after:\s*(?P<after>[\w-]+)\s*)?-?#\}"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_LAST = "findings"
FIXED = frozenset(
    {
        *("diff.html.j2", "index.html.j2", "pages.css"),
        *("notebook.html.j2", "notebook.css", "notebook.js"),
        "messages.pot",
    }
)
"""Files beside our templates that no folder replaces: a report is made without them."""


@dataclass(frozen=True)
class Added:
    """A section that is not ours."""

    id: str
    title: str
    question: str
    template: str
    after: str
    """Id of the section that it follows."""


def added_sections(own: Path) -> list[Added]:
    """The sections that a folder of templates adds, in the order of their file names.

    Raises:
        UsageError: A file's name or its first comment cannot be used (DLA113).
    """
    return [_added(path) for path in sorted((own / ADDED).glob("*.j2"))]


def check_overrides(own: Path) -> None:
    """Refuse a folder of templates that could not be rendered; meant to be called before the model runs.

    Raises:
        UsageError: The folder is missing or empty, a file replaces nothing, or a template has a fault (DLA113).
    """
    if not own.is_dir():
        raise _fault(own, "there is no such folder of templates", "Name a folder in report.templates.")
    files = sorted(path for path in own.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        raise _fault(own, "the folder of templates is empty", "Put a template in it, or leave report.templates out.")
    known = replaceable()
    for path in files:
        name = path.relative_to(own).as_posix()
        if name in known or path.suffix == ".md" or (path.parent == own / ADDED and path.suffix == ".j2"):
            _check_text(own, path, name)
            continue
        if name in FIXED:
            raise _fault(path, "a report does not use this file, so it cannot be replaced", _instead(known))
        fix = f"{nearest(name, known)} New sections go into {ADDED}/NAME.html.j2.".strip()
        raise _fault(path, "no template of dlaudit has this name", fix)
    added_sections(own)


def replaceable() -> set[str]:
    """The names of ours that a file of an own folder takes the place of."""
    ours = template_directory()
    return {path.relative_to(ours).as_posix() for path in ours.rglob("*") if path.is_file()}.difference(FIXED)


def _instead(known: set[str]) -> str:
    """What can be replaced, the sections in one word."""
    names = sorted(name for name in known if "/" not in name)
    return f"Remove it. What can be replaced: sections/NAME.html.j2, {', '.join(names)}."


def template_fault(own: Path, error: TemplateError) -> UsageError:
    """What a template did wrong, for whoever wrote it."""
    if isinstance(error, TemplateSyntaxError):
        file = own / (error.name or "")
        return _fault(file, shown(error.message, limit=200, quote=False), "Correct the template.", error.lineno)
    reach = "reaches for what a template may not use" if isinstance(error, SecurityError) else "cannot be rendered"
    return _fault(own, f"a template {reach}: {shown(error, limit=200, quote=False)}", "Correct the template.")


def _check_text(own: Path, path: Path, name: str) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _fault(path, "not UTF-8", "Save the file as UTF-8.") from error
    if path.suffix in {".css", ".js"} and re.search(r"</\s*(style|script)", text, re.IGNORECASE):
        raise _fault(path, "it holds a closing tag, which would end the style or script of the page", "Remove it.")
    if path.suffix == ".j2":
        try:
            environment(own).get_template(name)
        except TemplateError as error:
            raise template_fault(own, error) from error


def _added(path: Path) -> Added:
    name = path.name.removesuffix(".j2").removesuffix(".html")
    if not _NAME.fullmatch(name):
        raise _fault(path, "not a name that a link can lead to", "Use small letters, digits and hyphens.")
    head = _HEAD.match(path.read_text(encoding="utf-8"))
    if head is None:
        raise _fault(
            path,
            "the first line does not say what the section is",
            "Begin with {# Heading | The question that it answers? | after: verdict #}.",
        )
    after = head["after"] or _LAST
    if after not in SECTIONS:
        raise _fault(path, f"there is no section {shown(after)}", f"Sections are {listed(SECTIONS)}.")
    return Added(f"{ADDED}-{name}", head["title"], head["question"], f"{ADDED}/{path.name}", after)


def _fault(path: Path, what: str, fix: str, line: int | None = None) -> UsageError:
    return UsageError("DLA113", what, place=Place(file=str(path), line=line), fix=fix)
