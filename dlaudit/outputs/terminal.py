"""The end of a run as text: at most 25 lines, no number ever cut, no control character ever passed on."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from dlaudit.errors import shown
from dlaudit.outputs import text
from dlaudit.outputs.against_sentences import against_line
from dlaudit.outputs.altered_sentences import uneven_told
from dlaudit.outputs.bounds import bounds_short
from dlaudit.outputs.catalogue import BADGES, LEVELS, SIGNS
from dlaudit.outputs.change_sentences import changes_line
from dlaudit.outputs.checks import name_of_gap, open_checks, titled
from dlaudit.outputs.gap_sentences import end_of, gap_of, observed
from dlaudit.outputs.head_why import head_why
from dlaudit.outputs.map_sentences import maps_told
from dlaudit.outputs.next_step import next_step
from dlaudit.outputs.order import shown_first
from dlaudit.outputs.policy_told import policy_doubts, waived_told
from dlaudit.outputs.sentences import MOST_DOUBTS, doubts, headline, is_unpaired
from dlaudit.outputs.translate import N_, Words, _, ngettext
from dlaudit.outputs.view.found import confirmed, found_line
from dlaudit.outputs.view.verdict import check_row
from dlaudit.outputs.why_sentences import distrust_short
from dlaudit.outputs.widths import columns, fitted, wrapped
from dlaudit.outputs.words import NBSP, plain
from dlaudit.record import Audit, Disparity, Outcome, Verdict

MOST_LINES = 25
MOST_ROWS = 10
MOST_POLICY = 2
"""Waived checks, and findings about the policy, that have lines of their own."""
MOST_WHY = 5
"""Lines about what a gap is made of."""
NARROWEST_RULE = 22
"""Columns that the rule's name needs to stand beside its numbers."""

_Paint = Callable[[Outcome, str], str]

_STYLE: dict[Outcome, str] = {"fail": "1;38;5;166", "pass": "1;38;5;32", "undecided": "1", "none": "1;2"}
_RESULT = Words({"fail": N_("outside"), "pass": N_("within"), "undecided": N_("undecided"), "none": N_("not judged")})
_WAIVED = Words(
    {
        "fail": N_("outside (waived)"),
        "pass": N_("within (waived)"),
        "undecided": N_("undecided (waived)"),
        "none": N_("not judged (waived)"),
    }
)


@dataclass(frozen=True)
class _Line:
    """One gap: its result, its numbers and what it is about."""

    outcome: Outcome
    result: str
    numbers: tuple[str, str, str]
    about: str
    bounds: str = ""
    """Which other limits an undecided check would fail and pass."""


def terminal_summary(
    audit: Audit,
    verdict: Verdict | None,
    *,
    width: int = 80,
    color: bool = False,
    report_path: str | None = None,
    elapsed: float | None = None,
) -> str:
    """The verdict, the gaps that matter, what was guessed, where the report is and what to do next.

    Args:
        audit: What was found.
        verdict: How it was judged.
        width: Columns of the terminal; words wrap there and only names are cut.
        color: Whether to style the badge and the results with ANSI sequences.
        report_path: Where the report is; None where none was written.
        elapsed: Seconds that the run took.
    """
    outcome: Outcome = verdict.outcome if verdict else "none"
    paint = _painter(color)
    head = [paint(outcome, f"{SIGNS[outcome]} {BADGES[outcome]}"), *wrapped(plain(headline(audit, verdict)), width)]
    tail = _tail(audit, verdict, (report_path, elapsed), width)
    lines, left = _lines(audit, verdict)
    policy, since = _policy(audit, verdict, width), _since(audit, width)
    room = MOST_LINES - sum(len(part) + 1 for part in (head, tail, policy, since) if part) - 1
    table = _table(lines, width, max(room, 1), paint)
    body = [*table.lines, *wrapped(_rest(len(lines) - table.rows, left), width)]
    parts = [head, body, policy, since]
    for more in (_against(audit, width), _why(audit, verdict, width), _places(audit, width), _found(audit, width)):
        if sum(len(part) + 1 for part in [*parts, more, tail] if part) <= MOST_LINES + 1:
            parts.append(more)
    parts = [part for part in (*parts, tail) if part]
    told = [line for part in parts for line in ("", *part)][1:]
    return "\n".join(_harmless(line) for line in told[:MOST_LINES])


