"""Rows that changed sides between two runs, as evidence on how far a rate fell: exact at every sample size."""

from dlaudit.gate.changed import Flips
from dlaudit.gate.contrasts import Contrast
from dlaudit.stats.intervals import clopper_pearson
from dlaudit.stats.paired import tango_limits
from dlaudit.stats.paired_bounds import fall_bound, fell_by_less, fell_by_more

EASIER, HARDER = 5, 100
"""How far from the level the quick bounds are taken that surround the exact ones."""


class Flipped:
    """The exact unconditional test of rows that changed sides between two runs: a ceiling on how far a rate fell."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the rate is shown to have fallen by more."""
        return fell_by_more(*_flips(contrast), float(contrast.limit), alpha)

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the rate is shown to have fallen by less."""
        return contrast.limit >= 1 or fell_by_less(*_flips(contrast), float(contrast.limit), alpha)

    def breaks(self, contrast: Contrast, alpha: float) -> float:
        """The bound at which `broken` changes its answer."""
        return fall_bound(*_flips(contrast), alpha, upper=False)

    def keeps(self, contrast: Contrast, alpha: float) -> float:
        """The bound at which `kept` changes its answer."""
        return fall_bound(*_flips(contrast), alpha, upper=True)

    def outer_breaks(self, contrast: Contrast, alpha: float) -> float:
        """Tango's bound at five times the level."""
        return float(tango_limits(*_flips(contrast), 1 - 2 * min(EASIER * alpha, 0.4)).low)

    def outer_keeps(self, contrast: Contrast, alpha: float) -> float:
        """The bound of two Clopper-Pearson intervals, each at a hundredth of the level."""
        worse, better, n = _flips(contrast)
        level = 1 - 2 * alpha / HARDER
        return float(clopper_pearson(worse, n, level).high - clopper_pearson(better, n, level).low)


def _flips(contrast: Contrast) -> Flips:
    assert contrast.first.flips is not None and contrast.kind == "ceiling", "paired tests are for ceilings on a drop"
    return contrast.first.flips
