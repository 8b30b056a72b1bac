"""Folders of tiny text models, made once."""

from pathlib import Path

import pytest
from tiny_models import WORDS, bert_folder


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder with a random two-layer BERT."""
    pytest.importorskip("transformers")
    return bert_folder(tmp_path_factory.mktemp("models") / "bert", WORDS)
