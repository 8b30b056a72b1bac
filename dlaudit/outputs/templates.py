"""Where the templates are, and the one way in which they are rendered.

Autoescape is on and an unknown name is an error. Scripts and styles are files of this project and stand in the page as
they are; everything else is data and is escaped.
"""

import base64
import hashlib
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.translate import _, language_code, ngettext
from dlaudit.outputs.words import Name, Prose, Sentence, filled, neutral

OURS = "dlaudit"
"""Prefix under which a replacing template finds the one that it replaces."""
_TURNS = {"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}
"""Classes of characters that change the direction of what follows (Unicode Standard Annex 9)."""


def template_directory() -> Path:
    """The packaged `dlaudit/templates` where there is one, else the checkout's `reports/templates`."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "templates"
    return packaged if packaged.is_dir() else package.parent / "reports" / "templates"


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which need not ask much about the fields of a view: they are most of what a page reads."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may read the attribute; of a view, which is no function, class or collection, any but
        those that begin with an underscore.
        """
        is_view = hasattr(type(obj), "__dataclass_fields__")
        return not attr.startswith("_") if is_view else super().is_safe_attribute(obj, attr, value)


@cache
def environment(own: Path | None = None) -> Environment:
    """The Jinja environment of the report.

    Templates are rendered in Jinja's sandbox: those of `own` may have come with a repository, and a template that
    reaches for Python's inside is an error.

    A word in a template is `{{ _('Value') }}`: the translation is text, which is escaped as any other. Jinja's own
    `{% trans %}` is left out because it takes a translation for markup.

    Args:
        own: A folder of templates that go before ours. Ours stay within reach as `dlaudit/NAME`.
    """
    ours = FileSystemLoader(template_directory())
    first = [FileSystemLoader(own)] if own else []
    made = Sandbox(
        loader=ChoiceLoader([*first, ours, PrefixLoader({OURS: ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.filters |= {"name": named, "prose": told, "said": spoken, "json": inert}
    made.globals |= {"say": TEXT, "_": _, "ngettext": ngettext, "without": without, "language": language_code}
    return made


def named(value: object) -> Markup:
    """A name from the data: neutralised, cut in the middle, escaped, and set apart from the direction around it."""
    return apart(text.name(value))


def told(value: object) -> Markup:
    """A sentence with data text in it: neutralised, escaped, and set apart from the direction around it."""
    return apart(text.prose(value))


def spoken(sentence: Sentence) -> Markup:
    """A sentence of ours, the names in it set apart."""
    pieces = (apart(neutral(piece)) if isinstance(piece, Name) else escape(piece) for piece in sentence)
    return Markup("").join(pieces)


def without(what: str, reason: str) -> Sentence:
    """That something is not there, and why: both come from the record."""
    return filled(_("No {what}: {reason}."), what=Prose(what), reason=Prose(reason))


def apart(safe: str) -> Markup:
    """Text that cannot turn what stands around it: text that reads from right to left is isolated."""
    turns = any(unicodedata.bidirectional(character) in _TURNS for character in safe)
    return Markup("<bdi>") + escape(safe) + Markup("</bdi>") if turns else escape(safe)


def inert(dumped: str) -> Markup:
    """JSON for a script element: no character of it can end the element or begin another."""
    safe = dumped.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def asset(file: str, own: Path | None = None) -> Markup:
    """A script or style sheet as it stands between its tags, without blanks and comments that only writers need."""
    folder = own if own and (own / file).is_file() else template_directory()
    lines = [line.strip() for line in (folder / file).read_text(encoding="utf-8").splitlines()]
    text = "\n".join(line for line in lines if not line.startswith("//"))
    if file.endswith(".css"):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        text = re.sub(r"([{};,:])\s+|\s+(?=[{}])", r"\1", text).replace(";}", "}")
    return Markup(re.sub(r"\n{2,}", "\n", text).strip())


def csp_hash(content: str) -> str:
    """The source expression that lets exactly this inline content run."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def render(template: str, *, own: Path | None = None, **slots: Any) -> str:
    """A template with its slots filled; those in the folder `own` go before ours."""
    return environment(own).get_template(template).render(**slots)
