"""Real model files in real children, each shared by the tests of its kind: torch takes seconds to start."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import nn

from dlaudit.errors import CodeFailed, ModelRefused, Stopped, UsageError
from dlaudit.models.child_host import ChildHost, open_model
from dlaudit.models.wire import ndarray_of, tensor_table
from dlaudit.models.wire_screen import WireError
from dlaudit.spec import ModelSpec, RunSpec

OPERATION = "dlaudit.models.operations"
ROWS = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)

CODE = """
import os, socket, sys
import pandas as pd
import torch
from torch import nn

def load_model(path, device):
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    net.load_state_dict(torch.load(path))
    return net

def told(value):
    print("told:", value)
    return torch.zeros(1, 4)

def preprocess(rows):
    do = rows["do"][0]
    if do == "print":
        print("\\x1b[31mred ::error::"); os.write(1, b"raw bytes on one\\n")
    elif do == "raise":
        raise ValueError("no such column")
    elif do == "exit":
        sys.exit(0)
    elif do == "allocate":
        torch.zeros(10 * 2**28)
    elif do == "allocate bytes":
        bytearray(10 * 2**30)
    elif do == "environment":
        return told(os.environ.get("DLAUDIT_TEST_SECRET"))
    elif do == "stdin":
        return told(repr(sys.stdin.read()))
    elif do == "folder":
        return told(os.getcwd() == os.environ["HOME"] == os.environ["TMPDIR"])
    elif do == "connect":
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    elif do == "write":
        with open("big", "wb") as file:
            file.write(bytes(65 * 2**20))
    elif do == "wide":
        return torch.zeros(1, 107)
    return torch.zeros(len(rows), 4)

def read_data(path):
    for part in ("a", "b"):
        yield pd.DataFrame({"sex": pd.Categorical(["F", part]), "zip": ["02139", "00501"], "from": path})
