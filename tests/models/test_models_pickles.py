"""Pickles are read, never run: foreign globals, lies about sizes, and what loads from the allow-list."""

import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from model_cases import Case, Code, Evil, EvilExec, mlp, pickled, rewritten
from torch import nn

from dlaudit.errors import ModelRefused, Place
from dlaudit.models import module_pickle
from dlaudit.models.formats import describe_model, load_model
from dlaudit.models.pickle_outline import outline
from dlaudit.models.pickles import UNKNOWN_GLOBAL, read_stream
from dlaudit.spec import ModelSpec

PLACE = Place(file="m.pt")


class Mine(nn.Module):
    """A class of a user's own package."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 2)


def refused(path: Path, **spec: Any) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        load_model(path, ModelSpec(**spec), "cpu", None)
    return caught.value


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "m"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("payload", [Evil, EvilExec])
@pytest.mark.parametrize("form", ["zip", "legacy", "bare", "in a dict", "as a hook"])
def test_a_pickle_with_a_payload_is_named_and_not_run(tmp_path: Path, marker: Path, payload: Any, form: str) -> None:
    evil = payload(marker)
    hooked = mlp()
    hooked.note = evil
    data = {
        "zip": lambda: pickled(evil),
        "legacy": lambda: pickled(evil, legacy=True),
        "bare": lambda: pickle.dumps(evil),
        "in a dict": lambda: pickled({"state_dict": mlp().state_dict(), "extra": evil}),
        "as a hook": lambda: pickled(hooked),
    }[form]()
    error = refused(written(tmp_path, data))
    assert error.code == "DLA201"
    assert ("posix.system" if payload is Evil else "builtins.exec") in error.message
    assert "weights_only" not in error.message
    assert "--code" in error.fix
    assert "torch.export" in error.fix
    described = describe_model(tmp_path / "m")
    assert described["verdict"] == "refused"
    assert described["globals"]
    assert not marker.exists()


def test_the_payload_is_real(marker: Path) -> None:
    pickle.loads(pickle.dumps(EvilExec(marker)))
    assert marker.exists()


def test_a_class_of_the_users_own_is_named_with_the_ways_out(tmp_path: Path) -> None:
    path = written(tmp_path, pickled(Mine()))
    error = refused(path)
    assert error.code == "DLA203"
    assert "test_models_pickles.Mine" in error.message
    assert describe_model(path)["sha256"] in error.fix
    assert describe_model(path)["verdict"] == "needs --code"


def test_trust_is_for_exactly_one_file(tmp_path: Path) -> None:
    path = written(tmp_path, pickled(Mine()))
    digest = describe_model(path)["sha256"]
    model, loaded = load_model(path, ModelSpec(trust=digest.upper()), "cpu", None)
    assert loaded.trusted
    assert "--trust" in loaded.loading
    assert isinstance(model.forward, Mine)
    other = refused(path, trust="0" * 64)
    assert other.code == "DLA219"
    assert digest in other.message
    assert "0" * 64 in other.message


def test_a_trusted_file_of_the_old_format_and_a_bare_pickle_load(tmp_path: Path) -> None:
    for data in (pickled(mlp(), legacy=True), pickle.dumps(mlp())):
        path = written(tmp_path, data)
        _, loaded = load_model(path, ModelSpec(trust=describe_model(path)["sha256"]), "cpu", None)
        assert loaded.trusted


def test_trusted_weights_still_need_code(tmp_path: Path) -> None:
    path = written(tmp_path, pickled(mlp().state_dict()))
    assert refused(path, trust=describe_model(path)["sha256"]).code == "DLA204"


def test_users_code_may_load_what_the_screen_objects_to_and_the_report_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, pickled(Mine()))
    code = Code(load_model=lambda path, device: torch.load(path, weights_only=False))
    _, loaded = load_model(path, ModelSpec(), "cpu", code)  # type: ignore[arg-type]
    assert "would have refused it" in loaded.loading
    assert "Mine" in loaded.loading


def test_users_code_that_trips_over_the_pickle_is_told_our_words(tmp_path: Path, marker: Path) -> None:
    path = written(tmp_path, pickled(Evil(marker)))
    with pytest.raises(ModelRefused) as caught:
        load_model(path, ModelSpec(), "cpu", Code(load_model=lambda path, device: torch.load(path)))  # type: ignore[arg-type]
    assert caught.value.code == "DLA201"
    assert "weights_only" not in caught.value.message
    assert not marker.exists()


def test_the_old_format_of_a_module_says_how_to_renew_it(files: dict[str, Path]) -> None:
    error = refused(files["mlp.legacy"])
    assert error.code == "DLA203"
    assert "before 1.6" in error.message


def test_an_old_torch_reads_no_untrusted_pickle(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_pickle.torch, "__version__", torch.torch_version.TorchVersion("2.9.1"))
    assert refused(files["mlp.module"]).code == "DLA223"


ALLOWED = {
    "transformer": lambda: nn.TransformerEncoder(
        nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True), 2, enable_nested_tensor=False
    ),
    "relu": lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
    "lstm": lambda: nn.LSTM(4, 3),
    "norms": lambda: nn.Sequential(nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.BatchNorm2d(3), nn.InstanceNorm1d(2)),
    "embedding": lambda: nn.ModuleDict({"e": nn.Embedding(5, 3), "b": nn.Bilinear(2, 2, 2)}),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_modules_of_torch_nn_load_with_no_flag(tmp_path: Path, name: str) -> None:
    made = ALLOWED[name]()
    model, _ = load_model(written(tmp_path, pickled(made)), ModelSpec(), "cpu", None)
    assert str(model.forward) == str(made.eval())
    for key, tensor in made.state_dict().items():
        assert torch.equal(model.tensors[key], tensor)


def test_a_pickle_that_would_call_a_constructor_is_refused(tmp_path: Path) -> None:
    # nn.Linear(10**6, 10**6) is on the allow-list of classes, yet calling it would take 4 TB
    for function, arguments in ((nn.Linear, (10**6, 10**6)), (bytearray, (10**13,)), (torch.Tensor, (10**13,))):
        stream = io.BytesIO()
        writer = pickle._Pickler(stream, protocol=2)  # type: ignore[attr-defined]
        writer.save_pers = None
        stream.write(b"\x80\x02")
        writer.save(function)
        writer.save(arguments)
        stream.write(b"R.")
        data = rewritten(pickled([1]), lambda entries, s=stream: entries.update({"data.pkl": s.getvalue()}))
        assert refused(written(tmp_path, data)).code in ("DLA201", "DLA203")


def test_a_tensor_that_was_expanded_to_a_trillion_elements_is_refused_before_torch(tmp_path: Path) -> None:
    data = pickled({"w": torch.zeros(1).expand(10**12)})
    assert len(data) < 3000
    error = refused(written(tmp_path, data))
    assert error.code == "DLA207"
    assert "4,000,000,000,000" in error.message
    assert describe_model(tmp_path / "m")["verdict"] == "refused"


def test_a_small_expanded_buffer_is_no_bomb(tmp_path: Path) -> None:
    net = mlp()
    net.register_buffer("positions", torch.arange(5).unsqueeze(0).expand(3, 5))
    load_model(written(tmp_path, pickled(net)), ModelSpec(), "cpu", None)


def test_a_storage_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    def shorten(entries: dict[str, bytes]) -> None:
        entries["data/0"] = entries["data/0"][:-4]

    assert refused(written(tmp_path, rewritten(pickled(mlp()), shorten))).code == "DLA207"


def test_a_memo_bomb_is_refused(tmp_path: Path) -> None:
    stream = b"\x80\x02" + b"]" + b"r" + struct.pack("<I", 2**31 - 1) + b"."
    for data in (stream, rewritten(pickled([1]), lambda entries: entries.update({"data.pkl": stream}))):
        assert refused(written(tmp_path, data)).code == "DLA207"


def test_names_hidden_on_the_stack_are_not_taken_for_harmless_ones() -> None:
    # posix.system lies under two harmless names that POP removes before STACK_GLOBAL
    def text(s: str) -> bytes:
        return b"\x8c" + bytes([len(s)]) + s.encode()

    hidden = b"\x80\x04" + text("posix") + text("system") + text("collections") + text("OrderedDict") + b"00\x93."
    assert read_stream(hidden, PLACE).globals == [UNKNOWN_GLOBAL]
    plain = b"\x80\x04" + text("posix") + text("system") + b"\x93."
    assert read_stream(plain, PLACE).globals == ["posix.system"]


@pytest.mark.parametrize("protocol", range(2, 6))
def test_globals_are_found_in_every_protocol(protocol: int) -> None:
    assert read_stream(pickle.dumps([Path, len, Path], protocol=protocol), PLACE).globals == [
        f"{Path.__module__}.Path",
        "builtins.len",
    ]


def test_the_outline_knows_names_and_shapes_of_a_module(cases: dict[str, Case]) -> None:
    net = cases["text"].model
    with zipfile.ZipFile(io.BytesIO(pickled(net))) as archive:
        found = outline(archive.read("archive/data.pkl"), PLACE)
    assert {t.name: t.shape for t in found.tensors} == {n: tuple(t.shape) for n, t in net.state_dict().items()}
    assert found.top.endswith("TextNet")


def test_truncated_pickles_are_refused(files: dict[str, Path], tmp_path: Path) -> None:
    data = files["mlp.legacy"].read_bytes()
    for length in (20, 60, 200, 1000, 5000):
        assert refused(written(tmp_path, data[:length])).exit_code == 3


def test_extra_entries_make_an_archive_of_weights_suspect(files: dict[str, Path], tmp_path: Path) -> None:
    data = rewritten(files["mlp.module"].read_bytes(), lambda entries: entries.update({"code/x.py": b""}))
    assert "does not write" in refused(written(tmp_path, data)).message
