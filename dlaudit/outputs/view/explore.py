"""What a reader may try: another threshold, with every slice's rates calculated again in the browser.

The counts of rows by score and label travel with the page. The script calculates the audited figures from them too and
says whether they agree; without a script the audited figures stand there alone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.order import features_compared, measurements_on, slices_of
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.view.curves import RATES, used_edge, written
from dlaudit.outputs.words import Name, Sentence, filled, levels
from dlaudit.record import Audit, Measurement, ScoreHistogram, Slice

WILSON = "wilson"
"""The one interval that the script can calculate again."""
MOST_SLICES = 24
"""Slices of the table together; features beyond that are left out whole, and told."""
LEAST_ROWS = 30
"""Slices below this many rows are left out here, however small a slice may be that a pass speaks about: counts of rows
at every threshold, which the script needs, would tell single ones of them. Only the explorer leaves them out: curves
and tables print the rates of every slice that was measured."""
_AXIS = Axis(0.0, 1.0)


@dataclass(frozen=True)
class ExploreRow:
    """One slice at the audited threshold."""

    name: str
    size: str
    selected: str
    width: str
    """Width of its bar."""
    low: str | None
    high: str | None
    """Ends of its interval; None where the script cannot calculate it again."""
    interval: str
    ratio: str
    recognised: str
    """True positive rate."""
    alarms: str
    """False positive rate."""


@dataclass(frozen=True)
class Explore:
    """The table, and what the script needs."""

    features: list[tuple[str, Sentence, list[ExploreRow]]]
    """Sensitive feature, which level ratios are to, rows."""
    threshold: str
    """As audited."""
    last: int
    """Number of the highest threshold."""
    used: int
    """Number of the audited threshold."""
    data: str
    """JSON; the template makes it inert."""
    has_intervals: bool
    left_out: str
    """Which slices are not here, and why."""


def explore(audit: Audit) -> Explore | None:
    """The thresholds of a binary model that may be tried; None where there are none to try."""
    outputs = {one.output for one in audit.histograms}
    whole = next((one for one in audit.histograms if len(one.edges) > 2), None)
    if audit.model.task != "binary" or len(outputs) != 1 or whole is None:
        return None
    used = used_edge(whole.edges, audit.model.threshold)
    if used is None:
        return None
    held = {one.slice: one for one in audit.histograms if one.edges == whole.edges}
    selected = {one for one, found in measurements_on(audit, RATES[0]).items() if found.is_defined}
    known = selected.intersection(held, *(measurements_on(audit, metric) for metric in RATES[1:]))
    groups = {
        feature: [
            one for one in slices_of(audit, [feature]) if one.id in known and not one.small and one.n >= LEAST_ROWS
        ]
        for feature in features_compared(audit)
    }
    groups = {feature: slices for feature, slices in groups.items() if len(slices) > 1}
    groups = {feature: slices for feature, slices, total in _running(groups) if total <= MOST_SLICES}
    if not groups:
        return None
    return _explore(audit, groups, held, used)


def _running(groups: dict[str, list[Slice]]) -> Iterator[tuple[str, list[Slice], int]]:
    """Features, their slices, and how many slices these are together with all before."""
    totals = accumulate(map(len, groups.values()))
    return ((feature, slices, total) for (feature, slices), total in zip(groups.items(), totals, strict=True))


def _explore(audit: Audit, groups: dict[str, list[Slice]], held: dict[str, ScoreHistogram], used: int) -> Explore:
    measured = {metric: measurements_on(audit, metric) for metric in RATES}
    shown = [one for slices in groups.values() for one in slices]
    edges = held[shown[0].id].edges
    with_intervals = all(measured[RATES[0]][one.id].method == WILSON for one in shown)
    level = measured[RATES[0]][shown[0].id].level
    references = {feature: max(slices, key=lambda one: one.n) for feature, slices in groups.items()}
    labels = [text.given(edge) if at == used else written(edge) for at, edge in enumerate(edges[:-1])]
    packed = {
        "used": used,
        "labels": labels,
        "z": NormalDist().inv_cdf(0.5 + level / 2) if with_intervals else 0,
        "slices": [_packed(held[one.id], [measured[metric][one.id].value for metric in RATES]) for one in shown],
        "reference": [shown.index(references[feature]) for feature, slices in groups.items() for _ in slices],
    }
    every = [one for feature in features_compared(audit) for one in slices_of(audit, [feature])]
    return Explore(
        features=[
            (
                feature,
                filled(_("ratio to {reference}"), reference=Name(levels(references[feature]))),
                [_row(one, measured, references[feature], with_intervals) for one in slices],
            )
            for feature, slices in groups.items()
        ],
        threshold=labels[used],
        last=len(edges) - 2,
        used=used,
        data=json.dumps(packed, separators=(",", ":"), allow_nan=False),
        has_intervals=with_intervals,
        left_out=TEXT["explore_left_out"].format(most=MOST_SLICES, count=text.count(len(every) - len(shown)))
        if len(every) > len(shown)
        else "",
    )


def _row(one: Slice, measured: dict[str, dict[str, Measurement]], reference: Slice, with_intervals: bool) -> ExploreRow:
    selected, recognised, alarms = (measured[metric][one.id] for metric in RATES)
    base = measured[RATES[0]][reference.id].value
    assert selected.value is not None, "slices without a selection rate are left out"
    known = with_intervals and selected.low is not None and selected.high is not None
    return ExploreRow(
        name=levels(one),
        size=text.count(one.n),
        selected=text.percent(selected.value),
        width=_AXIS.at(selected.value),
        low=_AXIS.at(selected.low) if known and selected.low is not None else None,
        high=_AXIS.at(selected.high) if known and selected.high is not None else None,
        interval=text.span(selected.low, selected.high, text.percent) if known else text.NONE,
        ratio=text.ratio(selected.value / base) if base else text.NONE,
        recognised=text.percent(recognised.value),
        alarms=text.percent(alarms.value),
    )


def _packed(one: ScoreHistogram, audited: list[float | None]) -> dict[str, object]:
    return {"p": one.positive, "n": one.negative, "audited": audited}
