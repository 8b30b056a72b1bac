"""Trust in the why: what the checks come to for every method and slice, and the checks themselves."""

from dataclasses import dataclass, replace

from dlaudit.findings.explained import ACROSS_SLICES, SECOND_OPINION, differs
from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.catalogue_methods import LIBRARIES, MEASURES, METHODS, STATES
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.explain_plan import PlanView, explain_plan
from dlaudit.outputs.view.outside import MEASURE
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Prose, Sentence, level, people, said
from dlaudit.record import OVERALL, AttributionQuality, Audit, Trust

MOST_SLICES = 12
MOST_DIFFERENCES = 4
IN_FILE_ONLY = frozenset({"completeness_error_median", "completeness_share_over_tolerance", "agreement_median_row"})
"""Figures that say little beside others of their kind; they stand in audit.json."""
PARTS = ("attributions", "explanation", "decomposition", "layer", "faithfulness", "repeats", "randomised", "probe")
"""First words of what explaining left out."""


@dataclass(frozen=True)
class Cell:
    """What the checks of one method on one slice come to."""

    state: str
    """`trusted`, `distrusted` or `unknown`: also the class of its mark."""
    sign: str
    word: str
    reasons: list[str]
    rows: str


@dataclass(frozen=True)
class CheckRow:
    """One check on all rows."""

    measure: str
    method: str
    slice: str
    value: str
    interval: str
    required: str
    null: str
    state: str
    """`pass`, `fail` or `none`."""
    word: str
    meaning: str


@dataclass(frozen=True)
class Figure:
    """One check on one slice, in a few characters."""

    value: str
    null: str
    state: str


@dataclass(frozen=True)
class SliceTable:
    """The checks of one method on single slices."""

    method: str
    slices: list[str]
    rows: list[tuple[str, list[Figure | None]]]


@dataclass(frozen=True, kw_only=True)
class TrustView:
    """The section."""

    methods: list[str]
    verdicts: list[tuple[str, list[Cell | None]]]
    """Slice, and what every method's checks come to on it."""
    opinions: list[tuple[str, Sentence]]
    """State and sentence of second opinions, and of how alike slices are explained."""
    checks: list[CheckRow]
    by_slice: list[SliceTable]
    left_out: list[tuple[str, str]]
    plan: PlanView | None

    @property
    def ran(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.verdicts or self.checks or self.by_slice or self.plan)


def trust(audit: Audit) -> TrustView:
    """The checks: verdicts first, then figures on all rows, then figures on single slices."""
    methods = list(dict.fromkeys(one.method for one in audit.trust))
    apart = {ACROSS_SLICES, SECOND_OPINION, MEASURE}
    plain_checks = [one for one in audit.quality if one.measure not in apart]
    overall = [one for one in plain_checks if one.slice == OVERALL and one.measure not in IN_FILE_ONLY]
    return TrustView(
        methods=[method_named(one) for one in methods],
        verdicts=_verdicts(audit, methods),
        opinions=[*_opinions(audit), *_differences(audit)],
        checks=_checks(overall),
        by_slice=_by_slice(audit, [one for one in plain_checks if one.slice != OVERALL and _is_judged(one)]),
        left_out=[(one.what, one.reason) for one in audit.not_applicable if _is_of_explaining(one.what)],
        plan=explain_plan(audit),
    )


def measure_named(measure: str) -> str:
    """What a check asks, in words."""
    if measure.startswith("randomised_") and measure not in MEASURES:
        stage = measure.removeprefix("randomised_").replace("_", " ")
        return _("like those with the last weights random, stage {stage}").format(stage=stage)
    return MEASURES.get(measure) or measure.replace("_", " ")


def _verdicts(audit: Audit, methods: list[str]) -> list[tuple[str, list[Cell | None]]]:
    found = {(one.slice, one.method): one for one in audit.trust}
    slices = list(dict.fromkeys(one.slice for one in audit.trust))
    bad = {one.slice for one in audit.trust if one.ok is False}
    slices.sort(key=lambda name: (name != OVERALL, name not in bad))  # stable: else the audit's order
    return [
        (_slice_named(audit, name), [_cell(found.get((name, one)), found.get((OVERALL, one))) for one in methods])
        for name in slices[:MOST_SLICES]
    ]


def _cell(one: Trust | None, overall: Trust | None) -> Cell | None:
    """What one method's checks come to; reasons that stand in the row of all rows are not said again."""
    if one is None:
        return None
    known = overall.reasons if overall is not None and overall is not one else []
    reasons = [reason for reason in one.reasons if reason not in known]
    if len(reasons) < len(one.reasons):
        reasons.append(TEXT["as_overall"])
    state = {True: "trusted", False: "distrusted", None: "unknown"}[one.ok]
    sign, word = STATES[state]
    return Cell(state, sign, _(word), reasons, text.rows(one.rows))


