"""A model of a picture and a table: each input has its players, and the parts of a gap add up over both."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from image_sets import command_here

CODE = """
import torch
from torch import nn

class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.places = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten())
        self.head = nn.Linear(8 + 2, 1)

    def forward(self, image, table):
        return self.head(torch.cat([self.places(image), table], 1))[:, 0]

def load_model(path, device):
    torch.manual_seed(0)
    model = Both()
    model.load_state_dict(torch.load(path))
    return model.to(device)
"""


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    image = pytest.importorskip("PIL.Image")
    folder: Path = tmp_path_factory.mktemp("both")
    (folder / "net.py").write_text(CODE)
    known: dict[str, object] = {}
    exec(CODE, known)  # our own text, above
    torch.manual_seed(0)
    torch.save(known["Both"]().state_dict(), folder / "w.pt")
    draw = np.random.default_rng(0)
    for at in range(80):
        image.fromarray(draw.integers(0, 255, (8, 8)).astype(np.uint8)).save(folder / f"{at}.png")
    sex = np.array(["F", "M"] * 40)
    rows = {"file": [f"{at}.png" for at in range(80)], "sex": sex, "label": draw.integers(0, 2, 80)}
    rows |= {"age": draw.normal(size=80), "bmi": draw.normal(size=80) + 3.0 * (sex == "F")}
    pd.DataFrame(rows).to_csv(folder / "t.csv", index=False)
    given = ["--code", "net.py", "--data", "t.csv", "--target", "label", "--sensitive", "sex", "--exit-zero"]
    keys = [
        "data.image=file",
        "data.id=file",
        "input.image.mode=L",
        "input.image.grid=[2,2]",
        "input.table.unseen=error",
    ]
    keys += ["model.output=logit", "explain.decompose=['mean_score']", "explain.checks=false", "discover.enabled=false"]
    keys += ["explain.second_opinion=0", "explain.evaluations=64", "explain.background=16", "explain.rounds=4"]
    asked = [part for key in keys for part in ("--set", key)]
    assert command_here(folder, "run", "w.pt", *given, *asked, "--out", "out") == 0
    return json.loads((folder / "out" / "audit.json").read_text())


def test_players_are_those_of_both_inputs(audit) -> None:
    assert audit["data"]["modality"] == "table + image"
    features = {one["feature"] for one in audit["attributions"]}
    assert {"age", "bmi"} < features and len(features) == 6


def test_a_gap_adds_up_over_both_and_goes_through_the_column_it_was_planted_in(audit) -> None:
    (gap,) = [one for one in audit["decompositions"] if one["metric"] == "mean_score"]
    parts = {one["feature"]: one["value"] for one in gap["contributions"]}
    assert sum(parts.values()) + gap["residual"] == pytest.approx(gap["gap"], abs=1e-6)
    assert max(parts, key=lambda name: abs(parts[name])) == "bmi"
