"""Where two sensitive features meet: a table of cells, coloured by their distance from the overall value."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.held_back import hidden_slices
from dlaudit.outputs.order import measurements_on, shown_first, slices_of
from dlaudit.outputs.words import Sentence, capitalised, figure, label, level, plain, words
from dlaudit.record import OVERALL, Audit, Measurement, Slice, Verdict

BUCKETS = 4
LEAST_SPREAD = 0.02
"""Distances are coloured against the largest one, but never against less than this share of the overall value."""
MOST_LISTED = 10


@dataclass(frozen=True)
class Cell:
    """One slice."""

    kind: str
    """`known`, `few` (too small), `undefined` or `absent`."""
    bucket: str
    """`lo4` … `mid` … `hi4`: the class that colours it."""
    clear: bool
    """Whether its own interval excludes the overall value."""
    value: str
    interval: str
    size: str
    reason: str


@dataclass(frozen=True)
class HeatRow:
    """One level of the first feature."""

    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Heat:
    """One metric over one pair of features."""

    label: Sentence
    caption: str
    spread: tuple[str, str]
    """The distances that the ends of the colour scale stand for."""
    one: str
    other: str
    columns: list[str]
    rows: list[HeatRow]


@dataclass(frozen=True)
class Listed:
    """A slice of three or more features."""

    name: str
    label: Sentence
    value: str
    interval: str
    size: str


@dataclass(frozen=True)
class Intersections:
    """The section: first tables, folded tables, and slices of more than two features."""

    first: list[Heat]
    more: list[Heat]
    listed: list[Listed]


def intersections(audit: Audit, verdict: Verdict | None) -> Intersections:
    """One table for every pair of sensitive features and metric shown first."""
    control = set(audit.data.control)
    found = dict.fromkeys(tuple(one.by) for one in audit.slices if one.kind == "intersection")
    pairs = [list(by) for by in found if len(by) == 2 and not control.intersection(by)]
    metrics = shown_first(audit, verdict)
    made = [[heat for by in pairs if (heat := _heat(audit, metric, by))] for metric in metrics]
    larger = [list(by) for by in found if len(by) > 2 and not control.intersection(by)]
    return Intersections(
        first=made[0] if made else [],
        more=[heat for heats in made[1:] for heat in heats],
        listed=_listed(audit, metrics[0], larger) if metrics else [],
    )


def _heat(audit: Audit, metric: str, by: list[str]) -> Heat | None:
    found = measurements_on(audit, metric)
    slices = {(s.where[by[0]], s.where[by[1]]): s for s in slices_of(audit, by)}
    overall = found.get(OVERALL)
    if overall is None or overall.value is None or not any(s.id in found for s in slices.values()):
        return None
    hidden = [(s.where[by[0]], s.where[by[1]]) for s in hidden_slices(audit, by)]
    one, other = (_levels(audit, by[at], [where[at] for where in [*slices, *hidden]]) for at in (0, 1))
    spread = spread_of(metric, overall.value, list(slices.values()), found)
    cells = {where: cell_of(metric, s, found.get(s.id), (overall.value, spread)) for where, s in slices.items()}
    cells |= dict.fromkeys(hidden, HIDDEN)
    return Heat(
        label=capitalised(label(metric)),
        caption=TEXT["heat_caption"].format(
            label=plain(capitalised(label(metric))), overall=figure(metric)(overall.value)
        ),
        spread=(change_of(metric, -spread), change_of(metric, spread)),
        one=by[0],
        other=by[1],
        columns=[level(column) for column in other],
        rows=[HeatRow(level(row), [cells.get((row, column), ABSENT) for column in other]) for row in one],
    )


def spread_of(metric: str, overall: float, slices: list[Slice], found: dict[str, Measurement]) -> float:
    """The distance from the overall value that full colour stands for."""
    known = [abs((found[one.id].value or 0.0) - overall) for one in slices if _is_known(one, found)]
    least = LEAST_SPREAD * (1.0 if words(metric).rate else abs(overall) or 1.0)
    return max([*known, min(least, overall) if words(metric).rate and overall > 0 else least])


def _is_known(one: Slice, found: dict[str, Measurement]) -> bool:
    return one.id in found and found[one.id].is_defined and not one.small


def _levels(audit: Audit, feature: str, present: list[str]) -> list[str]:
    """Levels in the order of the feature's own slices, then any others."""
    ordered = [one.where[feature] for one in slices_of(audit, [feature])]
    return [one for one in dict.fromkeys([*ordered, *present]) if one in set(present)]


def cell_of(metric: str, one: Slice, mine: Measurement | None, scale: tuple[float, float]) -> Cell:
    """A slice as a cell; `scale` is the overall value and the distance that full colour stands for."""
    overall, spread = scale
    size = text.count(one.n)
    if mine is not None and text.is_hidden(mine.undefined):
        return Cell("undefined", "mid", False, text.NONE, "", size, TEXT["hidden_cell"])
    if mine is None or mine.value is None:
        reason = text.prose(mine.undefined) if mine is not None and mine.undefined else "not measured"
        return Cell("undefined", "mid", False, text.NONE, "", size, reason)
    clear = (mine.low is not None and mine.low > overall) or (mine.high is not None and mine.high < overall)
    step = round((mine.value - overall) / spread * BUCKETS)
    step = max(-BUCKETS, min(BUCKETS, step))
    if not clear:
        step = max(-1, min(1, step))
    bucket = "mid" if step == 0 else f"{'lo' if step < 0 else 'hi'}{abs(step)}"
    interval = text.span(mine.low, mine.high, figure(metric))
    kind = "few" if one.small else "known"
    return Cell(kind, bucket, clear, figure(metric)(mine.value), interval, size, "")


def _listed(audit: Audit, metric: str, larger: list[list[str]]) -> list[Listed]:
    """The slices of three or more features that lie farthest from the overall value."""
    found = measurements_on(audit, metric)
    overall = found.get(OVERALL)
    if overall is None or overall.value is None:
        return []
    base = overall.value
    known = [s for by in larger for s in slices_of(audit, by) if _is_known(s, found)]
    known.sort(key=lambda one: -abs((found[one.id].value or 0.0) - base))
    return [
        Listed(
            name=one.id,
            label=label(metric),
            value=figure(metric)(found[one.id].value),
            interval=text.span(found[one.id].low, found[one.id].high, figure(metric)),
            size=text.count(one.n),
        )
        for one in known[:MOST_LISTED]
    ]


ABSENT = Cell("absent", "mid", False, text.NONE, "", "0", "no rows")
HIDDEN = Cell("absent", "mid", False, text.NONE, "", text.NONE, TEXT["hidden_cell"])
