"""A rate in two independent samples, as evidence on how far it fell: exact at every size."""

from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.flipped import EASIER, HARDER
from dlaudit.stats.apart_bounds import apart_bound, apart_by_less, apart_by_more
from dlaudit.stats.intervals import clopper_pearson, difference_limits
from dlaudit.stats.nulls import Table


class Apart:
    """The exact unconditional test of two rates: a ceiling on how far one fell from one sample to another."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the rate is shown to have fallen by more."""
        return apart_by_more(_samples(contrast), float(contrast.limit), alpha)

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the rate is shown to have fallen by less."""
        return apart_by_less(_samples(contrast), float(contrast.limit), alpha)

    def breaks(self, contrast: Contrast, alpha: float) -> float:
        """The bound at which `broken` changes its answer."""
        return apart_bound(_samples(contrast), alpha, upper=False)

    def keeps(self, contrast: Contrast, alpha: float) -> float:
        """The bound at which `kept` changes its answer."""
        return apart_bound(_samples(contrast), alpha, upper=True)

    def outer_breaks(self, contrast: Contrast, alpha: float) -> float:
        """MOVER's bound at five times the level."""
        return float(difference_limits(*_samples(contrast), 1 - 2 * min(EASIER * alpha, 0.4)).low)

    def outer_keeps(self, contrast: Contrast, alpha: float) -> float:
        """The bound of two Clopper-Pearson intervals, each at a hundredth of the level."""
        more, n, less, m = _samples(contrast)
        level = 1 - 2 * alpha / HARDER
        return float(clopper_pearson(more, n, level).high - clopper_pearson(less, m, level).low)


def _samples(contrast: Contrast) -> Table:
    assert contrast.first.samples is not None and contrast.kind == "ceiling", "for ceilings on a drop of counted rates"
    return contrast.first.samples
