"""Contributions word by word in two text models: a pair with one tokenizer, and pairs with two."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlaudit
from dlaudit.record import AgainstModel

pytest.importorskip("transformers")
TEXTS = Path(__file__).resolve().parents[1] / "texts"
SETTINGS = {
    "data.text": "text",
    "data.id": "id",
    "model.positive": "bad",
    "input.text.max_length": 32,
    "slices.sensitive": ["who"],
    "explain.sample": 50,
    "explain.checks": False,
    "explain.second_opinion": 0,
    "explain.methods": ["integrated_gradients"],
    "explain.steps": 8,
    "explain.decompose": [],
    "explain.budget": "none",
    "discover.enabled": False,
}


@pytest.fixture(scope="module")
def tiny() -> Iterator[Any]:
    """The makers of tiny folders, which stand beside the tests of texts."""
    sys.path.insert(0, str(TEXTS))
    try:
        import tiny_folders
        import tiny_models

        yield SimpleNamespace(models=tiny_models, folders=tiny_folders)
    finally:
        sys.path.remove(str(TEXTS))


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory, tiny: Any) -> Path:
    """A hundred texts of a few words."""
    generator = np.random.default_rng(3)
    rows = [
        {
            "id": f"t{at}",
            "text": " ".join(generator.choice(tiny.models.WORDS[:-1], size=generator.integers(4, 7))),
            "label": ["good", "bad"][int(generator.integers(2))],
            "who": ["one", "other"][at % 2],
        }
        for at in range(100)
    ]
    path = tmp_path_factory.mktemp("texts") / "texts.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, tiny: Any) -> Path:
    """The model before: a random BERT whose attention is even, so that words hardly act on each other."""
    import torch

    folder: Path = tiny.models.bert_folder(tmp_path_factory.mktemp("base") / "bert", tiny.models.WORDS)

    def even(model: Any) -> None:
        for table in (model.bert.embeddings.position_embeddings, model.bert.embeddings.token_type_embeddings):
            torch.nn.init.zeros_(table.weight)
        for layer in model.bert.encoder.layer:
            for part in (layer.attention.self.query, layer.attention.self.key, layer.output.dense):
                torch.nn.init.zeros_(part.weight)

    return changed(folder, folder, even)


def changed(source: Path, folder: Path, change: Callable[[Any], None]) -> Path:
    """The model of a folder after a change, with the same tokenizer, in `folder`."""
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(str(source), local_files_only=True)
    with torch.no_grad():
        change(model)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if source != folder:
            (folder / name).write_bytes((source / name).read_bytes())
    return folder


def tuned_to(base: Path, folder: Path, word: str, like: str) -> Path:
    """The base, but it reads `word` as it reads `like`: what a fine-tuning on biased texts would teach it."""
    codes = _vocabulary(base)

    def read(model: Any) -> None:
        table = model.bert.embeddings.word_embeddings.weight
        table[codes[word]] = table[codes[like]]

    return changed(base, folder, read)


def _vocabulary(folder: Path) -> dict[str, int]:
    from tokenizers import Tokenizer

    found: dict[str, int] = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    return found


def compared(tuned: Path, base: Path, texts: Path, **more: Any) -> AgainstModel:
    audit = dlaudit.audit(str(tuned), str(texts), target="label", against=str(base), settings={**SETTINGS, **more})
    assert audit.against is not None
    return audit.against


def test_the_word_that_the_tuning_taught_has_moved_and_no_other_as_far(base: Path, texts: Path, tmp_path: Path) -> None:
    found = compared(tuned_to(base, tmp_path / "tuned", "gay", "awful"), base, texts)
    assert found.not_applicable == [] or not any("contributions" in one.what for one in found.not_applicable)
    everyone = {one.feature: one for one in found.moved if one.slice == "overall"}
    assert len(everyone) > 10
    furthest = max(everyone.values(), key=lambda one: abs(one.change.value))
    assert furthest.feature == "gay" and furthest.change.shown
    assert furthest.change.value == pytest.approx(furthest.tuned - furthest.base, abs=1e-9)
    assert furthest.rows < 50, "over the texts that hold it"


def test_a_model_against_itself_has_no_word_that_moved(base: Path, texts: Path) -> None:
    found = compared(base, base, texts)
    assert found.agree == found.rows
    assert found.moved and not any(one.change.shown for one in found.moved)
    assert {one.status for one in found.changes} <= {"undecided", "inherited"}


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory, tiny: Any) -> Path:
    """A model of another family: its tokenizer cuts the same texts into pieces of bytes."""
    folder: Path = tiny.folders.family_folder(tmp_path_factory.mktemp("other") / "roberta", "roberta")
    return folder


def test_another_tokenizer_is_compared_by_words_where_they_are_the_same(
    base: Path, roberta: Path, texts: Path, tiny: Any
) -> None:
    found = compared(roberta, base, texts)
    assert {one.feature for one in found.moved} <= set(tiny.models.WORDS)
    assert any(one.feature == "gay" for one in found.moved), found.not_applicable


def test_where_the_tokenizers_leave_other_words_the_reason_is_said(base: Path, roberta: Path, texts: Path) -> None:
    found = compared(roberta, base, texts, **{"input.text.max_length": 5})  # pieces of words against whole words
    assert not found.moved
    assert any("cut these texts into other words" in one.reason for one in found.not_applicable)
