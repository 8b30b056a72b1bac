"""Texts that the user's own code makes into tokens: what is explained then, and what the record says."""

import numpy as np
import pandas as pd
import torch
from torch import nn

import dlaudit

WORDS = ["good", "bad", "day", "food"]


class Counted(nn.Module):
    """A score of how often each word stands in a text."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(len(WORDS), 1)

    def forward(self, counts: torch.Tensor) -> torch.Tensor:
        return self.head(counts)


def counts(rows: pd.DataFrame) -> torch.Tensor:
    return torch.tensor([[text.split().count(word) for word in WORDS] for text in rows["text"]], dtype=torch.float32)


def test_tokens_of_ones_own_are_explained_as_columns_and_the_record_says_why_there_are_no_words():
    draw = np.random.default_rng(0)
    texts = [" ".join(draw.choice(WORDS, size=4)) for _ in range(80)]
    frame = pd.DataFrame({"text": texts, "label": draw.integers(0, 2, 80), "who": ["a", "b"] * 40})
    torch.manual_seed(0)
    quick = {"explain.checks": False, "explain.second_opinion": 0, "explain.sample": 20, "discover.enabled": False}
    audit = dlaudit.audit(
        Counted(), frame, target="label", sensitive=["who"], preprocess=counts,
        settings={"data.text": "text", "model.output": "logit", "explain.decompose": [], **quick},
    )  # fmt: skip
    (said,) = [one for one in audit.not_applicable if one.what == "contributions of words"]
    assert "preprocess" in said.reason and "tokenizer" in said.reason
    assert audit.attributions and not any(one.feature in WORDS for one in audit.attributions)
