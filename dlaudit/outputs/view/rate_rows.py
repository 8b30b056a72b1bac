"""Rates of each slice in two runs, as rows of the table that draws changes."""

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.catalogue_base import RATE_MOVES
from dlaudit.outputs.rate_moves import RateMove, rate_moves, slice_named
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.view.change_table import ChangeRow, ChangeTable, Moved
from dlaudit.outputs.words import Name, difference, figure, joined, label, said
from dlaudit.record import AgainstModel, Audit


def rate_tables(audit: Audit, paired: AgainstModel | None, most: int) -> list[ChangeTable]:
    """One table of the rates that got worse most, or none where no rate was compared row by row.

    Args:
        audit: The later run, which names its slices.
        paired: The comparison on the same rows.
        most: Rows of the table.
    """
    moves = rate_moves(paired) if paired is not None else []
    if not moves:
        return []
    shown = moves[:most]
    axis = Axis.around([value for one in shown for value in (one.rate.base, one.rate.tuned) if value is not None])
    return [
        ChangeTable(
            unit=TEXT["changes_rates_unit"],
            rows=[_row(audit, one, axis) for one in shown],
            ticks=axis.ticks(text.percent),
            even=None,
            left_out=TEXT["left_out"].format(count=text.count(len(moves) - most)) if len(moves) > most else "",
        )
    ]


def _row(audit: Audit, one: RateMove, axis: Axis) -> ChangeRow:
    rate = one.rate
    assert rate.base is not None and rate.tuned is not None, "a counted rate has a value in both runs"
    written, moved = figure(rate.metric), difference(rate.metric)
    return ChangeRow(
        about=(Name(slice_named(audit, rate.slice)),),
        under=said("changes_under", label=label(rate.metric), by=joined(rate.by)),
        old=written(rate.base),
        new=written(rate.tuned),
        change=moved(rate.tuned - rate.base),
        interval=text.span(rate.low, rate.high, moved),
        kind=one.move,
        status=RATE_MOVES[one.move],
        drawn=Moved(axis.at(rate.base), axis.at(rate.tuned)),
    )
