"""Hostile Hugging Face folders: nothing outside is read, nothing stalls, and no size is taken that is no model's."""

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("transformers")
from dlaudit.errors import ModelRefused
from dlaudit.models.formats import load_model
from dlaudit.spec import ModelSpec


@pytest.fixture
def folder(bert: Path, tmp_path: Path) -> Path:
    """A copy of the folder that a test may change."""
    return Path(shutil.copytree(bert, tmp_path / "model"))


def configured(folder: Path, **config: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **config}))


def refused(folder: Path) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        load_model(folder, ModelSpec(), "cpu", None)
    return caught.value


CONFIGS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a milliard layers": ({"num_hidden_layers": 10**9}, "DLA207", "num_hidden_layers"),
    "a milliard outputs": ({"id2label": None, "num_labels": 10**9}, "DLA207", "num_labels"),
    "layers within": ({"text_config": {"n_layer": 10**9}}, "DLA207", "n_layer"),
    "kernels of the hub": ({"_attn_implementation": "somebody/attention"}, "DLA203", "code of others"),
    "quantized": ({"quantization_config": {"quant_method": "awq"}}, "DLA204", "quantized"),
    "another head": ({"id2label": {"0": "a", "1": "b", "2": "c"}}, "DLA205", "other shapes"),
    "a vocabulary of 10^12": ({"vocab_size": 10**12}, "DLA205", "other shapes"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_fits_no_model_is_told(name: str, folder: Path) -> None:
    config, code, said = CONFIGS[name]
    configured(folder, **config)
    error = refused(folder)
    assert (error.code, said in error.what) == (code, True)


@pytest.mark.parametrize("name", ["tokenizer_config.json", "generation_config.json", "any.json"])
def test_a_pipe_or_a_device_in_the_folder_is_not_read(name: str, folder: Path) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    assert refused(folder).code == "DLA220"
    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    assert refused(folder).code == "DLA220"


def test_an_adapter_of_another_model_is_refused(folder: Path) -> None:
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "/elsewhere"}))
    error = refused(folder)
    assert error.code == "DLA204" and "adapter" in error.what


def indexed(folder: Path, name: str) -> None:
    from safetensors.torch import load_file

    shutil.copy(folder / "model.safetensors", folder.parent / "outside.safetensors")
    shutil.move(folder / "model.safetensors", folder / "decoy.safetensors")
    names = dict.fromkeys(load_file(folder / "decoy.safetensors"), name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": names}))


@pytest.mark.parametrize("name", ["../outside.safetensors", "/etc/passwd", "sub/w.safetensors", "..", "a\\b"])
def test_an_index_names_no_file_outside_the_folder(name: str, folder: Path) -> None:
    indexed(folder, name)
    error = refused(folder)
    assert error.code == "DLA206" and "no file of the folder" in error.what


def test_an_index_of_files_of_the_folder_is_followed_and_a_stale_one_is_no_fault(folder: Path) -> None:
    indexed(folder, "decoy.safetensors")
    (folder / "pytorch_model.bin.index.json").write_text('{"weight_map": {"a": "pytorch_model-00001.bin"}}')
    _, loaded = load_model(folder, ModelSpec(), "cpu", None)
    assert loaded.outputs == 2


@pytest.mark.parametrize("written", ["{", "[1]", '{"weight_map": 7}', "[" * 100_000])
def test_an_index_that_is_none_is_told(written: str, folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(written)
    assert refused(folder).code == "DLA206"


def test_weights_that_only_an_index_names_are_screened(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    class Evil:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
            return (open, (str(tmp_path / "ran"), "w"))

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model-1.bin")
    torch.save({"x": Evil()}, folder / "other.bin")
    names = dict.fromkeys(weights, "pytorch_model-1.bin") | {next(iter(weights)): "other.bin"}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": names}))
    error = refused(folder)
    assert error.code in ("DLA201", "DLA203")
    assert "weights_only" not in error.message and not (tmp_path / "ran").exists()


def test_a_header_of_many_empty_tensors_is_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header |= {f"x{at}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for at in range(20_001)}
    written = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(written)) + written + data[8 + size :])
    assert refused(folder).code == "DLA207"


def test_templates_of_chats_are_not_rendered_and_two_equal_names_of_outputs_are_none(
    folder: Path, tmp_path: Path
) -> None:
    evil = f"{{{{ cycler.__init__.__globals__.os.mkdir({str(tmp_path / 'ran')!r}) }}}}"
    (folder / "chat_template.jinja").write_text(evil)
    configured(folder, id2label={"0": "same", "1": "same"}, label2id={"same": 1}, architectures=["Evil" + ARCHITECTURE])
    _, loaded = load_model(folder, ModelSpec(), "cpu", None)
    assert loaded.classes is None and loaded.outputs == 2
    assert ": BertForSequenceClassification of" in loaded.loading
    assert not (tmp_path / "ran").exists()


ARCHITECTURE = "ForSequenceClassification"
