"""Maps of places: one line of small pictures for each sensitive feature, and slices compared where that is sound."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from math import prod

from dlaudit.findings.explained import distrusted, is_withheld, withheld
from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.map_sentences import beyond, compared_told
from dlaudit.outputs.order import slices_of
from dlaudit.outputs.view.pictures import Drawn, Picture, Scale, picture
from dlaudit.outputs.view.places import Canvas
from dlaudit.outputs.view.profiles import methods_by_role
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Sentence, levels, people, said
from dlaudit.record import OVERALL, AttributionMap, Audit, MapDifference

MOST_SLICES, MOST_LINES, MOST_APART = 8, 6, 6
"""Pictures of one line, lines of the method chosen first and of the others, and differences of one line."""
MOST_STRONG = 5
"""Places of each slice that are told in figures."""
FINE, MIDDLE, COARSE = 1024, 576, 256
"""Squares of a picture at most, by how many pictures there are."""


@dataclass(frozen=True)
class Strong:
    """One of the strongest places of a slice in figures."""

    slice: str
    place: str
    mean: str
    size: str


@dataclass(frozen=True)
class Panel:
    """Pictures that share a scale."""

    pictures: list[Picture]
    scale: Scale


@dataclass(frozen=True, kw_only=True)
class MapLine:
    """The slices of one sensitive feature, by one method, for one input."""

    id: str
    title: Sentence
    caption: str
    key: str
    """What the scale of the means says, with slots for its ends."""
    means: Panel
    sizes: Panel
    """Empty where no contribution lowers the score: there the means are the sizes."""
    apart: Panel
    """Differences, of the pairs that have any beyond chance."""
    told: list[Sentence]
    strong: list[Strong]


@dataclass(frozen=True)
class Maps:
    """Lines of the method that was chosen first, of the others, and how many are left out."""

    first: list[MapLine]
    more: list[MapLine]
    left_out: int


@dataclass(frozen=True, kw_only=True)
class _Group:
    """What one line shows."""

    method: str
    input: str
    feature: str
    maps: list[AttributionMap]
    apart: list[MapDifference]


def maps(audit: Audit) -> Maps:
    """A line per method, input and sensitive feature; contributions that do not add up are not drawn.

    A method that has no contributions of inputs, as Grad-CAM, ranks places and is said to.
    """
    groups = list(_groups(audit))
    if not groups:
        return Maps([], [], 0)
    first = [one for one in groups if one.method == groups[0].method]
    others = [one for one in groups if one.method != groups[0].method]
    shown = first[:MOST_LINES], others[:MOST_LINES]
    numbers = count(1)
    drawn = [
        [_line(audit, one, most, numbers) for one in part] for part, most in zip(shown, _fineness(shown), strict=True)
    ]
    return Maps(drawn[0], drawn[1], len(groups) - sum(len(part) for part in shown))


def _fineness(shown: tuple[list[_Group], list[_Group]]) -> tuple[int, int]:
    """Squares of a picture at most, of the first method's and of the others': fewer where there are many pictures."""
    first, others = (
        sum(2 * len(one.maps) + sum(two.beyond > 0 for two in one.apart) for one in part) for part in shown
    )
    fine = FINE if first <= 12 else MIDDLE if first <= 24 else COARSE
    return fine, FINE if first + others <= 8 else COARSE


def _groups(audit: Audit) -> Iterator[_Group]:
    held = withheld(audit)
    known = {
        (one.method, one.input, one.slice): one for one in audit.maps if not is_withheld(held, one.method, one.slice)
    }
    inputs = dict.fromkeys(one.input for one in audit.maps)
    by_feature = {feature: [one.id for one in slices_of(audit, [feature])] for feature in audit.data.sensitive}
    features = {feature: ids for feature, ids in by_feature.items() if any(one.slice in ids for one in audit.maps)}
    for method in methods_by_role(audit, audit.maps):
        for name in inputs:
            for feature, ids in (features or {"": [OVERALL]}).items():
                found = [known[method, name, one] for one in ids if (method, name, one) in known][:MOST_SLICES]
                apart = [
                    one
                    for one in audit.map_differences
                    if (one.method, one.input) == (method, name)
                    and {one.slice, one.reference} <= set(ids)
                    and not any(is_withheld(held, method, each) for each in (one.slice, one.reference))
                ]
                if found:
                    yield _Group(method=method, input=name, feature=feature, maps=found, apart=apart[:MOST_APART])


def _line(audit: Audit, group: _Group, most: int, numbers: Iterator[int]) -> MapLine:
    first = group.maps[0]
    canvas = Canvas(axes=tuple(first.axes), shape=tuple(first.shape), most=most, called=first.places)
    ranks = not any(one.method == group.method for one in audit.attributions)
    signed = any(value < 0 for one in group.maps for value in one.mean)
    of = f"{method_named(group.method)}, {group.input}, {group.feature or OVERALL}"
    return MapLine(
        id=text.name(of, limit=120),
        title=_title(audit, group),
        caption=_caption(canvas, group.method, ranks),
        key=TEXT["maps_ranks_key" if ranks else "maps_key"],
        means=_panel([_mean(audit, one) for one in group.maps], canvas, numbers),
        sizes=_panel([_size(audit, one) for one in group.maps] if signed else [], canvas, numbers),
        apart=_panel([_apart(audit, one) for one in group.apart if one.beyond], canvas, numbers),
        told=compared_told(audit, group.maps, group.apart),
        strong=[strong for one in group.maps for strong in _strong(audit, one, canvas)],
    )


def _panel(drawn: list[Drawn], canvas: Canvas, numbers: Iterator[int]) -> Panel:
    scale = Scale.of(canvas, [one.values for one in drawn])
    return Panel([picture(one, canvas, scale, next(numbers)) for one in drawn], scale)


def _title(audit: Audit, group: _Group) -> Sentence:
    several = len({one.input for one in audit.maps}) > 1
    about: Sentence = (Name(group.feature),) if group.feature else (TEXT["maps_all"],)
    return (*about, ", ", Name(group.input)) if several else about


def _caption(canvas: Canvas, method: str, ranks: bool) -> str:
    down, right = canvas.directions
    key = "maps_right" if not down else "maps_up" if canvas.is_upwards else "maps_down"
    tall, wide = canvas.laid(range(prod(canvas.shape))).shape
    directions = TEXT[key].format(down=_axis(canvas, down, tall), right=_axis(canvas, right, wide))
    told = TEXT["maps_ranks" if ranks else "maps_caption"].format(
        method=text.name(method_named(method)), directions=directions
    )
    together = prod(canvas.together)
    return f"{told} {TEXT['maps_summed'].format(places=text.count(together))}" if together > 1 else told


def _axis(canvas: Canvas, name: str, places: int) -> str:
    ends = canvas.ends(name)
    if ends is None:
        return TEXT["maps_axis"].format(axis=text.name(name), count=text.count(places))
    first, last = (text.name(one, limit=40) for one in ends)
    return TEXT["maps_axis_named"].format(axis=text.name(name), count=text.count(places), first=first, last=last)


def _mean(audit: Audit, one: AttributionMap) -> Drawn:
    doubtful = any((two.method, two.slice) == (one.method, one.slice) for two in distrusted(audit))
    return Drawn(
        values=one.mean,
        name=(Name(_level(audit, one.slice)),),
        slice=people(audit, one.slice),
        what="mean",
        method=one.method,
        input=one.input,
        rows=one.rows,
        doubt=TEXT["distrust_word"] if doubtful else "",
    )


def _size(audit: Audit, one: AttributionMap) -> Drawn:
    return replace(_mean(audit, one), values=one.mean_abs, what="size")


def _apart(audit: Audit, one: MapDifference) -> Drawn:
    slices = {"slice": (Name(_level(audit, one.slice)),), "reference": (Name(_level(audit, one.reference)),)}
    pair = {"slice": people(audit, one.slice), "reference": people(audit, one.reference)}
    return Drawn(
        values=beyond(one),
        name=said("map_less", **slices),
        slice=said("map_less", **pair),
        what="apart",
        method=one.method,
        input=one.input,
        rows=one.rows,
    )


def _level(audit: Audit, slice_id: str) -> str:
    """The slice without its feature, which stands above the line."""
    found = next((one for one in audit.slices if one.id == slice_id), None)
    return levels(found) if found is not None and found.where else TEXT["maps_all"]


def _strong(audit: Audit, one: AttributionMap, canvas: Canvas) -> list[Strong]:
    places = sorted(range(len(one.mean)), key=lambda at: (-abs(one.mean[at]), at))[:MOST_STRONG]
    largest = abs(one.mean[places[0]]) if places else 0.0
    written = text.changes(largest)
    return [
        Strong(_level(audit, one.slice), canvas.named(at), written(one.mean[at]), text.decimal(one.mean_abs[at]))
        for at in places
        if one.mean[at]
    ]
