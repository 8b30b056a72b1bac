"""Shares of samples in words, and lines that fit a terminal of 80 columns."""

import textwrap

from dlaudit.record import NotApplicable
from dlaudit.record.planned import Chances, Odds

WIDTH = 80
_HELD = "\u00a0%"


def percent(share: float | None) -> str:
    """`82 %`; `<1 %` and `>99 %` where rounding would say never or always; `-` where there is none."""
    if share is None:
        return "-"
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def sampled(share: float, found: Chances | Odds) -> str:
    """The same of a share of samples, which never show that something happens always or never: `>99 %` of 200 of 200.

    Args:
        share: One of the shares of `found`.
        found: What came up; its error is 0 where it was worked out without sampling.
    """
    if found.error and share in (0, 1):
        return ">99 %" if share else "<1 %"
    return percent(share)


def verdict_row(name: str, found: Chances | Odds, width: int = 34) -> str:
    """One line: what was supposed, and how often each verdict came up."""
    told = [sampled(share, found) for share in (found.passes, found.fails, found.undecided)]
    return f"  {name:<{width}}{told[0]:>10}{told[1]:>10}{told[2]:>14}"


def verdict_head(width: int = 34) -> str:
    """The line above."""
    return f"  {'':<{width}}{'pass':>10}{'fail':>10}{'undecided':>14}"


def exactness(*found: Chances) -> str:
    """`200 samples each, standard error at most 3.0 points`."""
    least, most = min(one.samples for one in found), max(one.error for one in found)
    return f"{least:,} samples each, standard error at most {100 * most:.1f} points"


def wrapped(text: str, indent: str = "  ") -> list[str]:
    """The text in lines of at most 80 columns; a number and its per cent sign stay together."""
    held = text.replace(" %", _HELD)
    lines = textwrap.wrap(
        held, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_HELD, " %") for line in lines]


def left_out(refused: list[NotApplicable]) -> list[str]:
    """What was not done, and why."""
    lines = []
    for one in refused:
        lines += ["", *wrapped(f"Not applicable: {one.what}: {one.reason}.", indent="")]
    return lines
