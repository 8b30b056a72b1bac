"""The end of a run as text: at most 25 lines, no number ever cut, no control character ever passed on."""

import re
import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from dlaudit.errors import shown
from dlaudit.outputs import text
from dlaudit.outputs.against_sentences import against_line
from dlaudit.outputs.altered_sentences import uneven_told
from dlaudit.outputs.bounds import bounds_short
from dlaudit.outputs.catalogue import BADGES, SIGNS
from dlaudit.outputs.checks import name_of, open_checks
from dlaudit.outputs.gap_sentences import end_of, gap_of, observed
from dlaudit.outputs.map_sentences import maps_told
from dlaudit.outputs.order import shown_first
from dlaudit.outputs.sentences import MOST_DOUBTS, doubts, example_rule, headline, headline_check
from dlaudit.outputs.view.found import confirmed, found_line
from dlaudit.outputs.view.verdict import check_row
from dlaudit.outputs.why_sentences import distrust_short, ranked, why_line
from dlaudit.outputs.words import plain
from dlaudit.record import Audit, Check, Disparity, Outcome, Verdict

MOST_LINES = 25
MOST_ROWS = 10
MOST_WHY = 5
"""Lines about what a gap is made of."""
NARROWEST_RULE = 22
"""Columns that the rule's name needs to stand beside its numbers."""

CUT_BELOW = 3
"""A name is cut where fewer columns than these are left beside it: cut text is up to so much longer than its limit."""

_Paint = Callable[[Outcome, str], str]

_STYLE: dict[Outcome, str] = {"fail": "1;38;5;166", "pass": "1;38;5;32", "undecided": "1", "none": "1;2"}
_RESULT = {"fail": "outside", "pass": "within", "undecided": "undecided", "none": "not judged"}


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
    head = [paint(outcome, f"{SIGNS[outcome]} {BADGES[outcome]}"), *_wrapped(plain(headline(audit, verdict)), width)]
    tail = _tail(audit, verdict, (report_path, elapsed), width)
    lines, left = _lines(audit, verdict)
    table = _table(lines, width, MOST_LINES - len(head) - len(tail) - 3, paint)
    body = [*table.lines, *_wrapped(_rest(len(lines) - table.rows, left), width)]
    parts = [head, body]
    for more in (_against(audit, width), _why(audit, verdict, width), _places(audit, width), _found(audit, width)):
        if sum(len(part) + 1 for part in [*parts, more, tail]) <= MOST_LINES + 1:
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
                f"{SIGNS[one.outcome]} {_RESULT[one.outcome]}{' (waived)' if one.waived else ''}",
                (check_row(one).observed, check_row(one).interval, check_row(one).limit),
                name_of(one),
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
    return _Line("none", "gap", (observed(gap, None), interval, ""), f"{one.metric} by {' & '.join(one.by)}")


def _table(lines: list[_Line], width: int, room: int, paint: _Paint) -> _Table:
    """As many rows as there is room for, the numbers in columns where the terminal is wide enough."""
    if not lines:
        return _Table([], 0)
    chosen = lines[:MOST_ROWS]
    sizes = [max(columns(part) for part in column) for column in zip(*(_parts(one) for one in chosen), strict=True)]
    beside = width - sum(sizes) - 2 * len(sizes)
    longest = max(columns(one.about) for one in chosen)
    # a name that would be cut goes above its numbers while there is room: a ratio must not look like a difference
    in_line = beside >= longest + CUT_BELOW or (beside >= NARROWEST_RULE and 2 * len(chosen) > room)
    made: list[str] = []
    for rows, one in enumerate(chosen):
        row = _beside(one, sizes, beside, paint) if in_line else _stacked(one, width, paint)
        row += _wrapped(one.bounds, width, indent="  ")
        if rows and len(made) + len(row) > room:
            return _Table(made, rows)
        made += row
    return _Table(made, len(chosen))


def _parts(one: _Line) -> tuple[str, ...]:
    return (one.result, *one.numbers)


def _beside(one: _Line, sizes: list[int], room: int, paint: _Paint) -> list[str]:
    result, *numbers = _parts(one)
    padded = [part.rjust(size) for part, size in zip(numbers, sizes[1:], strict=True)]
    about = shown(one.about, limit=max(room - CUT_BELOW, 10), quote=False)
    return ["  ".join([paint(one.outcome, result) + " " * (sizes[0] - columns(result)), *padded, about]).rstrip()]


def _stacked(one: _Line, width: int, paint: _Paint) -> list[str]:
    value, interval, limit = one.numbers
    told = f"{value} ({interval})" + (f", limit {limit}" if limit else "")
    about = shown(one.about, limit=max(width - columns(one.result) - 5, 12), quote=False)
    return [f"{paint(one.outcome, one.result)}  {about}", *_wrapped(told, width, indent="  ")]


def _rest(cut: int, held: int) -> str:
    told = [f"{cut} more in the report"] if cut > 0 else []
    told += [f"{held} {'check' if held == 1 else 'checks'} within tolerance"] if held else []
    return ", ".join(told) + "." if told else ""


