"""What a request is made of: names over several tensors, and references of the user's own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from torch import nn

from dlaudit.attributions import CannotExplainError
from dlaudit.attributions.beside import references_of
from dlaudit.attributions.players import layout_of
from dlaudit.models.code_file import UserCode
from dlaudit.models.model import Model
from dlaudit.models.wire import tensor_table


def names(given: list[str], *widths: int) -> tuple[str, ...]:
    return layout_of([], tuple(torch.zeros(4, width) for width in widths), given).names


def test_names_of_all_tensors_go_one_tensor_after_the_other() -> None:
    assert names(["a", "b", "c", "d"], 2, 2) == ("a", "b", "c", "d")
    assert names(["a", "b", "c"], 2, 1) == ("a", "b", "c")
    assert names(["a", "b"], 2, 2) == ("a", "b", "input tensor 2[1]", "input tensor 2[2]")
    assert names(["a", "b", "c"], 2, 2) == ("input 1", "input 2", "input tensor 2[1]", "input tensor 2[2]")


def with_background(background) -> Model:
    code = UserCode(path=str(Path("net.py")), sha256="0", background=background)
    net = nn.Linear(3, 1)
    return Model(forward=net, tensors=dict(net.state_dict()), code=code)


@pytest.fixture
def table() -> pa.Table:
    return tensor_table({"inputs": np.arange(12, dtype=np.float32).reshape(4, 3)})


def test_the_users_own_references_take_the_place_of_those_that_were_drawn(table: pa.Table) -> None:
    (found,) = references_of(with_background(lambda inputs: inputs.median(dim=0, keepdim=True).values), table)
    assert found.tolist() == [[3.0, 4.0, 5.0]]
    assert len(references_of(with_background(None), table)[0]) == 4


@pytest.mark.parametrize("made", [lambda x: x[:, :2], lambda x: x[:0], lambda x: x.double(), lambda x: pd.DataFrame()])
def test_references_of_another_form_are_refused(made, table: pa.Table) -> None:
    with pytest.raises(CannotExplainError, match="background"):
        references_of(with_background(made), table)
