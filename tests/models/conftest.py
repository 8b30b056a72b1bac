"""Model files of every format, made once per session."""

import warnings
from pathlib import Path

import pytest
import torch
from model_cases import Case, SequenceNet, TextNet, cnn, exported, floats, ids, mlp, pickled, scripted, scripted_afresh
from safetensors.torch import save_file


@pytest.fixture(scope="session")
def cases() -> dict[str, Case]:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = {
            "mlp": Case(mlp(), floats(4)),
            "cnn": Case(cnn(), floats(3, 8, 8)),
            "lstm": Case(SequenceNet(), floats(9, 5)),
            "text": Case(TextNet(), ids),
        }
        with torch.no_grad():
            made["mlp"].model(made["mlp"].inputs(64))  # running statistics that are not the initial ones
    for case in made.values():
        case.model.eval()
    return made


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model-files")


@pytest.fixture(scope="session")
def files(cases: dict[str, Case], folder: Path) -> dict[str, Path]:
    """Good files by `case.format`."""
    made: dict[str, Path] = {}

    def keep(name: str, data: bytes) -> None:
        made[name] = folder / name
        made[name].write_bytes(data)

    for name, case in cases.items():
        keep(f"{name}.pt2", exported(case.model, case.inputs(8)))
        keep(f"{name}.torchscript", scripted_afresh(case.model))
        keep(f"{name}.state_dict", pickled(case.model.state_dict()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(cases["mlp"].model, cases["mlp"].inputs(8))
    keep("mlp.traced", scripted(traced))
    keep("mlp.static.pt2", exported(cases["mlp"].model, cases["mlp"].inputs(8), dynamic=False))
    keep("mlp.module", pickled(cases["mlp"].model))
    keep("cnn.module", pickled(cases["cnn"].model))
    keep("mlp.legacy", pickled(cases["mlp"].model, legacy=True))
    keep("mlp.state_dict.legacy", pickled(cases["mlp"].model.state_dict(), legacy=True))
    keep("mlp.checkpoint", pickled({"epoch": 3, "state_dict": cases["mlp"].model.state_dict()}))
    made["mlp.safetensors"] = folder / "mlp.safetensors"
    save_file(dict(cases["mlp"].model.state_dict()), made["mlp.safetensors"])
    return made


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that exists if and only if a payload was run."""
    return tmp_path / "was-run"
