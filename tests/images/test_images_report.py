"""The report shows a gap where its parts lie, shares outside masks with intervals, and repeated pictures."""

import re
from typing import Any

import pytest

from dlaudit.attributions.maps import part_grids
from dlaudit.data.grid import Grid
from dlaudit.data.image_players import patches
from dlaudit.outputs.html import render_html
from dlaudit.outputs.view.about import data_facts
from dlaudit.outputs.view.outside import outside_tables
from dlaudit.outputs.view.placed import placed
from dlaudit.outputs.words import plain
from dlaudit.record import (
    AttributionQuality,
    Audit,
    Contribution,
    DataInfo,
    Decomposition,
    ModelInfo,
    PartGrid,
    ProbeResult,
    Provenance,
    Repeated,
    Slice,
)
from dlaudit.record.privacy import suppressed
from dlaudit.spec import ImageInput

VALUES = {(0, 0): -0.05, (1, 2): 0.02, (0, 1): 0.0001}
"""Row and column of the patches with a part of the gap; the first is more than chance."""


def slices() -> list[Slice]:
    groups = [
        Slice(id=f"sex={sex}", kind="group", by=["sex"], where={"sex": sex}, n=200, share=0.5, unknown=False)
        for sex in "FM"
    ]
    return [Slice(id="overall", kind="overall", by=[], where={}, n=400, share=1.0, unknown=False), *groups]


def gap(grid: PartGrid, values: dict[tuple[int, int], float], metric: str = "selection_rate") -> Decomposition:
    """A gap whose parts lie on the grid."""
    wide = grid.shape[-1]
    parts = [
        Contribution(
            feature=name,
            value=(value := values.get(divmod(at, wide), 0.0)),
            p_adjusted=0.001 if value == min(values.values()) else 1.0,
            marked=value == min(values.values()),
        )
        for at, name in enumerate(grid.parts)
    ]
    total = sum(one.value for one in parts)
    return Decomposition(
        metric=metric,
        by=["sex"],
        slice="sex=F",
        reference="sex=M",
        gap=total,
        contributions=sorted(parts, key=lambda one: -abs(one.value)),
        residual=0.0,
        rows=400,
    )


def audit(**given: Any) -> Audit:
    return Audit(
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(task="binary"),
        data=given.pop("data", DataInfo(sensitive=["sex"], scored=400, rows=400, modality="image")),
        slices=slices(),
        **given,
    )


@pytest.fixture
def grid() -> PartGrid:
    """Two rows of three patches."""
    (found,) = part_grids([patches(ImageInput(grid=[2, 3]), (24, 36))])
    return found


def test_a_gap_is_shown_where_its_parts_lie(grid: PartGrid) -> None:
    (shown,) = placed(audit(grids=[grid]), gap(grid, VALUES))
    assert shown.columns == ["1-12", "13-24", "25-36"]
    assert [name for name, _ in shown.rows] == ["1-12", "13-24"]
    squares = [square for _, row in shown.rows for square in row]
    assert [one.value.replace("\N{MINUS SIGN}", "-") for one in squares] == ["-5.0", "≈ 0", "0", "0", "0", "+2.0"]
    assert [one.shade for one in squares] == ["lo4", "mid", "mid", "mid", "mid", "hi1"], "half as strong where unsure"
    assert [one.is_marked for one in squares] == [True, False, False, False, False, False]
    assert "in points" in plain(shown.caption)


def test_squares_lie_as_the_axes_of_the_input_say() -> None:
    """Time runs to the right and bands upwards, however the input is laid out."""
    names = tuple(f"{moment}, {band}" for moment in ("early", "late") for band in ("low", "middle", "high"))
    sound = Grid(
        input="audio",
        names=names,
        axes={1: (0, 1), 2: (0, 1, 2)},
        titles=("time", "band"),
        marks=(("early", "late"), ("low", "middle", "high")),
    )
    (written,) = part_grids([sound])
    (shown,) = placed(audit(grids=[written]), gap(written, {(1, 0): -0.3, (0, 2): 0.1}))
    assert shown.columns == ["early", "late"]
    assert [name for name, _ in shown.rows] == ["high", "middle", "low"]
    marked = [
        (down, right) for down, (_, row) in enumerate(shown.rows) for right, one in enumerate(row) if one.is_marked
    ]
    assert marked == [(2, 1)], "late and low: to the right, at the bottom"


