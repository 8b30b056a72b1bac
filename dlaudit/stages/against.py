"""Fine-tuned against base: both models on the same rows, gap by gap and input by input."""

from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Int

from dlaudit.metrics.against import BothScored, Compared, TwoSlices, gap_changes
from dlaudit.metrics.against_slices import OneSlice, rate_changes
from dlaudit.metrics.forms import Asked
from dlaudit.metrics.names import ask
from dlaudit.record import AgainstModel, Guess, NotApplicable, RateChange
from dlaudit.stages.against_base import (
    BaseScored,
    Finished,
    Opener,
    base_request,
    guesses_of,
    other_model,
    score_base,
    wanted,
)
from dlaudit.stages.against_moved import moved
from dlaudit.stages.explain_gaps import AUTO
from dlaudit.stages.request import Request, Stopwatch

MOST_PAIRS = 36
"""Pairs of slices of one comparison, nine levels; of more levels each is compared with the largest one only."""


@dataclass(frozen=True, kw_only=True)
class Against:
    """The comparison, and how the base was read."""

    record: AgainstModel | None = None
    """None where there is no base."""
    guesses: list[Guess] = field(default_factory=list)
    """What was inferred about the base alone."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """Why there is no comparison."""


def against(request: Request, tuned: Finished, open_host: Opener, clock: Stopwatch) -> Against:
    """The audited model against its base; nothing where none was given.

    The audited model's process has ended by now, so that only one of the two models is in memory.

    Args:
        request: What was asked.
        tuned: The audit of the fine-tuned model.
        open_host: What finds a model a place to live in.
        clock: Told of the stage.

    Raises:
        DlauditError: Any fault of the base.
    """
    if not wanted(request):
        return Against()
    if tuned.measured.rows is None:
        reason = "the rows do not fit in memory"
        return Against(not_applicable=[NotApplicable(what="comparison with the base model", reason=reason)])
    other = _explained_alike(base_request(request, tuned.subject), tuned)
    with clock.stage("base"), open_host(other) or nullcontext() as host:
        base = score_base(other, host, tuned, request.progress)
        compared = compare(base.both, tuned, are_labels=base.subject.output == "label")
        shifted = moved(base, tuned, request.progress)
        record = AgainstModel(
            model=other_model(base),
            rows=len(base.both.tuned),
            agree=_agreeing(base.both),
            changes=[*compared.single.changes, *compared.crossed.changes],
            rates=compared.rates,
            moved=shifted.moved,
            parts=shifted.parts,
            tests=compared.single.tests,
            tests_crossed=compared.crossed.tests,
            not_applicable=[*_left_out(base, tuned), *compared.not_applicable, *shifted.not_applicable],
        )
        return Against(record=record, guesses=guesses_of(base, tuned.subject))


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """Gaps in both models; each of the two kinds has an error rate of its own."""

    single: Compared
    """Between slices of single features."""
    crossed: Compared
    """Between intersections, and within control levels."""
    rates: list[RateChange] = field(default_factory=list)
    """Every slice of every comparison, small ones too."""
    left_out: list[NotApplicable] = field(default_factory=list)
    """Metrics that are not compared."""

    @property
    def not_applicable(self) -> list[NotApplicable]:
        """What was not compared, each once."""
        every = [*self.left_out, *self.single.not_applicable, *self.crossed.not_applicable]
        return list({(one.what, one.reason): one for one in every}.values())


def compare(both: BothScored, tuned: Finished, *, are_labels: bool = False) -> Gaps:
    """Gaps of the metrics that are shown first, and of those that rules judge, in both models.

    Args:
        both: The rows.
        tuned: The audit of the one model.
        are_labels: Whether of the base the decisions alone are known, so that nothing is said of its scores.
    """
    spec, task = tuned.subject.spec, tuned.subject.labels.task
    judged = [rule.base_metric for rule in spec.policy.rules]
    names = list(dict.fromkeys([*AUTO[task], *judged]))
    asked, left_out = ask(names, task, tuned.subject.labels.classes)
    unable = _unable(both, asked, are_labels=are_labels)
    able = [one for one in asked if one.name not in unable]
    left_out += [NotApplicable(what=f"{name} against the base", reason=why) for name, why in unable.items()]
    pairs = _pairs(both, tuned)
    crossed = [one for one in pairs if len(one.by) > 1 or one.within]
    single = [one for one in pairs if len(one.by) == 1 and not one.within]
    return Gaps(
        single=gap_changes(both, single, able),
        crossed=gap_changes(both, crossed, able),
        rates=rate_changes(both, _slices(both, tuned), able),
        left_out=left_out,
    )


def _slices(both: BothScored, tuned: Finished) -> list[OneSlice]:
    """Every slice of a comparison, small ones and single ones too: what got worse is judged of all of them."""
    table, atom, unit = tuned.measured.table, both.tuned.atom, both.tuned.unit
    found = []
    for comparison in table.comparisons:
        known = [at for at in comparison.slices if not table.slices[at].unknown]
        inside = [table.member[at][atom] for at in known]
        crossing = unit is not None and _share_units(unit, inside)
        found += [
            OneSlice(
                by=tuple(comparison.by),
                within=comparison.within,
                slice=table.slices[at].id,
                inside=rows,
                crossing=crossing,
            )
            for at, rows in zip(known, inside, strict=True)
        ]
    return found


def _share_units(unit: Int[np.ndarray, "n *sides"], inside: list[Bool[np.ndarray, " n"]]) -> bool:
    """Whether some unit has rows in two of the slices; of pairs, which have two people, that is taken for granted."""
    return unit.ndim > 1 or sum(len(np.unique(unit[rows])) for rows in inside) > len(np.unique(unit[np.any(inside, 0)]))


def _unable(both: BothScored, asked: list[Asked], *, are_labels: bool) -> dict[str, str]:
    """Metrics that speak of more than both models are known to say, and why each is left out."""
    probabilities = both.base.probabilities and both.tuned.probabilities
    found = {}
    for one in asked:
        if are_labels and one.metric.needs not in {"confusion", "table"}:
            found[one.name] = "of the earlier model decisions are known and no scores"
        elif one.metric.probabilities and not probabilities:
            found[one.name] = "it speaks of probabilities, and the scores are none"
    return found


def _pairs(both: BothScored, tuned: Finished) -> list[TwoSlices]:
    """Every two slices of a comparison that are not small; the larger one is the reference.

    Small slices would take from the error rate that these gaps share in the report; a gate judges them by `rates`.
    """
    table, atom = tuned.measured.table, both.tuned.atom
    pairs = []
    for comparison in table.comparisons:
        able = [at for at in comparison.slices if not table.slices[at].small and not table.slices[at].unknown]
        able.sort(key=lambda at: (-table.slices[at].n, table.slices[at].id))
        couples = [(one, other) for place, other in enumerate(able) for one in able[place + 1 :]]
        if len(couples) > MOST_PAIRS:
            couples = [(one, able[0]) for one in able[1:]]
        pairs += [
            TwoSlices(
                by=tuple(comparison.by),
                within=comparison.within,
                slice=table.slices[one].id,
                reference=table.slices[other].id,
                inside=(table.member[one][atom], table.member[other][atom]),
            )
            for one, other in couples
        ]
    return pairs


def _explained_alike(other: Request, tuned: Finished) -> Request:
    """The base is explained by the methods that explain the audited model, on as many rows, without further checks."""
    explained, explain = tuned.explained, other.spec.explain
    methods = list(dict.fromkeys(one.method for one in explained.attributions))
    known: dict[str, object] = {"checks": False, "second_opinion": 0, "layers": []}
    if methods and explained.plan is not None:
        known |= {"methods": methods, "sample": max(1, explained.plan.rows)}
    else:
        known |= {"enabled": bool(explained.decompositions)}
    spec = other.spec.model_copy(update={"explain": explain.model_copy(update=known)})
    return replace(other, spec=spec)


def _agreeing(both: BothScored) -> int | None:
    if both.tuned.task == "regression":
        return None
    same = both.base.prediction == both.tuned.prediction
    return int(np.asarray(same).reshape(len(both.tuned), -1).all(axis=1).sum())


def _left_out(base: BaseScored, tuned: Finished) -> list[NotApplicable]:
    """Rows that only one model scored."""
    ours, theirs, rows = tuned.scored.rows, base.scored.rows, len(base.both.tuned)
    left_out = []
    if max(ours, theirs) > rows:
        reason = f"only one of the two models gave a finite score for {ours + theirs - 2 * rows:,} rows"
        left_out.append(NotApplicable(what="rows of both models", reason=reason))
    return left_out
