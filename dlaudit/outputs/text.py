"""Numbers and names as a reader sees them: the only place where either becomes text.

A number never reads 0 unless it is 0, a share never reads 100 % unless it is whole, and what has no value reads `–`.
Data text goes through `name` or `prose`, so that control and bidirectional characters are seen and have no effect.
"""

import math
import re
from collections.abc import Callable

from dlaudit.errors import shown
from dlaudit.outputs.translate import _, ngettext
from dlaudit.record.suppression import SUPPRESSED

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
NONE = "\N{EN DASH}"
PERCENT = f"{THIN}%"
LONGEST_NAME = 60
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::[\d.]+)?(?:Z|\+00:00)")

_COMMAND = re.compile(r"(?<!\S):(?=:)")

_KEPT = "\N{NO-BREAK SPACE}"
"""Between a number and its unit, which stay on one line."""

Format = Callable[[float | None], str]


def name(text: object, *, limit: int = LONGEST_NAME) -> str:
    """A name from the data: unsafe characters as `⟨U+202E⟩`, cut in the middle beyond `limit` characters."""
    return shown(text, limit=limit, quote=False)


def prose(text: object) -> str:
    """A sentence that holds data text: unsafe characters as `⟨U+202E⟩`, cut only where it is absurdly long."""
    return shown(text, limit=1200, quote=False)


def line(text: object) -> str:
    """A sentence that may stand on a line of its own in the log of a CI system, which obeys a line that begins `::`."""
    return _COMMAND.sub(": ", prose(text))


def is_hidden(reason: str | None) -> bool:
    """Whether a value is held back rather than missing: too few people, who might be recognised."""
    return reason is not None and reason.startswith(SUPPRESSED)


def why_not(reason: str | None) -> str:
    """Why there is no value: `undefined: no positives`, or `not shown (fewer than 11 people)`."""
    told = prose(reason or "")
    if is_hidden(reason):
        because = told.removeprefix(SUPPRESSED).lstrip(": ")
        return _("not shown ({reason})").format(reason=because) if because else _("not shown")
    return _("undefined: {reason}").format(reason=told) if told else _("undefined")


def count(number: float | None) -> str:
    """A count with thin spaces between thousands, as `24 000`; weighted counts with one decimal."""
    if number is None:
        return NONE
    whole = float(number).is_integer()
    return _signed(f"{number:,.0f}" if whole else f"{number:,.1f}")


def rows(number: float | None) -> str:
    """A number of rows with its noun, as `24 000 rows`."""
    return ngettext("{count} row", "{count} rows", number or 0).format(count=count(number))


def decimal(value: float | None) -> str:
    """A number with up to three significant digits, as `0.0312`, `−1.25`, `0.5` or `13 400`."""
    if value is None:
        return NONE
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1000:
        return _signed(f"{value:,.0f}")
    if size < 1e-4:
        return _signed(f"{value:.1e}")
    digits = max(0, 2 - math.floor(math.log10(size)))
    return _signed(_trimmed(f"{value:.{digits}f}"))


def towards(value: float, digits: int, *, up: bool) -> float:
    """`value` rounded up or down to so many digits, so that what is true from it on is also true of what is written."""
    scale = 10.0**digits
    moved = math.ceil(value * scale - 1e-6) if up else math.floor(value * scale + 1e-6)
    return moved / scale


def given(value: float, least: int = 0) -> str:
    """A number in the digits that it was given in, at least `least` after the point: a limit, a threshold."""
    digits = next((d for d in range(least, 12) if abs(round(value, d) - value) < 1e-9 * max(1, abs(value))), 12)
    return _signed(f"{value:,.{digits}f}")


def percent(value: float | None) -> str:
    """A share as `23.4 %`; `< 0.1 %` rather than 0 % and `> 99.9 %` rather than 100 % for what is neither."""
    if value is None:
        return NONE
    if 0 < abs(value) < 0.0005:
        return f"< 0.1{PERCENT}" if value > 0 else f"> {MINUS}0.1{PERCENT}"
    if 0.9995 <= value < 1:
        return f"> 99.9{PERCENT}"
    return (_signed(f"{value * 100:.1f}") if value not in (0, 1) else f"{value * 100:.0f}") + PERCENT


