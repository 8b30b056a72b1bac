"""One rule on one sensitive feature (or intersection): the slices it speaks about and the contrasts it asks for."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import isclose, isfinite
from typing import Literal

from dlaudit.errors import listed, nearest, shown
from dlaudit.gate.cells import Cell, read_cells
from dlaudit.gate.contrasts import Contrast, Kind, against_reference, against_rest, against_whole, each, pairs
from dlaudit.gate.evidence import JudgeName
from dlaudit.gate.hidden import hidden_figures
from dlaudit.gate.scoping import Scope, scope_of
from dlaudit.record import Audit
from dlaudit.spec import Rule

ContrastName = Literal["pairs", "reference", "rest", "each"]
MOST_IN_PAIRS = 64
"""Slices that are compared in pairs: beyond it the comparisons would take minutes, and have next to no power."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What one check asks."""

    rule: Rule
    """The rule."""
    by: list[str]
    """Features whose levels are compared."""
    cells: list[Cell]
    """Slices with known levels, in the audit's order."""
    contrasts: list[Contrast]
    """Statements about the slices where the metric is defined."""
    contrast: ContrastName
    """What is compared."""
    min_size: int
    """Rows below which no PASS speaks about a slice."""
    judge: JudgeName = "exact"
    """How it is judged."""
    scope: Scope = field(default_factory=Scope)
    """Slices that a PASS speaks about, where more is asked of them than `min_size` rows."""
    notes: tuple[str, ...] = ()
    """What a reader must know about how it was judged."""
    obstacle: str | None = None
    """Why nothing can be compared."""
    bounds: bool = True
    """Whether the limits that the data fail and pass are looked for."""
    is_drop: bool = False
    """Whether the cells tell how much worse something got since the baseline."""
    for_large_samples: bool = False
    """Whether error rates hold for large samples only, although the tests are exact ones."""

    @property
    def defined(self) -> list[Cell]:
        """Slices where the metric has a value."""
        return [cell for cell in self.cells if cell.value is not None]

    @cached_property
    def usable(self) -> list[Contrast]:
        """Contrasts that can be judged."""
        return [one for one in self.contrasts if self.judge == "point" or one.has_intervals]

    @property
    def assessed(self) -> list[Cell]:
        """Slices that a PASS speaks about."""
        return [cell for cell in self.defined if not cell.small and self.scope.holds(cell.id)]

    @property
    def left_out(self) -> list[Cell]:
        """Slices that it does not."""
        spoken_of = {cell.id for cell in self.assessed}
        return [cell for cell in self.cells if cell.id not in spoken_of]

    def is_assessed(self, contrast: Contrast) -> bool:
        """Whether a PASS speaks about the contrast: no side is small or outside the scope."""
        return all(not side.small and (side.is_rest or self.scope.holds(side.id)) for side in contrast.sides)


def make_question(audit: Audit, rule: Rule, by: list[str]) -> Question:
    """The check that `rule` makes of the slices over `by`."""
    cells = [one for one in read_cells(audit, rule.base_metric, by) if rule.slices is None or one.id in rule.slices]
    defined = [cell for cell in cells if cell.value is not None]
    asked = _asked(_Asking(rule, by, cells, defined, audit.min_size))
    judged, why = _judge_of(audit, rule, defined)
    return Question(
        rule=rule,
        by=by,
        cells=cells,
        contrasts=asked.contrasts,
        contrast=asked.name,
        min_size=audit.min_size,
        judge=judged,
        scope=Scope() if judged == "point" else scope_of(rule, defined, asked.contrasts),
        notes=(*asked.notes, *why),
        obstacle=hidden_figures(audit, rule.base_metric, by)
        or _not_finite(audit)
        or asked.obstacle
        or _obstacle(rule, by, cells, defined),
    )


def _judge_of(audit: Audit, rule: Rule, defined: list[Cell]) -> tuple[JudgeName, tuple[str, ...]]:
    """How the check is judged, and a sentence where that is not as the rule says."""
    if rule.judge != "exact" or all(cell.is_counted for cell in defined):
        return rule.judge, ()
    if audit.data.weight is not None:
        why = "rows have weights"
    elif audit.data.pairs is not None:
        why = "pairs that share a person are not independent"
    elif audit.data.unit is not None:
        why = f"rows that share a value of {audit.data.unit} are not independent"
    else:
        why = f"{rule.base_metric} is no share of counted rows"
    return "interval", (f"Judged by intervals, because {why}.",)


def _not_finite(audit: Audit) -> str | None:
    rejected = [one for one in audit.data.rejected if one.reason.startswith("score is not finite")]
    if not rejected:
        return None
    rows = sum(one.rows for one in rejected)
    return f"the model's score is not finite for {rows:,} {'row' if rows == 1 else 'rows'}, which cannot be counted"


