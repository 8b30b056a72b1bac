"""A lending model that got worse for some: one column arrives in another unit, as after a change upstream.

    python examples/gate/worsen.py OLD.pt NEW.pt2 COLUMN FACTOR TABLE.csv

Reads the state dict of the lending example, makes the model see COLUMN multiplied by FACTOR, and exports it.
"""

import sys
from pathlib import Path

import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "lending"))
from lending_model import LendingNet, load_model

NOT_INPUTS = ["approve", "race", "sex"]


class OtherUnit(torch.nn.Module):
    """The network as it is, given one column in another unit.

    Args:
        net: The network.
        factors: What each input is multiplied by, `[features]`.
    """

    def __init__(self, net: LendingNet, factors: torch.Tensor) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("factors", factors)

    def forward(self, applications: torch.Tensor) -> torch.Tensor:
        """Probability of approval `[rows, 1]` of raw applications `[rows, features]`."""
        return self.net(applications * self.factors)


def main(old: str, new: str, column: str, factor: float, table: str) -> None:
    """Export the model that sees the column in another unit."""
    rows = pd.read_csv(table).drop(columns=NOT_INPUTS)
    factors = torch.ones(len(rows.columns))
    factors[rows.columns.get_loc(column)] = factor
    net = OtherUnit(load_model(old, "cpu"), factors).eval()
    example = torch.tensor(rows.to_numpy()[:4], dtype=torch.float32)
    batch = torch.export.Dim("batch", min=1)
    torch.export.save(torch.export.export(net, (example,), dynamic_shapes=({0: batch},)), new)


if __name__ == "__main__":
    main(*sys.argv[1:4], float(sys.argv[4]), sys.argv[5])
