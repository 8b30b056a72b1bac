"""What torch says of a failed forward pass, in words that say what to change."""

import errno
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dlaudit.errors import CodeFailed, DataRefused, ModelRefused, Place, Stopped, UsageError
from dlaudit.models.crossing import raised, told
from dlaudit.models.faults import is_out_of_memory, out_of_memory
from dlaudit.models.forward import Forward
from dlaudit.models.wire_screen import WireError


def message(model: Any, *inputs: torch.Tensor) -> str:
    with pytest.raises(ModelRefused) as refused:
        Forward(model, place=Place(file="model.pt"))(*inputs)
    assert refused.value.code == "DLA211"
    assert refused.value.place.file == "model.pt"
    return refused.value.what


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        (nn.Linear(14, 64), torch.zeros(2, 107)),
        (nn.Sequential(nn.Linear(14, 64, bias=False)), torch.zeros(2, 107)),
        (nn.BatchNorm1d(14).eval(), torch.zeros(2, 107)),
        (nn.LayerNorm(14), torch.zeros(2, 107)),
        (nn.LSTM(14, 3), torch.zeros(5, 2, 107)),
    ],
)
def test_a_wrong_width_names_both_widths(model: nn.Module, inputs: torch.Tensor) -> None:
    told = message(model, inputs)
    assert "the model takes 14 columns, the data gave 107" in told
    assert f"float32 {list(inputs.shape)}" in told


def test_wrong_channels_types_codes_and_arity_are_told_plainly() -> None:
    assert "takes 3 channels, the data gave 1" in message(nn.Conv2d(3, 8, 3), torch.zeros(2, 1, 8, 8))
    assert "another number type" in message(nn.Linear(4, 1), torch.zeros(2, 4).double())
    assert "whole numbers (an embedding)" in message(nn.Embedding(5, 2), torch.zeros(2, 4))
    assert "a code that the model's embedding does not have" in message(nn.Embedding(5, 2), torch.tensor([[9]]))
    assert "more inputs than it was given" in message(nn.Bilinear(2, 2, 1), torch.zeros(2, 2))
    assert "takes other inputs" in message(nn.Linear(4, 1), torch.zeros(2, 4), torch.zeros(2, 4))


def test_other_exceptions_are_named_without_power_over_the_terminal() -> None:
    def model(x: torch.Tensor) -> torch.Tensor:
        raise ZeroDivisionError("first\nlast \x1b[31m")

    assert "ZeroDivisionError: last ⟨U+001B⟩[31m" in message(model, torch.zeros(1))

    def leaving(x: torch.Tensor) -> torch.Tensor:
        raise SystemExit(0)

    assert "ended the program (sys.exit(0))" in message(leaving, torch.zeros(1))


def test_a_fault_inside_the_users_file_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    space: dict[str, Any] = {}
    exec(compile("def forward(x):\n    y = 1\n    return x[5000]\n", str(path), "exec"), space)
    with pytest.raises(ModelRefused) as refused:
        Forward(space["forward"], place=Place(file="m.pt"), code=path)(torch.zeros(1))
    assert (refused.value.place.file, refused.value.place.line) == (str(path), 3)


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (MemoryError(), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("std::bad_alloc"), True),
        (ValueError("out of memory"), False),
        (RuntimeError("mat1 and mat2"), False),
        (OSError(errno.ENOENT, "x"), False),
    ],
)
def test_memory_that_ran_out_is_recognised(error: Exception, is_memory: bool) -> None:
    assert is_out_of_memory(error) == is_memory


def test_the_memory_message_has_limit_and_remedy() -> None:
    stopped = out_of_memory(3 * 2**30)
    assert "its limit is 3 GiB" in stopped.message
    assert "run.batch_size" in stopped.message


@pytest.mark.parametrize("kind", [UsageError, ModelRefused, DataRefused, CodeFailed, Stopped])
def test_errors_cross_with_everything_they_say(kind: Any) -> None:
    error = kind(
        "DLA211", "it is wrong", fix="Do this.", expected="that", place=Place(file="/a/m.pt", row=3, line=4, column="c")
    )
    back = raised(told(error), {"/a/m.pt": "m.pt"})
    assert type(back) is kind
    assert isinstance(back, ModelRefused | UsageError | DataRefused | CodeFailed | Stopped)
    assert back.as_dict() == error.as_dict() | {"file": "m.pt"}


def test_a_bug_crosses_with_its_traceback() -> None:
    try:
        {}["missing"]
    except KeyError as error:
        back = raised(told(error), {})
    assert isinstance(back, RuntimeError)
    assert "KeyError: 'missing'" in back.__notes__[0]


def test_hostile_texts_are_made_safe() -> None:
    written = told(ModelRefused("DLA211", "\x1b[2J::error::x\u202e", fix="f", place=Place(file="/x")))
    back = raised(written, {})
    assert "\x1b" not in str(back)
    assert "\u202e" not in str(back)
    assert len(str(raised({**written, "what": "a" * 10**6}, {}))) < 5_000


@pytest.mark.parametrize(
    "written",
    [
        None,
        {},
        [],
        "text",
        {"bug": 1},
        {"class": "SystemExit", "code": "DLA211", "what": "", "fix": "", "expected": None, "place": {}},
        {"class": "Stopped", "code": "0", "what": "", "fix": "", "expected": None, "place": {}},
        {"class": "Stopped", "code": "DLA211", "what": "", "fix": "", "expected": None, "place": {"file": 1}},
    ],
)
def test_errors_of_another_form_are_refused(written: object) -> None:
    with pytest.raises(WireError):
        raised(written, {})
