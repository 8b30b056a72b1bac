"""What moves the score in each slice: mean contributions, one method at a time."""

from collections.abc import Iterable
from dataclasses import dataclass

from dlaudit.findings.explained import distrusted, is_withheld, withheld
from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.order import slices_of
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import level
from dlaudit.record import OVERALL, Attribution, AttributionMap, Audit

MOST_INPUTS = 10
MOST_SLICES = 12
MOST_OTHERS = 1
"""Further methods that are shown."""


@dataclass(frozen=True)
class Mean:
    """Mean contribution of one input in one slice."""

    value: str
    interval: str
    bucket: str


@dataclass(frozen=True)
class Column:
    """One slice of a table."""

    name: str
    rows: str
    """Rows explained; empty for all rows."""
    doubt: str
    """`not trustworthy`, `withheld`, or empty."""
    is_shown: bool = True
    is_doubted: bool = False


@dataclass(frozen=True)
class Profile:
    """Mean contributions of every input in the slices of one sensitive feature, by one method."""

    feature: str
    method: str
    columns: list[Column]
    rows: list[tuple[str, list[Mean | None]]]


@dataclass(frozen=True)
class Profiles:
    """Tables of the method that was chosen first, and of the others."""

    first: list[Profile]
    caption: str
    more: list[Profile]


def profiles(audit: Audit) -> Profiles:
    """One table per sensitive feature and method; contributions that do not add up are left out."""
    methods = methods_by_role(audit, audit.attributions)
    if not methods:
        return Profiles([], "", [])
    features = audit.data.sensitive or [""]
    tables = {method: [_profile(audit, method, feature) for feature in features] for method in methods}
    first, *others = tables.values()
    return Profiles(
        first,
        TEXT["attributions_caption"].format(method=text.name(method_named(methods[0]))),
        [table for found in others[:MOST_OTHERS] for table in found],
    )


def methods_by_role(audit: Audit, given: Iterable[Attribution | AttributionMap]) -> list[str]:
    """Methods with such records: the one that was chosen first, then in the audit's order; second opinions last."""
    roles = {one.method: one.role for one in audit.explain_plan.methods} if audit.explain_plan else {}
    rank = {"primary": 0, "asked": 1, "secondary": 2, "opinion": 4}
    found = dict.fromkeys(one.method for one in given)
    return sorted(found, key=lambda name: rank.get(roles.get(name, ""), 3))


def _profile(audit: Audit, method: str, feature: str) -> Profile:
    means = {(one.slice, one.feature): one for one in audit.attributions if one.method == method}
    columns = columns_of(audit, method, feature)
    largest = max((abs(one.mean) for one in means.values()), default=0.0) or 1.0
    return Profile(
        feature=feature,
        method=method_named(method),
        columns=list(columns.values()),
        rows=[
            (name, [_mean(means.get((one, name)), largest, column) for one, column in columns.items()])
            for name in inputs_by_size(means.values())[:MOST_INPUTS]
        ],
    )


def columns_of(audit: Audit, method: str, feature: str) -> dict[str, Column]:
    """Id to column of the feature's explained slices; of all rows where none of them was explained."""
    explained = {one.slice: one.rows for one in audit.attributions if one.method == method}
    slices = [one for one in slices_of(audit, [feature]) if one.id in explained][:MOST_SLICES]
    held, doubted = withheld(audit), {one.slice for one in distrusted(audit) if one.method == method}
    names = {one.id: level(one.where[feature]) for one in slices} or {OVERALL: OVERALL}
    return {
        one: Column(
            name=name,
            rows=text.rows(explained[one]) if slices else "",
            doubt=_doubt(not is_withheld(held, method, one), one in doubted),
            is_shown=not is_withheld(held, method, one),
            is_doubted=one in doubted,
        )
        for one, name in names.items()
    }


def _doubt(is_shown: bool, is_doubted: bool) -> str:
    if not is_shown:
        return TEXT["withheld_word"]
    return TEXT["distrust_word"] if is_doubted else ""


def inputs_by_size(found: Iterable[Attribution]) -> list[str]:
    """The inputs by their largest mean absolute contributions, largest first."""
    size: dict[str, float] = {}
    for one in found:
        size[one.feature] = max(size.get(one.feature, 0.0), one.mean_abs)
    return sorted(size, key=lambda name: (-size[name], name))


def _mean(one: Attribution | None, largest: float, column: Column) -> Mean | None:
    if one is None or not column.is_shown:
        return None
    unclear = one.low is None or one.high is None or one.low <= 0 <= one.high
    step = min(4, round(abs(one.mean) / largest * 4))
    step = min(1, step) if unclear or column.is_doubted else step
    bucket = "mid" if step == 0 else f"{'lo' if one.mean < 0 else 'hi'}{step}"
    written = text.changes(largest)
    return Mean(written(one.mean), text.span(one.low, one.high, written), bucket)
