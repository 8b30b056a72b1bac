"""Shares of rows on every slice, with Wilson intervals: plain, Kish-weighted, or robust to rows that share a unit."""

import math
from dataclasses import dataclass, replace

from dlaudit.metrics.cell_values import find_cell_values
from dlaudit.metrics.chosen_threshold import spread_chosen_again, wider
from dlaudit.metrics.clusters import spread_between
from dlaudit.metrics.evidence import NO_ROWS, Evidence, Found, undefined
from dlaudit.metrics.exact_sum import number
from dlaudit.metrics.forms import Asked, influence, parts, totals
from dlaudit.metrics.registry import CellValue, Form, Interval, Mapped
from dlaudit.stats.intervals import cluster_wilson, wilson, wilson_weighted

ASYMPTOTIC = "asymptotic"
_UNKNOWN = Interval(method="wilson_clustered")
"""No ends are known, but the method is: its name keeps a reader from taking the counts for independent rows."""


@dataclass(frozen=True)
class Share:
    """One share of rows on one slice."""

    numerator: int | float
    """Rows, or sum of weights, above the line."""
    denominator: int | float
    """Rows, or sum of weights, below the line; above 0."""
    square: float | None
    """Sum of squared weights below the line; None where every row counts once."""

    @property
    def value(self) -> float:
        """The share."""
        return float(self.numerator / self.denominator)

    def interval(self, level: float) -> Interval:
        """Wilson's interval (1927), with Kish's effective size (1965) where rows have weights."""
        if self.square is None:
            low, high = wilson(self.numerator, self.denominator, level)
            return Interval(float(low), float(high), "wilson", ASYMPTOTIC)
        low, high = wilson_weighted(self.value, self.denominator**2 / self.square, level)
        return Interval(float(low), float(high), "wilson_kish", ASYMPTOTIC)


def find_shares(asked: Asked, evidence: Evidence) -> list[Found]:
    """The metric on every slice; it is of kind `confusion` or `table`."""
    forms = totals(asked, evidence.totals)
    if isinstance(forms[0], CellValue):
        return find_cell_values(asked, evidence)
    return [_found(asked, forms, place, evidence) for place in evidence.places]


def _found(asked: Asked, forms: list[Form], place: int, evidence: Evidence) -> Found:
    if evidence.size(place) == 0:
        return undefined(NO_ROWS)
    rows_below = [int(ratio.denominator[place]) for ratio in parts(forms[0])]
    if 0 in rows_below:
        return undefined(f"{asked.metric.undefined} in this slice", sum(rows_below))
    shares = _shares(forms, place)
    if any(share.denominator == 0 for share in shares):
        return undefined("the rows it rests on all have weight 0", sum(rows_below))
    made = forms[0]
    value = math.fsum(share.value for share in shares) / len(shares)
    interval = _interval(asked, shares, place, evidence)
    if isinstance(made, Mapped):
        value, interval = made.increasing(value), _mapped(interval, made)
    single = len(shares) == 1 and not isinstance(made, Mapped)
    return Found(
        value=value,
        interval=interval,
        n=sum(rows_below),
        numerator=shares[0].numerator if single else None,
        denominator=shares[0].denominator if single else None,
    )


def _shares(forms: list[Form], place: int) -> list[Share]:
    if len(forms) == 1:
        counted = parts(forms[0])
        return [Share(int(r.numerator[place]), int(r.denominator[place]), None) for r in counted]
    weights, squares = (parts(made) for made in forms[1:])
    return [
        Share(
            float(number(w.numerator[place])),
            float(number(w.denominator[place])),
            float(number(s.denominator[place])),
        )
        for w, s in zip(weights, squares, strict=True)
    ]


def _interval(asked: Asked, shares: list[Share], place: int, evidence: Evidence) -> Interval:
    if evidence.counts.clustered:
        return _clustered(asked, shares, place, evidence)
    intervals = [share.interval(evidence.level) for share in shares]
    return intervals[0] if len(intervals) == 1 else _mean_interval(shares, intervals)


def _clustered(asked: Asked, shares: list[Share], place: int, evidence: Evidence) -> Interval:
    if evidence.rows is None:
        return _UNKNOWN
    rows = evidence.rows_of(place)
    assert rows.unit is not None, "clustered counts come from rows with units"
    error, counted = influence(asked, rows, [(share.value, float(share.denominator)) for share in shares])
    spread = spread_between(error[counted], rows.unit[counted])
    again = evidence.again_of(place)
    if again is not None:
        spread = wider(spread, spread_chosen_again(asked, rows, (error, counted), again))
    if spread.units < 2 or not math.isfinite(spread.variance):
        return _UNKNOWN
    mean = math.fsum(share.value for share in shares) / len(shares)
    low, high = cluster_wilson(mean, spread.variance, spread.units, evidence.level, spread.freedom)
    return Interval(float(low), float(high), "wilson_clustered", ASYMPTOTIC, spread.freedom)


def _mean_interval(shares: list[Share], intervals: list[Interval]) -> Interval:
    """MOVER for a mean of independent shares (Zou & Donner 2008, DOI 10.1002/sim.3095)."""
    mean = math.fsum(share.value for share in shares) / len(shares)
    below = math.hypot(*(share.value - (i.low or 0.0) for share, i in zip(shares, intervals, strict=True)))
    above = math.hypot(
        *((1.0 if i.high is None else i.high) - share.value for share, i in zip(shares, intervals, strict=True))
    )
    return Interval(
        max(0.0, mean - below / len(shares)), min(1.0, mean + above / len(shares)), "mover_wilson", ASYMPTOTIC
    )


def _mapped(interval: Interval, made: Mapped) -> Interval:
    low = None if interval.low is None else made.increasing(interval.low)
    high = None if interval.high is None else made.increasing(interval.high)
    return replace(interval, low=low, high=high, method=interval.method and f"{interval.method}_mapped")
