"""Audits with examples of every kind of row, made by hand: any audit becomes one by `with_cards`."""

import numpy as np
from report_lending import lending

from dlaudit.data.shown_pixels import picture_png, sound_png
from dlaudit.data.shown_sound import clip_of
from dlaudit.record import (
    Audit,
    Content,
    Curve,
    Example,
    ExampleCell,
    Examples,
    ExampleSlice,
    PartGrid,
    Passage,
    Raster,
    Slice,
    SoundClip,
    Stretch,
    Verdict,
)

GRID = PartGrid(input="image", axes=["row", "column"], shape=[2, 2], parts=["nw", "ne", "sw", "se"])
KINDS = ("cells", "passage", "image", "sound", "curves")


def image(number: int, side: int = 96, parts: bool = True) -> Raster:
    """A picture with slow waves of colour, another one for every number."""
    down, across = np.mgrid[0:side, 0:side] / side
    waves = [np.sin(6.3 * (down * (number % 5 + 1) + across * shift + number)) for shift in (1.0, 2.3, 3.1)]
    pixels = np.rint(np.stack(waves, axis=2) * 90 + 128).astype(np.uint8)
    encoded, width, height = picture_png(pixels, masked=False)
    moved = [0.2, -0.1, 0.01, 0.0] if parts else []
    return Raster(name="photo", of="image", png=encoded, width=width, height=height, input="image", contributions=moved)


def sound(number: int) -> tuple[Raster, SoundClip]:
    """A tone with its picture."""
    at = np.arange(2_000) / 8_000
    samples = np.sin(2 * np.pi * (300 + 40 * number) * at).astype(np.float32)
    encoded, width, height = sound_png(np.outer(np.arange(1.0, 9.0), np.abs(samples[:64])), masked=False)
    strip = Raster(name="clip", of="sound", png=encoded, width=width, height=height)
    return strip, clip_of(samples, 8_000, "clip").model_copy(update={"left_out": 1.5})


def content(kind: str, number: int) -> Content:
    """What a row of that kind holds."""
    if kind == "passage":
        words = [("The", None), (" rent", -0.05), (" is ", None), ("late", -0.2), (", but ", None), ("steady", 0.11)]
        stretches = [Stretch(text=text, contribution=moved) for text, moved in words]
        return Content(passages=[Passage(name="", stretches=stretches, left_out=1_200)])
    if kind == "image":
        return Content(rasters=[image(number)])
    if kind == "sound":
        strip, clip = sound(number)
        return Content(rasters=[strip], clips=[clip])
    if kind == "curves":
        wave = [round(float(np.sin(at / 5 + number)), 4) for at in range(64)]
        return Content(
            curves=[Curve(name="heart rate", values=wave, steps=640), Curve(name="flat", values=[2.0], steps=1)],
            failed=["3 more channels are not shown"],
        )
    return Content(
        cells=[
            ExampleCell(name="income", value="47.9000015", contribution=0.21),
            ExampleCell(name="history", value="", contribution=-0.14),
            ExampleCell(name="job", value="", hidden=True),
        ],
        columns=41,
    )


def cards_of(one: Slice, kinds: tuple[str, ...], first: int, each: int, masked: bool) -> list[Example]:
    """That many rows of a slice, of the kinds in turn; the last one typical."""
    return [
        Example(
            slice=one.id,
            why="typical" if number == each - 1 else "worst",
            row=None if masked else first + number,
            id=None if masked else f"A-{first + number}",
            levels={} if masked else dict(one.where),
            label="1",
            prediction="1" if number == each - 1 else "0",
            score=0.91 if number == each - 1 else 0.03,
            content=content(kinds[(first + number) % len(kinds)], first + number),
        )
        for number in range(each)
    ]


def with_cards(
    audit: Audit, kinds: tuple[str, ...] = KINDS, *, each: int = 4, mode: str = "full", most: int = 210
) -> Audit:
    """The audit with `each` rows of every slice of a single feature, at most `most` in all."""
    slices = [one for one in audit.slices if one.kind == "group" and not one.unknown]
    large = [one for one in slices if not one.small][: max(1, most // each)]
    cards = [
        card for at, one in enumerate(large) for card in cards_of(one, kinds, 1 + at * each, each, mode == "masked")
    ]
    told = [
        ExampleSlice(
            slice=one.id,
            worst=each - 1 if one in large else 0,
            typical=1 if one in large else 0,
            why_none="" if one in large else "small" if one.small else "room",
        )
        for one in slices
    ]
    found = Examples(
        mode="masked" if mode == "masked" else "full",
        cards=cards,
        slices=told,
        worst=each - 1,
        typical=1,
        most=most,
        common=20,
        method="integrated_gradients",
        explained=len(cards),
    )
    return audit.model_copy(update={"examples": found, "grids": [*audit.grids, GRID]})


def lending_cards(mode: str = "full") -> tuple[Audit, Verdict]:
    """The lending audit with a row of every kind."""
    audit, verdict = lending()
    return with_cards(audit, mode=mode), verdict
