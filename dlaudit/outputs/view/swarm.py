"""What moves the score, and which way: contributions of all explained rows, shaded by the input's own value."""

from dataclasses import dataclass

from dlaudit.findings.explained import is_withheld, withheld
from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.why_sentences import method_named
from dlaudit.record import AttributionSwarm, Audit
from dlaudit.record.measured import OVERALL

HEIGHT = 20
"""Units of the drawing; its width is one unit for each bin."""
PALE = 0.18
"""Opacity of the band of the lowest values; that of the highest is 1."""
CLEAR = 0.5
"""Standard deviations that the outer bands' means must lie apart before a direction is named."""


@dataclass(frozen=True)
class SwarmRow:
    """One input."""

    feature: str
    paths: list[tuple[str, str]]
    """Opacity of a band, and its columns."""
    direction: str
    """What high values do to the score, in words."""
    bands: str
    """What the shades stand for."""


@dataclass(frozen=True)
class Swarm:
    """The table."""

    rows: list[SwarmRow]
    caption: str
    bins: int
    height: int
    ends: tuple[str, str]


def swarm(audit: Audit) -> Swarm | None:
    """The table; None where nothing was recorded, or the method's contributions are not shown."""
    found = audit.swarms
    if not found or is_withheld(withheld(audit), found[0].method, OVERALL):
        return None
    first = found[0]
    most = max(max(map(sum, zip(*one.counts, strict=True))) for one in found)
    return Swarm(
        rows=[_row(one, most) for one in found],
        caption=TEXT["swarm_caption"].format(
            method=text.name(method_named(first.method)), rows=text.count(_rows(first))
        ),
        bins=len(first.counts[0]),
        height=HEIGHT,
        ends=(text.change(-first.end), text.change(first.end)),
    )


def _rows(one: AttributionSwarm) -> int:
    return sum(map(sum, one.counts))


def _row(one: AttributionSwarm, most: int) -> SwarmRow:
    ordered = len(one.bands) > 1
    return SwarmRow(
        feature=one.feature,
        paths=_paths(one, most),
        direction=_direction(one) if ordered else TEXT["swarm_unordered"],
        bands=", ".join(one.bands) if ordered else "",
    )


def _paths(one: AttributionSwarm, most: int) -> list[tuple[str, str]]:
    """Columns of every band, stacked about the middle, as high as the root of their rows."""
    last = len(one.bands) - 1
    shades = [f"{PALE + (1 - PALE) * at / last:.2g}" for at in range(last + 1)] if last else ["0.5"]
    paths: list[list[str]] = [[] for _ in one.bands]
    for place, column in enumerate(zip(*one.counts, strict=True)):
        rows = sum(column)
        if not rows:
            continue
        high = HEIGHT * (rows / most) ** 0.5
        top = (HEIGHT - high) / 2
        for band, count in enumerate(column):
            if count:
                paths[band].append(f"M{place} {top:.1f}h1v{high * count / rows:.1f}h-1z")
                top += high * count / rows
    return [(shade, "".join(path)) for shade, path in zip(shades, paths, strict=True) if path]


def _direction(one: AttributionSwarm) -> str:
    """What high values do to the score, where the outer bands lie clearly apart."""
    low, high = (_moments(one.counts[at])[0] for at in (0, -1))
    spread = _moments([sum(column) for column in zip(*one.counts, strict=True)])[1]
    if abs(high - low) <= CLEAR * spread:
        return TEXT["swarm_mixed"]
    return TEXT["swarm_raise"] if high > low else TEXT["swarm_lower"]


def _moments(counts: list[int]) -> tuple[float, float]:
    """Mean place of the rows in bins, and their standard deviation."""
    rows = max(1, sum(counts))
    mean = sum(at * count for at, count in enumerate(counts)) / rows
    return mean, (sum(count * (at - mean) ** 2 for at, count in enumerate(counts)) / rows) ** 0.5