@dataclass(frozen=True)
class _Table:
    lines: list[str]
    rows: int


def _lines(audit: Audit, verdict: Verdict | None) -> tuple[list[_Line], int]:
    """The open checks, or without rules the widest gaps; and how many checks hold."""
    if verdict is not None and verdict.checks:
        found = open_checks(verdict)
        made = [
            _Line(
                one.outcome,
                f"{SIGNS[one.outcome]} {(_WAIVED if one.waived else _RESULT)[one.outcome]}",
                (check_row(one).observed, check_row(one).interval, check_row(one).limit),
                titled(one),
                bounds_short(one) if one.outcome == "undecided" else "",
            )
            for one in found
        ]
        return made, sum(one.outcome == "pass" for one in verdict.checks)
    metrics = shown_first(audit, verdict)
    gaps = [one for one in audit.disparities if one.metric in metrics and one.kind == "difference" and not one.within]
    gaps = [one for one in gaps if len(one.by) == 1 and one.is_defined]
    gaps.sort(key=lambda one: metrics.index(one.metric))
    return [_gap_line(one) for one in gaps[:MOST_ROWS]], 0


def _gap_line(one: Disparity) -> _Line:
    gap = gap_of(one)
    interval = text.span(one.low, one.high, lambda value: end_of(gap, value))
    return _Line("none", _("gap"), (observed(gap, None), interval, ""), name_of_gap(one.metric, one.by))


def _table(lines: list[_Line], width: int, room: int, paint: _Paint) -> _Table:
    """As many rows as there is room for, the numbers in columns where the terminal is wide enough."""
    if not lines:
        return _Table([], 0)
    chosen = lines[:MOST_ROWS]
    sizes = [max(columns(part) for part in column) for column in zip(*(_parts(one) for one in chosen), strict=True)]
    beside = width - sum(sizes) - 2 * len(sizes)
    longest = max(columns(text.name(one.about, limit=400)) for one in chosen)
    # a name that would be cut goes above its numbers while there is room: a ratio must not look like a difference
    in_line = beside >= longest or (beside >= NARROWEST_RULE and 2 * len(chosen) > room)
    made: list[str] = []
    for rows, one in enumerate(chosen):
        row = _beside(one, sizes, beside, paint) if in_line else _stacked(one, width, paint)
        row += wrapped(one.bounds, width, indent="  ")
        if rows and len(made) + len(row) > room:
            return _Table(made, rows)
        made += row
    return _Table(made, len(chosen))


def _parts(one: _Line) -> tuple[str, ...]:
    return (one.result, *one.numbers)


def _beside(one: _Line, sizes: list[int], room: int, paint: _Paint) -> list[str]:
    result, *numbers = _parts(one)
    padded = [part.rjust(size) for part, size in zip(numbers, sizes[1:], strict=True)]
    about = fitted(one.about, max(room, 10))
    return ["  ".join([paint(one.outcome, result) + " " * (sizes[0] - columns(result)), *padded, about]).rstrip()]


def _stacked(one: _Line, width: int, paint: _Paint) -> list[str]:
    value, interval, limit = one.numbers
    told = f"{value} ({interval})"
    if limit:
        told = _("{gap}, limit {limit}").format(gap=told, limit=limit.replace(" ", NBSP))
    about = fitted(one.about, max(width - columns(one.result) - 2, 12))
    return [f"{paint(one.outcome, one.result)}  {about}", *wrapped(told, width, indent="  ")]


def _rest(cut: int, held: int) -> str:
    told = [_("{count} more in the report").format(count=cut)] if cut > 0 else []
    if held:
        told.append(
            ngettext("{count} check within tolerance", "{count} checks within tolerance", held).format(count=held)
        )
    return _("{told}.").format(told=", ".join(told)) if told else ""


def _tail(audit: Audit, verdict: Verdict | None, run: tuple[str | None, float | None], width: int) -> list[str]:
    report_path, elapsed = run
    lines = _doubtful(audit, width)
    if audit.guesses:
        pinned = ", ".join(f"{text.name(one.what)} = {text.name(one.value)}" for one in audit.guesses[:3])
        if len(audit.guesses) > 3:
            pinned = _("{some} and {count} more").format(some=pinned, count=len(audit.guesses) - 3)
        lines += _labelled(_("guessed"), pinned, width)[:3]
    if report_path is not None:
        took = f"  ({text.seconds(elapsed)})" if elapsed is not None else ""
        lines.append(f"{_('report'):<8} {shown(report_path, limit=400, quote=False)}{took}")
    return lines + _labelled(_("next"), next_step(audit, verdict), width)[:4]


