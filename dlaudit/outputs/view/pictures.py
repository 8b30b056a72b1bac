"""One small picture of a map: squares by shade, a frame around the strongest, and the same in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.view.places import Canvas, paths, shades
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Sentence, plain, said


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The scale that the pictures of one line share."""

    largest: float
    low: str
    high: str
    size: str
    """The largest value without a sign."""

    @classmethod
    def of(cls, canvas: Canvas, several: Iterable[Sequence[float]]) -> "Scale":
        """From minus the largest square of all pictures to the largest."""
        largest = max((float(abs(canvas.summed(one)).max()) for one in several), default=0.0)
        return cls(largest=largest, low=text.change(-largest), high=text.change(largest), size=text.decimal(largest))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What one picture shows, and of whom."""

    values: Sequence[float]
    name: Sentence
    """What stands below it."""
    slice: Sentence
    """Whom it is about, in the words for those who cannot see it."""
    what: str
    """What a value is: `mean`, `apart` or `size`."""
    method: str
    input: str
    rows: int
    doubt: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture, in squares."""

    name: Sentence
    rows: str
    doubt: str
    alt: str
    box: str
    stretch: str
    """Width and height of a square."""
    layers: list[tuple[str, str]]
    """Class of colour and path of its squares."""
    wide: int
    high: int
    frame: tuple[int, int] | None
    """The strongest square, from the left and from the top."""
    strongest: Sentence


def picture(drawn: Drawn, canvas: Canvas, scale: Scale, number: int) -> Picture:
    """The picture of some values.

    Args:
        drawn: What it shows.
        canvas: Where places lie.
        scale: Which value has the strongest colour.
        number: Its number in the report, so that no two are called the same.
    """
    squares = canvas.summed(drawn.values)
    high, wide = squares.shape
    across, up = canvas.stretch
    place = strongest(drawn.values)
    told = _strongest(drawn, canvas, place)
    return Picture(
        name=drawn.name,
        rows=text.rows(drawn.rows),
        doubt=drawn.doubt,
        alt=_alt(drawn, TEXT["map_places"].format(count=text.count(len(drawn.values))), told, number),
        box=f"0 0 {wide * across:g} {high * up:g}",
        stretch=f"scale({across:g} {up:g})",
        layers=[(_class(drawn.what, of), path) for of, path in paths(shades(squares, scale.largest))],
        wide=wide,
        high=high,
        frame=None if place is None else (canvas.square(place)[1], canvas.square(place)[0]),
        strongest=told,
    )


def strongest(values: Sequence[float]) -> int | None:
    """The place that is farthest from 0; None where all are 0."""
    place = max(range(len(values)), key=lambda at: abs(values[at]))
    return place if values[place] else None


def _class(what: str, shade: int) -> str:
    if what == "size":
        return f"size{shade}"
    return f"{'lo' if shade < 0 else 'hi'}{abs(shade)}"


def _strongest(drawn: Drawn, canvas: Canvas, place: int | None) -> Sentence:
    if place is None:
        return ()
    value = drawn.values[place]
    written = text.decimal(value) if drawn.what == "size" else text.change(value)
    return said("map_strongest", place=canvas.named(place), value=written)


def _alt(drawn: Drawn, places: str, told: Sentence, number: int) -> str:
    slots: dict[str, str | Sentence] = {
        "number": text.count(number),
        "what": TEXT[f"map_alt_{drawn.what}"],
        "slice": drawn.slice,
        "input": (Name(drawn.input),),
        "method": (Name(method_named(drawn.method)),),
        "places": places,
    }
    return plain(said("map_alt", **slots, strongest=told) if told else said("map_alt_none", **slots))