"""


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1), nn.Sigmoid())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working folder, holding a pickled module, weights and a code file; paths are given relative to it."""
    folder = tmp_path_factory.mktemp("host")
    model = net()
    model(torch.from_numpy(ROWS))
    torch.save(model.train(), folder / "model.pt")
    plain = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    torch.save(plain.state_dict(), folder / "weights.pt")
    (folder / "audit_io.py").write_text(CODE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DLAUDIT_TEST_SECRET", "s3cret")
        yield folder


@pytest.fixture(scope="module")
def alone(folder: Path) -> Iterator[ChildHost]:
    """A model file without code."""
    with open_model(ModelSpec(path="model.pt"), RunSpec(memory_limit="3GiB")) as host:
        assert isinstance(host, ChildHost)
        yield host


@pytest.fixture(scope="module")
def with_code(folder: Path) -> Iterator[ChildHost]:
    """A model with the user's own code."""
    spec = ModelSpec(path="weights.pt", code="audit_io.py")
    with open_model(spec, RunSpec(memory_limit="3GiB")) as host:
        assert isinstance(host, ChildHost)
        yield host


def do(host: ChildHost, what: str) -> np.ndarray[Any, Any]:
    params = {"task": "binary", "output": "logit", "batch_size": 8}
    _, tables = host.call(f"{OPERATION}:score", params, {"inputs": pa.table({"do": [what]})})
    return ndarray_of(tables["scores"], "scores")


def test_scores_are_those_of_the_eager_model_in_evaluation_mode(alone: ChildHost, folder: Path) -> None:
    params = {"task": "binary", "output": "probability", "batch_size": 64}
    _, tables = alone.call(f"{OPERATION}:score", params, {"inputs": tensor_table({"inputs": ROWS})})
    eager = torch.load(folder / "model.pt", weights_only=False).eval()
    with torch.no_grad():
        expected = eager(torch.from_numpy(ROWS)).double().numpy()
    np.testing.assert_allclose(ndarray_of(tables["scores"], "scores"), expected, atol=1e-7)


def test_what_is_known_of_the_model_comes_back(alone: ChildHost) -> None:
    loaded = alone.loaded
    assert (loaded.path, loaded.format, loaded.input_width) == ("model.pt", "module_pickle", 4)
    assert loaded.sandbox["memory_limit"] <= 3 * 2**30
    assert loaded.sandbox["file_size_limit"] == 0
    assert loaded.sandbox["network"] in {"off", "inherited"}
    assert loaded.sandbox["ends_with_parent"]


def test_the_dry_run_reads_the_model_beside_it(alone: ChildHost) -> None:
    result, tables = alone.call(f"{OPERATION}:dry_run", {}, {"inputs": tensor_table({"inputs": ROWS[:9]})})
    assert (result["shape"], result["ends_in"], tables) == ([9, 1], "sigmoid", {})
    assert result["row_independence_max_diff"] < 1e-6


def test_scoring_changes_neither_parameters_nor_buffers(alone: ChildHost) -> None:
    after, _ = alone.call(f"{OPERATION}:fingerprint", {})
    assert after == {"fingerprint": alone.loaded.fingerprint, "training": False}


def test_a_changed_file_is_noticed(alone: ChildHost, folder: Path) -> None:
    assert alone.unchanged()
    file = folder / "model.pt"
    before = file.read_bytes()
    file.write_bytes(before[:-1])
    assert not alone.unchanged()
    file.unlink()
    assert not alone.unchanged()
    file.write_bytes(before)
    assert alone.unchanged()


def test_a_wrong_width_is_refused_and_the_child_lives_on(alone: ChildHost) -> None:
    with pytest.raises(ModelRefused, match="takes 4 columns, the data gave 3") as refused:
        alone.call(f"{OPERATION}:dry_run", {}, {"inputs": tensor_table({"inputs": ROWS[:2, :3]})})
    assert refused.value.place.file == "model.pt"
    assert alone.call(f"{OPERATION}:fingerprint", {})[0]["training"] is False


def test_a_bug_beside_the_model_shows_its_traceback(alone: ChildHost) -> None:
    with pytest.raises(RuntimeError, match="a bug in dlaudit") as bug:
        alone.call(f"{OPERATION}:score", {}, {})
    assert "KeyError" in bug.value.__notes__[0]


@pytest.mark.parametrize("name", ["os:system", "dlaudit:__import__", "dlaudit.models.serving:_failed", "dlaudit.x"])
def test_only_operations_of_dlaudit_run(alone: ChildHost, name: str) -> None:
    with pytest.raises(RuntimeError):
        alone.call(name, {})


def test_shapley_values_and_gradients_run_beside_a_confined_model(alone: ChildHost) -> None:
    """captum, shap and numba import and work where nothing can be written."""
    methods = ["integrated_gradients", "shapley_values", "captum.IntegratedGradients", "shap.PermutationExplainer"]
    params = {
        "methods": methods,
        "task": "binary",
        "output": "probability",
        "players": [],
        "seed": 0,
    }
    tables = {name: tensor_table({"inputs": ROWS[:20]}) for name in ("rows", "background")}
    result, found = alone.call("dlaudit.attributions.operations:explain", params, tables)
    assert list(found) == methods, result["not_applicable"]
    assert all(ndarray_of(found[name], "values").shape == (20, 4) for name in methods)


def test_what_user_code_prints_does_not_reach_standard_output(
    with_code: ChildHost, capfd: pytest.CaptureFixture[str]
) -> None:
    assert do(with_code, "print").shape == (1, 1)
    do(with_code, "print")
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "model: ⟨U+001B⟩[31mred ::error::" in captured.err
    assert "model: raw bytes on one" in captured.err


@pytest.mark.parametrize(
    ("what", "message"),
    [("raise", "preprocess raised ValueError: no such column"), ("exit", r"sys.exit\(0\)")],
)
def test_what_user_code_raises_names_its_file_as_given_and_its_line(
    with_code: ChildHost, what: str, message: str
) -> None:
    with pytest.raises(CodeFailed, match=message) as failed:
        do(with_code, what)
    assert failed.value.place.file == "audit_io.py"
    assert CODE.splitlines()[(failed.value.place.line or 0) - 1].strip().startswith(("raise", "sys.exit"))


@pytest.mark.parametrize("what", ["allocate", "allocate bytes"])
def test_memory_beyond_the_limit_stops_the_audit_with_the_limit_named(with_code: ChildHost, what: str) -> None:
    with pytest.raises(Stopped, match="its limit is") as stopped:
        do(with_code, what)
    assert stopped.value.code == "DLA218"
    assert do(with_code, "nothing").shape == (1, 1)


def test_user_code_sees_no_secrets_no_input_and_a_folder_of_its_own(
    with_code: ChildHost, capfd: pytest.CaptureFixture[str]
) -> None:
    for what in ("environment", "stdin", "folder"):
        do(with_code, what)
    do(with_code, "print")
    said, until = "", time.monotonic() + 20
    while said.count("told") < 3 and time.monotonic() < until:
        time.sleep(0.01)  # a thread passes on what the child prints
        said += capfd.readouterr().err
    assert [line for line in said.splitlines() if "told" in line] == [
        "model: told: None",
        "model: told: ''",
        "model: told: True",
    ]


def test_user_code_reaches_no_network_and_fills_no_disk(with_code: ChildHost) -> None:
    if with_code.loaded.sandbox["network"] == "off":
        with pytest.raises(CodeFailed, match="Network is unreachable"):
            do(with_code, "connect")
    with pytest.raises(CodeFailed, match="File too large"):
        do(with_code, "write")


def test_the_width_that_preprocess_made_is_told(with_code: ChildHost) -> None:
    with pytest.raises(ModelRefused, match=r"takes 4 columns, the data gave 107 \(it was given float32 \[1, 107\]\)"):
        do(with_code, "wide")


def test_read_data_hands_over_rows_as_text(with_code: ChildHost) -> None:
    _, tables = with_code.call(f"{OPERATION}:read_data", {"path": "rows.xyz"})
    assert tables["rows"].to_pydict() == {
        "sex": ["F", "a", "F", "b"],
        "zip": ["02139", "00501"] * 2,
        "from": [os.path.abspath("rows.xyz")] * 4,
    }


def test_read_data_is_missing_where_there_is_no_code(alone: ChildHost) -> None:
    with pytest.raises(CodeFailed, match="no read_data"):
        alone.call(f"{OPERATION}:read_data", {"path": "rows.xyz"})


def test_a_missing_file_is_a_usage_error_with_the_path_as_given(folder: Path) -> None:
    with pytest.raises(UsageError) as missing:
        open_model(ModelSpec(path="modle.pt"), RunSpec())
    assert (missing.value.code, missing.value.place.file) == ("DLA111", "modle.pt")


def test_a_request_that_cannot_cross_is_not_blamed_on_the_model(with_code: ChildHost) -> None:
    with pytest.raises(WireError, match="list"):
        with_code.call(f"{OPERATION}:score", {}, {"inputs": pa.table({"do": [["nested"]]})})
    assert do(with_code, "nothing").shape == (1, 1)


class Marker:
    """A pickle that starts a program and writes a file while it is loaded; harmless."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        touch = f"__import__('os').system('touch {self.path}')"
        return eval, (f"({touch}, __import__('pathlib').Path('{self.path}').write_text('ran'))",)


def test_even_a_trusted_file_that_runs_code_writes_nothing(folder: Path) -> None:
    marker, file = folder / "marker", folder / "evil.pt"
    torch.save(Marker(marker), file)
    trust = hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(ModelRefused), open_model(ModelSpec(path="evil.pt", trust=trust), RunSpec()):
        pass
    assert not marker.exists() or not marker.read_bytes()
    torch.load(file, weights_only=False)
    assert marker.read_text() == "ran", "the twin: without limits the file does run"
