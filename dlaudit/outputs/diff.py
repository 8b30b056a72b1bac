"""Two runs compared, as a page and as text."""

from dataclasses import dataclass

from dlaudit.marking import N_
from dlaudit.outputs import text
from dlaudit.outputs.catalogue_base import PAGES
from dlaudit.outputs.catalogue_diff import SIDES, TITLE
from dlaudit.outputs.html import shell
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.change_table import ChangeTable
from dlaudit.outputs.view.changes import Changes, changes
from dlaudit.outputs.view.run_side import RunSide, run_side
from dlaudit.outputs.words import plain
from dlaudit.record import Audit, RunComparison, Verdict

MOST = 60
NOT_HELD = {"fail": N_("broken"), "undecided": N_("undecided")}
"""How a check that does not pass is marked."""


@dataclass(frozen=True)
class Diff:
    """The page."""

    title: str
    sides: list[RunSide]
    changes: Changes


def render_diff(one: RunComparison, new: Audit) -> str:
    """The comparison as one HTML document; `new` is the later run's audit, which names its slices."""
    view = _view(one, new)
    return shell("diff.html.j2", more=("pages.css",), page=view, title=view.title, pages=PAGES)


def diff_text(one: RunComparison, new: Audit) -> str:
    """The comparison for a terminal or a log: what changed, what is new, what is gone."""
    view = _view(one, new)
    lines = [_side_line(side) for side in view.sides]
    lines += ["", *(plain(sentence) for sentence in view.changes.lead), ""]
    lines += _gap_lines(view.changes.rows + view.changes.crossed if view.changes.is_paired else view.changes.runs)
    for item in one.settings:
        lines.append(f"{_('set'):<10} {text.prose(item.key)}: {text.prose(item.old)} → {text.prose(item.new)}")
    for told, names, count in view.changes.names:
        more = f" … ({count})" if count > len(names) else ""
        lines.append(f"{_('only one'):<10} {told} {', '.join(map(text.name, names))}{more}")
    lines += [f"{_('new'):<10} {found.code} {text.prose(found.subject)}" for found in one.findings_new]
    lines += [f"{_('gone'):<10} {found.code} {text.prose(found.subject)}" for found in one.findings_gone]
    return "\n".join(lines).rstrip() + "\n"


def drop_lines(verdict: Verdict) -> str:
    """What the rules on a drop come to, a line for each check that does not pass."""
    lines = ["", f"{_('rules'):<10} {text.prose(verdict.sentence)}"]
    lines += [
        f"{_(NOT_HELD[one.outcome]):<10} {text.prose(one.reason)}" for one in verdict.checks if one.outcome in NOT_HELD
    ]
    return "\n".join(lines) + "\n"


def _gap_lines(tables: list[ChangeTable]) -> list[str]:
    """Gaps whose change is more than chance, or that are shown to be still there."""
    quiet = {"undecided"}
    return [
        f"{row.status:<10} {plain(row.under)}: {plain(row.about)}: "
        + _("{old} → {new}, change {change} ({interval})").format(
            old=row.old, new=row.new, change=row.change, interval=row.interval
        )
        for table in tables
        for row in table.rows
        if row.kind not in quiet
    ]


def _side_line(side: RunSide) -> str:
    return f"{side.name:<10} {side.sign} {side.badge}   {text.prose(side.title)} ({text.prose(side.place)})"


def _view(one: RunComparison, new: Audit) -> Diff:
    assert one.new is not None, "two runs are told apart by what each of them was"
    sides = [run_side(_(name), run) for name, run in zip(SIDES, (one.old, one.new), strict=True)]
    title = TITLE.format(old=sides[0].title, new=sides[1].title)
    return Diff(title=title, sides=sides, changes=changes(new, one, most=MOST))
