"""Levels against levels: how often pairs of two people match, by the level of either person."""

from dataclasses import replace

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.held_back import hidden_slices
from dlaudit.outputs.order import measurements_on, slices_of
from dlaudit.outputs.view.intersections import Heat, HeatRow, Heats, absent, cell_of, held_cell, spread_of
from dlaudit.outputs.words import figure, joined, level
from dlaudit.record import OVERALL, UNKNOWN, Audit
from dlaudit.record.pairs import level_between

METRIC = "false_positive_rate"
"""The one rate that pairs of two levels have: no pair of one person is of two levels."""


def crossed(audit: Audit) -> list[Heats]:
    """A table of levels by levels for every sensitive feature, where rows are pairs; none where they are not."""
    if audit.data.pairs is None:
        return []
    return [heats for feature in audit.data.sensitive if (heats := _heats(audit, feature))]


def _heats(audit: Audit, feature: str) -> Heats | None:
    found = measurements_on(audit, METRIC)
    overall = found.get(OVERALL)
    slices = {one.where[feature]: one for one in slices_of(audit, [feature])}
    own = [name for name, one in slices.items() if not one.apart and name != UNKNOWN]
    if overall is None or overall.value is None or len(own) < 2:
        return None
    held_back = {one.where[feature] for one in hidden_slices(audit, [feature])}
    spread = spread_of(METRIC, overall.value, list(slices.values()), found)
    cells = {name: cell_of(METRIC, one, found.get(one.id), (overall.value, spread)) for name, one in slices.items()}
    cells |= dict.fromkeys(held_back, held_cell())
    sizes = {name: text.count(found[one.id].n) for name, one in slices.items() if one.id in found}
    cells |= {name: replace(cells[name], size=size) for name, size in sizes.items() if name not in held_back}
    nobody = absent()
    return Heats(
        label=(TEXT["false_match"],),
        caption=TEXT["crossed_caption"].format(feature=text.name(feature), overall=figure(METRIC)(overall.value)),
        spread=(change_of(METRIC, -spread), change_of(METRIC, spread)),
        tables=[
            Heat(
                title=joined([feature, feature]),
                one=feature,
                other=feature,
                columns=[level(one) for one in own],
                rows=[HeatRow(level(a), [cells.get(level_between(a, b), nobody) for b in own]) for a in own],
            )
        ],
    )
