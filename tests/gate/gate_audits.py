"""Audits made of counts, as the gate reads them."""

from dlaudit.record import Audit, DataInfo, Measurement, ModelInfo, Provenance, Slice, slice_id


def counted(metric: str, slice_name: str, x: int, n: int) -> Measurement:
    if n == 0:
        return Measurement(metric=metric, slice=slice_name, undefined="no rows", numerator=0, denominator=0)
    found = {"method": "wilson", "guarantee": "asymptotic", "low": 0.0, "high": 1.0}
    return Measurement(metric=metric, slice=slice_name, value=x / n, n=n, numerator=x, denominator=n, **found)


def make_audit(counts, *, metric="selection_rate", feature="race", min_size=30, rows=None, **data) -> Audit:
    """`counts`: level -> (successes, trials), or level -> Estimate fields."""
    slices, measurements = [], []
    for level, given in counts.items():
        where = {feature: level}
        name = slice_id(where)
        n = (rows or {}).get(level, given[1] if isinstance(given, tuple) else given.get("n", 100))
        slices.append(Slice(id=name, by=[feature], where=where, n=n, share=0.1, kind="group", small=n < min_size))
        if isinstance(given, tuple):
            measurements.append(counted(metric, name, *given))
        else:
            measurements.append(Measurement(metric=metric, slice=name, **given))
    data.setdefault("sensitive", [feature])
    return Audit(
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(),
        data=DataInfo(**data),
        slices=slices,
        measurements=measurements,
        min_size=min_size,
    )