def test_nothing_is_laid_out_without_places() -> None:
    columns = Grid(input="table", names=("age", "income"), axes={1: (0, 1)})
    words = Grid(input="text", names=("word 1", "word 2"), by_row=True, titles=("position",))
    assert part_grids([columns, words]) == []


def test_a_grid_whose_parts_are_not_those_of_the_gap_is_not_drawn(grid: PartGrid) -> None:
    other = grid.model_copy(update={"parts": [f"other {name}" for name in grid.parts]})
    assert placed(audit(grids=[other]), gap(grid, VALUES)) == []


def test_the_page_holds_every_number_of_the_picture_as_text(grid: PartGrid) -> None:
    page = render_html(audit(grids=[grid], decompositions=[gap(grid, VALUES)]), None)
    (table,) = re.findall(r'<table class="placed.*?</table>', page, flags=re.DOTALL)
    assert len(re.findall(r"<td><span class=\"tile", table)) == 6
    assert len(re.findall(r"<th scope=\"row\">", table)) == 2
    assert table.count("more than chance") == 1
    assert 'style="' not in table


def test_wide_grids_have_squares_without_printed_numbers() -> None:
    (written,) = part_grids([patches(ImageInput(grid=[2, 16]), (8, 64))])
    (shown,) = placed(audit(grids=[written]), gap(written, VALUES))
    assert shown.is_dense
    page = render_html(audit(grids=[written], decompositions=[gap(written, VALUES)]), None)
    assert "placed dense" in page


def test_where_parts_lie_tells_no_counts(grid: PartGrid) -> None:
    held, _ = suppressed(audit(grids=[grid]), None, 5)
    assert held.grids == [grid]


def shares(method: str, f: float, m: float, p_adjusted: float) -> dict[str, Any]:
    """Shares outside masks of two slices, and their difference."""
    quality = [
        AttributionQuality(
            method=method,
            slice=f"sex={sex}",
            measure="outside_mask",
            value=value,
            low=value - 0.03,
            high=value + 0.03,
            null=0.75,
            ok=None,
            meaning="",
        )
        for sex, value in (("F", f), ("M", m))
    ]
    detail = {"method": method, "slice": "sex=F", "reference": "sex=M", "p_adjusted": p_adjusted}
    difference = ProbeResult(
        probe="attribution outside the mask",
        subject="sex=F against sex=M",
        value=f - m,
        low=f - m - 0.05,
        high=f - m + 0.05,
        detail=detail,
    )
    return {"quality": quality, "probes": [difference]}


@pytest.mark.parametrize(("p_adjusted", "said"), [(0.001, "which is more than chance"), (0.4, "which could be chance")])
def test_shares_outside_the_object_stand_with_their_intervals(p_adjusted: float, said: str) -> None:
    seen = audit(**shares("integrated_gradients", 0.4, 0.2, p_adjusted))
    (table,) = outside_tables(seen)
    rows = [(one.slice, one.share, one.interval, one.area) for one in table.rows]
    plainly = [tuple(text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in row) for row in rows]
    assert plainly == [
        ("sex=F", "40.0 %", "37.0–43.0 %", "75.0 %"),
        ("sex=M", "20.0 %", "17.0–23.0 %", "75.0 %"),
    ]
    (told,) = map(plain, table.told)
    assert said in told
    assert "+20.0" in told


def test_repeated_pictures_stand_among_the_facts_of_the_data() -> None:
    repeated = Repeated(items=12, rows=26, across={"sex": 3, "age": 0}, other_labels=2)
    facts = dict(data_facts(audit(data=DataInfo(sensitive=["sex"], scored=400, rows=400, repeated=repeated))))
    assert (
        facts["Repeated files or texts"] == "12 in 26 rows; of them 3 in several levels of sex, 2 with different labels"
    )
    assert "Repeated files or texts" not in dict(data_facts(audit()))
