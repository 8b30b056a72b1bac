"""Nets over sequences as people write them: an LSTM with packed sequences, a convolution, a transformer."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

STEPS = 6


class PackedLstm(nn.Module):
    """Series [n, time, 2] and lengths [n]."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.out = nn.LSTM(2, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, sequence: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(sequence, lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, (state, _) = self.rnn(packed)
        return self.out(state[-1])[:, 0]


class Convolution(nn.Module):
    """Series [n, 2, time]."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(2, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
        self.out = nn.Linear(4, 1)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        return self.out(self.net(series))[:, 0]


class Encoder(nn.Module):
    """Ids [n, time] and a mask that is true for padding."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
        self.out = nn.Linear(8, 1)

    def forward(self, ids: torch.Tensor, src_key_padding_mask: torch.Tensor) -> torch.Tensor:
        seen = self.layer(self.table(ids), src_key_padding_mask=src_key_padding_mask)
        kept = (~src_key_padding_mask)[..., None]
        return self.out((seen * kept).sum(dim=1) / kept.sum(dim=1))[:, 0]


KINDS: dict[str, Any] = {"lstm": PackedLstm, "cnn": Convolution, "encoder": Encoder}


def make(kind: str) -> nn.Module:
    """A net of that kind with weights that let its inputs matter."""
    torch.manual_seed(3)
    net = KINDS[kind]().eval()
    with torch.no_grad():
        for one in net.parameters():
            one.mul_(2)
    return net


def load_model(path: str, device: str) -> nn.Module:
    """The net whose weights the file holds."""
    state = torch.load(path, map_location=device, weights_only=True)
    net = KINDS[Path(path).stem]()
    net.load_state_dict(state)
    return net
