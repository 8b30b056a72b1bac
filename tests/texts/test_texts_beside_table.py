"""A model of a text and the columns of a table: parts of a gap are words and columns, and add up over both."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("transformers")
from tiny_models import WORDS, tokenizer_of

CODE = """
import torch
from torch import nn
from transformers import BertConfig, BertModel


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
        self.text = BertModel(BertConfig(vocab_size=40, initializer_range=0.4, **sizes)).eval()
        self.head = nn.Linear(16 + 2, 1)

    def forward(self, input_ids, attention_mask, table):
        read = self.text(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state[:, 0]
        return self.head(torch.cat([read, table], dim=1))


def load_model(path, device):
    model = Both()
    model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval()
"""
CONFIG = """
schema = 1
[model]
path = "w.pt"
code = "net.py"
output = "logit"
[data]
path = "texts.csv"
text = "text"
target = "label"
[input.text]
tokenizer = "tokenizer.json"
mask = "attention_mask"
[input.table]
unseen = "error"
[slices]
sensitive = ["who"]
[explain]
sample = 24
checks = false
second_opinion = 0
methods = ["integrated_gradients", "shapley_values"]
evaluations = 64
background = 8
decompose = ["mean_score"]
decompose_rows = 24
budget = "none"
[discover]
enabled = false
"""


@pytest.fixture(scope="module")
def audited(dlaudit_command, tmp_path_factory):
    import torch

    folder: Path = tmp_path_factory.mktemp("both")
    (folder / "net.py").write_text(CODE)
    (folder / "dlaudit.toml").write_text(CONFIG)
    tokenizer_of(WORDS).save(str(folder / "tokenizer.json"))
    known: dict[str, object] = {}
    exec(CODE, known)  # our own text, above
    torch.manual_seed(0)
    torch.save(known["Both"]().state_dict(), folder / "w.pt")
    draw = np.random.default_rng(0)
    who = np.array(["long", "short"] * 40)
    texts = [" ".join(draw.choice(WORDS[:12], size=7 if one == "long" else 3)) for one in who]
    columns = {"good": draw.normal(size=80) + 2.0 * (who == "long"), "age": draw.normal(size=80)}
    pd.DataFrame({"text": texts, "who": who, "label": draw.integers(0, 2, 80), **columns}).to_csv(
        folder / "texts.csv", index=False
    )
    done = dlaudit_command("run", "--out", "out", cwd=folder)
    assert done.code == 0, done.err
    return folder / "out", json.loads((folder / "out" / "audit.json").read_text())


def test_both_methods_explain_words_and_columns_and_a_word_named_like_a_column_is_told_apart(audited):
    _, audit = audited
    assert set(audit["data"]["modality"].split(" + ")) == {"table", "text"}
    for method in ("integrated_gradients", "shapley_values"):
        features = {one["feature"] for one in audit["attributions"] if one["method"] == method}
        assert {"good", "age", "“good”", "nice", "(other words)"} <= features, method


def test_a_gap_adds_up_over_words_and_columns_and_the_shifted_column_carries_most(audited):
    _, audit = audited
    (gap,) = audit["decompositions"]
    parts = {one["feature"]: one["value"] for one in gap["contributions"]}
    assert {"good", "age", "“good”", "(the text without its words)"} <= set(parts)
    assert sum(parts.values()) + gap["residual"] == pytest.approx(gap["gap"], abs=1e-9)
    assert abs(parts["good"]) > abs(parts["age"])
    assert "other inputs as in background rows" in gap["estimand"]


def test_lines_of_columns_and_words_add_up_to_the_score(audited):
    folder, _ = audited
    lines = pd.read_parquet(folder / "attributions.parquet")
    lines = lines[lines["method"] == "shapley_values"]
    scores = pd.read_parquet(folder / "predictions.parquet").set_index("row_id")
    added = lines.groupby("row_id").agg(base=("base_value", "first"), parts=("contribution", "sum"))
    column = next(name for name in scores.columns if name.startswith("score"))
    joined = added.join(scores[column])
    assert np.allclose(joined["base"] + joined["parts"], joined[column], atol=1e-6)
    assert set(lines.loc[lines["place"] == 0, "word"]) == {"good", "age"} and lines["place"].max() == 7


def test_the_report_tells_words_from_columns(audited):
    folder, _ = audited
    page = (folder / "report.html").read_text()
    assert "Words that move the score" in page and "“good”" in page
