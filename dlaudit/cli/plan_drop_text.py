"""A plan of rules on a drop as text: chances of each verdict under flipped decisions, and what each slice can show."""

from collections.abc import Iterator, Sequence
from math import ceil

from dlaudit.cli.chances_text import WIDTH, sampled, verdict_head, verdict_row, wrapped
from dlaudit.errors import shown
from dlaudit.record.planned import DropSliceAt, PlannedDrop, PlannedDropSlice

_MOST_SLICES = 60
"""Slices of one check that are told, those with the fewest rows first."""


def drop_lines(found: PlannedDrop) -> list[str]:
    """The lines of one rule and feature, none wider than 80 columns unless a number is."""
    by = " & ".join(shown(name, limit=30, quote=False) for name in found.by)
    whose = ", from the baseline" if found.brought else ""
    lines = wrapped(f"{shown(found.rule, limit=60, quote=False)} (by {by}{whose})", indent="")
    lines += wrapped(
        f"exact paired tests, error rate {100 * found.alpha:g} %; a slice may be {points(found.max_drop)} worse than "
        f"in the earlier run; supposed: one slice, each in turn, is {points(found.drop)} worse."
    )
    lines.append(verdict_head())
    for one in found.odds:
        lines.append(verdict_row(f"{churn(one.churn)} flip, nothing worse", one.same))
    for one in found.odds:
        lines.append(verdict_row(f"{churn(one.churn)} flip, one slice worse", one.worse))
    error = max(max(one.same.error, one.worse.error) for one in found.odds)
    lines += wrapped(
        f"Standard error at most {ceil(1000 * error) / 10:.1f} points." if error else "Worked out without sampling."
    )
    unspoken = [one.slice for one in found.slices if not one.assessed]
    if unspoken:
        some = "1 small slice" if len(unspoken) == 1 else f"{len(unspoken):,} small slices"
        lines += wrapped(f"A pass does not speak about {some}; a fail may.")
    for place, one in enumerate(found.odds):
        lines += ["", *_slices(found.slices, place, one.churn)]
    return lines


def drops_explained() -> list[str]:
    """What the columns are."""
    return wrapped(
        "flip: share of the rows that count whose decision changes at random, as many for the better as for the "
        "worse. shown same: chance that a slice shows a change within the limit where nothing got worse; drop found: "
        "chance that its drop alone fails the rule. rows to pass, rows to fail: rows of the slice with which four in "
        "five runs pass where nothing got worse (all smaller ones filled up alike), or fail where it did.",
        indent="",
    )


def drop_sentence(planned: Sequence[PlannedDrop]) -> str:
    """What a rule can decide in plain words: of its feature that passes least often."""
    found = min(planned, key=lambda one: one.odds[-1].same.passes)
    told = []
    for place, one in enumerate(found.odds):
        when = f"If {churn(one.churn)} of the decisions flip at random" if place == 0 else f"With {churn(one.churn)}"
        what = f"{when}, it passes {sampled(one.same.passes, one.same)} of the time where nothing got worse"
        told.append(
            f"{what}, and fails {sampled(one.worse.fails, one.worse)} where one slice is {points(found.drop)} worse"
        )
    named = " & ".join(shown(name, limit=30, quote=False) for name in found.by)
    lead = f"By {named}, which decides least: " if len(planned) > 1 else ""
    text = ". ".join(told)
    return f"{lead}{text[0].lower() if lead else text[0]}{text[1:]}. {_more(found)}"


def points(share: float) -> str:
    """`2 points`."""
    return f"{100 * share:.3g} point{'' if round(100 * share, 6) == 1 else 's'}"


def churn(share: float) -> str:
    """`1 %`."""
    return f"{100 * share:.3g} %"


def _more(found: PlannedDrop) -> str:
    """How many more rows would decide, at the largest share of flipped decisions."""
    last = [(one, _needed(one.at[-1], one.assessed)) for one in found.slices]
    if any(rows is None for _, rows in last):
        return "No number of rows decides it four times in five."
    lacking = [(rows - one.rows, one) for one, rows in last if rows is not None and rows > one.rows]
    if not lacking:
        return "These rows decide it four times in five."
    more, most = max(lacking, key=lambda pair: pair[0])
    name = shown(most.slice, limit=36, quote=False)
    count = len(lacking) - 1
    others = f"; {count} other {'slice needs' if count == 1 else 'slices need'} fewer" if count else ""
    return f"To decide four times in five, {name} needs about {_two_figures(more):,} more rows{others}."


def _two_figures(rows: int) -> int:
    """The number in two figures, rounded up."""
    unit = int(10 ** max(len(str(rows)) - 2, 0))
    return -(-rows // unit) * unit


def _needed(one: DropSliceAt, assessed: bool) -> int | None:
    """Rows with which both verdicts are likely; of a slice that no pass speaks about, the fail alone."""
    needed = [one.rows_to_fail, *([one.rows_to_pass] if assessed else [])]
    return None if None in needed else max(rows for rows in needed if rows is not None)


def _slices(slices: Sequence[PlannedDropSlice], place: int, share: float) -> Iterator[str]:
    ordered = sorted(slices, key=lambda one: one.counted)
    table = [
        ("", "", "shown", "drop", "rows", "rows"),
        ("rows", "counted", "same", "found", "to pass", "to fail"),
        *(_figures(one, one.at[place]) for one in ordered[:_MOST_SLICES]),
    ]
    widths = [max(map(len, column)) + 2 for column in zip(*table, strict=True)]
    room = max(12, min(WIDTH - 2 - sum(widths), 28))
    names = ["", f"{churn(share)} flip", *(shown(one.slice, limit=room - 2, quote=False) for one in ordered)]
    for name, row in zip(names, table, strict=False):
        yield f"  {name:<{room}}" + "".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True))
    if len(ordered) > _MOST_SLICES:
        yield f"  {len(ordered) - _MOST_SLICES:,} more"


def _figures(one: PlannedDropSlice, at: DropSliceAt) -> tuple[str, ...]:
    same = sampled(at.same.passes, at.same) if one.assessed else "-"
    needed = (_rows(one, at.rows_to_pass), _rows(one, at.rows_to_fail))
    return (f"{one.rows:,}", f"{one.counted:,}", same, sampled(at.worse.fails, at.worse), *needed)


def _rows(one: PlannedDropSlice, needed: int | None) -> str:
    if needed is None:
        return "-"
    return "enough" if needed <= one.rows else f"{needed:,}"
