"""Figures that rules on selection and lending ask for, from counts: ratios, tests by name, and practical size.

The same table gives different numbers of standard deviations under different models of chance, so that every test has
its own function and its name is printed beside its value. Sources: 29 CFR 1607.4 D (four-fifths, significance),
6 RCNY § 5-301 (impact ratio), Katz, Baptista, Azen and Pike 1978 (DOI 10.2307/2530610) for the ratio's interval,
Cohen 1988 for h and d.
"""

from dataclasses import dataclass
from math import asin, exp, inf, log, nan, sqrt

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri
from scipy.stats import hypergeom


@dataclass(frozen=True)
class Selected:
    """Two slices: how many were judged, and how many of them were decided upon favourably."""

    selected: int
    """Favourable decisions of the slice."""
    judged: int
    """People judged in the slice; at least 1."""
    other_selected: int
    """Favourable decisions of the slice that it is compared with."""
    other_judged: int
    """People judged there; at least 1."""

    def __post_init__(self) -> None:
        assert 0 <= self.selected <= self.judged and self.judged > 0, "more are selected than judged"
        assert 0 <= self.other_selected <= self.other_judged and self.other_judged > 0, "more are selected than judged"

    @property
    def rate(self) -> float:
        """Selection rate of the slice."""
        return self.selected / self.judged

    @property
    def other_rate(self) -> float:
        """Selection rate of the other one."""
        return self.other_selected / self.other_judged

    @property
    def all_judged(self) -> int:
        """People of both."""
        return self.judged + self.other_judged

    @property
    def all_selected(self) -> int:
        """Favourable decisions of both."""
        return self.selected + self.other_selected


def impact_ratios(selected: Int[np.ndarray, " k"], judged: Int[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Each slice's selection rate over the highest one, from unrounded rates.

    NaN where nobody was judged in a slice, and everywhere where nobody was selected at all.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = np.where(judged > 0, selected / judged, np.nan)
        best = np.nanmax(rates) if (judged > 0).any() else np.nan
        return np.asarray(rates / best if best > 0 else np.full(rates.shape, np.nan))


def scoring_rates(scores: Float[np.ndarray, " n"], slices: Int[np.ndarray, " n"], k: int) -> Float[np.ndarray, " k"]:
    """Share of each of `k` slices that scores strictly above the median of the whole sample (6 RCNY § 5-301 c).

    Rows of a slice below 0 are of unknown slices: they are in the sample whose median it is, and in no rate. NaN where
    a slice has no rows.
    """
    above = scores > np.median(scores)
    return np.array([above[slices == one].mean() if (slices == one).any() else np.nan for one in range(k)])


def impact_ratio(table: Selected) -> float:
    """The slice's rate over the other one's; NaN where that is 0."""
    return table.rate / table.other_rate if table.other_rate else nan


def katz_limits(table: Selected, level: float = 0.95) -> tuple[float, float]:
    """The interval of `impact_ratio` on the log scale; 0 and infinity where a count is 0. For large samples."""
    if not table.selected or not table.other_selected:
        return 0.0, inf
    error = sqrt(1 / table.selected - 1 / table.judged + 1 / table.other_selected - 1 / table.other_judged)
    half = float(ndtri((1 + level) / 2)) * error
    return exp(log(impact_ratio(table)) - half), exp(log(impact_ratio(table)) + half)


def pooled_z(table: Selected) -> float:
    """The two-sample Z with a pooled rate, positive where the slice is selected less (the `2 SD test`).

    NaN where everybody or nobody was selected.
    """
    p = table.all_selected / table.all_judged
    error = sqrt(p * (1 - p) * (1 / table.judged + 1 / table.other_judged))
    return (table.other_rate - table.rate) / error if error else nan


def fisher_p(table: Selected) -> float:
    """Fisher's exact p-value, two-sided: all tables with these margins that are no likelier than this one."""
    law = hypergeom(table.all_judged, table.all_selected, table.judged)
    low = max(0, table.judged - (table.all_judged - table.all_selected))
    chances = law.pmf(np.arange(low, min(table.judged, table.all_selected) + 1))
    own = float(law.pmf(table.selected))
    return float(min(1.0, chances[chances <= own * (1 + 1e-7)].sum()))


def shortfall(table: Selected) -> float:
    """How many more of the slice would have been selected at the rate of both together; negative for a surplus."""
    return table.judged * table.all_selected / table.all_judged - table.selected


def hypergeometric_deviations(table: Selected) -> float:
    """The shortfall in standard deviations of drawing the selected from all without replacement; NaN without any."""
    share, rest = table.all_selected / table.all_judged, table.all_judged - table.judged
    spread = table.judged * share * (1 - share) * rest / (table.all_judged - 1)
    return shortfall(table) / sqrt(spread) if spread else nan


def binomial_deviations(table: Selected) -> float:
    """The shortfall in standard deviations of a binomial: each selected person is of the slice with its share of all.

    NaN where nobody was selected.
    """
    share = table.judged / table.all_judged
    spread = table.all_selected * share * (1 - share)
    return shortfall(table) / sqrt(spread) if spread else nan


def flip_flop(table: Selected) -> float:
    """The impact ratio after one selection is moved from the other slice to this one; NaN where none can be moved."""
    if not table.other_selected or table.selected == table.judged:
        return nan
    moved = Selected(table.selected + 1, table.judged, table.other_selected - 1, table.other_judged)
    return impact_ratio(moved)


def odds_ratio(table: Selected) -> float:
    """The slice's odds of being selected over the other one's; NaN where the other one's are 0 or infinite."""
    missed = table.judged - table.selected
    other_missed = table.other_judged - table.other_selected
    if not table.other_selected or not other_missed:
        return nan
    return table.selected * other_missed / (missed * table.other_selected) if missed else inf


def cohen_h(table: Selected) -> float:
    """The difference of the arcsine-transformed rates, the other slice's minus this one's (Cohen 1988)."""
    return 2 * asin(sqrt(table.other_rate)) - 2 * asin(sqrt(table.rate))


def standardized_mean_difference(
    slice_mean: float, other_mean: float, slice_spread: float, other_spread: float
) -> float:
    """The slice's mean minus the other one's, over the root of the mean of both variances (Cohen's d, equal weights).

    NaN where neither varies. Of a score a negative value is adverse, of a price a positive one.
    """
    spread = sqrt((slice_spread**2 + other_spread**2) / 2)
    return (slice_mean - other_mean) / spread if spread else nan
