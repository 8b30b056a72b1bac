"""Maps of two slices compared, in whole sentences."""

from collections.abc import Sequence

from dlaudit.outputs import text
from dlaudit.outputs.view.places import Canvas
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Sentence, people, said
from dlaudit.record import AttributionMap, Audit, MapDifference


def beyond(one: MapDifference) -> list[float]:
    """The differences that are beyond what chance moves, 0 at the other places."""
    return [value if abs(value) > reach else 0.0 for value, reach in zip(one.mean, one.reach, strict=True)]


def compared_told(audit: Audit, maps: Sequence[AttributionMap], apart: Sequence[MapDifference]) -> list[Sentence]:
    """One sentence for each pair of slices; or one that says why there is none."""
    if not all(one.aligned for one in maps):
        return [said("map_loose", input=(Name(maps[0].input),))]
    if not apart:
        return [said("map_few")] if len(maps) > 1 else []
    return [_told(audit, one) for one in apart]


def _told(audit: Audit, one: MapDifference) -> Sentence:
    slots: dict[str, str | Sentence] = {
        "slice": people(audit, one.slice),
        "reference": people(audit, one.reference),
        "places": text.count(len(one.mean)),
    }
    sizes = (" ", *said("map_sizes", count=text.count(one.beyond_abs))) if one.beyond_abs else ()
    if not one.beyond:
        chance = text.decimal(max(one.reach))
        return (*said("map_within", **slots, reach=chance, rows=text.count(one.rows)), *sizes)
    left = beyond(one)
    at = max(range(len(left)), key=lambda place: abs(left[place]))
    widest = said(
        "map_beyond",
        **slots,
        count=text.count(one.beyond),
        differ="differs" if one.beyond == 1 else "differ",
        place=Canvas(axes=tuple(one.axes), shape=tuple(one.shape)).named(at),
        value=text.change(one.mean[at]),
        reach=text.decimal(one.reach[at]),
    )
    return (*widest, *sizes)


def maps_told(audit: Audit) -> list[Sentence]:
    """`A against B: 12 of 256 places differ by more than chance moves them, by METHOD`; the most first."""
    found = sorted((one for one in audit.map_differences if one.beyond), key=lambda one: -one.beyond)
    return [
        said(
            "maps_line",
            slice=(Name(one.slice),),
            reference=(Name(one.reference),),
            method=(Name(method_named(one.method)),),
            count=text.count(one.beyond),
            places=text.count(len(one.mean)),
        )
        for one in found
    ]
