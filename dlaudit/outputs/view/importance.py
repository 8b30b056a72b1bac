"""How much each input of a table moves the score in each slice, whichever way: bars side by side on one scale."""

from dataclasses import dataclass

from dlaudit.findings.explained import is_unequal
from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.view.profiles import Column, columns_of, inputs_by_size, methods_by_role
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Sentence, said
from dlaudit.record import Attribution, Audit

MOST_INPUTS = 8
MOST_INPUTS_MORE = 5
"""Of the features that are folded away."""


_Sizes = dict[tuple[str, str], Attribution]
"""By slice and input."""


@dataclass(frozen=True)
class Bar:
    """Mean size of one input's contributions in one slice."""

    value: str
    width: str
    low: str | None
    """Ends of its interval; None where there is none."""
    high: str | None
    interval: str


@dataclass(frozen=True)
class Importance:
    """The slices of one sensitive feature."""

    feature: str
    told: Sentence
    columns: list[Column]
    rows: list[tuple[str, list[Bar | None]]]
    left_out: str


@dataclass(frozen=True)
class Importances:
    """One table for each sensitive feature, by the method that was chosen first."""

    caption: str
    tables: list[Importance]


def importances(audit: Audit) -> Importances | None:
    """Bars of a table's inputs; None where nothing was explained, or what was explained is no table."""
    methods = methods_by_role(audit, audit.attributions)
    if audit.data.modality != "table" or not methods:
        return None
    found = [one for one in audit.attributions if one.method == methods[0]]
    ends = [end for one in found for end in (one.mean_abs, one.high_abs) if end is not None]
    axis = Axis(0.0, max(ends, default=0.0) or 1.0)
    features = audit.data.sensitive or [""]
    tables = [
        _table(audit, found, (methods[0], feature), (axis, MOST_INPUTS_MORE if at else MOST_INPUTS))
        for at, feature in enumerate(features)
    ]
    caption = TEXT["importance_caption" if any(one.low_abs is not None for one in found) else "importance_without"]
    return Importances(caption.format(method=text.name(method_named(methods[0]))), tables)


def _table(audit: Audit, found: list[Attribution], about: tuple[str, str], drawn: tuple[Axis, int]) -> Importance:
    (method, feature), (axis, most) = about, drawn
    columns = columns_of(audit, method, feature)
    sizes = {(one.slice, one.feature): one for one in found}
    inputs = inputs_by_size(one for one in found if one.slice in columns)
    return Importance(
        feature=feature,
        told=_told(audit, method, sizes, columns),
        columns=list(columns.values()),
        rows=[
            (name, [_bar(sizes.get((one, name)), axis) if column.is_shown else None for one, column in columns.items()])
            for name in inputs[:most]
        ],
        left_out=TEXT["importance_left_out"].format(count=text.count(len(inputs) - most)) if len(inputs) > most else "",
    )


def _bar(one: Attribution | None, axis: Axis) -> Bar | None:
    if one is None:
        return None
    written = text.changes(axis.high)
    has_interval = one.low_abs is not None and one.high_abs is not None
    return Bar(
        value=_unsigned(written(one.mean_abs)),
        width=axis.at(one.mean_abs),
        low=axis.at(one.low_abs) if one.low_abs is not None and has_interval else None,
        high=axis.at(one.high_abs) if one.high_abs is not None and has_interval else None,
        interval=text.span(one.low_abs, one.high_abs, lambda value: _unsigned(written(value))),
    )


def _unsigned(told: str) -> str:
    return told.lstrip("+")


def _told(audit: Audit, method: str, sizes: _Sizes, columns: dict[str, Column]) -> Sentence:
    """Which input moves scores most, where slices can be compared: the same one in all, or others in slices whose
    intervals for them lie apart. Nothing otherwise, nor by a method that is unequally faithful (DLA510).
    """
    first = {
        one: max(sorted(mine), key=lambda name: mine[name])
        for one in columns
        if (mine := {name: found.mean_abs for (slice_, name), found in sizes.items() if slice_ == one})
    }
    if not first or is_unequal(audit, method):
        return ()
    if len(set(first.values())) == 1 and all(column.is_shown and not column.is_doubted for column in columns.values()):
        return said("importance_same", input=Name(next(iter(first.values()))))
    large = [one for one in first if _is_comparable(columns[one], sizes[one, first[one]], audit.min_size)]
    apart = {one for one in large for other in large if _lie_apart(sizes, (one, first[one]), (other, first[other]))}
    named: dict[str, list[str]] = {}
    for one in (one for one in large if one in apart):
        named.setdefault(first[one], []).append(columns[one].name)
    parts: list[str] = []
    for name, slices in named.items():
        shown: tuple[str, ...] = said("importance_one", input=Name(name), slices=Name(", ".join(slices)))
        parts += ["; " if parts else "", *shown]
    return said("importance_other", parts=tuple(part for part in parts if part)) if parts else ()


def _is_comparable(column: Column, found: Attribution, least: int) -> bool:
    return column.is_shown and not column.is_doubted and found.rows >= least


def _lie_apart(sizes: _Sizes, one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether each slice's first input moves scores more there than in the other, by intervals that do not meet."""
    (here, mine), (there, theirs) = one, other
    return mine != theirs and _above(sizes, mine, here, there) and _above(sizes, theirs, there, here)


def _above(sizes: _Sizes, name: str, higher: str, lower: str) -> bool:
    upper, under = sizes.get((higher, name)), sizes.get((lower, name))
    if upper is None or under is None or upper.low_abs is None or under.high_abs is None:
        return False
    return upper.low_abs > under.high_abs
