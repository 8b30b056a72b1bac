"""Which gaps between slices are split over the model's inputs, and the splitting, pair of slices by pair."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dlaudit.attributions import GapWork
from dlaudit.attributions.gaps.games import decomposable, game_of, why_not
from dlaudit.attributions.gaps.pairs import Pair, pairs_to_explain
from dlaudit.errors import listed
from dlaudit.record import Decomposition, NotApplicable
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_plan import ExplainSetup
from dlaudit.stages.explain_splits import GapQuestion, PairExplained, split_pair
from dlaudit.stages.explain_texts import has_own_parts, slices_of, split_texts

AUTO = {
    "binary": ("mean_score", "selection_rate", "true_positive_rate", "false_positive_rate"),
    "multiclass": ("recall", "log_loss"),
    "multilabel": ("true_positive_rate", "false_positive_rate"),
    "regression": ("mean_prediction", "mean_error", "mean_absolute_error"),
}
"""Metrics whose gaps are split without being asked for, by task: those that are shown first."""
MEAN_SCORE = ("mean_score", "mean_prediction")
MOST_METRICS = 24
"""Metrics (of classes and labels) whose gaps are split; the rest is told as not done."""
MOST_PAIRS = 64
"""Pairs of slices that are compared; the rest is told as not done."""
WHAT = "decompositions"


@dataclass(frozen=True, kw_only=True)
class GapsExplained:
    """What was found about gaps."""

    decompositions: list[Decomposition] = field(default_factory=list)
    """One per pair of slices and metric, metric by metric."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What could not be split."""
    passes: float = 0.0
    """Forward-and-backward passes that it took."""
    halved: list[int] = field(default_factory=list)
    """Rows of passes that ran out of memory."""


def metrics_asked(material: Material) -> tuple[list[str], list[NotApplicable]]:
    """Metrics whose gaps are split, as measurements name them, and those that cannot be."""
    asked, left_out = _named(material)
    measured = list(dict.fromkeys(one.metric for one in material.measured.measurements))
    found = {one: [name for name in measured if one in {name, name.partition("[")[0]}] for one in asked}
    if isinstance(material.subject.spec.explain.decompose, list):
        left_out += [_none(f"{WHAT} of {one}", "it was not measured") for one, names in found.items() if not names]
    names = list(dict.fromkeys(name for several in found.values() for name in several))
    if len(names) > MOST_METRICS:
        rest = listed(names[MOST_METRICS:], quote=False)
        left_out.append(_none(f"{WHAT} of {rest}", f"{MOST_METRICS} metrics at most are split"))
    return names[:MOST_METRICS], left_out


def _named(material: Material) -> tuple[list[str], list[NotApplicable]]:
    """Metrics that `explain.decompose` means, and those of the rules that cannot be split."""
    spec, task = material.subject.spec, material.subject.labels.task
    if isinstance(spec.explain.decompose, list):
        return list(dict.fromkeys(spec.explain.decompose)), []
    if spec.explain.decompose == "all":
        return list(decomposable(task)), []
    judged = dict.fromkeys(rule.base_metric for rule in spec.policy.rules)
    reasons = {one: why_not(one, task) for one in judged}
    able = [one for one, reason in reasons.items() if reason is None]
    refused = [_none(f"{WHAT} of {one}", reason) for one, reason in reasons.items() if reason is not None]
    return list(dict.fromkeys([*AUTO.get(task, ()), *able])), refused


def gap_questions(material: Material) -> tuple[list[GapQuestion], list[NotApplicable]]:
    """Which gaps are split, those of the same two slices together, and what is left out."""
    metrics, left_out = metrics_asked(material)
    table = material.measured.table
    found: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs_to_explain(material.measured.measurements, table.slices, table.comparisons, metric=metrics):
        found.setdefault((pair.slice, pair.reference), []).append(pair)
    if not metrics:
        left_out.append(
            _none(WHAT, f"no metric of a {material.subject.labels.task} task that can be split is measured")
        )
    elif not found:
        left_out.append(_none(WHAT, "no feature has two slices that are large enough"))
    questions = [GapQuestion(slice=one, reference=other, pairs=tuple(pairs)) for (one, other), pairs in found.items()]
    if len(questions) > MOST_PAIRS:
        rest = f"{WHAT} of {len(questions) - MOST_PAIRS:,} pairs of slices"
        left_out.append(_none(rest, f"{MOST_PAIRS} pairs at most are split"))
    return questions[:MOST_PAIRS], left_out