@dataclass(frozen=True)
class _Asking:
    rule: Rule
    by: list[str]
    cells: list[Cell]
    defined: list[Cell]
    min_size: int

    @property
    def kind(self) -> Kind:
        return "difference" if self.rule.kind == "difference" else "ratio"

    @property
    def pools(self) -> bool:
        """Whether several slices together have a value that follows from theirs."""
        return all(cell.is_counted for cell in self.defined)


@dataclass(frozen=True)
class _Asked:
    contrasts: list[Contrast]
    name: ContrastName
    notes: tuple[str, ...] = ()
    obstacle: str | None = None


def _asked(asking: _Asking) -> _Asked:
    """The contrasts that the rule asks for, and why there are none."""
    rule, limit, defined = asking.rule, asking.rule.exact_limit, asking.defined
    if rule.kind == "value":
        return _Asked(each(defined, limit, "min" if rule.min is not None else "max"), "each")
    wanted = rule.contrast or _usual_contrast(asking)
    in_pairs = wanted == "pairs" or (wanted == "reference" and rule.reference in {None, "best"})
    if in_pairs and len(defined) > MOST_IN_PAIRS:
        return _Asked([], "pairs", obstacle=_too_many(len(defined)))
    if wanted == "pairs":
        return _Asked(pairs(defined, asking.kind, limit), "pairs", _not_pooled(asking))
    if wanted == "reference" and rule.reference in {None, "best"}:
        note = "Which slice is best is chosen by the same data, so every pair is compared."
        return _Asked(pairs(defined, asking.kind, limit), "pairs", (note,))
    if wanted == "reference" and rule.reference != "overall":
        return _against_named(asking)
    make = against_rest if wanted == "rest" else against_whole
    why = f"{rule.base_metric} of several slices together does not follow from their values"
    found = make(defined, asking.kind, limit, asking.min_size)
    return _Asked(found, "rest" if wanted == "rest" else "reference", obstacle=None if asking.pools else why)


def _too_many(slices: int) -> str:
    return (
        f"{slices} slices in pairs are {slices * (slices - 1):,} comparisons, more than can be told apart; "
        'compare each slice with the rest (contrast = "rest") or with a reference'
    )


def _usual_contrast(asking: _Asking) -> Literal["pairs", "reference", "rest"]:
    """What is compared where the rule does not say: every cell of an intersection with the rest, else pairs."""
    if asking.rule.reference:
        return "reference"
    return "rest" if len(asking.by) > 1 and asking.pools else "pairs"


def _not_pooled(asking: _Asking) -> tuple[str, ...]:
    if len(asking.by) < 2 or asking.pools or asking.rule.contrast:
        return ()
    return (f"In pairs, because {asking.rule.base_metric} of several slices together does not follow from theirs.",)


def _against_named(asking: _Asking) -> _Asked:
    name = str(asking.rule.reference)
    known = [cell.label for cell in asking.cells]
    named = next((cell for cell in asking.cells if name in {cell.label, cell.id}), None)
    if named is None:
        near = nearest(name, known)
        what = f"there is no slice {shown(name)} to compare with{near and f'.{near}'}"
        return _Asked([], "reference", obstacle=what)
    if named.value is None:
        what = f"{asking.rule.base_metric} is undefined in the reference {named.id}: {named.undefined}"
        return _Asked([], "reference", obstacle=what)
    found = against_reference(asking.defined, named, asking.kind, asking.rule.exact_limit)
    return _Asked(found, "reference")


def _obstacle(rule: Rule, by: list[str], cells: list[Cell], defined: list[Cell]) -> str | None:
    what = " & ".join(by)
    if not cells:
        return f"the rule selects no slice: nothing was measured by {what}" if by else "the rule selects no slice"
    twice = _one_number(cells)
    if twice is not None:
        return f"{listed(twice, quote=False)} are levels of one number but for rounding, which parts one slice in two"
    least = 1 if rule.kind == "value" else 2
    if len(defined) >= least:
        if rule.kind != "ratio":
            return None
        if any(cell.exact < 0 for cell in defined):
            return f"a ratio of {rule.base_metric} has no meaning where a value is negative"
        if all(cell.exact == 0 for cell in defined):
            return f"{rule.base_metric} is 0 in every slice, so that their ratio is undefined"
        return None
    reasons = "; ".join(f"{shown(c.id, quote=False)}: {c.undefined}" for c in cells if c.value is None)
    if len(cells) < least:
        return f"only one slice by {what} was found, so that there is nothing to compare"
    return f"{rule.base_metric} is undefined in all slices but {len(defined)} ({reasons})"


def _one_number(cells: list[Cell]) -> tuple[str, str] | None:
    """Two slices whose levels are numbers that differ by rounding only, as 0.3 and 0.1 + 0.2."""
    numbers = sorted((value, cell.id) for cell in cells if (value := _as_number(cell.label)) is not None)
    for (low, first), (high, second) in pairwise(numbers):
        if isclose(low, high, rel_tol=1e-9):
            return first, second
    return None


def _as_number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
