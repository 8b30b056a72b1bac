"""The beeswarm: what is drawn, and what is said of the direction."""

from report_audits import lending

from dlaudit.findings.explained import COMPLETENESS
from dlaudit.outputs.html import render_html
from dlaudit.outputs.view.swarm import HEIGHT, swarm
from dlaudit.record import AttributionSwarm, Audit
from dlaudit.record.privacy import suppressed

LOW, HIGH = [5, 20, 5, 0, 0], [0, 0, 5, 20, 5]


def with_swarms(*counts: list[list[int]], method: str = "shapley_values") -> Audit:
    audit = lending()[0]
    made = [
        AttributionSwarm(
            method=method,
            feature=f"x{at} <b>",
            end=0.25,
            bands=[f"band {band}" for band in range(len(one))] if len(one) > 1 else [""],
            counts=one,
        )
        for at, one in enumerate(counts)
    ]
    return audit.model_copy(update={"swarms": made})


def test_the_direction_is_that_of_the_outer_bands() -> None:
    rows = swarm(with_swarms([LOW, HIGH], [HIGH, LOW], [LOW, LOW], [LOW])).rows
    told = [row.direction for row in rows]
    assert told == ["high values raise it", "high values lower it", "either way", "levels without an order"]


def test_columns_stay_inside_the_drawing_and_shades_run_from_pale_to_dark() -> None:
    row = swarm(with_swarms([LOW, [1, 1, 1, 1, 1], HIGH])).rows[0]
    assert [shade for shade, _ in row.paths] == ["0.18", "0.59", "1"]
    for _, path in row.paths:
        for column in path.split("M")[1:]:
            top = float(column.split("h")[0].split()[1])
            assert 0 <= top <= HEIGHT


def test_there_is_no_table_where_nothing_was_recorded_or_contributions_are_withheld() -> None:
    assert swarm(lending()[0]) is None
    audit = with_swarms([LOW, HIGH])
    failed = audit.quality[0].model_copy(
        update={"method": "shapley_values", "slice": "overall", "measure": COMPLETENESS, "ok": False}
    )
    assert swarm(audit.model_copy(update={"quality": [failed]})) is None


def test_names_are_text_and_the_table_reads_without_the_drawing() -> None:
    html = render_html(with_swarms([LOW, HIGH]), lending()[1])
    assert "x0 &lt;b&gt;" in html and "high values raise it" in html and "band 0, band 1" in html


def test_small_counts_are_not_told() -> None:
    audit = with_swarms([LOW, HIGH])
    hidden, _ = suppressed(audit, None, 11)
    assert hidden.swarms == []
    assert [one for one in hidden.not_applicable if "contributions by value" in one.what]
