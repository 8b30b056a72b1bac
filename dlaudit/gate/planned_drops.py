"""A rule on a drop before any run: which slices a PASS speaks about, and how the error rate of a FAIL is shared.

The judge's own question and family are asked, of an audit whose slices have these sizes and whose rows all stayed as
they were: shares and scope follow from sizes alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dlaudit.gate.changed import Flips
from dlaudit.gate.drop import drop_question
from dlaudit.gate.family import Family
from dlaudit.gate.planned import SizedSlice
from dlaudit.gate.question import Question
from dlaudit.record import Audit, DataInfo, ModelInfo, Provenance, RateChange, RunComparison, RunRef, Slice
from dlaudit.record.against import AgainstModel, OtherModel
from dlaudit.spec import Rule


@dataclass(frozen=True)
class DropSlice:
    """A slice of a check on a drop."""

    sized: SizedSlice
    """Its size."""
    assessed: bool
    """Whether a PASS speaks about it."""
    alpha: float
    """Error rate of its FAIL while no other slice is shown to be worse; 0 where nothing could show it."""


@dataclass(frozen=True)
class DropCheck:
    """One check on a drop."""

    by: list[str]
    """Features whose levels are compared."""
    slices: tuple[DropSlice, ...]
    """Slices that the metric is defined in."""
    can_pass: bool
    """Whether any outcome passes; none does with a slice that has no value, or where all are small."""


def drop_checks(rule: Rule, families: list[tuple[list[str], list[SizedSlice]]], min_size: int) -> list[DropCheck]:
    """The checks that a rule on a drop makes of slices of these sizes, one for each feature.

    Args:
        rule: With a `max_drop` on a share of rows that are the same whatever a model predicts.
        families: The rule's features, each with its slices.
        min_size: Rows below which no PASS speaks about a slice.
    """
    audit = drop_audit(rule, families, min_size, {})
    questions = [drop_question(audit, rule, by) for by, _ in families]
    family = Family(questions[0].rule, tuple(questions))
    return [_check(family, one, cells) for one, (_, cells) in zip(questions, families, strict=True)]


def _check(family: Family, question: Question, cells: list[SizedSlice]) -> DropCheck:
    own, weight = family.shares_of(question)
    share = family.rule.alpha * weight / float(family.weights.sum()) if own else 0.0
    able = {one.first.id for one in own}
    sized = {one.id: one for one in cells}
    slices = tuple(
        DropSlice(sized[one.first.id], question.is_assessed(one), share if one.first.id in able else 0.0)
        for one in question.usable
    )
    has_hole = any(cell.value is None and not cell.small for cell in question.cells)
    return DropCheck(question.by, slices, not has_hole and any(one.assessed for one in slices))


def drop_audit(
    rule: Rule, families: list[tuple[list[str], list[SizedSlice]]], min_size: int, flips: Mapping[str, Flips]
) -> Audit:
    """An audit that was held against an earlier run, of which nothing is known but what a rule on a drop asks.

    Args:
        rule: As for `drop_checks`; its metric is one that is better the higher it is.
        families: As for `drop_checks`.
        min_size: As for `drop_checks`.
        flips: Id of a slice to the rows that changed sides; all others stayed as they were.
    """
    rates = [_rate(rule, by, one, flips.get(one.id)) for by, cells in families for one in cells]
    paired = AgainstModel(model=OtherModel(), rows=0, rates=rates)
    return Audit(
        provenance=Provenance(dlaudit="", python=""),
        model=ModelInfo(),
        data=DataInfo(sensitive=list(dict.fromkeys(name for by, _ in families for name in by))),
        slices=[_slice(by, one, min_size) for by, cells in families for one in cells],
        min_size=min_size,
        baseline=RunComparison(old=RunRef(place="", rows=0), paired=paired),
    )


def _rate(rule: Rule, by: list[str], one: SizedSlice, flips: Flips | None) -> RateChange:
    bare = RateChange(metric=rule.base_metric, by=by, slice=one.id, rows=one.rows)
    if one.counted == 0:
        return bare.model_copy(update={"undefined": "no rows are counted"})
    lost, gained = (0, 0) if flips is None else (flips.worse, flips.better)
    values = {"base": 0.5, "tuned": 0.5 + (gained - lost) / one.counted}
    counts = {"n": one.counted, "both": 0, "gained": gained, "lost": lost}
    return bare.model_copy(update={**values, **counts})


def _slice(by: list[str], one: SizedSlice, min_size: int) -> Slice:
    kind = "group" if len(by) == 1 else "intersection"
    where = dict.fromkeys(by, one.label)
    return Slice(id=one.id, by=by, where=where, n=one.rows, share=0.0, kind=kind, small=one.rows < min_size)
