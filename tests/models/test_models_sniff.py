"""Kinds are told by content; what cannot be a model is refused in one clear sentence."""

import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dlaudit.errors import ModelRefused, UsageError
from dlaudit.models import sniff
from dlaudit.models.formats import describe_model, load_model
from dlaudit.spec import ModelSpec

KINDS = {
    "mlp.pt2": "pt2",
    "mlp.torchscript": "torchscript",
    "mlp.traced": "torchscript",
    "mlp.module": "torch_zip",
    "mlp.state_dict": "torch_zip",
    "mlp.legacy": "torch_legacy",
    "mlp.safetensors": "safetensors",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_every_format_is_known_by_its_content_under_any_name(
    files: dict[str, Path], tmp_path: Path, name: str, kind: str
) -> None:
    disguised = tmp_path / "model.onnx"
    disguised.write_bytes(files[name].read_bytes())
    assert sniff(disguised).kind == kind


CONTENTS = {
    "empty": b"",
    "html": b"<!DOCTYPE html>\n<html><body>Sign in</body></html>",
    "lfs_pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "text": b"age,sex\n31,F\n",
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "gguf": b"GGUF" + bytes(100),
    "onnx": b"\x08\x08\x12\x07pytorch" + bytes(50),
    "pickle": b"\x80\x04]\x94.",
    "unknown": bytes(range(200, 256)) * 3,
}
SAID = {
    "empty": "is empty",
    "html": "is a web page",
    "lfs_pointer": "git lfs pull",
    "text": "is text, not a model",
    "hdf5": "HDF5",
    "gguf": "GGUF",
    "onnx": "ONNX",
    "unknown": "of no kind that is known",
    "truncated_zip": "truncated or damaged archive",
    "keras": "Keras",
    "torch_package": "torch.package",
    "pt2_aoti": "machine code",
    "zip_other": "zip archive, but not of a model",
}


@pytest.fixture
def bad(files: dict[str, Path], tmp_path: Path) -> dict[str, Path]:
    made = dict(CONTENTS)
    made["truncated_zip"] = files["mlp.module"].read_bytes()[:-100]
    for kind, entries in {
        "keras": ["config.json", "model.weights.h5"],
        "torch_package": ["m/.data/extern_modules", "m/model/model.pkl"],
        "zip_other": ["letter.txt", "photo.jpg"],
    }.items():
        with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
            for entry in entries:
                archive.writestr(entry, b"x")
        made[kind] = (tmp_path / "zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("m/archive_format", b"pt2")
        archive.writestr("m/data/aotinductor/model/a.so", b"x")
    made["pt2_aoti"] = (tmp_path / "zip").read_bytes()
    for kind, content in made.items():
        (tmp_path / kind).write_bytes(content)
    return {kind: tmp_path / kind for kind in made}


@pytest.mark.parametrize("kind", [*CONTENTS, "truncated_zip", "keras", "torch_package", "zip_other", "pt2_aoti"])
def test_what_is_no_model_is_recognised(bad: dict[str, Path], kind: str) -> None:
    assert sniff(bad[kind]).kind == kind


@pytest.mark.parametrize(("kind", "said"), SAID.items())
def test_what_is_no_model_is_refused_in_one_sentence(bad: dict[str, Path], kind: str, said: str) -> None:
    with pytest.raises(ModelRefused) as refused:
        load_model(bad[kind], ModelSpec(), "cpu", None)
    assert said in refused.value.message
    assert refused.value.exit_code == 3
    described = describe_model(bad[kind])
    assert described["verdict"] != "loads"
    assert described["why"]
    assert described["ways"]


def test_a_missing_file_is_a_usage_error_that_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"model\.pt") as missing:
        sniff(tmp_path / "modle.pt")
    assert missing.value.code == "DLA111"


@pytest.mark.parametrize("name", ["nowhere/at/all.pt", "nul\0byte.pt"])
def test_an_impossible_path_is_a_usage_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        sniff(tmp_path / name)


def test_pipes_devices_sockets_and_folders_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path / "socket", tmp_path):
            with pytest.raises(ModelRefused) as refused:
                sniff(path)
            assert refused.value.code == "DLA220"


def test_a_link_to_a_device_is_refused_and_a_link_to_a_model_is_followed(
    files: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "model").symlink_to(files["mlp.module"])
    with pytest.raises(ModelRefused):
        sniff(tmp_path / "device")
    assert sniff(tmp_path / "model").kind == "torch_zip"


def test_a_hugging_face_folder_that_is_no_classifier_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(files["mlp.safetensors"].read_bytes())
    assert sniff(tmp_path).kind == "hf_folder"
    with pytest.raises(ModelRefused, match="no classifier of texts") as refused:
        load_model(tmp_path, ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA204"


def test_sniffing_needs_no_torch() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, dlaudit.models; sys.exit('torch' in sys.modules or 'pandas' in sys.modules)",
        ],
        check=False,
    )
    assert done.returncode == 0
