"""Markdown that GitHub and GitLab show, in which text from the data is text and nothing else."""

import re
from collections.abc import Callable
from string import Formatter

from dlaudit.outputs.translate import is_english
from dlaudit.outputs.words import Name, Sentence, neutral

_BREAK = "<!-- -->"
"""Seen by nobody; what it stands in is no mention, link or reference any more."""
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_MARKS = re.compile(r"[\\`*_{}\[\]()!|~$]|^[=+-]")
"""What Markdown would read as markup wherever it stands, or at the start of a line."""
_NUMBERED = re.compile(r"^(\d{1,9})(?=\.)")
_REFERENCES = re.compile(
    r"[@#]"  # a mention, the number of an issue
    r"|:(?=:|[\w+-]+:)"  # a command of a CI system, an emoji
    r"|/(?=/)"  # a link, with its scheme or without
    r"|(?i:(?<=www)\.)"
    r"|(?i:\bGH-)(?=\d)"
)
_COMMIT = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{7,64}(?![0-9a-zA-Z])")
"""What GitHub would show as a link to a commit."""


def escaped(data: str) -> str:
    """Data text that GitHub's Markdown shows as it is: no markup, mention, link, issue number or command."""
    return unmarked(" ".join(data.split()))


def unmarked(data: str) -> str:
    """The text as `escaped` makes it, its blanks as they are."""
    for special, entity in _ENTITIES:
        data = data.replace(special, entity)
    data = _NUMBERED.sub(r"\1\\", _MARKS.sub(r"\\\g<0>", data))
    data = _REFERENCES.sub(rf"\g<0>{_BREAK}", data)
    return _COMMIT.sub(lambda found: _BREAK.join(re.findall(".{1,6}", found.group())), data)


def said(sentence: Sentence) -> str:
    """A sentence of ours, data in it escaped."""
    return "".join(escaped(neutral(piece)) if isinstance(piece, Name) else spoken(piece) for piece in sentence)


def ours(template: str, **slots: str) -> str:
    """A sentence of ours with its slots filled by what is Markdown already."""
    parts = Formatter().parse(template)
    return "".join(spoken(literal) + (slots[slot] if slot else "") for literal, slot, *_rest in parts)


def spoken(words: str) -> str:
    """Our words: the English ones are as we wrote them, those of a file of translations are text and no markup."""
    return words if is_english() else unmarked(words)


def within(lines: list[str], most: int, note: str, size: Callable[[str], int] = len) -> str:
    """The lines as text of at most that size; where some are left out, a note says how many.

    Args:
        lines: Lines of Markdown.
        most: The size; a few hundred more than the note has.
        note: With a slot `{count}`.
        size: Of a text, in characters where nothing else is said.
    """
    whole = "\n".join(lines) + "\n"
    if size(whole) <= most:
        return whole
    room, kept = most - size(note) - 100, 0
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            break
        kept += 1
    folded = "".join(lines[:kept])
    # what is folded and never unfolded would hide the note as well
    closing = ["", "</details>"] * (folded.count("<details>") - folded.count("</details>"))
    return "\n".join([*lines[:kept], *closing, "", note.replace("{count}", str(len(lines) - kept))]) + "\n"
