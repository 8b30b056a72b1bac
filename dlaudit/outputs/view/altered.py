"""Rows that were changed on the way to the model, and in which slices more often."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.altered_sentences import shares_of, uneven_told
from dlaudit.outputs.words import Sentence
from dlaudit.record import Altered, Audit

MOST_SLICES = 8
"""Slices that are named for each change."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was done to rows, to how many, and to what share of each slice."""

    what: str
    rows: str
    share: str
    where: list[tuple[str, str]]
    left_out: int


@dataclass(frozen=True)
class AlteredView:
    """The table and the sentences above it."""

    changes: list[Change]
    told: list[Sentence]


def altered(audit: Audit) -> AlteredView:
    """Every change, the most frequent first."""
    found = sorted(audit.data.altered, key=lambda one: -one.rows)
    return AlteredView([_change(audit, one) for one in found], uneven_told(audit))


def _change(audit: Audit, one: Altered) -> Change:
    shares = [pair for feature in audit.data.sensitive for pair in shares_of(audit, one, feature)]
    shares.sort(key=lambda pair: -pair[1])
    return Change(
        what=one.what,
        rows=text.count(one.rows),
        share=text.percent(min(1.0, one.rows / audit.data.scored) if audit.data.scored else None),
        where=[(slice_id, text.percent(share)) for slice_id, share in shares[:MOST_SLICES]],
        left_out=max(0, len(shares) - MOST_SLICES),
    )
