"""Which inputs track a slice and also carry a part of its gap (Yeom, Datta and Fredrikson 2018,
arXiv:1810.07155).

Proxy use is association and influence together: an input that tells a slice apart but moves no score is
harmless here, and so is one that moves scores but is spread alike over slices.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num

from dlaudit.data.batch import Player
from dlaudit.probes.registry import probe
from dlaudit.probes.request import CannotProbeError, ProbeRequest
from dlaudit.record.base import finite
from dlaudit.record.decomposed import Decomposition
from dlaudit.record.explained import ProbeResult
from dlaudit.stats.auc import AucInterval, auc, auc_interval


@probe("proxy")
def proxy(request: ProbeRequest) -> list[ProbeResult]:
    """How well each feature tells a slice from the rest of its sensitive feature, beside its part of the gap.

    `value` is the AUC of the feature's encoded input for being in the slice (0.5: no association; below 0.5:
    lower values in the slice). Of several encoded inputs the one farthest from 0.5 counts, and its interval
    is widened for the choice (Bonferroni). `detail` holds the slice and feature, `strength` = |2 AUC - 1|,
    the contribution to the gap, and `proxy_use` = strength times |contribution|. Strongest proxy use first
    within each slice.

    Raises:
        CannotProbeError: There is no split gap, or the inputs are no plain table.
    """
    if not request.decompositions:
        raise CannotProbeError("no gap was split over features")
    columns = request.columns
    if columns is None or columns.ndim != 2:
        raise CannotProbeError("the inputs are not columns of a table here")
    results: list[ProbeResult] = []
    done: set[str] = set()
    for gap in request.decompositions:
        if gap.slice not in done:
            done.add(gap.slice)
            results += _of_gap(request, columns, gap)
    return results


@dataclass(frozen=True, kw_only=True)
class Separation:
    """How well one encoded input of a feature tells a slice apart."""

    area: AucInterval
    """AUC and its interval."""
    column: int
    """Position of the encoded input."""

    @property
    def strength(self) -> float:
        """0 for no association, 1 for a perfect one."""
        return abs(2 * self.area.value - 1)


def separation(player: Player, columns: Num[np.ndarray, "n F"], inside: Bool[np.ndarray, " n"]) -> Separation:
    """The best separation of `inside` from the other rows by one of the player's encoded inputs."""
    areas = [auc(columns[:, at].astype(np.float64), inside) for at in player.columns]
    best = player.columns[int(np.argmax(np.abs(np.array(areas) - 0.5)))]
    level = 1 - 0.05 / len(player.columns)
    return Separation(area=auc_interval(columns[:, best].astype(np.float64), inside, level), column=best)


def _of_gap(request: ProbeRequest, columns: Num[np.ndarray, "n F"], gap: Decomposition) -> list[ProbeResult]:
    ids = [one.id for one in request.slices]
    inside = request.member[ids.index(gap.slice)]
    known = _rows_with_known_level(request, gap)
    if inside[known].all() or not inside[known].any():
        return []
    contributions = {one.feature: one.value for one in gap.contributions}
    found = [
        _result(request, gap, player, separation(player, columns[known], inside[known]), contributions[player.name])
        for player in request.players
        if player.name in contributions
    ]
    return sorted(found, key=lambda one: (-one.detail["proxy_use"], one.detail["feature"]))


def _rows_with_known_level(request: ProbeRequest, gap: Decomposition) -> Bool[np.ndarray, " n"]:
    """Rows of the gap's sensitive feature whose level was recorded."""
    known = np.zeros(request.member.shape[1], dtype=bool)
    for at, one in enumerate(request.slices):
        if one.by == gap.by and not one.unknown:
            known |= request.member[at]
    return known


def _result(
    request: ProbeRequest, gap: Decomposition, player: Player, found: Separation, contribution: float
) -> ProbeResult:
    named = request.encoded[found.column] if found.column < len(request.encoded) else f"input {found.column + 1}"
    return ProbeResult(
        probe="proxy",
        subject=f"{player.name} tracks {gap.slice}",
        value=found.area.value,
        low=finite(found.area.low),
        high=finite(found.area.high),
        detail={
            "feature": player.name,
            "slice": gap.slice,
            "reference": gap.reference,
            "input": named,
            "strength": found.strength,
            "contribution": contribution,
            "proxy_use": found.strength * abs(contribution),
        },
    )
