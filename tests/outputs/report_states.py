"""Hand-made audits of every empty and degenerate state that a section has to tell."""

from typing import Any

from report_audits import degenerate, scores_only
from report_counts import binary_rates, made_gap, made_slice, provenance
from report_lending import lending

from dlaudit.record import UNKNOWN, Audit, DataInfo, ModelInfo, Slice, Verdict, slice_id

NONE = Verdict(outcome="none", sentence="Not judged: no rules.")
Cells = dict[str, tuple[int, int, int, int]]
"""Level to rows, positives, selected and true positives."""


def one_feature(cells: Cells, **data: Any) -> Audit:
    """A binary audit of one sensitive feature."""
    total = [sum(column) for column in zip(*cells.values(), strict=True)]
    counts = {slice_id({}): (made_slice({}, total[0], total[0]), total)}
    for name, cell in cells.items():
        where = {"site": name}
        counts[slice_id(where)] = (made_slice(where, cell[0], total[0]), list(cell))
    slices = [one for one, _ in counts.values()]
    found = [rate for key, (_, cell) in counts.items() for rate in binary_rates(key, *cell)]
    gaps = [made_gap(found, slices, "selection_rate", ["site"], "difference")] if len(cells) > 1 else []
    return Audit(
        provenance=provenance(),
        model=ModelInfo(path="model.pt2", format="pt2", task="binary", threshold=0.5, positive="1"),
        data=DataInfo(path="t.csv", rows=total[0], scored=total[0], target="y", sensitive=["site"], **data),
        slices=slices,
        measurements=sorted(found, key=lambda one: one.metric),
        disparities=gaps,
    )


def many_levels() -> tuple[Audit, Verdict]:
    """Forty levels, of which the last ones lie farthest from the largest one."""
    cells = {f"site {at:02}": (200, 100, 100 - 2 * at, 50 - at) for at in range(1, 40)}
    cells = {"site 00": (400, 200, 200, 100), **cells}
    return one_feature(cells), NONE


def nobody_selected() -> tuple[Audit, Verdict]:
    """The largest slice, which is the reference, has nobody who is selected."""
    return one_feature({"a": (400, 200, 0, 0), "b": (100, 50, 20, 15)}), NONE


def not_recorded() -> tuple[Audit, Verdict]:
    """Rows without a level, and a slice of few."""
    return one_feature({"a": (400, 200, 90, 80), "b": (12, 6, 3, 2), UNKNOWN: (80, 40, 20, 15)}), NONE


def one_level() -> tuple[Audit, Verdict]:
    """A single slice."""
    return one_feature({"a": (400, 200, 90, 80)}), NONE


def no_sensitive() -> tuple[Audit, Verdict]:
    """No sensitive feature was given."""
    audit, _ = lending()
    data = audit.data.model_copy(update={"sensitive": []})
    kept = [one for one in audit.slices if one.kind == "overall"]
    return audit.model_copy(
        update={
            "data": data,
            "slices": kept,
            "measurements": [one for one in audit.measurements if one.slice == "overall"],
            "disparities": [],
            "histograms": [one for one in audit.histograms if one.slice == "overall"],
            "calibrations": [one for one in audit.calibrations if one.slice == "overall"],
            "sweeps": [],
            "sensitivity": [],
            "attributions": [],
            "decompositions": [],
            "score_mixes": [],
            "probes": [],
            "layers": [],
            "trust": [],
            "quality": [],
            "swarms": [],
        }
    ), NONE


def all_cells_small() -> tuple[Audit, Verdict]:
    """Features meet in slices that all have too few rows."""
    audit, verdict = lending()
    slices = [_shrunk(one) if one.kind == "intersection" else one for one in audit.slices]
    return audit.model_copy(update={"slices": slices}), verdict


def _shrunk(one: Slice) -> Slice:
    n = 5 + one.n % 20
    return one.model_copy(update={"n": n, "small": True})


def nothing_left_out() -> tuple[Audit, Verdict]:
    """Every step was done and every row was scored."""
    audit, verdict = lending()
    data = audit.data.model_copy(update={"rows": audit.data.scored, "rejected": []})
    return audit.model_copy(update={"data": data, "not_applicable": [], "findings": []}), verdict


STATES = {
    "many_levels": many_levels,
    "nobody_selected": nobody_selected,
    "not_recorded": not_recorded,
    "one_level": one_level,
    "no_sensitive": no_sensitive,
    "all_cells_small": all_cells_small,
    "nothing_left_out": nothing_left_out,
    "scores_only": scores_only,
    "degenerate": degenerate,
}
"""Every state by name."""
