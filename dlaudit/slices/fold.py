"""Texts that a reader cannot tell apart: one folded form for all of them."""

import re
import unicodedata

from dlaudit.errors import FILLERS, is_unseen

_LOOKALIKES = str.maketrans(
    # Cyrillic and Greek small letters whose small or capital form looks like a Latin letter, after casefolding.
    "аеорсухіјѕкмтвнԁԛԝαβεηικμνορτυχζ",
    "aeopcyxijskmtbhdqwabehikmnoptyxz",
)
_WHOLE_WITH_DECIMALS = re.compile(r"(-?\d+)\.0+")


def folded(text: str) -> str:
    """The text without case, outer and repeated blanks, width, invisible characters and look-alike letters."""
    plain = unicodedata.normalize("NFKC", text)
    visible = "".join(c for c in plain if not _is_nothing(c) or c.isspace())
    return " ".join(visible.casefold().translate(_LOOKALIKES).split())


def _is_nothing(character: str) -> bool:
    """Whether it is drawn as nothing, or only says how the character before it is drawn."""
    is_selector = "\ufe00" <= character <= "\ufe0f"
    return unicodedata.category(character) in {"Cc", "Cf"} or character in FILLERS or is_selector


def as_number(text: str) -> str:
    """`1` for `1.0`: a whole number without its decimals; any other text as it is (`01` is a code)."""
    match = _WHOLE_WITH_DECIMALS.fullmatch(text)
    return match[1] if match else text


def is_odd(text: str) -> bool:
    """Whether the text holds control, format or other characters that cannot be seen."""
    return any(map(is_unseen, text))
