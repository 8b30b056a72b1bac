"""Whether scores are the shares that they claim to be: a small diagram for every slice."""

import math
from dataclasses import dataclass
from itertools import accumulate

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.order import features_compared, slices_of
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.missing import left_out, missing
from dlaudit.outputs.words import Name, Sentence, capitalised, levels, plain, said
from dlaudit.record import OVERALL, Audit, Calibration, CalibrationBin

MOST_ROWS = 15
MOST_MORE = 40
"""Slices of all further classes together."""


@dataclass(frozen=True)
class BinRow:
    """One bin in figures."""

    scores: str
    rows: str
    mean: str
    share: str


@dataclass(frozen=True)
class Reliability:
    """One slice."""

    name: str
    rows: str
    dots: str
    bars: str
    """Bins and their intervals as SVG paths in a drawing of 1000 by 1000."""
    few: bool
    error: str
    interval: str
    told: str
    """What the error says, in words."""
    state: str
    """`off` where chance does not explain it, else `none`, `few`, `undefined` or `hidden`: class of the points."""
    bins: list[BinRow]
    is_overall: bool


@dataclass(frozen=True)
class Block:
    """One sensitive feature (or all rows), for one class or label."""

    title: Sentence
    rows: list[Reliability]


@dataclass(frozen=True)
class CalibrationView:
    """The section."""

    told: Sentence
    first: list[Block]
    more: list[Block]
    left_out: str
    reasons: list[tuple[str, str]]


def calibration(audit: Audit) -> CalibrationView:
    """All rows first, then every sensitive feature; the first class first."""
    outputs = list(dict.fromkeys(one.output for one in audit.calibrations))
    made = {output: _blocks(audit, output, several=len(outputs) > 1) for output in outputs}
    more = [block for output in outputs[1:] for block in made[output]]
    sizes = list(accumulate(len(block.rows) for block in more))
    shown = sum(size <= MOST_MORE for size in sizes)
    return CalibrationView(
        told=_finding(audit),
        first=made[outputs[0]] if outputs else [],
        more=more[:shown],
        left_out=left_out(sum(len(block.rows) for block in more[shown:])),
        reasons=missing(audit, "calibration"),
    )


def _blocks(audit: Audit, output: str, *, several: bool) -> list[Block]:
    found = {one.slice: one for one in audit.calibrations if one.output == output}
    small = {one.id for one in audit.slices if one.small}
    of = (", ", Name(output)) if several else ()
    whole = [_reliability(found[OVERALL], _("All rows"), few=False)] if OVERALL in found else []
    blocks = [Block((_("All rows"), *of), whole)] if whole else []
    for feature in features_compared(audit):
        slices = [one for one in slices_of(audit, [feature]) if one.id in found][:MOST_ROWS]
        rows = [_reliability(found[one.id], levels(one), few=one.id in small) for one in slices]
        blocks += [Block((Name(feature), *of), rows)] if rows else []
    return blocks


def _reliability(one: Calibration, name: str, *, few: bool) -> Reliability:
    known = [b for b in one.bins if b.mean_score is not None and b.rate.value is not None]
    error = one.squared_error
    reason = error.undefined
    state = ("hidden" if text.is_hidden(reason) else "undefined") if reason else "off" if is_off(one) else "none"
    return Reliability(
        name=name,
        rows=text.NONE if text.is_hidden(reason) else text.count(sum(b.n for b in one.bins)),
        dots=_dots(known),
        bars=_bars(known),
        few=few,
        error=_squared(error.value),
        interval=text.span(error.low, error.high, _squared),
        told=text.why_not(reason) if reason else plain(capitalised(_reading(one, known))),
        state="few" if few and state == "none" else state,
        bins=[_bin(b) for b in one.bins if b.n or text.is_hidden(b.rate.undefined)],
        is_overall=one.slice == OVERALL,
    )


def is_off(one: Calibration) -> bool:
    """Whether chance does not explain the distance of scores from shares."""
    return one.squared_error.low is not None and one.squared_error.low > 0


def _reading(one: Calibration, known: list[CalibrationBin]) -> Sentence:
    rows = sum(b.n for b in known)
    excess = sum(b.n * ((b.mean_score or 0.0) - (b.rate.value or 0.0)) for b in known) / rows if rows else 0.0
    if abs(excess) < 0.0005:
        large = said("calibration_even")
    else:
        distance = text.points(abs(excess)).lstrip("+") + text.points_unit()
        large = said("calibration_low" if excess < 0 else "calibration_high", points=distance)
    return said("calibration_shown" if is_off(one) else "calibration_open", large=large)


def _dots(known: list[CalibrationBin]) -> str:
    """A dot for every bin: its mean score to the right, its share of positive labels upwards."""
    return "".join(f"M{_place(b.mean_score)},{_place(b.rate.value, up=True)}h0" for b in known)


def _bars(known: list[CalibrationBin]) -> str:
    """An upright line for every interval."""
    return "".join(
        f"M{_place(b.mean_score)},{_place(b.rate.low, up=True)}V{_place(b.rate.high, up=True)}"
        for b in known
        if b.rate.low is not None and b.rate.high is not None
    )


def _place(share: float | None, *, up: bool = False) -> int:
    """A share of the drawing's 1000 by 1000; from the bottom upwards where `up`."""
    inside = min(1.0, max(0.0, share or 0.0))
    return round((1 - inside if up else inside) * 1000)


def _bin(one: CalibrationBin) -> BinRow:
    hidden = text.is_hidden(one.rate.undefined)
    return BinRow(
        scores=f"{text.decimal(one.low)}–{text.decimal(one.high)}",
        rows=text.NONE if hidden else text.count(one.n),
        mean=text.NONE if hidden else text.decimal(one.mean_score),
        share=_share(one),
    )


def _share(one: CalibrationBin) -> str:
    if one.rate.undefined:
        return text.why_not(one.rate.undefined)
    interval = text.span(one.rate.low, one.rate.high, text.percent)
    return f"{text.percent(one.rate.value)} ({interval})" if interval != text.NONE else text.percent(one.rate.value)


def _squared(value: float | None) -> str:
    """A squared error in four decimals: below that it is nothing."""
    if value is None:
        return text.NONE
    if value == 0 or abs(value) >= 0.00005:
        return f"{value:.4f}".replace("-", text.MINUS) if value else "0"
    return "< 0.0001" if value > 0 else f"> {text.MINUS}0.0001"


def _finding(audit: Audit) -> Sentence:
    single = {OVERALL} | {one.id for one in audit.slices if one.kind == "group"}
    shown = [one for one in audit.calibrations if one.slice in single]
    known = [one for one in shown if one.squared_error.value is not None]
    if not shown:
        return ()
    if not known:
        return said("calibration_unknown")
    off = [one for one in known if is_off(one)]
    if not off:
        return said("calibration_fine", all=text.count(len(known)))
    worst = max(off, key=lambda one: one.squared_error.value or 0.0)
    root = text.points(math.sqrt(max(0.0, worst.squared_error.value or 0.0))).lstrip("+") + text.points_unit()
    where = (TEXT["maps_all"],) if worst.slice == OVERALL else (Name(worst.slice),)
    return said("calibration_off", count=text.count(len(off)), all=text.count(len(known)), worst=where, root=root)
