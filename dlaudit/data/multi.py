"""Features of which a row may have several levels, as `gay;women`: a yes-or-no feature for each level."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.names import folded, require
from dlaudit.data.raw import RawTable, Source
from dlaudit.errors import DataRefused, Place, shown
from dlaudit.spec import AuditSpec, SlicesSpec
from dlaudit.spec.policy import part_named

YES, NO = "yes", "no"
"""Levels of the features made: the row has the level, or it does not."""
_CHUNK = 65_536


class MultiSource:
    """Records of a file with a yes-or-no column for each level of columns that hold several.

    Args:
        own: The file.
        made: New column to the column it is made of and its level.
        spec: `[slices]`: separators and texts that mean not recorded.
    """

    def __init__(self, own: Source, made: dict[str, tuple[str, str]], spec: SlicesSpec) -> None:
        self._own, self._made, self._spec = own, made, spec

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns; a made one is null where its column says not recorded."""
        wanted = [self._made[name][0] if name in self._made else name for name in columns]
        ours = list(dict.fromkeys(wanted))
        for batch in self._own.batches(ours, rows):
            held = dict(zip(ours, batch.columns, strict=True))
            sets = {
                one: levels_in(held[one], one, self._spec)
                for one in {self._made[n][0] for n in columns if n in self._made}
            }
            arrays = [
                _has(sets[self._made[name][0]], self._made[name][1]) if name in self._made else held[name]
                for name in columns
            ]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def with_lists(self, names: Sequence[str]) -> "MultiSource":
        """The same records, where those columns of the file may hold lists of numbers.

        Raises:
            AttributeError: Its kind of file has no lists.
        """
        own = self._own.with_lists(names)  # type: ignore[attr-defined]  # the caller asks kinds of file that have lists
        return MultiSource(own, self._made, self._spec)

    def line_of(self, record: int) -> int | None:
        """Line in the file."""
        return self._own.line_of(record)

    def __getattr__(self, name: str) -> Any:
        """What else the file has to tell, as the records that a joined file did not match."""
        return getattr(self._own, name)


def levels_in(column: pa.Array, name: str, spec: SlicesSpec) -> list[frozenset[str] | None]:
    """The levels of every cell; None where it is listed in `slices.unknown`, no level where it is empty."""
    separator, unknown = spec.multi[name], set(spec.unknown) - {""}
    texts = as_text(column).to_pylist()
    found: dict[str | None, frozenset[str] | None] = {None: frozenset()}
    for text in texts:
        if text not in found:
            parts = frozenset(part.strip() for part in str(text).split(separator) if part.strip())
            found[text] = None if text in unknown or parts & unknown else parts
    return [found[text] for text in texts]


def with_multi(raw: RawTable, spec: AuditSpec) -> tuple[RawTable, AuditSpec]:
    """The table and the specification with a yes-or-no feature `COLUMN: LEVEL` for each level of `slices.multi`.

    The rows that have a level are then compared with all that lack it; rows with two levels count in both. Pairs of
    levels of one column are not crossed, unless `slices.intersections` names them.

    Raises:
        DataRefused: A column is absent (DLA308), has no or too many levels (DLA408), or two that look alike (DLA406).
    """
    slices = spec.slices
    if not slices.multi:
        return raw, spec
    require(list(slices.multi), raw.columns, key="slices.multi", file=raw.path)
    made = {part_named(name, level): (name, level) for name in slices.multi for level in _levels(raw, name, spec)}
    parts = {name: [one for one, (of, _) in made.items() if of == name] for name in slices.multi}
    named = list(dict.fromkeys([*(slices.sensitive or []), *slices.multi]))
    sensitive = [part for name in named for part in parts.get(name, [name])]
    control = [part for name in slices.control for part in parts.get(name, [name])]
    crossed = slices.intersections
    if crossed == "pairs":
        crossed = [
            [a, b] for a, b in combinations(sensitive, 2) if made.get(a, (a,))[0] != made.get(b, (b,))[0]
        ] or "none"
    elif isinstance(crossed, list):
        crossed = [one for features in crossed for one in _spread(features, parts)]
    update: dict[str, object] = {"sensitive": sensitive, "control": control, "intersections": crossed, "multi": {}}
    source = MultiSource(raw.source, made, slices)
    table = RawTable(
        path=raw.path, sha256=raw.sha256, format=raw.format, columns=[*raw.columns, *made], rows=raw.rows,
        source=source, limits=raw.limits, beside=raw.beside, joined=(*raw.joined, *made, *slices.multi),
        several=dict(slices.multi),
    )  # fmt: skip
    return table, spec.model_copy(update={"slices": slices.model_copy(update=update)})


def _levels(raw: RawTable, name: str, spec: AuditSpec) -> list[str]:
    """Levels of a column, the most frequent first."""
    counts: dict[str, int] = {}
    for batch in raw.batches(_CHUNK, [name]):
        column = batch.column(0)
        absent = is_missing(column, [one for one in spec.data.missing if one])
        for levels, gone in zip(levels_in(column, name, spec.slices), absent, strict=True):
            for level in () if gone or levels is None else levels:
                counts[level] = counts.get(level, 0) + 1
    looks: dict[str, str] = {}
    for level in counts:
        first = looks.setdefault(folded(level), level)
        if first != level:
            what, fix = f"the levels {shown(first)} and {shown(level)} look the same", "Write one level in one way."
            raise DataRefused("DLA406", what, place=Place(file=raw.path, column=name), fix=fix)
    if not 0 < len(counts) <= spec.slices.max_levels:
        said = f"more than {spec.slices.max_levels} levels" if counts else "no levels"
        raise DataRefused(
            "DLA408",
            f"the column has {said} separated by {shown(spec.slices.multi[name])}",
            place=Place(file=raw.path, column=name),
            fix="Check the separator in slices.multi, or raise slices.max_levels.",
        )
    return sorted(counts, key=lambda level: (-counts[level], level))


def _has(levels: list[frozenset[str] | None], level: str) -> pa.Array:
    answers = np.array([None if one is None else YES if level in one else NO for one in levels], dtype=object)
    return pa.array(answers, pa.string())


def _spread(features: Sequence[str], parts: dict[str, list[str]]) -> list[list[str]]:
    """An intersection with each of its features that has several levels replaced by each of them in turn."""
    found: list[list[str]] = [[]]
    for name in features:
        found = [[*one, part] for one in found for part in parts.get(name, [name])]
    return found
