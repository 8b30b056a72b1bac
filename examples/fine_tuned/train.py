"""Fine-tune the head of a published name-to-gender network to repair one gap, and write what the audit reads.

    python examples/fine_tuned/train.py [FOLDER] [--names N] [--training N]

Writes into FOLDER (default: build/ beside this script) `names.csv`, N names (default 2,000) of each of four groups of
names; `base.pt`, the weights of `genderperformr` as they are published; and `tuned.pt`, the same network with its last
two layers trained on other names, equally many (default 800) of each group, where women's names of the group that the
base misses most often count eight times: a repair as it is often done. Needs the packages of ../names.
"""

import argparse
import copy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "names"))
from names_model import NameNet
from prepare import SEED, census_names, weights

CHARACTERS = " \"'-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""In the network's own order, as in [input.sequence] of dlaudit.toml; the code of the first one is 1."""
EPOCHS, BATCH = 10, 64
MISSED, WEIGHT = ("Asian or Pacific", "F"), 8.0
"""Whose names the base misses most often, and how many times they count in training."""


def drawn(names: pd.DataFrame, audited: int, training: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Names to audit and names to train on, so many of each group; no name is in both."""
    shuffled = names.sample(frac=1, random_state=SEED).assign(name=lambda one: one["name"].str.title())
    place = shuffled.groupby("group").cumcount()
    kept = ["name", "group", "sex"]
    test = shuffled.loc[place < audited, kept].sort_values("name")
    return test, shuffled.loc[(place >= audited) & (place < audited + training), kept]


def encoded(names: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes [n, 15] of the characters, and lengths."""
    codes = torch.zeros((len(names), 15), dtype=torch.int64)
    for row, name in enumerate(names):
        codes[row, : len(name)] = torch.tensor([CHARACTERS.index(one) + 1 for one in name])
    return codes, torch.tensor([len(name) for name in names])


def read(net: NameNet, names: list[str]) -> torch.Tensor:
    """What the head is given [n, 512]: the frozen layers' last states."""
    seen: list[torch.Tensor] = []
    hook = net.out_bn.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        for start in range(0, len(names), 256):
            net(*encoded(names[start : start + 256]))
    hook.remove()
    return torch.cat(seen)


def fine_tuned(base: NameNet, names: pd.DataFrame) -> NameNet:
    """The base with its last two layers trained on those names; the layers below and all statistics stay."""
    torch.manual_seed(SEED)
    net = copy.deepcopy(base)
    states = read(base, names["name"].tolist())
    labels = torch.tensor((names["sex"] == "F").to_numpy().astype(np.int64))
    missed = (names["group"] == MISSED[0]) & (names["sex"] == MISSED[1])
    weight = torch.from_numpy(np.where(missed, WEIGHT, 1.0).astype(np.float32))
    head = [*net.out_dense.parameters(), *net.final_dense.parameters()]
    step = torch.optim.AdamW(head, lr=1e-3, weight_decay=1e-2)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(states)).split(BATCH):
            step.zero_grad()
            scores = net.final_dense(net.out_dense(torch.relu(net.out_bn(states[rows]))))
            losses = nn.functional.cross_entropy(scores, labels[rows], reduction="none")
            (losses * weight[rows]).mean().backward()
            step.step()
    return net.eval()


def main(folder: Path, audited: int, training: int) -> None:
    """Draw names, train the head, save."""
    folder.mkdir(parents=True, exist_ok=True)
    test, others = drawn(census_names(), audited, training)
    test.to_csv(folder / "names.csv", index=False)
    base = NameNet()
    base.load_state_dict(weights())
    torch.save(base.eval().state_dict(), folder / "base.pt")
    torch.save(fine_tuned(base, others).state_dict(), folder / "tuned.pt")
    print(f"names.csv: {len(test):,} names; tuned.pt: its head saw {len(others):,} others, {training:,} of each group")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "build")
    parser.add_argument("--names", type=int, default=2_000, help="names of each group to audit")
    parser.add_argument("--training", type=int, default=800, help="names of each group to train on")
    given = parser.parse_args()
    main(given.folder, given.names, given.training)
