"""Checks cross from the model's process to the parent's without loss, and forged ones are refused."""

import numpy as np
import pyarrow as pa
import pytest

from dlaudit.attributions.checks import ChecksFound, RowChecks, from_wire, to_wire
from dlaudit.errors import ModelRefused
from dlaudit.record.judged import NotApplicable

FOUND = ChecksFound(
    methods={
        "captum.DeepLift": RowChecks(
            figures={"faithfulness": np.array([0.5, np.nan, -1.0])},
            nulls={"faithfulness": np.array([0.0, np.nan, 0.1])},
        ),
        "saliency": RowChecks(figures={"faithfulness": np.zeros(3)}, nulls={}),
    },
    model={"coalitions": 64.0, "passes": 12.5},
    not_applicable=[NotApplicable(what="randomised weights of saliency", reason="the model has no parameters")],
)


def test_what_was_found_comes_back():
    written, tables = to_wire(FOUND)
    assert sorted(tables) == ["captum.DeepLift/checks", "saliency/checks"]
    assert tables["captum.DeepLift/checks"].column_names == ["figure:faithfulness", "null:faithfulness"]
    back = from_wire(written, {**tables, "saliency": pa.table({"values": [1]})}, 3)
    assert back.model == FOUND.model and back.not_applicable == FOUND.not_applicable
    for method, checks in FOUND.methods.items():
        for one, two in ((checks.figures, back.methods[method].figures), (checks.nulls, back.methods[method].nulls)):
            assert one.keys() == two.keys()
            for name in one:
                np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.parametrize(
    "column",
    [
        ("figure:a", pa.array([1.0, 2.0])),
        ("figure:a", pa.array([1.0, 2.0, float("inf")])),
        ("figure:a", pa.array([1.0, 2.0, None])),
        ("figure:a", pa.array([1, 2, 3])),
        ("figure:a", pa.array(["1", "2", "3"])),
        ("other", pa.array([1.0, 2.0, 3.0])),
    ],
)
def test_forged_tables_are_refused(column):
    written, _ = to_wire(FOUND)
    with pytest.raises(ModelRefused):
        from_wire(written, {"m/checks": pa.table({column[0]: column[1]})}, 3)


@pytest.mark.parametrize(
    "written",
    [
        None,
        {"model": {}},
        {"model": {"a": "1"}, "not_applicable": []},
        {"model": {"a": float("nan")}, "not_applicable": []},
        {"model": {}, "not_applicable": [{"what": 1, "reason": "r"}]},
    ],
)
def test_forged_json_is_refused(written):
    with pytest.raises(ModelRefused):
        from_wire(written, {}, 3)
