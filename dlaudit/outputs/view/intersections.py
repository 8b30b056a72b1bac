"""Where two sensitive features meet: a table of cells, coloured by their distance from the overall value."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.held_back import hidden_slices
from dlaudit.outputs.leads import crossings
from dlaudit.outputs.order import measurements_on, shown_first, slices_of
from dlaudit.outputs.translate import _
from dlaudit.outputs.words import Sentence, capitalised, figure, joined, label, level, words
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
    """One pair of features."""

    title: Sentence
    """Both features."""
    one: str
    other: str
    columns: list[str]
    rows: list[HeatRow]


@dataclass(frozen=True)
class Heats:
    """One metric over every pair of features, on one scale of colours."""

    label: Sentence
    caption: str
    spread: tuple[str, str]
    """The distances that the ends of the colour scale stand for."""
    tables: list[Heat]


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
    """The section: the first metric, those folded away, and slices of more than two features."""

    first: list[Heats]
    more: list[Heats]
    listed: list[Listed]
    missing: list[tuple[str, str, str]]
    """Where all slices have too few rows: the slice, its rows, and how many are missing."""
    none: str
    """Why there is nothing to show."""


def intersections(audit: Audit, verdict: Verdict | None) -> Intersections:
    """Every metric shown first, with a table for every pair of sensitive features."""
    control = set(audit.data.control)
    found = dict.fromkeys(tuple(one.by) for one in audit.slices if one.kind == "intersection")
    pairs = [list(by) for by in found if len(by) == 2 and not control.intersection(by)]
    metrics = shown_first(audit, verdict)
    made = [heats for metric in metrics if (heats := _heats(audit, metric, pairs))]
    larger = [list(by) for by in found if len(by) > 2 and not control.intersection(by)]
    return Intersections(
        first=made[:1],
        more=made[1:],
        listed=_listed(audit, metrics[0], larger) if metrics else [],
        missing=_missing(audit),
        none=TEXT["crossed_not_made" if len(audit.data.sensitive) > 1 else "crossed_none"],
    )


def _missing(audit: Audit) -> list[tuple[str, str, str]]:
    """What would have to be collected where no slice has enough rows, the nearest ones first."""
    slices = crossings(audit)
    if not all(one.small for one in slices):
        return []
    nearest = sorted(slices, key=lambda one: (-one.n, one.id))[:MOST_LISTED]
    return [(one.id, text.count(one.n), text.count(max(0, audit.min_size - one.n))) for one in nearest]


def _heats(audit: Audit, metric: str, pairs: list[list[str]]) -> Heats | None:
    found = measurements_on(audit, metric)
    overall = found.get(OVERALL)
    every = {(by[0], by[1]): slices_of(audit, by) for by in pairs}
    crossings = {by: slices for by, slices in every.items() if any(one.id in found for one in slices)}
    if overall is None or overall.value is None or not crossings:
        return None
    slices = [one for crossing in crossings.values() for one in crossing]
    spread = spread_of(metric, overall.value, slices, found)
    cells = {one.id: cell_of(metric, one, found.get(one.id), (overall.value, spread)) for one in slices}
    return Heats(
        label=capitalised(label(metric)),
        caption=TEXT["heat_caption"].format(overall=figure(metric)(overall.value)),
        spread=(change_of(metric, -spread), change_of(metric, spread)),
        tables=[_heat(audit, by, crossing, cells) for by, crossing in crossings.items()],
    )


def _heat(audit: Audit, by: tuple[str, str], crossing: list[Slice], known: dict[str, Cell]) -> Heat:
    slices = {(s.where[by[0]], s.where[by[1]]): s for s in crossing}
    hidden = [(s.where[by[0]], s.where[by[1]]) for s in hidden_slices(audit, list(by))]
    one, other = (_levels(audit, by[at], [where[at] for where in [*slices, *hidden]]) for at in (0, 1))
    cells = {where: known[s.id] for where, s in slices.items()} | dict.fromkeys(hidden, held_cell())
    nobody = absent()
    return Heat(
        title=joined(by),
        one=by[0],
        other=by[1],
        columns=[level(column) for column in other],
        rows=[HeatRow(level(row), [cells.get((row, column), nobody) for column in other]) for row in one],
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
        reason = text.prose(mine.undefined) if mine is not None and mine.undefined else _("not measured")
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


def absent() -> Cell:
    """A cell without rows."""
    return Cell("absent", "mid", False, text.NONE, "", "0", _("no rows"))


def held_cell() -> Cell:
    """A cell whose rows are too few to be shown."""
    return Cell("absent", "mid", False, text.NONE, "", text.NONE, TEXT["hidden_cell"])
