"""Slices that were found in one half of the rows by any means, tested in the other half."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from dlaudit.record import Discovery
from dlaudit.slices.discovery.findable import smallest_findable
from dlaudit.slices.discovery.search import Settings
from dlaudit.slices.discovery.testing import Tables, holm_rejections
from dlaudit.slices.discovery.told import discovered

GUARANTEE = (
    "Finite-sample: slices were found in a random half of the rows and tested exactly (hypergeometric, Holm) in the "
    "other. Figures are those of the second half, which did not know what was found."
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A set of rows that someone thinks is worse."""

    where: dict[str, str]
    """What tells it from other rows, in words: column to condition."""
    member: Bool[np.ndarray, " n"]
    """Which of all rows it holds."""


@dataclass(frozen=True, kw_only=True)
class Halved:
    """All rows: what happened to each, and in which half it is."""

    outcome: str
    """Name of the event."""
    bad: Bool[np.ndarray, " n"]
    """Whether it happened."""
    finding: Bool[np.ndarray, " n"]
    """Whether the row is in the finding half."""

    def promising(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Those with a higher rate than the rest, in the finding half: no other is worth a test."""
        return [one for one in found if self._is_worse(one.member & self.finding)]

    def _is_worse(self, inside: Bool[np.ndarray, " n"]) -> bool:
        outside = self.finding & ~inside
        return bool(inside.any() and outside.any() and self.bad[inside].mean() > self.bad[outside].mean())


def confirm(
    method: str, columns: Sequence[str], found: Sequence[Candidate], rows: Halved, settings: Settings
) -> Discovery:
    """What of the candidates is confirmed in the other half.

    Of the candidates, only those are tested that look worse in the finding half and have at least `min_rows` rows, and
    leave as many, in the confirming one: neither looks at an outcome of the confirming half.

    Args:
        method: `error_tree` or `embedding_clusters`.
        columns: Columns that were looked at.
        found: Candidates, found with the finding half alone.
        rows: All rows.
        settings: Fewest rows and error rate; `depth` is told as it is.
    """
    other = ~rows.finding
    total = int(other.sum())
    tried = [
        one for one in rows.promising(found) if settings.min_rows <= _rows(one, other) <= total - settings.min_rows
    ]
    events = int(rows.bad[other].sum())
    tables = Tables(
        x=np.array([np.count_nonzero(rows.bad & one.member & other) for one in tried], dtype=np.int64),
        size=np.array([_rows(one, other) for one in tried], dtype=np.int64),
        events=np.full(len(tried), events),
        total=np.full(len(tried), total),
    )
    rejected = holm_rejections(tables, settings.alpha)
    wheres = [(rows.outcome, tried[at].where) for at in rejected.at]
    return Discovery(
        method=method,
        columns=list(columns),
        outcomes=[rows.outcome],
        searched=len(found),
        tested=len(tried),
        depth=settings.depth,
        min_rows=settings.min_rows,
        alpha=settings.alpha,
        smallest_findable=smallest_findable(events, total, max(1, len(tried)), settings.alpha),
        found=discovered(wheres, tables.take(rejected.at), rejected),
        guarantee=GUARANTEE,
    )


def _rows(one: Candidate, of: Bool[np.ndarray, " n"]) -> int:
    return int(np.count_nonzero(one.member & of))
