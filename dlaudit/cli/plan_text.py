"""A plan as text: for each rule the chances of each verdict, then what each slice's size allows."""

from dlaudit.cli.chances_text import WIDTH, exactness, left_out, percent, verdict_head, verdict_row, wrapped
from dlaudit.cli.plan_drop_text import drop_lines, drops_explained
from dlaudit.errors import listed, shown
from dlaudit.record.planned import Planned, PlannedCheck, PlannedSlice


def plan_lines(found: Planned) -> list[str]:
    """The lines of the answer, none wider than 80 columns unless a number is."""
    lines = wrapped(f"Plan from {found.source}. Gap: {found.gap_rule}.", indent="")
    for check in found.checks:
        lines += ["", *_check(check)]
    if found.equal is not None and found.with_gap is not None and len(found.checks) > 1:
        lines += ["", "The whole policy", verdict_head()]
        lines += [verdict_row("all slices alike in every rule", found.equal)]
        lines += [verdict_row("one slice has the gap in every rule", found.with_gap, width=35)]
        text = "Metrics and features are drawn independently of each other; in your data they may go together."
        lines += wrapped(text)
    for drop in found.drops:
        lines += ["", *drop_lines(drop)]
    lines += left_out(found.not_applicable)
    if found.drops:
        lines += ["", *drops_explained()]
    return [*lines, "", *_explained(found)] if found.checks else lines


def _check(check: PlannedCheck) -> list[str]:
    head = shown(check.rule, limit=70, quote=False)
    by = " & ".join(shown(name, limit=30, quote=False) for name in check.by)
    title = head if by in head else f"{head} (by {by})"
    of = f"{check.metric.replace('_', ' ')} {check.rate:.3g} ({check.rate_from})"
    lines = [title, *wrapped(f"{_judged(check)}; supposed: {shown(of, limit=90, quote=False)}; {_gap(check)}.")]
    lines += [verdict_head(), verdict_row("all slices alike", check.equal)]
    lines += [verdict_row("one slice has the gap, each in turn", check.with_gap, width=35)]
    told = [f"pass {percent(check.formula_pass)} if alike"] if check.formula_pass is not None else []
    told += [f"fail {percent(check.formula_fail)} with the gap"] if check.formula_fail is not None else []
    formula = f" The formula says: {', '.join(told)}." if told else ""
    lines += wrapped(f"{exactness(check.equal, check.with_gap)}.{formula}")
    if check.not_assessed:
        names = listed(check.not_assessed, quote=False)
        lines += wrapped(f"A pass may leave out {names}: too few rows for one, so that a gap there can pass.")
    return [*lines, "", *_slices(check)]


def _judged(check: PlannedCheck) -> str:
    if check.judge == "point":
        return "point screen, no error rates"
    return f"{check.judge} tests, error rate {100 * check.alpha:g} %"


def _gap(check: PlannedCheck) -> str:
    if check.kind == "ratio":
        return f"the gap is a ratio of {check.gap:.3g}"
    return f"the gap is {check.gap:.3g} (a rate of {check.gap_rate:.3g})"


def _slices(check: PlannedCheck) -> list[str]:
    """One line for each slice; numbers are whole, names are cut where the line would be too long."""
    first, second = {
        "difference": ("smallest", "gap"),
        "ratio": ("largest", "ratio"),
        "value": ("nearest", "rate"),
    }[check.kind]
    table = [
        ("", "", "gap", first, "rows", "rows"),
        ("rows", "counted", "found", second, "to pass", "to fail"),
        *(_figures(one) for one in check.slices),
    ]
    widths = [max(map(len, column)) + 2 for column in zip(*table, strict=True)]
    room = max(12, min(WIDTH - 2 - sum(widths), 24))
    names = ["", "slice", *(shown(one.slice, limit=room - 2, quote=False) for one in check.slices)]
    return [
        f"  {name:<{room}}" + "".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True))
        for name, row in zip(names, table, strict=True)
    ]


def _figures(one: PlannedSlice) -> tuple[str, ...]:
    smallest = "-" if one.smallest_gap is None else f"{one.smallest_gap:.3f}"
    needed = (_rows(one, one.rows_to_pass), _rows(one, one.rows_to_fail))
    return (f"{one.rows:,}", f"{one.counted:,}", percent(one.found), smallest, *needed)


def _rows(one: PlannedSlice, needed: int | None) -> str:
    if needed is None:
        return "-"
    return "enough" if needed <= one.rows else f"{needed:,}"


def _explained(found: Planned) -> list[str]:
    lines = wrapped(
        "counted: rows below the metric's line. gap found: chance that a gap of this slice alone fails the rule. "
        "smallest gap (largest ratio, nearest rate): what four in five samples would fail. rows to pass, rows to "
        "fail: rows of the slice with which four in five samples pass if all are alike, or fail at the gap, where "
        "the others have as many or more. These columns are by formula, the verdicts above by judging samples.",
        indent="",
    )
    if found.stopped_early:
        lines += wrapped("Time ran out before 200 samples; --samples N draws N however long it takes.", indent="")
    return lines
