"""Models, inputs and ways to write and to damage model files, for the tests of this folder."""

import io
import json
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn


class TextNet(nn.Module):
    """Token ids to three scores through an embedding and a transformer layer with a mask."""

    def __init__(self) -> None:
        super().__init__()
        self.emb = nn.Embedding(50, 16)
        self.enc = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.out = nn.Linear(16, 3)
        self.register_buffer("mask", torch.triu(torch.full((6, 6), float("-inf")), 1))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.out(self.enc(self.emb(ids), src_mask=self.mask).mean(1))


class SequenceNet(nn.Module):
    """A sequence of five features to two scores through an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(5, 7, batch_first=True)
        self.out = nn.Linear(7, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.lstm(x)[0][:, -1])


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))


def cnn() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))


def floats(*shape: int) -> Callable[[int], torch.Tensor]:
    return lambda rows: torch.randn(rows, *shape, generator=torch.Generator().manual_seed(rows))


def ids(rows: int) -> torch.Tensor:
    return torch.randint(0, 50, (rows, 6), generator=torch.Generator().manual_seed(rows))


@dataclass(frozen=True)
class Case:
    """A model and how to make inputs for it."""

    model: nn.Module
    inputs: Callable[[int], torch.Tensor]

    def outputs(self, x: torch.Tensor) -> torch.Tensor:
        self.model.eval()
        with torch.no_grad():
            return self.model(x)


@dataclass(frozen=True, kw_only=True)
class Code:
    """Stands for the user's file as models.code_file.UserCode has it."""

    path: Path = Path("audit_io.py")
    sha256: str = "0" * 64
    load_model: Callable[[str, str], Any] | None = None
    read_data: None = None
    preprocess: None = None
    postprocess: None = None
    background: None = None
    feature_names: None = None


def exported(model: nn.Module, x: torch.Tensor, *, dynamic: bool = True) -> bytes:
    shapes = ({0: torch.export.Dim("n")},) if dynamic else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(model, (x,), dynamic_shapes=shapes)
        buffer = io.BytesIO()
        torch.export.save(program, buffer)
    return buffer.getvalue()


def scripted(model: Any) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        buffer = io.BytesIO()
        torch.jit.save(model if isinstance(model, torch.jit.ScriptModule) else torch.jit.script(model), buffer)
    return buffer.getvalue()


def scripted_afresh(model: nn.Module) -> bytes:
    """The model scripted by another interpreter.

    In this one other tests may have scripted the same classes, whose names would then be told apart by numbers.
    """
    script = "import io,sys,torch,model_cases as m; sys.stdout.buffer.write(m.scripted(torch.load(io.BytesIO("
    script += "sys.stdin.buffer.read()), weights_only=False)))"
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", script], input=pickled(model), capture_output=True, cwd=here, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def pickled(item: Any, *, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(item, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def rewritten(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The archive with its entries (by the name below the root) changed in place, in the shape torch writes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        root = names[0].split("/")[0]
        entries = {name[len(root) + 1 :]: archive.read(name) for name in names}
    change(entries)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(f"{root}/{name}", content)
    return out.getvalue()


def edited_json(entry: str, change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, bytes]], None]:
    """A change for `rewritten` that edits one JSON entry."""

    def apply(entries: dict[str, bytes]) -> None:
        document = json.loads(entries[entry])
        change(document)
        entries[entry] = json.dumps(document).encode()

    return apply


class Evil:
    """Touches a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (f"touch {self.marker}",)


class EvilExec:
    """The same through exec."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (f"open({str(self.marker)!r}, 'w').close()",)
