"""Rates of one slice at every threshold, as figures and as a line in a drawing of 1000 by 1000."""

from bisect import bisect_left
from itertools import accumulate, pairwise

from dlaudit.outputs import text
from dlaudit.outputs.view.axis import Axis
from dlaudit.record import OVERALL, Audit, ScoreHistogram

RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")
MOST_POINTS = 50
MOST_THRESHOLDS = 5
_QUANTILES = (0.9, 0.7, 0.5, 0.3, 0.1)
_SIDE = 1000


class Curve:
    """The rates of one slice at every edge of its histogram."""

    def __init__(self, histogram: ScoreHistogram) -> None:
        self.slice = histogram.slice
        self.edges = histogram.edges
        self._positive = _from_edge_on(histogram.positive)
        self._negative = _from_edge_on(histogram.negative)

    @property
    def rows(self) -> int:
        """Rows of the histogram."""
        return self._positive[0] + self._negative[0]

    def rate(self, metric: str, edge: int) -> float | None:
        """The rate where the threshold is that edge; None where its denominator is 0."""
        above = {
            "selection_rate": [self._positive, self._negative],
            "true_positive_rate": [self._positive],
            "false_positive_rate": [self._negative],
        }[metric]
        rows = sum(counts[0] for counts in above)
        return sum(counts[edge] for counts in above) / rows if rows else None

    def path(self, metric: str, axis: Axis, used: float | None) -> str:
        """The line of the rate over the axis, as an SVG path; empty where the rate is undefined."""
        inside = [at for at, edge in enumerate(self.edges) if axis.holds(edge)]
        step = -(-len(inside) // MOST_POINTS)
        kept = [at for at in inside if at in (inside[0], inside[-1]) or at % step == 0 or self.edges[at] == used]
        places: list[tuple[int, int]] = []
        for at in kept:
            rate = self.rate(metric, at)
            if rate is None:
                return ""
            places.append((round(axis.share(self.edges[at]) * _SIDE), round((1 - rate) * _SIDE)))
        steps = " ".join(f"{x - x0},{y - y0}" for (x0, y0), (x, y) in pairwise(places))
        return f"M{places[0][0]},{places[0][1]}l{steps}" if steps else ""


def curves_of(audit: Audit, output: str) -> dict[str, Curve]:
    """Slice id to its curve, for one class or label."""
    return {one.slice: Curve(one) for one in audit.histograms if one.output == output and len(one.edges) > 1}


def threshold_axis(curves: dict[str, Curve]) -> Axis:
    """0 to 1 for probabilities; for other scores, from where nearly every row is selected to where hardly one is."""
    whole = curves.get(OVERALL) or max(curves.values(), key=lambda one: one.rows)
    edges = whole.edges
    if edges[0] >= 0 and edges[-1] <= 1 + 1e-9:  # a threshold of 1 has an edge just above it
        return Axis(0.0, 1.0)
    rates = [whole.rate("selection_rate", at) or 0.0 for at in range(len(edges))]
    low = max((at for at, rate in enumerate(rates) if rate >= 0.99), default=0)
    high = next((at for at, rate in enumerate(rates) if rate <= 0.01), len(edges) - 1)
    return Axis.around([edges[low], edges[max(high, low + 1)]])


def chosen_edges(curves: dict[str, Curve], used: float | None) -> list[int]:
    """The edges whose rates stand in the table: the threshold used, and round shares of all rows selected."""
    whole = curves.get(OVERALL) or max(curves.values(), key=lambda one: one.rows)
    rates = [whole.rate("selection_rate", at) or 0.0 for at in range(len(whole.edges) - 1)]
    own = used_edge(whole.edges, used)
    chosen = {min(range(len(rates)), key=lambda at: abs(rates[at] - share)) for share in _QUANTILES}
    if own is not None and own not in chosen:
        if len(chosen) >= MOST_THRESHOLDS:
            chosen.discard(min(chosen, key=lambda at: abs(at - own)))
        chosen.add(own)
    return sorted(chosen)


def used_edge(edges: list[float], used: float | None) -> int | None:
    """The edge that is the operating threshold; None where it is none of them."""
    if used is None:
        return None
    at = bisect_left(edges, used)
    return at if at < len(edges) - 1 and edges[at] == used else None


def written(threshold: float) -> str:
    """A threshold that nobody gave, in three digits."""
    return text.decimal(threshold)


def _from_edge_on(counts: list[int]) -> list[int]:
    """At every edge, how many rows lie at it or above."""
    return list(accumulate(reversed(counts), initial=0))[::-1]
