"""One rule on one sensitive feature (or intersection): the slices it speaks about and the contrasts it asks for."""

from dataclasses import dataclass
from typing import Literal

from dlaudit.errors import nearest, shown
from dlaudit.gate.cells import Cell, read_cells
from dlaudit.gate.contrasts import Contrast, Kind, against_reference, against_rest, against_whole, each, pairs
from dlaudit.record import Audit
from dlaudit.spec import Rule

ContrastName = Literal["pairs", "reference", "rest", "each"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """The statements of one check, which share one error rate."""

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
    notes: tuple[str, ...] = ()
    """What a reader must know about how it was judged."""
    obstacle: str | None = None
    """Why nothing can be compared."""

    @property
    def defined(self) -> list[Cell]:
        """Slices where the metric has a value."""
        return [cell for cell in self.cells if cell.value is not None]

    @property
    def assessed(self) -> list[Cell]:
        """Slices that a PASS speaks about."""
        return [cell for cell in self.defined if not cell.small]

    @property
    def left_out(self) -> list[Cell]:
        """Slices that it does not."""
        return [cell for cell in self.cells if cell.small or cell.value is None]


def make_family(audit: Audit, rule: Rule, by: list[str]) -> Family:
    """The check that `rule` makes of the slices over `by`."""
    cells = read_cells(audit, rule.base_metric, by)
    defined = [cell for cell in cells if cell.value is not None]
    whole = _Whole(rule, cells, defined, audit.min_size)
    contrasts, name, notes, obstacle = whole.asked()
    return Family(
        rule=rule,
        by=by,
        cells=cells,
        contrasts=contrasts,
        contrast=name,
        min_size=audit.min_size,
        notes=notes,
        obstacle=obstacle or _obstacle(rule, by, cells, defined),
    )


@dataclass(frozen=True)
class _Whole:
    rule: Rule
    cells: list[Cell]
    defined: list[Cell]
    min_size: int

    def asked(self) -> tuple[list[Contrast], ContrastName, tuple[str, ...], str | None]:
        """Contrasts, what they compare, notes, and why there are none."""
        rule, limit = self.rule, self.rule.exact_limit
        kind: Kind = "difference" if rule.kind == "difference" else "ratio"
        if rule.kind == "value":
            return each(self.defined, limit, "min" if rule.min is not None else "max"), "each", (), None
        wanted = rule.contrast or ("reference" if rule.reference else "pairs")
        if wanted == "pairs":
            return pairs(self.defined, kind, limit), "pairs", (), None
        if wanted == "reference" and rule.reference in {None, "best"}:
            note = "Which slice is best is chosen by the same data, so every pair is compared."
            return pairs(self.defined, kind, limit), "pairs", (note,), None
        if wanted == "rest" or rule.reference == "overall":
            make = against_rest if wanted == "rest" else against_whole
            found = make(self.defined, kind, limit, self.min_size)
            counted = all(cell.is_counted for cell in self.defined)
            why = (
                None if counted else f"{rule.base_metric} of several slices together does not follow from their values"
            )
            return found, "rest" if wanted == "rest" else "reference", (), why
        return self._against_named(kind)

    def _against_named(self, kind: Kind) -> tuple[list[Contrast], ContrastName, tuple[str, ...], str | None]:
        name = str(self.rule.reference)
        known = [cell.label for cell in self.cells]
        named = next((cell for cell in self.cells if name in {cell.label, cell.id}), None)
        if named is None:
            near = nearest(name, known)
            return [], "reference", (), f"there is no slice {shown(name)} to compare with{near and f'.{near}'}"
        if named.value is None:
            return (
                [],
                "reference",
                (),
                f"{self.rule.base_metric} is undefined in the reference {named.id}: {named.undefined}",
            )
        return against_reference(self.defined, named, kind, self.rule.exact_limit), "reference", (), None


def _obstacle(rule: Rule, by: list[str], cells: list[Cell], defined: list[Cell]) -> str | None:
    what = " & ".join(by)
    if not cells:
        return f"the rule selects no slice: nothing was measured by {what}" if by else "the rule selects no slice"
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
