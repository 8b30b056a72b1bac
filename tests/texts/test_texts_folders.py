"""Hugging Face folders: weights and settings are read, nothing of the folder runs, and nothing is made up."""

import json
import shutil
from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers")
from tiny_models import WORDS, bert_folder

from dlaudit.errors import ModelRefused
from dlaudit.models.formats import describe_model, load_model
from dlaudit.models.model import Capability
from dlaudit.spec import ModelSpec


@pytest.fixture
def folder(bert: Path, tmp_path: Path) -> Path:
    """A copy of the folder that a test may change."""
    return Path(shutil.copytree(bert, tmp_path / "model"))


def changed(folder: Path, **config: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **config}))
    return folder


def test_the_classifier_gives_what_transformers_gives(bert: Path) -> None:
    from transformers import BertForSequenceClassification

    model, loaded = load_model(bert, ModelSpec(), "cpu", None)
    ids = torch.randint(5, 20, (4, 9))
    mask = torch.ones_like(ids)
    with torch.no_grad():
        expected = BertForSequenceClassification.from_pretrained(bert)(input_ids=ids, attention_mask=mask).logits
        found = model.forward(input_ids=ids, attention_mask=mask).logits
    assert torch.allclose(found, expected, atol=1e-6)
    assert loaded.format == "hf_folder" and loaded.outputs == 2 and loaded.classes == ["good", "bad"]
    assert loaded.input_names == ["input_ids", "attention_mask", "token_type_ids"]
    assert {Capability.GRADIENTS, Capability.HOOKS, Capability.EMBEDDINGS} <= model.capabilities


def test_of_two_outputs_the_last_one_speaks_for_the_positive_label(bert: Path) -> None:
    model, loaded = load_model(bert, ModelSpec(positive="good"), "cpu", None)
    other, _ = load_model(bert, ModelSpec(positive="bad"), "cpu", None)
    ids = torch.randint(5, 20, (4, 9))
    assert loaded.classes == ["bad", "good"]
    with torch.no_grad():
        swapped, plain = model.forward(input_ids=ids), other.forward(input_ids=ids).logits
    assert torch.equal(swapped, plain.flip(-1)) and not torch.equal(swapped, plain)


@pytest.mark.parametrize(
    ("config", "code", "said"),
    [
        ({"auto_map": {"AutoModel": "evil.Model"}}, "DLA203", "auto_map"),
        ({"architectures": ["BertModel"]}, "DLA204", "BertModel"),
        ({"architectures": None}, "DLA204", "no architecture"),
        ({"model_type": "unheard of"}, "DLA205", "cannot build"),
        ({"num_hidden_layers": 3}, "DLA205", "missing"),
    ],
)
def test_what_is_no_classifier_or_brings_code_is_refused(folder, config, code, said) -> None:
    with pytest.raises(ModelRefused, match=said) as refused:
        load_model(changed(folder, **config), ModelSpec(), "cpu", None)
    assert refused.value.code == code


def test_code_of_the_folder_never_runs(folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    (folder / "modeling_evil.py").write_text(f"open({str(marker)!r}, 'w')\nclass M: pass\n")
    with pytest.raises(ModelRefused):
        load_model(
            changed(folder, auto_map={"AutoModelForSequenceClassification": "modeling_evil.M"}),
            ModelSpec(),
            "cpu",
            None,
        )
    assert not marker.exists()


def test_an_encoder_without_a_trained_head_is_refused_rather_than_given_a_random_one(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    kept = {name: one for name, one in weights.items() if not name.startswith("classifier")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelRefused, match="classifier.bias") as refused:
        load_model(folder, ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA205"


def test_weights_of_torch_save_are_taken_only_as_plain_tensors(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    model, loaded = load_model(folder, ModelSpec(), "cpu", None)
    assert "torch.save" in loaded.loading and model.tensors

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    torch.save({"x": Evil()}, folder / "pytorch_model.bin")
    with pytest.raises(ModelRefused) as refused:
        load_model(folder, ModelSpec(), "cpu", None)
    assert refused.value.code in ("DLA201", "DLA203") and not (tmp_path / "ran").exists()


def test_damaged_safetensors_and_a_folder_without_weights_are_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ModelRefused) as refused:
        load_model(folder, ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA208"
    path.unlink()
    (folder / "training_args.bin").write_bytes(b"x")
    with pytest.raises(ModelRefused, match="no weights") as refused:
        load_model(folder, ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA204"


def test_a_folder_is_described_without_being_run(bert: Path) -> None:
    found = describe_model(bert)
    assert found["verdict"] == "loads" and found["labels"] == ["good", "bad"] and found["tensors"]["count"] > 10


def test_made_up_names_of_classes_are_no_names(tmp_path: Path) -> None:
    made = bert_folder(tmp_path / "m", WORDS, labels=("LABEL_0", "LABEL_1", "LABEL_2"))
    _, loaded = load_model(made, ModelSpec(), "cpu", None)
    assert loaded.classes is None and loaded.outputs == 3