def _slice_named(audit: Audit, slice_id: str) -> str:
    found = next((one for one in audit.slices if one.id == slice_id and one.where), None)
    if found is None:
        return TEXT["maps_all"] if slice_id == OVERALL else slice_id
    return " & ".join(f"{feature} = {level(found.where[feature])}" for feature in found.by)


def _opinions(audit: Audit) -> list[tuple[str, Sentence]]:
    """What other libraries say, in their own sentences."""
    found = [one for one in audit.quality if one.measure == SECOND_OPINION]
    return [
        (_state(one)[0], said("opinion", check=measure_named(one.measure).capitalize(), told=Prose(one.meaning)))
        for one in found
    ]


def _differences(audit: Audit) -> list[tuple[str, Sentence]]:
    """Whether explanations are equally faithful across slices: those that are not, and how many were compared."""
    found = [one for one in audit.quality if one.measure == ACROSS_SLICES]
    differ = [one for one in found if differs(one)]
    alike = [one for one in found if one not in differ and one.value is not None]
    told = [("fail", _differs(audit, one)) for one in differ[:MOST_DIFFERENCES]]
    if alike:
        key = "differs_no_more" if differ else "differs_not"
        told.append(("none", said(key, count=text.count(len(alike)))))
    if unknown := sum(one.value is None for one in found):
        told.append(("none", said("differs_unknown", count=text.count(unknown))))
    return told


def _differs(audit: Audit, one: AttributionQuality) -> Sentence:
    value = one.value or 0.0
    return said(
        "differs_worse" if value < 0 else "differs_better",
        method=(Name(method_named(one.method)),),
        slice=people(audit, one.slice),
        size=text.decimal(abs(value)),
        interval=_sizes(one),
    )


def _sizes(one: AttributionQuality) -> str:
    """The interval of a difference whose direction is said in words."""
    if one.low is None or one.high is None:
        return ""
    least, most = sorted((abs(one.low), abs(one.high)))
    return f" ({text.span(least, most, text.decimal)})"


def _checks(found: list[AttributionQuality]) -> list[CheckRow]:
    """Failed checks, then passed ones, then figures to read; the same check by several methods is explained once."""
    rows = [_check(one) for one in sorted(found, key=lambda one: (one.ok is None, one.ok is True, one.measure))]
    said: set[str] = set()
    told = []
    for row in rows:
        told.append(replace(row, meaning="") if row.meaning in said else row)
        said.add(row.meaning)
    return told


def _check(one: AttributionQuality) -> CheckRow:
    state, word = _state(one)
    return CheckRow(
        measure=measure_named(one.measure),
        method=method_named(one.method),
        slice=one.slice,
        value=text.decimal(one.value),
        interval=text.span(one.low, one.high, text.decimal),
        required=text.decimal(one.required),
        null=text.decimal(one.null),
        state=state,
        word=word,
        meaning=one.meaning,
    )


def _state(one: AttributionQuality) -> tuple[str, str]:
    words = {True: ("pass", _("Passed")), False: ("fail", _("Failed")), None: ("none", _("For reading"))}
    return words[one.ok]


def _is_judged(one: AttributionQuality) -> bool:
    """Whether it has a level or stands beside what a worthless explanation would score."""
    return one.ok is not None or one.null is not None


def _by_slice(audit: Audit, found: list[AttributionQuality]) -> list[SliceTable]:
    """One table per method: checks down, slices across."""
    tables = []
    for method in dict.fromkeys(one.method for one in found):
        mine = {(one.measure, one.slice): one for one in found if one.method == method}
        slices = list(dict.fromkeys(name for _, name in mine))[:MOST_SLICES]
        rows = [
            (measure_named(measure), [_figure(mine.get((measure, name))) for name in slices])
            for measure in dict.fromkeys(measure for measure, _ in mine)
        ]
        tables.append(SliceTable(method_named(method), [_slice_named(audit, name) for name in slices], rows))
    return tables


def _figure(one: AttributionQuality | None) -> Figure | None:
    if one is None:
        return None
    return Figure(text.decimal(one.value), text.decimal(one.null) if one.null is not None else "", _state(one)[0])


def _is_of_explaining(what: str) -> bool:
    """Whether what was left out is a part of explaining: a method by its name, or one of its parts."""
    first = what.split(" ")[0].rstrip("s")
    library = what.partition(".")[0]
    return what in METHODS or library in LIBRARIES or first in {part.rstrip("s") for part in PARTS}
