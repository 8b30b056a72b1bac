"""Rows that were changed on the way to the model, in whole sentences."""

from dlaudit.outputs import text
from dlaudit.outputs.order import slices_of
from dlaudit.outputs.words import Name, Sentence, people, said
from dlaudit.record import Altered, Audit

UNEVEN = "DLA360"
"""The finding that one slice's rows were changed more often than another's: tested, and by 5 in 100 at least."""


def shares_of(audit: Audit, change: Altered, feature: str) -> list[tuple[str, float]]:
    """The share of changed rows in each slice of a feature that has rows and is known."""
    slices = [one for one in slices_of(audit, [feature]) if one.n and not one.unknown]
    return [(one.id, min(1.0, change.by_slice.get(one.id, 0) / one.n)) for one in slices]


def uneven_told(audit: Audit) -> list[Sentence]:
    """A sentence for each finding that one slice's rows were changed more often than another's."""
    by = {one.id: one.by[0] for one in audit.slices if len(one.by) == 1}
    told: list[Sentence] = []
    for one in audit.findings:
        change = next((done for done in audit.data.altered if done.what == one.evidence.get("what")), None)
        if one.code != UNEVEN or change is None or one.subject not in by:
            continue
        shares = dict(shares_of(audit, change, by[one.subject]))
        if one.subject in shares:
            least = min(shares, key=lambda slice_id: shares[slice_id])
            told.append(_uneven(audit, change, (one.subject, shares[one.subject]), (least, shares[least])))
    return told


def _uneven(audit: Audit, change: Altered, most: tuple[str, float], least: tuple[str, float]) -> Sentence:
    return said(
        "altered_uneven",
        what=(Name(change.what),),
        slice=people(audit, most[0]),
        most=text.percent(most[1]),
        other=people(audit, least[0]),
        least=text.percent(least[1]),
    )


def altered_told(audit: Audit) -> Sentence:
    """`Changed on the way to the model: texts cut after 128 tokens (300 rows), …`; empty where nothing was."""
    found = sorted(audit.data.altered, key=lambda one: -one.rows)
    lines: list[str] = []
    for at, one in enumerate(found):
        lines += [", " if at else "", *said("altered_line", what=(Name(one.what),), rows=text.count(one.rows))]
    return said("altered_head", lines=tuple(lines)) if found else ()
