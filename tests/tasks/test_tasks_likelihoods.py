"""The recipe of docs/modalities/tasks.md for a causal language model in a local folder, run on a small network."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import ROOT

transformers = pytest.importorskip("transformers", reason="needs the extra `text`")
WORDS = ["<unk>", "who", "was", "it", "the", "old", "young", "man"]


def recipe() -> Any:
    """The function as it stands in the documentation."""
    page = (ROOT / "docs" / "modalities" / "tasks.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(compile(code[1], "tasks.md", "exec"), names)
    return names["option_likelihoods"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model with random weights."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    made = tmp_path_factory.mktemp("language")
    words = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = Whitespace()
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>").save_pretrained(made)
    torch.manual_seed(0)
    config = transformers.GPT2Config(vocab_size=len(WORDS), n_positions=16, n_embd=8, n_layer=1, n_head=2)
    transformers.GPT2LMHeadModel(config).save_pretrained(made)
    return made


def test_every_option_has_the_sum_of_the_log_chances_of_its_tokens(folder: Path, tmp_path: Path) -> None:
    question = {"label": 0, "group": "age", "prompt": "who was it", "options": ["the old man", "young"]}
    recipe()(folder, [question], tmp_path / "options.jsonl")
    row = json.loads((tmp_path / "options.jsonl").read_text())
    assert set(row) == {"label", "group", "ll0", "ll1"}
    model = transformers.GPT2LMHeadModel.from_pretrained(folder).eval()
    ids = [[WORDS.index(word) for word in f"who was it {option}".split()] for option in question["options"]]
    for number, tokens in enumerate(ids):
        expected = 0.0
        for at in range(3, len(tokens)):  # one token after the other, each after all before it
            with torch.inference_mode():
                expected += model(torch.tensor([tokens[:at]])).logits[0, -1].log_softmax(-1)[tokens[at]].item()
        assert row[f"ll{number}"] == pytest.approx(expected, abs=1e-4)
