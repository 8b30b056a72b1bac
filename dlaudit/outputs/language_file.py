"""A file of translations (GNU gettext's `.mo`), read and checked before anything is said in it.

What it holds is data from outside: it is made safe like any other text, and a sentence whose slots differ from the
English one's would lose or misplace a number, so the file is refused.
"""

import gettext
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter

from dlaudit.errors import Place, UsageError, shown
from dlaudit.outputs.translate import Translation

LARGEST = 8_000_000
"""Bytes of a file that is read; the whole catalogue has a hundredth of that."""
LONGEST = 4000
"""Characters of one sentence."""
COUNTED = "count"
"""The slot that a plural form may leave out: `one slice` needs no number."""
MOST_MISSING = 5
_SCRIPTED = re.compile(r"\[(?:at|low|high)\]")
"""Slots that the page's own script fills."""
_CODE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


def read_language(path: Path) -> Translation:
    """The translations of a `.mo` file.

    Raises:
        UsageError: The file is missing, is no `.mo`, does not name its language, or a sentence has other slots than
            the English one (DLA115).
    """
    made = _catalogue(path)
    code = made.info().get("language", "").replace("_", "-")
    if not _CODE.fullmatch(code):
        raise _refused(path, "the file does not say which language it is in", "Give its header a line Language: de.")
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for english, raw in _decoded(path, made.charset()):
        if not english[0] or not all(raw):
            continue  # the header, and what is not translated yet
        said = tuple(map(_safe, raw))  # as it will stand in the report: this is what is checked
        for one, given in zip(said, raw, strict=True):
            if len(given) > LONGEST:
                what = f"the translation of {shown(english[0], limit=120)} has more than {LONGEST:,} characters"
                raise _refused(path, what, "Shorten it.")
            _check_slots(path, english, one)
        if len(english) == 1:
            texts[english[0]] = said[0]
        else:
            plurals[english[0]] = said
    form_for = _rule(vars(made)["plural"])
    if any(form_for(number) >= len(said) for said in plurals.values() for number in range(200)):
        raise _refused(path, "a plural has fewer forms than its header's Plural-Forms asks for", "Add the others.")
    return Translation(code, texts, plurals, form_for)


def _rule(given: Callable[[int], int]) -> Callable[[int], int]:
    """The header's rule, which is anybody's arithmetic: where it has no value the first form stands."""

    def form_for(number: int) -> int:
        try:
            return max(0, int(given(number)))
        except ArithmeticError:
            return 0

    return form_for


def _decoded(path: Path, charset: str | None) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    try:
        return list(_pairs(path.read_bytes(), charset or "utf-8"))
    except (UnicodeDecodeError, LookupError) as error:
        what = f"the file is not in the encoding that it says, {shown(charset or 'utf-8', limit=40)}"
        raise _refused(path, what, "Save the .po file as UTF-8, with charset=UTF-8 in its header.") from error


def _pairs(content: bytes, charset: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The English sentence and the translated one, each with its plural forms; gettext itself tells no list of them.

    The layout is that of the GNU gettext manual, section 10.3; the file was read by gettext before.
    """
    order = "<" if content[:4] == b"\xde\x12\x04\x95" else ">"
    count, *tables = struct.unpack_from(f"{order}3I", content, 8)
    for at in range(count):
        found = []
        for table in tables:
            length, start = struct.unpack_from(f"{order}2I", content, table + 8 * at)
            found.append(tuple(content[start : start + length].decode(charset).split("\0")))
        yield found[0], found[1]


def missing_told(language: Translation, path: Path) -> str:
    """Which sentences stayed English because the file does not have them; empty where none did."""
    missing = list(language.missing)
    if not missing:
        return ""
    first = "; ".join(f"“{shown(one, limit=70, quote=False)}”" for one in missing[:MOST_MISSING])
    more = f"; and {len(missing) - MOST_MISSING} more" if len(missing) > MOST_MISSING else ""
    return f"{len(missing)} sentences of this report are not in {path} and stand in English: {first}{more}"


def slots(sentence: str) -> list[str] | None:
    """The slots of a sentence, sorted, with how each is to be written; None where its brackets do not match."""
    try:
        parts = Formatter().parse(sentence)
        found = [f"{name}!{turn or ''}:{form}" for _, name, form, turn in parts if name is not None]
    except ValueError:
        return None
    return sorted([*found, *_SCRIPTED.findall(sentence)])


def _safe(said: str) -> str:
    return shown(said, limit=LONGEST, quote=False)


def _check_slots(path: Path, english: tuple[str, ...], said: str) -> None:
    """Every slot of the English sentence and no other; one that an English form leaves out may be left out."""
    known, found = [slots(one) for one in english], slots(said)
    if found is not None and all(one is not None for one in known):
        wanted = [set(one or ()) for one in known]
        spare = {f"{COUNTED}!:"} if len(english) > 1 else set()
        if set.intersection(*wanted) - spare <= set(found) <= set.union(*wanted):
            return
    raise _refused(
        path,
        f"the translation of {shown(english[0], limit=120)} has other slots: {shown(said, limit=120)}",
        "Keep what stands in {} as it is; its place in the sentence is free.",
    )


def _catalogue(path: Path) -> gettext.GNUTranslations:
    if not path.is_file():
        raise _refused(path, "there is no such file of translations", "Name a .mo file (docs/translation.md).")
    if path.stat().st_size > LARGEST:
        raise _refused(path, "the file is too large for translations", "Name a .mo file (docs/translation.md).")
    try:
        with path.open("rb") as file:
            return gettext.GNUTranslations(file)
    except (OSError, ValueError, LookupError, struct.error) as error:
        what = f"this is no .mo file: {shown(error, limit=120, quote=False)}"
        raise _refused(path, what, "Make one with `pybabel compile` or `msgfmt` from your .po file.") from error


def _refused(path: Path, what: str, fix: str) -> UsageError:
    return UsageError("DLA115", what, place=Place(file=str(path)), fix=fix)
