"""Swapped identities: what each kind of person does to the score of the same sentences, the largest change first."""

from collections.abc import Sequence
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.words import Name, Sentence, said
from dlaudit.record import Audit, ProbeResult

PROBE = "identity_swap"
"""Name of the experiment in the record."""
MOST_TERMS = 48
"""Terms of a suite that are shown."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """One kind of person against the others of its axis."""

    name: Sentence
    value: str
    interval: str
    decision: str
    """Change of the share of sentences that are selected."""
    decision_interval: str
    templates: str
    mark: str
    """`yes` for more than chance, `no` for what could be chance, empty where it was not tested."""
    x: str
    width: str
    lowers: bool
    pale: bool


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The sentences of one suite."""

    title: Sentence
    told: Sentence
    zero: str
    axes: list[tuple[str, list[Term]]]
    """Kinds of people with their terms, both by their largest change."""
    left_out: int


def suites(audit: Audit) -> list[Suite]:
    """A table for each suite of the record; none where nobody was swapped."""
    found: dict[str, list[ProbeResult]] = {}
    for one in audit.probes:
        if one.probe == PROBE:
            found.setdefault(str(one.detail.get("suite")), []).append(one)
    return [_suite(name, results) for name, results in found.items()]


def _suite(name: str, results: Sequence[ProbeResult]) -> Suite:
    axes: dict[str, list[ProbeResult]] = {}
    for one in sorted(results, key=lambda one: (-abs(one.value), one.subject)):
        axes.setdefault(_told(one, "axis"), []).append(one)
    shown: list[tuple[str, Sequence[ProbeResult]]] = []
    room = MOST_TERMS
    for axis, terms in axes.items():
        shown.append((axis, _distinct(terms)[:room]))
        room -= len(shown[-1][1])
    whole = [one for _, terms in shown for one in terms]
    scale = Axis.around([0.0, *(one.value for one in whole)])
    written = text.changes(max(abs(one.value) for one in whole))
    return Suite(
        title=said(
            "swaps_suite",
            suite=(Name(name),),
            terms=text.count(len(results)),
            templates=text.count(max(int(one.detail.get("templates", 0)) for one in results)),
        ),
        told=_lead(results, written),
        zero=scale.at(0.0),
        axes=[(axis, [_term(one, axes[axis], scale, written) for one in terms]) for axis, terms in shown if terms],
        left_out=sum(len(_distinct(terms)) for terms in axes.values()) - len(whole),
    )


def _distinct(terms: Sequence[ProbeResult]) -> Sequence[ProbeResult]:
    """The terms; of two, which are one comparison told from either side, the one that comes first in the file."""
    return sorted(terms, key=lambda one: _told(one, "term"))[:1] if len(terms) == 2 else terms


def _lead(results: Sequence[ProbeResult], written: text.Format) -> Sentence:
    marked = [one for one in results if one.detail.get("marked")]
    most = max(marked or results, key=lambda one: abs(one.value))
    selected = most.detail.get("selected_difference")
    decision: Sentence = ()
    if selected:
        points = text.points(abs(float(selected))).lstrip("+")
        decision = said("swaps_more" if float(selected) > 0 else "swaps_fewer", points=points)
    return said(
        "swaps_some" if marked else "swaps_none",
        marked=text.count(len(marked)),
        terms=text.count(len(results)),
        term=(Name(_told(most, "term")),),
        value=written(most.value),
        interval=text.span(most.low, most.high, written),
        decision=decision,
    )


def _term(one: ProbeResult, beside: Sequence[ProbeResult], scale: Axis, written: text.Format) -> Term:
    about = one.detail
    others = [_told(other, "term") for other in beside if other is not one]
    name: Sentence = (Name(_told(one, "term")),)
    if len(others) == 1:
        name = said("swaps_against", term=name, other=(Name(others[0]),))
    mark = "" if about.get("p_adjusted") is None else "yes" if about.get("marked") else "no"
    return Term(
        name=name,
        value=written(one.value),
        interval=text.span(one.low, one.high, written),
        decision=text.points(about.get("selected_difference")),
        decision_interval=text.span(about.get("selected_low"), about.get("selected_high"), text.points),
        templates=text.count(about.get("templates")),
        mark=mark,
        x=scale.at(min(0.0, one.value)),
        width=scale.width(0.0, one.value),
        lowers=one.value < 0,
        pale=mark != "yes",
    )


def _told(one: ProbeResult, key: str) -> str:
    return str(one.detail.get(key, ""))