def points(value: float | None) -> str:
    """A difference of two shares in percentage points with its sign, as `−13.0`; 0 only where it is 0."""
    if value is None:
        return NONE
    if value == 0:
        return "0"
    if abs(value) < 0.0005:
        return "< 0.1" if value > 0 else f"> {MINUS}0.1"
    return f"{_sign(value)}{abs(value) * 100:.1f}"


def points_unit() -> str:
    """Unit of a difference of two shares, kept beside its number."""
    return _KEPT + _("points")


def change(value: float | None) -> str:
    """A difference of two numbers with its sign, three significant digits."""
    if value is None:
        return NONE
    return "0" if value == 0 else f"{_sign(value)}{decimal(abs(value))}"


def changes(largest: float) -> Format:
    """How differences up to `largest` are written beside one another: with a sign and equally many digits."""
    digits = max(0, 2 - math.floor(math.log10(largest))) if largest > 0 else 0
    least = 0.5 * 10**-digits

    def written(value: float | None) -> str:
        if value is None or value == 0:
            return NONE if value is None else "0"
        if abs(value) < least:
            end = f"{10**-digits:.{digits}f}"
            return f"< {end}" if value > 0 else f"> {MINUS}{end}"
        return f"{_sign(value)}{_signed(f'{abs(value):,.{digits}f}')}"

    return written


def worded(number: str) -> str:
    """A number within a sentence: `less than 0.1` rather than `< 0.1`."""
    return _("less than {number}").format(number=number[2:]) if number.startswith("< ") else number


def ratio(value: float | None) -> str:
    """A ratio with two decimals, as `0.45`; `< 0.01` rather than 0.00."""
    if value is None:
        return NONE
    if 0 < value < 0.005:
        return "< 0.01"
    return _signed(f"{value:.2f}") if value < 1000 else decimal(value)


def p_value(value: float | None) -> str:
    """A p-value, as `0.032`, or `< 0.001`."""
    if value is None:
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def seconds(value: float) -> str:
    """A duration, as `0.3 s`, `41 s` or `2 min 14 s`."""
    if value < 60:
        return _("{seconds} s").format(seconds=f"{value:.1f}" if value < 10 else f"{value:.0f}")
    minutes, rest = divmod(round(value), 60)
    return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)


def moment(written: str) -> str:
    """A time as `2026-11-21 09:00 UTC`; what is not written as times of a run are stays as it is."""
    found = _MOMENT.fullmatch(written)
    return f"{found[1]} {found[2]} UTC" if found else written


def span(low: float | None, high: float | None, form: Format) -> str:
    """An interval, as `0.39–0.51`, `−0.1 to 0.2`, `≥ 0.39` where it is open above, `–` where there is none."""
    if low is None and high is None:
        return NONE
    if low is None or high is None:
        return f"≤ {form(high)}" if low is None else f"≥ {form(low)}"
    ends = form(low), form(high)
    wordy = any(end[0] in f"+<>{MINUS}" for end in ends)
    if not wordy and ends[0].endswith(PERCENT) and ends[1].endswith(PERCENT):
        return f"{ends[0].removesuffix(PERCENT)}–{ends[1]}"
    return _("{low} to {high}").format(low=ends[0], high=ends[1]) if wordy else f"{ends[0]}–{ends[1]}"


def apart(value: float, limit: float, form: Format) -> str:
    """`value` in as many digits as it takes to read different from `limit`: what fails at 0.80 never reads 0.80."""
    text = form(value)
    if value == limit or text != form(limit):
        return text
    for digits in range(3, 12):
        text, other = f"{value:.{digits}f}", f"{limit:.{digits}f}"
        if text != other:
            return _signed(text)
    return _signed(repr(value))


def in_people(share: float) -> tuple[str, str] | None:
    """A difference of shares as (`13`, `100`), (`4`, `1 000`) or (`2`, `10 000`); None below that."""
    for base in (100, 1_000, 10_000):
        heads = round(abs(share) * base)
        if heads >= 1 and (abs(share) * base >= 1.5 or abs(share) * base == heads):
            return count(heads), count(base)
    return None


def digest(sha256: str | None) -> str:
    """The first twelve digits of a digest."""
    return f"{sha256[:12]}…" if sha256 else NONE


def _trimmed(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _sign(value: float) -> str:
    return MINUS if value < 0 else "+"


def _signed(text: str) -> str:
    return text.replace("-", MINUS).replace(",", THIN)
