"""What `dlaudit check` found of the baseline, as text of 80 columns."""

from collections.abc import Iterator

from dlaudit.cli.chances_text import left_out, wrapped
from dlaudit.cli.plan_drop_text import drop_sentence, points
from dlaudit.errors import shown
from dlaudit.record.checked import CheckedBaseline, CheckedDropRule

_MOST_SLICES = 12
"""Slices of one rule that are told, those with the fewest rows first."""


def baseline_lines(found: CheckedBaseline) -> list[str]:
    """What it is, whether it fits, and the rules on a drop with what their slices can decide."""
    first, *more = wrapped(f"Baseline: {_what(found)} {_fit(found)}", indent="")
    lines = [first, *wrapped(" ".join(more))]
    if found.rules:
        lines += ["", *wrapped(_how(found), indent="")]
    for rule in found.rules:
        lines += ["", *_rule(rule)]
    return [*lines, *left_out(found.not_applicable)]


def _what(found: CheckedBaseline) -> str:
    place, taken = shown(found.place, limit=60, quote=False), found.accepted
    if taken is None:
        return f"{place}, a finished run that nobody accepted."
    reason = f": {shown(taken.reason, limit=200)}" if taken.reason else ", without a reason"
    return f"{place}, accepted {shown(taken.at, limit=30, quote=False)}{reason}."


def _fit(found: CheckedBaseline) -> str:
    if not found.misfits:
        return (
            f"Task, labels and sensitive features are its own, and it scored as many rows as the data has "
            f"({found.rows:,}). A run also compares ids, labels and levels, row by row."
        )
    return f"It cannot be compared row by row: {'; '.join(found.misfits)}."


def _how(found: CheckedBaseline) -> str:
    told = (
        "What the rules on a drop can decide with these rows. A model that is the same passes, with any rows. Of one "
        "that changed, a slice can pass where no decision changed and enough rows count; one that cannot can still fail"
    )
    told += ". `dlaudit plan` says more where decisions flip at random, slice by slice"
    return f"{told}. This holds row by row; by figures alone it takes many more." if found.misfits else f"{told}."


def _rule(rule: CheckedDropRule) -> Iterator[str]:
    name = shown(rule.rule, limit=50, quote=False)
    whose = "from the baseline" if rule.brought else "of the policy"
    least = "no number of rows" if rule.counted_to_pass is None else f"{rule.counted_to_pass:,} rows that count"
    yield f"  {name} ({whose})"
    yield from wrapped(f"at most {points(rule.max_drop)} worse; a pass takes {least}", indent="    ")
    if rule.planned:
        yield from wrapped(drop_sentence(rule.planned), indent="    ")
    yield f"    {'':<38}{'count':>12}{'can pass':>12}"
    ordered = sorted(rule.slices, key=lambda one: one.counted)
    for one in ordered[:_MOST_SLICES]:
        slice_name = shown(one.slice, limit=36, quote=False)
        yield f"    {slice_name:<38}{one.counted:>12,}{'yes' if one.can_pass else 'no':>12}"
    if len(ordered) > _MOST_SLICES:
        yield f"    {len(ordered) - _MOST_SLICES:,} more"
