"""Confirmed slices as records."""

from collections.abc import Iterable

import numpy as np

from dlaudit.record import DiscoveredSlice, finite, slice_id
from dlaudit.slices.discovery.testing import Rejected, Tables
from dlaudit.stats.intervals import difference_limits


def discovered(
    wheres: Iterable[tuple[str, dict[str, str]]], tables: Tables, rejected: Rejected
) -> list[DiscoveredSlice]:
    """One record for each rejected test, the smallest p-value first, ties by name.

    The interval of the difference is MOVER's with Clopper-Pearson limits, for this slice alone.

    Args:
        wheres: Outcome and conditions of each rejected test.
        tables: Their tables, in the same order.
        rejected: Their p-values.
    """
    outside, other = tables.total - tables.size, tables.events - tables.x
    limits = difference_limits(tables.x, tables.size, other, outside)
    value, rest = tables.x / tables.size, other / np.maximum(outside, 1)
    found = [
        DiscoveredSlice(
            id=slice_id(where),
            where={name: where[name] for name in sorted(where)},
            n=int(tables.size[at]),
            outcome=outcome,
            value=float(value[at]),
            rest=float(rest[at]),
            difference=float(value[at] - rest[at]),
            low=finite(float(limits.low[at])),
            high=finite(float(limits.high[at])),
            p_value=float(rejected.p[at]),
            p_adjusted=float(rejected.adjusted[at]),
        )
        for at, (outcome, where) in enumerate(wheres)
    ]
    return sorted(found, key=lambda one: (one.p_adjusted, one.p_value, one.outcome, one.id))
