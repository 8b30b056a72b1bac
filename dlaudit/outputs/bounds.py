"""What a check says beyond its verdict: limits that would fail and pass, slices left out, what its error rate is."""

import math

from dlaudit.outputs import text
from dlaudit.outputs.catalogue_spread import GUARANTEES
from dlaudit.outputs.words import Name, Sentence, plain, said, words
from dlaudit.record import Audit, Check

MOST_NAMED = 4


def bounds_told(check: Check) -> Sentence:
    """`These data would fail a limit of 5 points or less and pass one of 13 points or more; …`; empty without bounds.

    Each bound is rounded away from the other, so that the sentence is true of every limit that it names.
    """
    fails, passes = _ends(check)
    if fails and passes:
        return said("bounds_both", fails=fails, passes=passes)
    if fails:
        return said("bounds_fails", fails=fails)
    return said("bounds_passes", passes=passes) if passes else ()


def more_bounds(check: Check) -> Sentence:
    """The same, unless the check's own reason says it already."""
    return () if "these data would" in check.reason.lower() else bounds_told(check)


def bounds_short(check: Check) -> str:
    """`would fail a limit of 5 points or less, pass one of 13 points or more`; empty without bounds."""
    fails, passes = _ends(check)
    if not fails and not passes:
        return ""
    which = "both" if fails and passes else "fails" if fails else "passes"
    return plain(said(f"bounds_short_{which}", fails=fails, passes=passes))


def guarantee_told(check: Check) -> str:
    """What the check's error rate rests on, in words; empty where the record does not say."""
    key = "none (point screen)" if check.judge == "point" else check.guarantee
    return GUARANTEES[key] if key in GUARANTEES else text.prose(key)


def left_out(audit: Audit, check: Check) -> Sentence:
    """The slices that no pass speaks about, with their rows; empty where the check's own reason names them already."""
    if not check.not_assessed or "not assessed" in check.reason.lower():
        return ()
    rows = {one.id: one.n for one in audit.slices}
    hidden = {one.slice for one in audit.measurements if text.is_hidden(one.undefined)}
    pieces: list[str] = []
    for at, one in enumerate(check.not_assessed[:MOST_NAMED]):
        size = rows[one] if one in rows and one not in hidden else None
        named = (Name(one),)
        pieces += [", "] if at else []
        pieces += named if size is None else said("slice_sized", size, slice=named, count=text.count(size))
    more = len(check.not_assessed) - MOST_NAMED
    return said("left_out_more" if more > 0 else "left_out", slices=tuple(pieces), count=text.count(more))


def _ends(check: Check) -> tuple[str, str]:
    """The limits that fail and those that pass, in words; empty where there is none."""
    ceiling = check.bound == "max"
    below, above = "or_less", "or_more"
    fails, passes = check.fails_up_to, check.passes_from
    return (
        "" if fails is None else _told(below if ceiling else above, _limit(check, fails, up=not ceiling)),
        "" if passes is None else _told(above if ceiling else below, _limit(check, passes, up=ceiling)),
    )


def _told(key: str, limit: str) -> str:
    return plain(said(key, limit=limit))


def _limit(check: Check, value: float, *, up: bool) -> str:
    """A limit in the check's unit, rounded to that side."""
    if check.kind == "ratio":
        return text.given(text.towards(value, 2, up=up), 2)
    if words(check.metric).rate:
        is_change = check.kind == "difference" or check.compare is not None  # a drop of a rate is in points too
        unit = text.points_unit() if is_change else text.PERCENT
        return text.given(text.towards(value * 100, 1, up=up)) + unit
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return text.given(text.towards(value, digits, up=up))
