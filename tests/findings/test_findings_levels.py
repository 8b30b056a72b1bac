"""Levels that need a second look are told, others are not."""

import pytest

from dlaudit.findings import find
from dlaudit.record import Audit, DataInfo, ModelInfo, Provenance, Slice


def codes(level: str) -> list[str]:
    one = Slice(id=f"age={level}", by=["age"], where={"age": level}, n=40, share=0.4, kind="group")
    audit = Audit(
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(),
        data=DataInfo(rows=100, scored=100),
        slices=[one],
    )
    return [found.code for found in find(audit).findings if found.code == "DLA317"]


@pytest.mark.parametrize(
    ("level", "told"),
    [("F\u200b", ["DLA317"]), ("F\u202e", ["DLA317"]), ("[25, 40)", []), ("Män", [])],
)
def test_only_odd_levels_are_told(level: str, told: list[str]) -> None:
    assert codes(level) == told
