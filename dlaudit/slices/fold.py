"""Texts that a reader cannot tell apart: one folded form for all of them."""

import re
import unicodedata

_LOOKALIKES = str.maketrans(
    # Cyrillic and Greek small letters whose small or capital form looks like a Latin letter, after casefolding.
    "аеорсухіјѕкмтвнԁԛԝαβεηικμνορτυχζ",
    "aeopcyxijskmtbhdqwabehikmnoptyxz",
)
_WHOLE_WITH_DECIMALS = re.compile(r"(-?\d+)\.0+")


def folded(text: str) -> str:
    """The text without case, outer and repeated blanks, width, invisible characters and look-alike letters."""
    plain = unicodedata.normalize("NFKC", text)
    visible = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf"} or c.isspace())
    return " ".join(visible.casefold().translate(_LOOKALIKES).split())


def as_number(text: str) -> str:
    """`1` for `1.0`: a whole number without its decimals; any other text as it is (`01` is a code)."""
    match = _WHOLE_WITH_DECIMALS.fullmatch(text)
    return match[1] if match else text


def is_odd(text: str) -> bool:
    """Whether the text holds control, format or other characters that cannot be seen."""
    return any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for c in text)
