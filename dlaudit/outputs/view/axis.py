"""An axis: numbers to places in percent of its width."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MOST_TICKS = 6


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis."""

    at: str
    label: str


@dataclass(frozen=True)
class Axis:
    """A linear or logarithmic scale from `low` to `high`, both finite and apart."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(cls, values: Iterable[float | None], *, least: float | None = None, most: float | None = None) -> "Axis":
        """An axis that shows every value, with round ends inside [`least`, `most`]."""
        known = [value for value in values if value is not None and math.isfinite(value)]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        if high - low < 1e-12 * max(1.0, abs(low)):
            low, high = low - (abs(low) * 0.1 or 0.5), high + (abs(high) * 0.1 or 0.5)
        step = _step(high - low)
        low, high = min(low, math.floor(low / step) * step), max(high, math.ceil(high / step) * step)
        return cls(low if least is None else max(low, least), high if most is None else min(high, most))

    def share(self, value: float) -> float:
        """Place of `value` in 0..1; values beyond an end lie at that end."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def at(self, value: float) -> str:
        """Place of `value` as `23.4%`."""
        return place(self.share(value))

    def width(self, one: float, other: float) -> str:
        """Distance of two values as `12%`."""
        return place(abs(self.share(one) - self.share(other)))

    def holds(self, value: float) -> bool:
        """Whether the value lies on the axis."""
        return self.low <= value <= self.high

    def ticks(self, written: Callable[[float | None], str]) -> list[Tick]:
        """Round values along a linear axis, from its low end to its high end."""
        step = _step(self.high - self.low)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [Tick(self.at(n * step), written(round(n * step, 12))) for n in range(first, last + 1)]


def place(share: float) -> str:
    """A share of the width as SVG writes it: to a thousandth, which is less than a pixel of any column."""
    return f"{share * 100:.1f}".removesuffix(".0") + "%"


def _step(width: float) -> float:
    """The round step (1, 2 or 5 times a power of ten) that cuts `width` into at most `MOST_TICKS`."""
    rough = width / (MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough * (1 - 1e-9))
