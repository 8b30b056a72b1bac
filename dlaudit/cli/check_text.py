"""What `dlaudit check` found, as text of 80 columns."""

from collections.abc import Iterator

from dlaudit.cli.chances_text import left_out, sampled, wrapped
from dlaudit.cli.check_baseline_text import baseline_lines
from dlaudit.cli.plan_drop_text import drop_sentence
from dlaudit.errors import listed, shown
from dlaudit.record.checked import Checked, CheckedCost, CheckedSlice
from dlaudit.record.planned import Planned

_MOST_LEVELS = 12
"""Levels of one feature that are told, largest first."""


def check_lines(found: Checked) -> list[str]:
    """The lines of the answer."""
    lines = [*_part("Model", _model(found)), *_part("Data", _data(found))]
    for guess in found.guesses:
        told = f"{guess.what} = {shown(guess.value, limit=60, quote=False)}, by {guess.why}."
        lines += _part("Guessed", f"{told} In CI such a guess is refused: pin it in dlaudit.toml.")
    lines += [*_part("Cost", _cost(found.cost, found.explain)), ""]
    for by, slices in _features(found.slices):
        lines += _levels(by, slices, found.min_size)
    if found.baseline is not None:
        lines += ["", *baseline_lines(found.baseline)]
    judged = found.baseline is not None and bool(found.baseline.rules)
    return [*lines, "", *_rules(found.plan, judged=judged)]


def _rules(plan: Planned | None, *, judged: bool) -> list[str]:
    if plan is None:
        other = "Other rules: none." if judged else "Rules: none. A run reports, and judges nothing."
        return [other]
    if not plan.checks and not plan.drops:
        return left_out(plan.not_applicable)[1:]
    lines = wrapped(f"What the rules can decide with these rows; the gap is {plan.gap_rule}.", indent="")
    for check in plan.checks:
        head = f"{shown(check.rule, limit=50, quote=False)} (by {shown(' & '.join(check.by), limit=40, quote=False)})"
        lines += [f"  {head}"]
        alike, apart = check.equal, check.with_gap
        told = f"all slices alike: passes {sampled(alike.passes, alike)}, undecided {sampled(alike.undecided, alike)}"
        fails = f"one slice has the gap: fails {sampled(apart.fails, apart)}"
        lines += wrapped(f"{told}; {fails}, undecided {sampled(apart.undecided, apart)}", indent="    ")
    for name in dict.fromkeys(one.rule for one in plan.drops):
        lines += [f"  {shown(name, limit=70, quote=False)}"]
        lines += wrapped(drop_sentence([one for one in plan.drops if one.rule == name]), indent="    ")
    lines += left_out(plan.not_applicable)
    return [
        *lines,
        "",
        *wrapped("`dlaudit plan` says which slices are too small, and how many rows would decide.", indent=""),
    ]


def _part(head: str, text: str) -> list[str]:
    """Lines after the first stand under it, in 80 columns."""
    first, *more = wrapped(f"{head}: {text}", indent="")
    return [first, *wrapped(" ".join(more))]


def _model(found: Checked) -> str:
    task = f"{found.task}, {found.output}"
    if found.threshold is not None:
        task += f", positive from {found.threshold:g}"
    if found.positive is not None:
        task += f", positive label {shown(found.positive, limit=40)}"
    if found.model is None:
        return f"given scores; {task}."
    size = "" if found.model.parameters is None else f", {found.model.parameters:,} parameters"
    return f"{found.model.format}{size}; {task}. {found.model.loading}"


def _data(found: Checked) -> str:
    data = found.data
    out = f" ({data.left_out:,} left out)" if data.left_out else ""
    others = {"id": data.id, "unit": data.unit, "weight": data.weight}
    told = "".join(f"; {what} {shown(name, limit=40)}" for what, name in others.items() if name is not None)
    inputs = f"; {len(data.inputs):,} inputs: {listed(data.inputs, most=6, quote=False)}" if data.inputs else ""
    return f"{data.rows:,} rows{out}; target {listed(data.target, most=6)}{told}{inputs}."


def _features(slices: list[CheckedSlice]) -> Iterator[tuple[str, list[CheckedSlice]]]:
    named = dict.fromkeys(" & ".join(one.by) for one in slices if one.by)
    for name in named:
        yield name, sorted((one for one in slices if " & ".join(one.by) == name), key=lambda one: -one.rows)


def _levels(by: str, slices: list[CheckedSlice], min_size: int) -> list[str]:
    lines = [f"{shown(by, limit=40, quote=False):<40}{'rows':>12}{'positive':>12}"]
    for one in slices[:_MOST_LEVELS]:
        name = shown(one.slice, limit=36, quote=False)
        few = "  too few" if one.rows < min_size else ""
        positives = "-" if one.positives is None else f"{one.positives:,}"
        lines.append(f"  {name:<38}{one.rows:>12,}{positives:>12}{few}")
    if len(slices) > _MOST_LEVELS:
        lines.append(f"  {len(slices) - _MOST_LEVELS:,} more")
    return lines


def _cost(cost: CheckedCost | None, explain: str) -> str:
    if cost is None:
        return "no model runs."
    explain = f"budget {explain}" if explain != "none" else explain
    first = f"the first {cost.rows:,} took {_time(cost.read_seconds + cost.score_seconds)}"
    whole = f"about {_time(cost.pass_seconds)} for one pass over the rows, by proportion"
    return f"{whole}: {first}; explanations: {explain}."


def _time(seconds: float) -> str:
    """In two figures, of seconds, minutes or hours."""
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.2g} {unit}" if seconds < 99 * length else f"{seconds / length:.0f} {unit}"
    return f"{seconds:.2g} s" if seconds < 99 else f"{seconds:.0f} s"
