"""Cards of examples: one row each, its content by kind with what moved the score."""

from collections.abc import Sequence
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.view.places import STEPS, Canvas, paths, shades
from dlaudit.outputs.words import Name, Sentence, level, people, plain, said
from dlaudit.record import Audit, Content, Curve, Example, PartGrid, Passage, Raster, Slice, SoundClip

SMALL_PICTURE = 64
"""Pixels up to which a picture is enlarged with its pixels as squares."""
LONGEST_CELL, LONGEST_STRETCH = 60, 200
"""Characters of a cell, and of one piece of a text, that are shown."""
STRONG = "2"
"""Shade from which on a word is marked."""


@dataclass(frozen=True)
class Moved:
    """What something moved the score by: as a number, as a shade, and in words for those who do not see it."""

    value: str
    shade: str
    """Class of colour; empty where it is next to nothing."""
    spoken: str


@dataclass(frozen=True)
class CellView:
    """One column."""

    name: str
    value: str
    hidden: bool
    moved: Moved | None


@dataclass(frozen=True)
class PassageView:
    """A text in pieces."""

    name: str
    pieces: list[tuple[str, Moved | None]]
    cut: str


@dataclass(frozen=True)
class MapView:
    """Contributions by place beside a picture."""

    alt: str
    ends: str
    """What the colours say, in words."""
    box: str
    layers: list[tuple[str, str]]


@dataclass(frozen=True)
class RasterView:
    """A picture."""

    uri: str
    alt: str
    width: int
    height: int
    small: bool
    sound: bool
    map: MapView | None


@dataclass(frozen=True)
class ClipView:
    """A sound."""

    uri: str
    label: str
    cut: str


@dataclass(frozen=True)
class CurveView:
    """A channel of a series."""

    name: str
    path: str
    range: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """One row."""

    heading: Sentence
    worst: bool
    word: str
    sign: str
    label: str
    prediction: str
    score: str
    levels: list[tuple[str, str]]
    rasters: list[RasterView]
    clips: list[ClipView]
    curves: list[CurveView]
    passages: list[PassageView]
    cells: list[CellView]
    more_columns: str
    failed: list[str]


def card(audit: Audit, one: Example, number: int, of: Slice) -> Card:
    """The card of one example.

    Args:
        audit: What it is of.
        one: The example.
        number: Its number among all, for rows without one.
        of: Its slice.
    """
    by = of.by
    named: dict[str, str | Sentence] = {
        "card": _called(one, number),
        "slice": people(audit, of.id),
        "label": (Name(one.label),),
        "prediction": (Name(one.prediction),),
    }
    content = one.content
    numbers = audit.model.task == "regression"
    grids = {grid.input: grid for grid in audit.grids}
    return Card(
        heading=_heading(one, number),
        worst=one.why == "worst",
        word=_word(one, numbers=numbers),
        sign="◆" if one.why == "worst" else "●",
        label=_number_or_name(one.label, numbers=numbers),
        prediction=_number_or_name(one.prediction, numbers=numbers),
        score="" if numbers else _score(one.score),
        levels=[(name, level(written)) for name, written in one.levels.items() if name not in by],
        rasters=[_raster(raster, grids.get(raster.input), named) for raster in content.rasters],
        clips=[_clip(clip, named) for clip in content.clips],
        curves=[_curve(curve) for curve in content.curves],
        passages=_passages(content.passages),
        cells=_cells(content),
        more_columns=_more_columns(content),
        failed=content.failed,
    )


def _heading(one: Example, number: int) -> Sentence:
    called: Sentence = (_called(one, number).capitalize(),)
    return called if one.id is None else (*called, " · ", Name(one.id))


def _called(one: Example, number: int) -> str:
    if one.row is None:
        return TEXT["examples_number"].format(number=text.count(number))
    return TEXT["examples_row"].format(row=text.count(one.row))


def _word(one: Example, *, numbers: bool) -> str:
    if one.why == "worst":
        return TEXT["examples_error"] if numbers else TEXT["examples_worst"]
    return TEXT["examples_usual"] if numbers else TEXT["examples_right"]


def _number_or_name(written: str, *, numbers: bool) -> str:
    try:
        return text.decimal(float(written)) if numbers else written
    except ValueError:
        return written


def moved(value: float | None, largest: float, written: text.Format = text.change) -> Moved | None:
    """How a contribution is shown beside others of which `largest` is the largest; None where it is not known."""
    if value is None:
        return None
    step = round(value / largest * STEPS) if largest > 0 else 0
    step = max(-STEPS, min(STEPS, step))
    spoken = TEXT["examples_raises"] if step > 0 else TEXT["examples_lowers"] if step else ""
    return Moved(written(value), f"{'hi' if step > 0 else 'lo'}{abs(step)}" if step else "", spoken)


