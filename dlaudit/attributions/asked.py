"""The parent's side: questions about rows that cross to the model's process, block by block.

Each block is one call, so that there is progress to tell and an interrupt loses little. Which row is in which block
follows from the number of rows alone: neither memory nor the batch size changes a result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from dlaudit.attributions.explained import Answer, Question
from dlaudit.attributions.gathered import Gathered
from dlaudit.attributions.registry import ATTRIBUTORS

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.models.host import Host

EXPLAIN = "dlaudit.attributions.operations:explain"
CHECK = "dlaudit.attributions.operations:check"
FINGERPRINT = "dlaudit.models.operations:fingerprint"
BLOCK = 512
"""Rows of one call at most."""
Limits = Mapping[str, int | float | bool]
"""`steps`, `evaluations`, `tolerance`, where not the defaults; `checks`: whether rows are checked for faithfulness;
`opinions`: rows that another library calculates again."""


@dataclass(frozen=True, kw_only=True)
class Checking:
    """What checks look at; where nothing is said, random rows with one another."""

    rows: Int[np.ndarray, " k"]
    """Places of the rows that are checked, among those explained."""
    again: Int[np.ndarray, " a"]
    """Places of those that are explained again, a part of them."""
    references: "pa.Table | None" = None
    """Rows that no method has used; the other checked rows where absent."""

    def params(self) -> dict[str, list[int]]:
        """The places as they cross to the model's process."""
        return {"checked": self.rows.tolist(), "again": self.again.tolist()}


def blocks(rows: int) -> list[Int[np.ndarray, " m"]]:
    """Positions of the rows of each block: every so many-th row, so that each block looks like the whole."""
    count = -(-rows // BLOCK)
    return [np.arange(at, rows, count) for at in range(count)]


def explain_rows(
    host: "Host",
    question: Question,
    tables: "tuple[pa.Table, pa.Table]",
    methods: Sequence[str],
    limits: Limits | None = None,
    told: Callable[[int], None] = lambda rows: None,
    *,
    checking: Checking | None = None,
) -> Answer:
    """Contributions to the scores of the rows in `tables[0]` against the background rows in `tables[1]`.

    Args:
        host: Where the model lives.
        question: What is explained.
        tables: Rows to explain and background rows, encoded (column `inputs`) or raw, as `score` takes them.
        methods: Names of attributors.
        limits: See `Limits`; neither checks nor opinions where they are not named.
        told: Told how many more rows are done.
        checking: What the checks look at.

    Raises:
        UsageError: There is no attributor of that name (DLA106).
    """
    for name in methods:
        ATTRIBUTORS.get(name)
    rows, background = tables
    params = {**question.params(), "checks": False, "opinions": 0, **(limits or {})}
    before = _fingerprint(host)
    places = sum(len(grid.names) for grid in question.maps)
    named = [player.name for player in question.players]
    gathered = Gathered(methods=list(methods), rows=rows.num_rows, places=places, named=named)
    for number, at in enumerate(blocks(rows.num_rows)):
        asked = {**params, "methods": gathered.open, "block": number}
        result, found = host.call(EXPLAIN, asked, {"rows": rows.take(at), "background": background})
        gathered.add(at, result, found)
        told(len(at))
    if gathered.answered and (params["checks"] or params["opinions"]):
        sent = {name: gathered.sent_back(name) for name in gathered.answered}
        asked = {**params, "explained": {name: gathered.about[name] for name in sent}}
        sent |= {"rows": rows, "background": background}
        if checking is not None:
            asked |= checking.params()
            sent |= {} if checking.references is None else {"references": checking.references}
        gathered.add_checks(*host.call(CHECK, asked, sent))
    after = _fingerprint(host)
    return gathered.answer(unchanged=None if before is None else before == after)


def _fingerprint(host: "Host") -> str | None:
    result, _ = host.call(FINGERPRINT, {})
    found = result.get("fingerprint")
    return None if found is None else str(found)