def mean_score_pairs(questions: Sequence[GapQuestion]) -> list[Pair]:
    """The gaps of the mean score (or of the mean prediction) among the questions."""
    return [pair for one in questions for pair in one.pairs if pair.metric in MEAN_SCORE]


def gap_work(material: Material, questions: Sequence[GapQuestion]) -> GapWork | None:
    """What the questions will take at most; None without any."""
    if not questions:
        return None
    spec = material.subject.spec.explain
    sides = [(len(material.places(one.slice)), len(material.places(one.reference))) for one in questions]
    once = [len(material.places(one)) for one in slices_of(questions)] if has_own_parts(material) else []
    return GapWork(
        sides=sides,
        rows=spec.decompose_rows,
        rounds=spec.rounds,
        walks=len(_pairings(material, questions)),
        pooled=material.tabular,
        once=once,
    )


def _pairings(material: Material, questions: Sequence[GapQuestion]) -> list[int | None]:
    """The different pairings of people that the metrics need, in the order of the metrics."""
    return list(dict.fromkeys(_pairing(material, pair) for one in questions for pair in one.pairs))


def _pairing(material: Material, pair: Pair) -> int | None:
    labels = material.subject.labels
    return game_of(pair.metric, labels.task, classes=labels.classes).pairing


def _afforded(
    material: Material, questions: Sequence[GapQuestion], work: GapWork
) -> tuple[list[GapQuestion], list[NotApplicable]]:
    """The questions with the metrics of as many pairings as the plan allows, and the metrics left out."""
    kept = _pairings(material, questions)[: work.walks]
    found = [replace(one, pairs=tuple(p for p in one.pairs if _pairing(material, p) in kept)) for one in questions]
    names = dict.fromkeys(p.metric for one in questions for p in one.pairs if _pairing(material, p) not in kept)
    reason = "the budget allows only metrics whose people are paired as those of the first one are (DLA505)"
    return [one for one in found if one.pairs], [_none(f"{WHAT} of {name}", reason) for name in names]


def explain_gaps(material: Material, questions: Sequence[GapQuestion], setup: ExplainSetup) -> GapsExplained:
    """Split every gap, as far as the budget allows."""
    work = setup.plan.gaps
    if not questions:
        return GapsExplained()
    if work is None:
        return GapsExplained(not_applicable=[_none(WHAT, str(setup.plan.no_gaps))])
    questions, dropped = _afforded(material, questions, work)
    material.progress.stage("explain: gaps", len(questions), noun="pairs of slices")
    found = _split(material, questions, work)
    order = list(dict.fromkeys(pair.metric for one in questions for pair in one.pairs))
    made = [one for part in found for one in part.decompositions]
    left_out = {(one.what, one.reason): one for part in found for one in part.not_applicable}
    return GapsExplained(
        decompositions=sorted(made, key=lambda one: order.index(one.metric)),
        not_applicable=[*dropped, *left_out.values()],
        passes=sum(part.passes for part in found),
        halved=[size for part in found for size in part.halved],
    )


def _split(material: Material, questions: Sequence[GapQuestion], work: GapWork) -> list[PairExplained]:
    """What was found about each pair; parts of two rows are exchanged only where they correspond."""
    if has_own_parts(material):
        return split_texts(material, questions, work)
    found = []
    for question in questions:
        found.append(split_pair(material, question, work))
        material.progress.advance(1)
    return found


def _none(what: str, reason: str) -> NotApplicable:
    return NotApplicable(what=what, reason=reason)
