"""Maps of two slices compared, in whole sentences."""

from collections.abc import Sequence

from dlaudit.outputs import text
from dlaudit.outputs.view.places import Canvas
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Sentence, joined, levels, people, said
from dlaudit.record import AttributionMap, Audit, MapDifference


def beyond(one: MapDifference) -> list[float]:
    """The differences that are beyond what chance moves, 0 at the other places."""
    return [value if abs(value) > reach else 0.0 for value, reach in zip(one.mean, one.reach, strict=True)]


def compared_told(audit: Audit, maps: Sequence[AttributionMap], apart: Sequence[MapDifference]) -> list[Sentence]:
    """Sentences on pairs of slices, those that are alike in one; or one that says why there is none."""
    if not all(one.aligned for one in maps):
        return [said("map_loose", input=(Name(maps[0].input),))]
    if not apart:
        return [said("map_few")] if len(maps) > 1 else []
    alike = [one for one in apart if not one.beyond and not one.beyond_abs]
    differing = [_told(audit, one) for one in apart if one not in alike]
    return [*differing, *(_alike(audit, found) for found in _by_reference(alike))]


def _by_reference(found: Sequence[MapDifference]) -> list[list[MapDifference]]:
    by_reference: dict[str, list[MapDifference]] = {}
    for one in found:
        by_reference.setdefault(one.reference, []).append(one)
    return list(by_reference.values())


def _alike(audit: Audit, found: Sequence[MapDifference]) -> Sentence:
    """That no place differs, once for all slices that are compared with the same one."""
    if len(found) == 1:
        return _told(audit, found[0])
    return said(
        "map_all_within",
        slices=joined(_level(audit, one.slice) for one in found),
        reference=people(audit, found[0].reference),
        reach=text.decimal(max(max(one.reach) for one in found)),
        rows=text.count(min(one.rows for one in found)),
    )


def _level(audit: Audit, slice_id: str) -> str:
    found = next((one for one in audit.slices if one.id == slice_id and one.where), None)
    return levels(found) if found is not None else slice_id


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
        one.beyond,
        **slots,
        count=text.count(one.beyond),
        place=Canvas(axes=tuple(one.axes), shape=tuple(one.shape), called=one.places).named(at),
        value=text.change(one.mean[at]),
        reach=text.decimal(one.reach[at]),
    )
    return (*widest, *sizes)


def maps_told(audit: Audit) -> list[Sentence]:
    """`A against B: 12 of 256 places differ by more than chance moves them, by METHOD`; the most first.

    Methods that only rank places come last.
    """
    adding = {one.method for one in audit.attributions}
    found = [one for one in audit.map_differences if one.beyond]
    found.sort(key=lambda one: (one.method not in adding, -one.beyond))
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