def _why(audit: Audit, verdict: Verdict | None, width: int) -> list[str]:
    """Through which inputs the first gap goes, and whose explanations are not to be believed, for where there is room;
    where a line is too narrow for the whole sentence, nothing of it.
    """
    told = head_why(audit, verdict)
    lines = _labelled(_("why"), plain(told), width) if told else _over_budget(audit, width)
    doubted = distrust_short(audit)
    if len(lines) > MOST_WHY or not lines:
        return _labelled(_("warning"), plain(doubted), width) if doubted else []
    return [*lines, *(_labelled("", f"({plain(doubted)})", width) if doubted else [])]


def _places(audit: Audit, width: int) -> list[str]:
    """Where two slices' maps differ most, and which rows were changed more often; nothing without either."""
    told = [(_("where"), plain(one)) for one in maps_told(audit)[:1]]
    told += [(_("changed"), plain(one)) for one in uneven_told(audit)[:1]]
    return [line for label, one in told for line in _labelled(label, one, width)]


def _policy(audit: Audit, verdict: Verdict | None, width: int) -> list[str]:
    """What is waived and what is wrong with the policy itself, each cut to a few lines; nothing without either."""
    told = [(_("waived"), plain(one)) for one in waived_told(verdict)[:MOST_POLICY]]
    found = policy_doubts(audit, verdict)
    told += [(LEVELS[one.severity], f"{one.code} {text.prose(one.message)}") for one in found[:MOST_POLICY]]
    if len(found) > MOST_POLICY:
        told.append(("", _("{count} more, which the report has").format(count=text.count(len(found) - MOST_POLICY))))
    room = max(3 * width, 200)
    return [line for label, one in told for line in _labelled(label, shown(one, limit=room, quote=False), width)]


def _against(audit: Audit, width: int) -> list[str]:
    """How the gaps compare with the base's; nothing without one."""
    return [] if audit.against is None else _labelled(_("base"), plain(against_line(audit.against)), width)


def _since(audit: Audit, width: int) -> list[str]:
    """What changed since an earlier run, in a few lines that are never left out: they may be all that says that a model
    got worse for everybody.
    """
    if audit.baseline is None:
        return []
    told = plain(changes_line(audit, audit.baseline))
    if is_unpaired(audit) or len(told) > max(4 * (width - 9), 200):
        told = plain(changes_line(audit, audit.baseline, short=True))
    return _labelled(_("since"), told, width)


def _over_budget(audit: Audit, width: int) -> list[str]:
    """What was not explained because the budget does not allow it; nothing where it does."""
    told = [one.message for one in audit.findings if one.code == "DLA505" and one.severity == "warning"]
    return _labelled(_("why"), text.prose(told[0]), width) if told else []


def _found(audit: Audit, width: int) -> list[str]:
    """The first slice that a search confirmed, and how many more, for where there is room; nothing where none was."""
    slices, others = confirmed(audit)
    if not slices:
        return []
    others += len(slices) - 1
    told = plain(found_line(audit, slices[0]))
    if others:
        told = _("{told}; {count} more in the report").format(told=told, count=text.count(others))
    return _labelled(_("found"), told, width)


def _doubtful(audit: Audit, width: int) -> list[str]:
    """The findings that put every gap in doubt, so that nobody misses them."""
    told = [f"{one.code} {text.prose(one.message)}" for one in doubts(audit)[:MOST_DOUBTS]]
    lines = [line for one in told for line in _labelled(_("warning"), one, width)[:4]]
    return [*lines, ""] if lines else []


def _labelled(label: str, told: str, width: int) -> list[str]:
    first, *more = wrapped(told, width - 9) or [""]
    return [f"{label:<8} {first}" if label else f"{'':<9}{first}", *(f"{'':<9}{line}" for line in more)]


def _painter(color: bool) -> _Paint:
    """Styles text by outcome, or leaves it as it is."""
    return lambda outcome, told: f"\x1b[{_STYLE[outcome]}m{told}\x1b[0m" if color else told


def _harmless(line: str) -> str:
    """A line that no CI runner takes for a command."""
    return re.sub(r"^(\s*):(?=:)", r"\1: ", line).replace("##[", "## [")
