"""Examples: single rows that are shown, chosen by a rule; written only where `report.examples` says so."""

from typing import Annotated, Literal

from pydantic import Field

from dlaudit.record.base import Record

PNG = r"^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$"
"""Base64 of a PNG: a page puts nothing else into a picture."""
WAV = r"^UklGR[A-Za-z0-9+/]*={0,2}$"
"""Base64 of a RIFF file, as WAV is."""
Why = Literal["worst", "typical"]
WhyNone = Literal["", "small", "room", "unknown"]
LEAST_MASKED = 30
"""Rows, or people where a unit is declared, of a slice from which on rows of it are shown where masked."""


class ExampleCell(Record):
    """One column of a row."""

    name: str
    """Column."""
    value: str
    """What the cell holds, or what stands for it."""
    hidden: bool = False
    """Whether `value` only says that it is not shown, because it is rare."""
    contribution: float | None = None
    """What it moved the score by, in units of the score; None where that is not known."""


class Stretch(Record):
    """Some characters of a text that are one to the reader: a word, or what stands between words."""

    text: str
    """The characters, or what stands for them."""
    contribution: float | None = None
    """What they moved the score by, in units of the score; None where that is not known."""


class Passage(Record):
    """A text, or its beginning."""

    name: str
    """Column, or what it is."""
    stretches: list[Stretch] = Field(default_factory=list)
    """The text in order."""
    left_out: int = 0
    """Characters behind the last stretch that are not shown."""


class Raster(Record):
    """A small picture: of a row's image, or of the frequencies of its sound."""

    name: str
    """Column."""
    of: Literal["image", "sound"]
    """What it shows."""
    png: Annotated[str, Field(pattern=PNG)]
    """The picture as a PNG in base64."""
    width: Annotated[int, Field(ge=1, le=4096)]
    """Pixels from left to right."""
    height: Annotated[int, Field(ge=1, le=4096)]
    """Pixels from top to bottom."""
    input: str = ""
    """Input of the model, as `PartGrid.input`."""
    contributions: list[float] = Field(default_factory=list)
    """What each part of the grid of `input` moved the score by; empty where that is not known."""


class SoundClip(Record):
    """A sound that can be played."""

    name: str
    """Column."""
    wav: Annotated[str, Field(pattern=WAV)]
    """The sound as a WAV in base64: one channel of 8 bits."""
    seconds: float
    """How long it is."""
    left_out: float = 0.0
    """Seconds behind its end that are not heard."""
    rate: int
    """Samples a second."""


class Curve(Record):
    """A channel of a series."""

    name: str
    """Channel."""
    values: list[float]
    """Means of equal spans of its steps, in order."""
    steps: int
    """Steps in all."""


class Content(Record):
    """What a row holds, by kind; a row of several kinds has several."""

    cells: list[ExampleCell] = Field(default_factory=list)
    """Columns, those that moved the score most first; else in order."""
    columns: int = 0
    """Columns in all, of which `cells` shows some."""
    passages: list[Passage] = Field(default_factory=list)
    """Texts."""
    rasters: list[Raster] = Field(default_factory=list)
    """Pictures."""
    clips: list[SoundClip] = Field(default_factory=list)
    """Sounds; only in full."""
    curves: list[Curve] = Field(default_factory=list)
    """Series."""
    failed: list[str] = Field(default_factory=list)
    """What could not be shown, and why."""


class Example(Record):
    """One row."""

    slice: str
    """Id of the slice that it was chosen in."""
    why: Why
    """By which part of the rule: `worst` or `typical`."""
    row: int | None = None
    """Record number, from 1; only in full."""
    id: str | None = None
    """Text of the id column; only in full."""
    levels: dict[str, str] = Field(default_factory=dict)
    """Sensitive and control features to their levels; only in full."""
    label: str
    """What is true of it."""
    prediction: str
    """What the model says."""
    score: float
    """Of the positive label, of the label in doubt (several), or the predicted number; two digits where masked."""
    scored: str = ""
    """Label that the score is of; empty where there is one score."""
    content: Content = Content()
    """What it holds."""


class ExampleSlice(Record):
    """What was chosen in one slice."""

    slice: str
    """Its id."""
    worst: int = 0
    """Cards of wrong predictions."""
    typical: int = 0
    """Cards of right ones, or of usual errors where predictions are numbers."""
    none_wrong: bool = False
    """Whether nothing of it is predicted wrong."""
    why_none: WhyNone = ""
    """Why it has none: its rows are few, other slices came first, or its level is not known or compared with none."""


class Examples(Record):
    """Single rows, and how they were chosen."""

    mode: Literal["masked", "full"]
    """How they are shown."""
    cards: list[Example] = Field(default_factory=list)
    """The rows: slices in order, in each the worst first."""
    slices: list[ExampleSlice] = Field(default_factory=list)
    """What was chosen in each slice of a single sensitive feature."""
    worst: int
    """Rows of each slice that were to be chosen as worst."""
    typical: int
    """Rows of each slice that were to be chosen as typical."""
    most: int
    """Cards at most."""
    left_out: int = 0
    """Rows that were chosen and not written, because the file would have grown too large."""
    common: int
    """Rows that have to share a value, or texts a word, for it to be shown where masked."""
    method: str | None = None
    """Method of the contributions; None where none are shown."""
    explained: int = 0
    """Cards with contributions."""
    explains: str = ""
    """Label whose score the contributions are of, where there are several."""
