"""TorchScript programs that touch files are refused with the line; those that compute are not."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from model_cases import cnn, rewritten, scripted
from torch import nn

from dlaudit.errors import ModelRefused
from dlaudit.models.formats import describe_model, load_model
from dlaudit.models.torchscript_screen import _source_faults
from dlaudit.spec import ModelSpec


class Reads(nn.Module):
    """Returns the bytes of a local file."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.from_file("/etc/passwd", False, 10, dtype=torch.uint8)


class Writes(nn.Module):
    """Writes a file while it is loaded."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.fc = nn.Linear(2, 1)

    @torch.jit.export
    def __getstate__(self) -> tuple[str, bool]:
        return self.path, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, bool]) -> None:
        self.path = state[0]
        self.training = state[1]
        torch.save(torch.ones(2), state[0])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def refused(tmp_path: Path, data: bytes) -> ModelRefused:
    (tmp_path / "m.pt").write_bytes(data)
    with pytest.raises(ModelRefused) as caught:
        load_model(tmp_path / "m.pt", ModelSpec(), "cpu", None)
    assert describe_model(tmp_path / "m.pt")["verdict"] == "refused"
    return caught.value


def test_a_program_that_reads_files_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, scripted(Reads()))
    assert error.code == "DLA221"
    assert "from_file" in error.message


def test_a_program_that_writes_while_it_loads_is_refused(tmp_path: Path, marker: Path) -> None:
    try:
        data = scripted(Writes(str(marker)))
    except Exception as cannot:  # this torch may refuse to compile it; the rewritten text below covers the same hole
        pytest.skip(f"torch does not script the attack: {type(cannot).__name__}")
    assert refused(tmp_path, data).code == "DLA221"
    assert not marker.exists()


def with_line(line: str) -> Callable[[dict[str, bytes]], None]:
    """A change that puts a line into the forward of the first class of the program."""

    def change(entries: dict[str, bytes]) -> None:
        name = next(n for n in entries if n.endswith("container.py"))
        head, _, tail = entries[name].decode().partition("    _0 = ")
        entries[name] = f"{head}    {line}\n    _0 = {tail}".encode()

    return change


EVIL = [
    'torch.save(input, "x")',
    'torch . save(input, "x")',
    '(input).save("x")',
    '_9 = torch.from_file("/etc/passwd", False, 10)',
    '_9 = getattr(torch, "save")',
    '_9 = getattr(torch, "sa" "ve")',
    '_9 = getattr(self, "save")',
    "_9 = torch",
    "_9 = ops.quantized.linear(input)",
    "_9 = __torch__.torch.classes.mine.Thing(input)",
    "_9 = fork(_8, input)",
    "import os",
    "_9 = 1  # \\",
    '_9 = """x"""',
    '_9 = r"x"',
    "_9 = open",
    "print(input)",
    "_9 = \té",
    "_9 = (",
    "unheard_of(input)",
]


@pytest.mark.parametrize("line", EVIL)
def test_a_line_that_could_touch_files_or_be_read_twofold_is_refused(
    files: dict[str, Path], tmp_path: Path, line: str
) -> None:
    error = refused(tmp_path, rewritten(files["mlp.torchscript"].read_bytes(), with_line(line)))
    assert error.code == "DLA221"
    assert "container.py, line" in error.message


def test_a_setstate_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    def change(entries: dict[str, bytes]) -> None:
        name = next(n for n in entries if n.endswith("container.py"))
        entries[name] += b"  def __setstate__(self, state: int) -> NoneType:\n    return None\n"

    assert "__setstate__" in refused(tmp_path, rewritten(files["mlp.torchscript"].read_bytes(), change)).message


def test_a_harmless_line_is_not_refused(files: dict[str, Path], tmp_path: Path) -> None:
    data = rewritten(files["mlp.torchscript"].read_bytes(), with_line("_9 = torch.relu(input)"))
    (tmp_path / "m.pt").write_bytes(data)
    model, _ = load_model(tmp_path / "m.pt", ModelSpec(), "cpu", None)
    assert model.forward(torch.ones(2, 4)).shape == (2, 2)


def test_unexpected_entries_are_refused(files: dict[str, Path], tmp_path: Path) -> None:
    data = rewritten(files["mlp.torchscript"].read_bytes(), lambda entries: entries.update({"bytecode.pkl": b""}))
    assert "bytecode.pkl" in refused(tmp_path, data).message


def test_a_class_written_in_cpp_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    def change(entries: dict[str, bytes]) -> None:
        entries["data.pkl"] = entries["data.pkl"].replace(
            b"c__torch__.torch.nn.modules.activation\n", b"c__torch__.torch.classes.activation1234\n"
        )

    data = rewritten(files["mlp.torchscript"].read_bytes(), change)
    assert refused(tmp_path, data).code == "DLA221"


class Loops(nn.Module):
    """Loops, branches, messages, dictionaries and a list of class names."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.classes = ["save the # whales", 'a "quoted" \\ one']
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: torch.Tensor, times: int = 2) -> torch.Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x))
        count = 0
        while count < times:
            count += 1
            if bool(x.sum() > 1e9):
                raise ValueError(f"too large: {count} {self.classes[0]}")
        return self.norm({"x": x}["x"])


class Recurrent(nn.Module):
    """A bidirectional GRU, a convolution and a group norm."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(5, 7, batch_first=True, num_layers=2, bidirectional=True)
        self.conv, self.norm = nn.Conv1d(14, 4, 1), nn.GroupNorm(2, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.gru(x)
        return nn.functional.softmax(self.norm(self.conv(hidden.transpose(1, 2))).mean(-1), dim=1)


HONEST: dict[str, Callable[[], tuple[nn.Module, torch.Tensor]]] = {
    "loops": lambda: (Loops(), torch.ones(3, 4)),
    "recurrent": lambda: (Recurrent(), torch.ones(3, 6, 5)),
    "upsample": lambda: (
        nn.Sequential(nn.MaxPool2d(2), nn.Upsample(scale_factor=2.0), nn.Flatten()),
        torch.ones(2, 3, 8, 8),
    ),
    "transformer": lambda: (
        nn.Sequential(
            nn.Linear(6, 16),
            nn.TransformerEncoder(
                nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2, enable_nested_tensor=False
            ),
        ),
        torch.ones(2, 5, 6),
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_programs_pass(tmp_path: Path, name: str) -> None:
    net, x = HONEST[name]()
    net.eval()
    (tmp_path / "m.pt").write_bytes(scripted(net))
    model, _ = load_model(tmp_path / "m.pt", ModelSpec(), "cpu", None)
    assert torch.allclose(model.forward(x), net(x), atol=1e-5)
    assert describe_model(tmp_path / "m.pt")["code_files"] > 0


def test_a_frozen_program_passes_and_its_weights_are_uncounted(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frozen = torch.jit.freeze(torch.jit.script(cnn().eval()))
    (tmp_path / "m.pt").write_bytes(scripted(frozen))
    _, loaded = load_model(tmp_path / "m.pt", ModelSpec(), "cpu", None)
    assert loaded.parameters is None


def test_source_that_nests_absurdly_is_refused_not_crashed() -> None:
    assert list(_source_faults(b"x = " + b"(" * 5000 + b")" * 5000 + b"\n"))
