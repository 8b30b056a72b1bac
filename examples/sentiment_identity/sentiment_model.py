"""The sentiment network: token embeddings of wordllama, averaged, and a small head. It is dlaudit's code file, too."""

from pathlib import Path

import torch
from torch import nn

SIZE, HIDDEN = 256, 64


class Sentiment(nn.Module):
    """The score of a text: its token embeddings averaged, standardised and put through one hidden layer.

    Args:
        tokens: Tokens of the vocabulary.
    """

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, SIZE)
        self.register_buffer("mean", torch.zeros(SIZE))
        self.register_buffer("spread", torch.ones(SIZE))
        self.head = nn.Sequential(nn.Linear(SIZE, HIDDEN), nn.ReLU(), nn.Dropout(0.5), nn.Linear(HIDDEN, 1))

    def average(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Mean embedding of the tokens of each text."""
        kept = attention_mask.unsqueeze(-1).to(self.embedding.weight.dtype)
        return (self.embedding(input_ids) * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits of a positive text, [n, 1]."""
        return self.head((self.average(input_ids, attention_mask) - self.mean) / self.spread)


def load_model(path: str, device: str) -> nn.Module:
    """The trained network."""
    from safetensors.torch import load_file

    weights = load_file(str(Path(path)), device=device)
    model = Sentiment(len(weights["embedding.weight"]))
    model.load_state_dict(weights)
    return model.eval()