def _cells(content: Content) -> list[CellView]:
    known = [abs(one.contribution) for one in content.cells if one.contribution is not None]
    largest = max(known, default=0.0)
    written = text.changes(largest)
    return [
        CellView(
            name=one.name,
            value=TEXT["examples_rare"] if one.hidden else _readable(one.value),
            hidden=one.hidden,
            moved=moved(one.contribution, largest, written),
        )
        for one in content.cells
    ]


def _score(value: float) -> str:
    """A score; one that is not quite 1 does not read 1."""
    return "> 0.999" if 0.9995 <= value < 1 else text.decimal(value)


def _readable(value: str) -> str:
    """A cell as it is given, with all its digits: the page says that rows are shown as they are."""
    return text.name(value, limit=LONGEST_CELL) or text.NONE


def _more_columns(content: Content) -> str:
    more = content.columns - len(content.cells)
    return TEXT["examples_columns"].format(count=text.count(more)) if content.cells and more > 0 else ""


def _passages(given: Sequence[Passage]) -> list[PassageView]:
    known = [abs(piece.contribution) for one in given for piece in one.stretches if piece.contribution is not None]
    largest = max(known, default=0.0)
    return [
        PassageView(
            name=one.name,
            pieces=[
                (text.name(piece.text, limit=LONGEST_STRETCH), _if_strong(moved(piece.contribution, largest)))
                for piece in one.stretches
            ],
            cut=TEXT["examples_cut"].format(count=text.count(one.left_out)) if one.left_out else "",
        )
        for one in given
    ]


def _if_strong(one: Moved | None) -> Moved | None:
    """A word that moved the score by more than about a third of what the strongest did; the others stay plain."""
    return one if one is not None and one.shade[2:] >= STRONG else None


def _raster(one: Raster, grid: PartGrid | None, named: dict[str, str | Sentence]) -> RasterView:
    return RasterView(
        uri=f"data:image/png;base64,{one.png}",
        alt=plain(said(f"examples_card_alt_{one.of}", **named)),
        width=one.width,
        height=one.height,
        small=max(one.width, one.height) <= SMALL_PICTURE or one.of == "sound",
        sound=one.of == "sound",
        map=_map(one, grid),
    )


def _map(one: Raster, grid: PartGrid | None) -> MapView | None:
    if grid is None or not one.contributions or len(one.contributions) != len(grid.parts):
        return None
    canvas = Canvas(axes=tuple(grid.axes), shape=tuple(grid.shape), called=grid.places)
    squares = canvas.summed(one.contributions)
    ends = _ends(one.contributions, [text.name(part) for part in grid.parts])
    return MapView(
        alt=TEXT["examples_map"],
        ends=ends or TEXT["examples_map_none"],
        box=f"0 0 {squares.shape[1]} {squares.shape[0]}",
        layers=[
            (f"{'lo' if shade < 0 else 'hi'}{abs(shade)}", path)
            for shade, path in paths(shades(squares, float(abs(squares).max())))
        ],
    )


def _ends(moved: Sequence[float], parts: Sequence[str]) -> str:
    """Which part raises the score most and which lowers it most, for those who do not tell the colours apart."""
    high, low = max(range(len(moved)), key=moved.__getitem__), min(range(len(moved)), key=moved.__getitem__)
    said_of = {
        "examples_map_raises": high if moved[high] > 0 else None,
        "examples_map_lowers": low if moved[low] < 0 else None,
    }
    return "; ".join(
        TEXT[name].format(part=parts[at], value=text.change(moved[at]))
        for name, at in said_of.items()
        if at is not None
    )


def _clip(one: SoundClip, named: dict[str, str | Sentence]) -> ClipView:
    label = plain(said("examples_card_sound", card=named["card"], slice=named["slice"]))
    cut = TEXT["examples_clip_cut"].format(left_out=text.decimal(round(one.left_out, 1))) if one.left_out else ""
    return ClipView(uri=f"data:audio/wav;base64,{one.wav}", label=label, cut=cut)


def _curve(one: Curve) -> CurveView:
    low, high = min(one.values), max(one.values)
    across, wide = 1000 / max(1, len(one.values) - 1), (high - low) or 1.0
    points = [f"{at * across:.0f},{100 - 100 * (value - low) / wide:.0f}" for at, value in enumerate(one.values)]
    told = TEXT["examples_range"].format(low=text.decimal(low), high=text.decimal(high))
    path = "M" + " ".join(points if len(points) > 1 else [*points, f"1000,{points[0].split(',')[1]}"])
    return CurveView(name=one.name, path=path, range=told)
