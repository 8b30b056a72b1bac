"""The parts of a clip: spans of time, by bands of frequency for a spectrogram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log10

from dlaudit.data.audio_mel import band_edges
from dlaudit.data.grid import Grid, cut, spans
from dlaudit.spec import AudioInput

SHOWN = (32, 64)
"""Bands and spans of time on maps at most."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Lengths of the axes."""

    time: int
    """Samples, or frames."""
    bands: int | None
    """Mel bands; None for a waveform."""


def clip_grid(asked: AudioInput, extent: Extent, parts: tuple[int, int]) -> Grid:
    """Parts of a clip: `parts` bands and spans of time at most."""
    first = 2 if asked.channel_axis else 1
    time = cut(extent.time, parts[1])
    moments = _moments(asked, extent, spans(time))
    if extent.bands is None:
        axes = {first: time}
        return _grid(asked, moments, axes, {"time": moments})
    mel = cut(extent.bands, parts[0])
    bands = [_band(asked, one) for one in spans(mel)]
    across = asked.features.axes == "mel-time"
    if across:
        names = [f"{band}, {moment}" for band in bands for moment in moments]
        return _grid(asked, names, {first: mel, first + 1: time}, {"band": bands, "time": moments})
    names = [f"{band}, {moment}" for moment in moments for band in bands]
    return _grid(asked, names, {first: time, first + 1: mel}, {"time": moments, "band": bands})


def _grid(
    asked: AudioInput, names: list[str], axes: dict[int, tuple[int, ...]], called: Mapping[str, Sequence[str]]
) -> Grid:
    return Grid(
        input=asked.name,
        names=tuple(names),
        axes=axes,
        titles=tuple(called),
        marks=tuple(tuple(one) for one in called.values()),
        aligned=asked.aligned,
    )


def _moments(asked: AudioInput, extent: Extent, ends: Sequence[tuple[int, int]]) -> list[str]:
    """Seconds from the start to the end of every span, in hundredths or so finely that spans are told apart."""
    each = asked.seconds / extent.time
    shortest = min(last + 1 - first for first, last in ends) * each
    digits = max(2, ceil(-log10(shortest)))
    return [f"{first * each:.{digits}f}-{(last + 1) * each:.{digits}f} s" for first, last in ends]


def _band(asked: AudioInput, span: tuple[int, int]) -> str:
    """Hz between the middles of the bands on either side of a span of bands."""
    features = asked.features
    edges = band_edges(features, features.f_max if features.f_max is not None else asked.sample_rate / 2)
    return f"{edges[span[0]]:.0f}-{edges[span[1] + 2]:.0f} Hz"
