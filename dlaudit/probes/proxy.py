"""Which inputs track a slice and also carry a part of its gap (Yeom, Datta and Fredrikson 2018,
arXiv:1810.07155).

Proxy use is association and influence together: an input that tells a slice apart but moves no score is
harmless here, and so is one that moves scores but is spread alike over slices.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num
from scipy.stats import spearmanr

from dlaudit.probes.registry import probe
from dlaudit.probes.request import CannotProbeError, ProbeRequest
from dlaudit.probes.separation import Rows, Separation, folds_of, separation
from dlaudit.record.base import finite
from dlaudit.record.decomposed import Contribution, Decomposition
from dlaudit.record.explained import ProbeResult

TELLS = 0.2
"""Strength from which an input is said to reveal a slice: an AUC of .6 or .4."""
FEWEST_INPUTS = 3
"""With fewer inputs ranks agree or disagree by chance."""


@probe("proxy")
def proxy(request: ProbeRequest) -> list[ProbeResult]:
    """How well each feature tells a slice from the rest of its sensitive feature, beside its part of the gap.

    `value` is the AUC of the feature for being in the slice (0.5: no association; below 0.5: lower values in the
    slice). The levels of a one-hot feature are taken together, each scored by the slice's share at it among other rows;
    of several numbers the one farthest from 0.5 counts. `detail` holds the slice and feature, `strength` = |2 AUC - 1|,
    the contribution to the first split gap of the slice, `proxy_use` = strength times |contribution|, and `itself`:
    whether the feature is the sensitive one. Strongest proxy use first within each slice.

    Raises:
        CannotProbeError: There is no split gap, or the inputs are no plain table.
    """
    results: list[ProbeResult] = []
    done: set[str] = set()
    for gap, found in _separated(request):
        if gap.slice not in done:
            done.add(gap.slice)
            made = [
                _result(request, gap, part, found[part.feature]) for part in gap.contributions if part.feature in found
            ]
            results += sorted(made, key=lambda one: (-one.detail["proxy_use"], one.detail["feature"]))
    return results


@probe("proxy_overlap")
def proxy_overlap(request: ProbeRequest) -> list[ProbeResult]:
    """Whether the inputs that carry a gap are those that reveal the slice: the agreement of the two orders of inputs.

    `value` is Spearman's correlation, over inputs, of |contribution| to the gap and strength (see `proxy`): 1 where
    whatever carries more also reveals more. `detail` holds `inputs`, a row each with both figures; `both`, the inputs
    that do both more than by chance and with an AUC of at least .6 (or .4); and `share`, the share of all movement (sum
    of |contribution|) that comes from inputs of that strength. Gaps with fewer than three inputs have no row.

    Raises:
        CannotProbeError: There is no split gap, or the inputs are no plain table.
    """
    made = [_overlap(gap, found) for gap, found in _separated(request)]
    return [one for one in made if one is not None]


def known_rows(request: ProbeRequest, gap: Decomposition) -> Bool[np.ndarray, " n"]:
    """Rows of the gap's sensitive feature whose level was recorded."""
    known = np.zeros(request.member.shape[1], dtype=bool)
    for at, one in enumerate(request.slices):
        if one.by == gap.by and not one.unknown:
            known |= request.member[at]
    return known


def inside_of(request: ProbeRequest, gap: Decomposition) -> Bool[np.ndarray, " n"]:
    """Rows of the slice explained."""
    return np.asarray(request.member[[one.id for one in request.slices].index(gap.slice)])


def table_of(request: ProbeRequest) -> Num[np.ndarray, "n F"]:
    """The encoded inputs.

    Raises:
        CannotProbeError: There is no split gap, or the inputs are no plain table.
    """
    if not request.decompositions:
        raise CannotProbeError("no gap was split over features")
    if request.columns is None or request.columns.ndim != 2:
        raise CannotProbeError("the inputs are not columns of a table here")
    return request.columns


def _separated(request: ProbeRequest) -> Iterator[tuple[Decomposition, dict[str, Separation]]]:
    """Every split gap with how well features tell its slice apart; gaps of slices without a rest are left out."""
    columns = table_of(request)
    fold = folds_of(len(columns), request.unit, np.random.default_rng([request.seed, 5]))
    by_slice: dict[str, dict[str, Separation]] = {}
    for gap in request.decompositions:
        if gap.slice not in by_slice:
            by_slice[gap.slice] = _of_slice(request, columns, gap, fold)
        if by_slice[gap.slice]:
            yield gap, by_slice[gap.slice]


def _of_slice(
    request: ProbeRequest, columns: Num[np.ndarray, "n F"], gap: Decomposition, fold: np.ndarray
) -> dict[str, Separation]:
    known, inside = known_rows(request, gap), inside_of(request, gap)
    if inside[known].all() or not inside[known].any():
        return {}
    unit = None if request.unit is None else request.unit[known]
    rows = Rows(inside=inside[known], fold=fold[known], unit=unit)
    return {player.name: separation(player, columns[known], rows) for player in request.players}


def _result(request: ProbeRequest, gap: Decomposition, part: Contribution, found: Separation) -> ProbeResult:
    return ProbeResult(
        probe="proxy",
        subject=f"{part.feature} tracks {gap.slice}",
        value=found.area.value,
        low=finite(found.area.low),
        high=finite(found.area.high),
        detail={
            "feature": part.feature,
            "slice": gap.slice,
            "reference": gap.reference,
            "metric": gap.metric,
            "input": _input(request, part.feature, found),
            "strength": found.strength,
            "contribution": part.value,
            "proxy_use": found.strength * abs(part.value),
            "itself": part.feature in gap.by,
        },
    )


def _input(request: ProbeRequest, feature: str, found: Separation) -> str:
    """Name of the encoded input that counts; of the feature where all its levels do."""
    if found.column is None:
        return feature
    return request.encoded[found.column] if found.column < len(request.encoded) else f"input {found.column + 1}"


@dataclass(frozen=True, kw_only=True)
class _Both:
    """One input's part of a gap beside what it says of the slice."""

    part: Contribution
    found: Separation

    @property
    def reveals(self) -> bool:
        """Whether it tells the slice apart, more than by chance."""
        low, high = self.found.area.low, self.found.area.high
        return self.found.strength >= TELLS and not low <= 0.5 <= high

    def row(self) -> dict[str, object]:
        """A row of a table."""
        return {
            "feature": self.part.feature,
            "auc": self.found.area.value,
            "strength": self.found.strength,
            "contribution": self.part.value,
            "reveals": self.reveals,
            "carries": self.part.marked,
        }


def _overlap(gap: Decomposition, found: dict[str, Separation]) -> ProbeResult | None:
    every = [_Both(part=part, found=found[part.feature]) for part in gap.contributions if part.feature in found]
    moved = np.array([abs(one.part.value) for one in every])
    strength = np.array([one.found.strength for one in every])
    if len(every) < FEWEST_INPUTS or np.ptp(moved) == 0 or np.ptp(strength) == 0:
        return None
    revealing = np.array([one.reveals for one in every])
    return ProbeResult(
        probe="proxy_overlap",
        subject=f"inputs that carry the {gap.metric.replace('_', ' ')} gap of {gap.slice} and inputs that reveal it",
        value=float(spearmanr(moved, strength).statistic),
        detail={
            "metric": gap.metric,
            "slice": gap.slice,
            "reference": gap.reference,
            "inputs": [one.row() for one in every],
            "both": [one.part.feature for one in every if one.reveals and one.part.marked],
            "share": float(moved[revealing].sum() / moved.sum()),
        },
    )
