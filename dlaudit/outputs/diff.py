"""Two runs compared, as a page and as text."""

from dataclasses import dataclass
from pathlib import PurePath

from dlaudit.outputs import text
from dlaudit.outputs.against_sentences import against_line, ordered
from dlaudit.outputs.catalogue import BADGES, SIGNS
from dlaudit.outputs.catalogue_diff import SIDES, TITLE
from dlaudit.outputs.html import shell
from dlaudit.outputs.view.against import SideBySide, change_row
from dlaudit.outputs.words import Name, Sentence, difference, figure, label, plain, said
from dlaudit.record import Audit, DisparityChange, RunComparison, RunRef

MOST = 60


@dataclass(frozen=True)
class Side:
    """One of the two runs."""

    name: str
    title: str
    place: str
    outcome: str
    sign: str
    badge: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class Diff:
    """The page."""

    title: str
    sides: list[Side]
    lead: list[Sentence]
    paired: list[SideBySide]
    disparities: list[SideBySide]
    left_out: int


def render_diff(one: RunComparison, new: Audit) -> str:
    """The comparison as one HTML document; `new` is the later run's audit, which names its slices."""
    view = _view(one, new)
    return shell("diff.html.j2", more="pages.css", page=view, found=one, title=view.title)


def diff_text(one: RunComparison, new: Audit) -> str:
    """The comparison for a terminal or a log: what changed, what is new, what is gone."""
    view = _view(one, new)
    lines = [_side_line(side) for side in view.sides]
    lines += ["", *(plain(sentence) for sentence in view.lead), ""]
    for row in view.paired or view.disparities:
        if row.status not in {"undecided", ""}:
            told = f"{row.base} → {row.tuned}, change {row.change} ({row.interval})"
            lines.append(f"{row.status:<10} {plain(row.under)}: {plain(row.about)}: {told}")
    for item in one.settings:
        lines.append(f"{'set':<10} {text.prose(item.key)}: {text.prose(item.old)} → {text.prose(item.new)}")
    lines += [f"new        {found.code} {text.prose(found.subject)}" for found in one.findings_new]
    lines += [f"gone       {found.code} {text.prose(found.subject)}" for found in one.findings_gone]
    return "\n".join(lines).rstrip() + "\n"


def _side_line(side: Side) -> str:
    return f"{side.name:<10} {side.sign} {side.badge}   {text.prose(side.title)} ({text.prose(side.place)})"


def _view(one: RunComparison, new: Audit) -> Diff:
    sides = [_side(name, run) for name, run in zip(SIDES, (one.old, one.new), strict=True)]
    paired = [] if one.paired is None else [change_row(new, change) for change in ordered(one.paired.changes)]
    changed = sorted(one.changes, key=lambda change: (not change.shown, -abs(change.change.value or 0.0)))
    return Diff(
        title=TITLE.format(old=sides[0].title, new=sides[1].title),
        sides=sides,
        lead=_lead(one),
        paired=paired[:MOST],
        disparities=[_disparity(change) for change in changed[:MOST]],
        left_out=max(0, len(changed) - MOST) + max(0, len(paired) - MOST),
    )


def _side(name: str, run: RunRef) -> Side:
    model, data = (PurePath(path).name if path else text.NONE for path in (run.model, run.data))
    return Side(
        name=name,
        title=run.title or model,
        place=run.place,
        outcome=run.outcome,
        sign=SIGNS[run.outcome],
        badge=BADGES[run.outcome],
        facts=[
            ("Model", f"{model} · {text.digest(run.model_sha256)}"),
            ("Data", f"{data} · {text.digest(run.data_sha256)} · {text.count(run.rows)} rows"),
            ("Audited", run.started or text.NONE),
            ("Run", run.place),
        ],
    )


def _lead(one: RunComparison) -> list[Sentence]:
    if one.paired is not None:
        told = [against_line(one.paired)]
        if one.only_old or one.only_new:
            told.append(said("diff_rows", old=text.count(one.only_old), new=text.count(one.only_new)))
        return told
    known = [change for change in one.changes if change.change.low is not None]
    shown = sum(change.shown for change in known)
    figures = said("diff_shown", shown=text.count(shown), all=text.count(len(known))) if known else said("diff_nothing")
    return [said("diff_unpaired", reason=Name(one.not_paired)), figures]


def _disparity(one: DisparityChange) -> SideBySide:
    written = difference(one.metric) if one.kind == "difference" else text.ratio
    moved = difference(one.metric) if one.kind == "difference" else text.change
    whole = figure(one.metric) if one.kind == "value" else written
    within = "".join(f", {key} = {value}" for key, value in sorted(one.within.items()))
    return SideBySide(
        about=("by ", Name(" & ".join(one.by) + within)),
        under=(*label(one.metric), f", {one.kind}"),
        base=whole(one.old.value),
        tuned=whole(one.new.value),
        change=moved(one.change.value),
        interval=text.span(one.change.low, one.change.high, moved),
        status="changed" if one.shown else "",
    )
