"""The network of genderperformr (Wang and Jurgens, EMNLP 2018): characters to the probability of a woman's name."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class NameNet(nn.Module):
    """Three bidirectional LSTM layers over characters, read at the last one; names of the layers as published."""

    def __init__(self) -> None:
        super().__init__()
        self.username_embed = nn.Embedding(70, 16, padding_idx=0)
        self.username_lstm = nn.LSTM(16, 256, num_layers=3, batch_first=True, bidirectional=True)
        self.out_bn = nn.BatchNorm1d(512)
        self.out_dense = nn.Linear(512, 64)
        self.final_dense = nn.Linear(64, 2)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Scores [n, 2] of a man's and a woman's name, before the softmax."""
        vectors = self.username_embed(ids)
        packed = pack_padded_sequence(vectors, lengths.cpu(), batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.username_lstm(packed)[0], batch_first=True, total_length=ids.shape[1])
        last = states[torch.arange(len(ids)), lengths - 1]
        return self.final_dense(self.out_dense(torch.relu(self.out_bn(last))))


def load_model(path: str, device: str) -> nn.Module:
    """The network with its published weights."""
    net = NameNet()
    net.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return net
