"""Which option is right in each row: a column of numbers, names or texts, as the name of the option's column."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.label_names import label_text
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused, UsageError, listed, shown
from dlaudit.spec import AuditSpec, ChoicesInput
from dlaudit.spec.choices import RIGHT


class RightSource:
    """Records of a file with the column of the right option beside their own.

    Args:
        raw: The file.
        asked: `[input.choices]`.
        missing: `data.missing`.
    """

    def __init__(self, raw: RawTable, asked: ChoicesInput, missing: Sequence[str]) -> None:
        self._raw, self._asked, self._missing = raw, asked, missing

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns.

        Raises:
            DataRefused: A label is no option of its row (DLA309).
        """
        wanted = list(dict.fromkeys(one for name in columns for one in self._read(name)))
        first = 1
        for batch in self._raw.source.batches(wanted, rows):
            held = dict(zip(wanted, batch.columns, strict=True))
            arrays = [self._right(held, first) if name == RIGHT else held[name] for name in columns]
            first += batch.num_rows
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def line_of(self, record: int) -> int | None:
        """Line in the file."""
        return self._raw.source.line_of(record)

    def __getattr__(self, name: str) -> Any:
        """What else the file has to tell, as the records that a joined file did not match."""
        return getattr(self._raw.source, name)

    def _read(self, name: str) -> list[str]:
        """The columns of the file that one is made of."""
        assert self._asked.right is not None
        if name != RIGHT:
            return [name]
        return [self._asked.right, *(self._asked.options if self._asked.right_is == "text" else [])]

    def _right(self, held: dict[str, pa.Array], first: int) -> pa.Array:
        right, options = str(self._asked.right), self._asked.options
        labels = held[right]
        if right in options:
            return pa.array([right] * len(labels), pa.string())
        absent = is_missing(labels, self._missing)
        found = self._by_text(held) if self._asked.right_is == "text" else self._by_number(labels)
        for at in range(len(found)):
            if found[at] is None and not absent[at]:
                raise self._no_option(as_text(labels)[at].as_py(), first + at)
        return pa.array([None if gone else name for name, gone in zip(found, absent, strict=True)], pa.string())

    def _by_number(self, labels: pa.Array) -> list[str | None]:
        """The option of each number or name; None where there is none."""
        options = self._asked.options
        known = {str(at): name for at, name in enumerate(options)} | {name: name for name in options}
        return [known.get(text) for text in label_text(labels).to_pylist()]

    def _by_text(self, held: dict[str, pa.Array]) -> list[str | None]:
        """The one option of each row that has the right text; None where none or several have it."""
        options = self._asked.options
        said = as_text(held[str(self._asked.right)]).to_pylist()
        offered = zip(*(as_text(held[name]).to_pylist() for name in options), strict=True)
        same = [
            [name for name, text in zip(options, row, strict=True) if text is not None and text.strip() == one.strip()]
            if one is not None
            else []
            for one, row in zip(said, offered, strict=True)
        ]
        return [names[0] if len(names) == 1 else None for names in same]

    def _no_option(self, label: str, row: int) -> DataRefused:
        names = listed(self._asked.options, most=12)
        expected = f"0 to {len(self._asked.options) - 1}, or one of {names}"
        fix = 'Count options from 0; where the column holds texts, set [input.choices] right_is = "text".'
        if self._asked.right_is == "text":
            expected, fix = f"the text of one of {names}", "Correct the record."
        return DataRefused(
            "DLA309",
            f"the right option {shown(label)} is none of the options, or is two of them",
            place=self._raw.place(row, self._asked.right),
            expected=expected,
            fix=fix,
        )


def with_right_option(raw: RawTable, spec: AuditSpec) -> RawTable:
    """The table with the column `right option`; itself where there are no options.

    Raises:
        UsageError: There is no column of it (DLA308), or the file has one of that name already (DLA306).
        DataRefused: A column is absent (DLA308).
    """
    asked = spec.input.choices
    if asked is None:
        return raw
    if asked.right is None:
        raise UsageError(
            "DLA308",
            "which option is right is not given",
            expected="a column of numbers of options, or one of the options",
            fix="Name it: --target COLUMN.",
        )
    require([*asked.options, asked.right], raw.columns, key="input.choices", file=raw.path)
    if RIGHT in raw.columns:
        raise UsageError("DLA306", f"the data has a column {shown(RIGHT)} itself", fix="Rename it.")
    source = RightSource(raw, asked, spec.data.missing)
    return replace(raw, columns=[*raw.columns, RIGHT], source=source)
