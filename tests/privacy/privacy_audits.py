"""Audits made of the four counts of every combination of levels, with all their slices and rates."""

from itertools import combinations

import numpy as np

from dlaudit.record import (
    Audit,
    Check,
    DataInfo,
    Disparity,
    Finding,
    Measurement,
    ModelInfo,
    Provenance,
    Slice,
    Verdict,
    slice_id,
)

CELLS = ("tp", "fp", "fn", "tn")
SHARES = {
    "selection_rate": ("tp fp", "tp fp fn tn"),
    "prevalence": ("tp fn", "tp fp fn tn"),
    "true_positive_rate": ("tp", "tp fn"),
    "false_positive_rate": ("fp", "fp tn"),
    "false_negative_rate": ("fn", "tp fn"),
    "accuracy": ("tp tn", "tp fp fn tn"),
    "precision": ("tp", "tp fp"),
}
"""Cells above and below the line."""

Table = dict[tuple[str, ...], tuple[int, int, int, int]]


def total(counts, words: str) -> int:
    return int(sum(counts[CELLS.index(word)] for word in words.split()))


def share(metric: str, name: str, counts) -> Measurement:
    above, below = SHARES[metric]
    x, n = total(counts, above), total(counts, below)
    if n == 0:
        return Measurement(metric=metric, slice=name, undefined="nobody in this slice", n=0)
    return Measurement(
        metric=metric,
        slice=name,
        value=x / n,
        low=max(0.0, x / n - 0.1),
        high=min(1.0, x / n + 0.1),
        n=n,
        numerator=x,
        denominator=n,
        method="wilson",
    )


def counts_of(table: Table, features: tuple[str, ...], where: dict[str, str]) -> np.ndarray:
    """The four counts of the rows with those levels."""
    rows = [
        cells
        for levels, cells in table.items()
        if all(dict(zip(features, levels, strict=True))[name] == level for name, level in where.items())
    ]
    return np.sum(rows, axis=0) if rows else np.zeros(4, dtype=int)


def wheres(table: Table, features: tuple[str, ...], most: int) -> list[dict[str, str]]:
    """Levels of every slice with rows: all rows, single features, then intersections of up to `most` features."""
    found: list[dict[str, str]] = [{}]
    for size in range(1, most + 1):
        for some in combinations(range(len(features)), size):
            levels = dict.fromkeys(tuple(key[at] for at in some) for key, cells in table.items() if sum(cells))
            found += [{features[at]: level for at, level in zip(some, one, strict=True)} for one in levels]
    return found


def made(
    table: Table, features=("race", "sex"), metrics=tuple(SHARES), most: int = 2, **data: object
) -> tuple[Audit, Verdict]:
    """The audit of those counts, with a gap and a check for each metric and feature."""
    slices, measurements = [], []
    everybody = int(sum(sum(cells) for cells in table.values()))
    chosen = wheres(table, features, most)
    for where in chosen:
        counts = counts_of(table, features, where)
        n = int(counts.sum())
        kind = {0: "overall", 1: "group"}.get(len(where), "intersection")
        name = slice_id(where)
        slices.append(Slice(id=name, by=sorted(where), where=where, n=n, share=n / everybody, kind=kind, small=n < 30))
        measurements += [share(metric, name, counts) for metric in metrics]
    gaps = [gap_of(metric, [name], slices, measurements) for metric in metrics for name in features]
    checks = [check_of(one) for one in gaps]
    findings = [
        Finding(
            code="DLA401",
            severity="warning",
            subject=one.id,
            message=f"{one.id} has {one.n} rows",
            next_step=f"Collect {30 - one.n} more.",
            evidence={"rows": one.n},
        )
        for one in slices
        if one.n < 30
    ]
    audit = Audit(
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(),
        data=DataInfo(rows=everybody, scored=everybody, sensitive=list(features), **data),
        slices=slices,
        measurements=measurements,
        disparities=gaps,
        findings=findings,
    )
    return audit, Verdict(outcome="undecided", checks=checks, sentence="Undecided.")


def gap_of(metric: str, by: list[str], slices: list[Slice], measurements: list[Measurement]) -> Disparity:
    mine = {one.id for one in slices if one.by == by}
    values = {one.slice: one for one in measurements if one.metric == metric and one.slice in mine}
    defined = [one for one in values.values() if one.value is not None]
    rest = [name for name, one in values.items() if one.value is None]
    shared = {"id": f"{metric}.difference by {by[0]}", "metric": metric, "kind": "difference", "by": by}
    if len(defined) < 2:
        return Disparity(**shared, undefined="fewer than two slices", undefined_slices=rest)
    least, most = min(defined, key=lambda one: one.value), max(defined, key=lambda one: one.value)
    return Disparity(
        **shared,
        value=most.value - least.value,
        low=0.0,
        high=1.0,
        n=sum(one.n for one in defined),
        worst=least.slice,
        reference=most.slice,
        slices=[one.slice for one in defined],
        undefined_slices=rest,
    )


def check_of(gap: Disparity) -> Check:
    return Check(
        rule=f"{gap.metric}.difference <= 0.1",
        metric=gap.metric,
        kind="difference",
        by=gap.by,
        limit=0.1,
        bound="max",
        judge="exact",
        outcome="undecided",
        observed=gap.value,
        low=gap.low,
        high=gap.high,
        reason=f"Undecided: {gap.worst} has {gap.n} rows, {gap.value}",
        rows_needed=777,
        worst=gap.worst,
        reference=gap.reference,
        assessed=gap.slices,
    )


def drawn(rng: np.random.Generator, shape: tuple[int, ...], scale: float = 1.0) -> Table:
    """Counts of every combination of levels: some combinations large, some tiny, some empty."""
    table: Table = {}
    for place in np.ndindex(*shape):
        size = int(rng.choice([0, 3, 8, 15, 40, 120, 600], p=[0.08, 0.15, 0.15, 0.17, 0.15, 0.15, 0.15]) * scale)
        split = rng.multinomial(size, rng.dirichlet([1.0, 0.4, 0.4, 1.0]))
        table[tuple(f"{'abc'[at]}{level}" for at, level in enumerate(place))] = tuple(int(one) for one in split)
    return table
