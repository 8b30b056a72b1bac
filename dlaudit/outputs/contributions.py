"""contributions.csv: every part of every split gap as one row, safe to open in a spreadsheet."""

from collections.abc import Iterator

from dlaudit.outputs.csv_table import csv_text
from dlaudit.record import Audit, Decomposition, Part, ScoreMix, Verdict

COLUMNS = (
    "metric",
    "by",
    "slice",
    "reference",
    "kind",
    "name",
    "members",
    "value",
    "low",
    "high",
    "p_value",
    "p_adjusted",
    "more_than_chance",
    "composition",
    "context",
    "one_side_only",
    "rows",
)
_Row = dict[str, object]


def render_contributions(audit: Audit, verdict: Verdict | None) -> str:
    """The parts as CSV. Of one `kind` they add up to the gap: `input`, `label mix` and `residual`; or `input group`,
    `label mix` and `residual`; or `score mix`, `calibration` and `one side only`.
    """
    del verdict
    rows = [row for one in audit.decompositions for row in _of_split(one)]
    rows += [row for one in audit.score_mixes for row in _of_mix(one)]
    return csv_text(COLUMNS, rows)


def _of_split(one: Decomposition) -> Iterator[_Row]:
    about = {**_about(one), "rows": one.rows}
    yield {**about, "kind": "gap", "value": one.gap, "low": one.low, "high": one.high}
    for part in one.contributions:
        pieces = {"composition": part.composition, "context": part.context, "one_side_only": part.unsupported}
        members = part.columns
        yield {**about, **_part(part), **pieces, "kind": "input", "name": part.feature, "members": members}
    for group in one.groups:
        members = group.members
        yield {**about, **_part(group), "kind": "input group", "name": group.name, "members": members}
    if one.label_mix is not None:
        yield {**about, **_part(one.label_mix), "kind": "label mix"}
    yield {**about, "kind": "residual", "value": one.residual}


def _of_mix(one: ScoreMix) -> Iterator[_Row]:
    for kind, part in (("score mix", one.mix), ("calibration", one.calibration), ("one side only", one.unsupported)):
        if part is not None:
            yield {**_about(one), **_part(part), "kind": kind}


def _about(one: Decomposition | ScoreMix) -> _Row:
    return {"metric": one.metric, "by": " & ".join(one.by), "slice": one.slice, "reference": one.reference}


def _part(part: Part) -> _Row:
    return {
        "value": part.value,
        "low": part.low,
        "high": part.high,
        "p_value": part.p_value,
        "p_adjusted": part.p_adjusted,
        "more_than_chance": int(part.marked) if part.p_adjusted is not None else None,
    }
