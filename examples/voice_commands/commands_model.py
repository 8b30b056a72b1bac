"""A small recogniser of spoken commands: convolutions over log-mel bands, then a GRU over time."""

import torch
from torch import nn


class CommandNet(nn.Module):
    """Spectrograms [n, 40 bands, frames] to scores of eight words."""

    def __init__(self) -> None:
        super().__init__()
        self.ears = nn.Sequential(
            nn.Conv1d(40, 48, kernel_size=5, padding=2),
            nn.BatchNorm1d(48),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(48, 48, kernel_size=5, padding=2),
            nn.BatchNorm1d(48),
            nn.ReLU(),
            nn.MaxPool1d(2),
        )
        self.memory = nn.GRU(48, 48, batch_first=True)
        self.words = nn.Linear(48, 8)

    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        """Scores [n, 8]."""
        states, _ = self.memory(self.ears(audio).transpose(1, 2))
        return self.words(states.mean(dim=1))


def load_model(path: str, device: str) -> nn.Module:
    """The network with its trained weights."""
    net = CommandNet()
    net.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return net
