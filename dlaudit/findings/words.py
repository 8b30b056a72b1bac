"""How figures and names are said in findings."""

from collections.abc import Iterable

from dlaudit.errors import listed, shown


def name(text: str) -> str:
    """A name from the data, made safe for a sentence."""
    return shown(text, limit=60, quote=False)


def clause(text: str) -> str:
    """What another part of the audit said, with names from the data in it, made safe for a sentence."""
    return shown(text, limit=400, quote=False)


def names(texts: Iterable[str], most: int = 5) -> str:
    """Several names, at most `most` of them."""
    return listed(texts, most=most, quote=False)


def number(value: float) -> str:
    """Three significant digits, without a sign on zero."""
    text = f"{value:.3g}"
    return "0" if float(text) == 0 else text


def counted(n: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def in_hundred(share: float) -> str:
    """`13 in 100` for 0.13, `0.4 in 100` for 0.004."""
    percent = abs(share) * 100
    return f"{percent:.0f} in 100" if percent >= 0.95 else f"{percent:.1g} in 100"


def interval(low: float | None, high: float | None) -> str:
    """`0.08 to 0.18`, with a word for an end that is not bounded."""
    if low is None and high is None:
        return "no interval"
    least = number(low) if low is not None else "unbounded"
    most = number(high) if high is not None else "unbounded"
    return f"{least} to {most}"
