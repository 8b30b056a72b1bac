"""The lending example's model, and how dlaudit loads its weights: `--code examples/lending/lending_model.py`."""

import torch
from torch import nn


class LendingNet(nn.Module):
    """An MLP that turns raw application figures into the probability of approval.

    Skewed money columns are tamed with sign(x) log(1 + |x|) and standardised inside the model, so that a raw row of
    the table is a valid input.

    Args:
        mean: Mean of each transformed input, `[features]`.
        std: Standard deviation of each transformed input, `[features]`.
    """

    def __init__(self, mean: torch.Tensor, std: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.net = nn.Sequential(
            nn.Linear(len(mean), 32),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(32, 16),
            nn.ReLU(),
            nn.Linear(16, 1),
            nn.Sigmoid(),
        )

    def forward(self, applications: torch.Tensor) -> torch.Tensor:
        """Probability of approval `[rows, 1]` of raw applications `[rows, features]`."""
        tamed = torch.sign(applications) * torch.log1p(torch.abs(applications))
        return self.net((tamed - self.mean) / self.std)


def load_model(path: str, device: str) -> nn.Module:
    """The network with the weights of a state dict at `path`; dlaudit calls this."""
    state = torch.load(path, map_location=device, weights_only=True)
    net = LendingNet(torch.zeros_like(state["mean"]), torch.ones_like(state["std"]))
    net.load_state_dict(state)
    return net.to(device).eval()
