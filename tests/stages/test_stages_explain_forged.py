"""What the model's process says of the model before anything is planned is checked like every other reply."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dlaudit.attributions import Question
from dlaudit.errors import ModelRefused
from dlaudit.stages.explain_plan import look
from dlaudit.stages.explain_table import column_names

HONEST: dict[str, Any] = {
    "players": ["a", "b"],
    "elements": 2,
    "axes": 2,
    "facts": {"players": 2},
    "seconds": 1e-4,
}


def looked(said: dict[str, Any]) -> Any:
    host = SimpleNamespace(call=lambda *_: (said, {}))
    question = Question(task="binary", output="logit")
    return look(SimpleNamespace(host=host, question=question, inputs=lambda at: pa.table({"a": at})), np.arange(3))


def test_an_honest_reply_is_taken() -> None:
    assert (looked(HONEST).players, looked(HONEST).table) == (["a", "b"], True)
    assert looked({"reason": "no gradient"}).reason == "no gradient"


@pytest.mark.parametrize(
    "forged",
    [
        {"seconds": 1e308},
        {"seconds": 1e-300},
        {"seconds": 0},
        {"seconds": float("nan")},
        {"elements": 10**30},
        {"elements": 0},
        {"axes": None},
        {"facts": {"players": "two"}},
        {"facts": []},
        {"players": ["a", "a"]},
    ],
)
def test_a_forged_reply_is_refused(forged: dict[str, Any]) -> None:
    with pytest.raises(ModelRefused) as fault:
        looked({**HONEST, **forged})
    assert fault.value.code == "DLA221"


def test_columns_of_players_are_never_one_and_the_same() -> None:
    names = ["row_id", "row_id (input)", "a", "level[x]", "level[x] (input)", "method", "standard_error[a]"]
    found = column_names(names)
    assert len(set(found)) == len(names) and found[1:3] == ["row_id (input)", "a"]
    assert not {"row_id", "method"} & set(found)
    assert not any(one.startswith(("level[", "standard_error[")) and not one.endswith("(input)") for one in found)