def _tail(audit: Audit, verdict: Verdict | None, run: tuple[str | None, float | None], width: int) -> list[str]:
    report_path, elapsed = run
    lines = _doubtful(audit, width)
    if audit.guesses:
        pinned = ", ".join(f"{text.name(one.what)} = {text.name(one.value)}" for one in audit.guesses[:3])
        more = f" and {len(audit.guesses) - 3} more" if len(audit.guesses) > 3 else ""
        lines += _labelled("guessed", pinned + more, width)[:3]
    if report_path is not None:
        took = f"  ({text.seconds(elapsed)})" if elapsed is not None else ""
        lines.append(f"report   {shown(report_path, limit=400, quote=False)}{took}")
    return lines + _labelled("next", _next(audit, verdict), width)[:4]


def _why(audit: Audit, verdict: Verdict | None, width: int) -> list[str]:
    """Through which inputs the first gap goes, and whose explanations are not to be believed, for where there is room;
    where a line is too narrow for the whole sentence, nothing of it.
    """
    splits = ranked(audit, verdict)
    told = why_line(audit, splits[0]) if splits else ()
    lines = _labelled("why", plain(told), width) if told else _over_budget(audit, width)
    doubted = distrust_short(audit)
    if len(lines) > MOST_WHY or not lines:
        return _labelled("warning", plain(doubted), width) if doubted else []
    return [*lines, *(_labelled("", f"({plain(doubted)})", width) if doubted else [])]


def _places(audit: Audit, width: int) -> list[str]:
    """Where two slices' maps differ most, and which rows were changed more often; nothing without either."""
    told = [("where", plain(one)) for one in maps_told(audit)[:1]]
    told += [("changed", plain(one)) for one in uneven_told(audit)[:1]]
    return [line for label, one in told for line in _labelled(label, one, width)]


def _against(audit: Audit, width: int) -> list[str]:
    """How the gaps compare with the base's; nothing without one."""
    return _labelled("base", plain(against_line(audit.against)), width) if audit.against is not None else []


def _over_budget(audit: Audit, width: int) -> list[str]:
    """What was not explained because the budget does not allow it; nothing where it does."""
    told = [one.message for one in audit.findings if one.code == "DLA505" and one.severity == "warning"]
    return _labelled("why", text.prose(told[0]), width) if told else []


def _found(audit: Audit, width: int) -> list[str]:
    """The first slice that a search confirmed, and how many more, for where there is room; nothing where none was."""
    slices, others = confirmed(audit)
    if not slices:
        return []
    others += len(slices) - 1
    more = f"; {text.count(others)} more in the report" if others else ""
    return _labelled("found", f"{plain(found_line(audit, slices[0]))}{more}", width)


def _doubtful(audit: Audit, width: int) -> list[str]:
    """The findings that put every gap in doubt, so that nobody misses them."""
    told = [f"{one.code} {text.prose(one.message)}" for one in doubts(audit)[:MOST_DOUBTS]]
    lines = [line for one in told for line in _labelled("warning", one, width)[:4]]
    return [*lines, ""] if lines else []


def _next(audit: Audit, verdict: Verdict | None) -> str:
    """What to do now: the advice on the gap that failed, the rows that would decide, or a rule to add."""
    if verdict is None or not verdict.checks:
        rule = example_rule(audit)
        return (
            f"give a rule, as --rule '{text.name(rule, limit=200)}'"
            if rule
            else "read the report: nothing could be compared"
        )
    check = headline_check(verdict)
    if check is not None and check.outcome == "undecided" and check.rows_needed:
        whom = text.name(check.worst or "every slice")
        return f"collect more rows of {whom}: with about {text.count(check.rows_needed)} in all it could be decided"
    if check is not None and check.outcome == "undecided" and audit.data.pairs is not None:
        return (
            f"compare more people of {text.name(check.worst or 'every slice')}: more pairs of the same ones add little"
        )
    if check is not None and check.outcome == "fail":
        return text.prose(_advice(audit, check))
    if check is not None and check.outcome == "pass":
        return "keep the run: `dlaudit gate` judges it again when the rules change"
    return "read the report"


def _advice(audit: Audit, check: Check) -> str:
    """What to do about a check that failed: what the finding about the same gap says, the difference before the
    ratio; else the most serious finding about no slice that a search found.
    """
    gap = f"{check.metric}.{{kind}} by {' & '.join(check.by)}"
    about = {one.subject: one.next_step for one in audit.findings}
    named = [about[key] for kind in ("difference", check.kind) if (key := gap.format(kind=kind)) in about]
    others = [one.next_step for one in audit.findings if not one.code.startswith("DLA46")]
    return [*named, *others, "read the report"][0]


def _labelled(label: str, told: str, width: int) -> list[str]:
    first, *more = _wrapped(told, width - 9) or [""]
    return [f"{label:<9}{first}", *(f"{'':<9}{line}" for line in more)]


def _wrapped(told: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` columns; words that are longer stay whole, so that no number is ever cut."""
    return textwrap.wrap(
        told,
        max(width, 20),
        break_long_words=False,
        break_on_hyphens=False,
        initial_indent=indent,
        subsequent_indent=indent,
    )


def columns(told: str) -> int:
    """How many columns a terminal gives the text: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1 for c in told
    )


def _painter(color: bool) -> _Paint:
    """Styles text by outcome, or leaves it as it is."""
    return lambda outcome, told: f"\x1b[{_STYLE[outcome]}m{told}\x1b[0m" if color else told


def _harmless(line: str) -> str:
    """A line that no CI runner takes for a command."""
    return re.sub(r"^(\s*):(?=:)", r"\1: ", line).replace("##[", "## [")
