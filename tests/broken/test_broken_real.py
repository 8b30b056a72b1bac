"""Real nets given what they were not made for: a credit model of other columns, and pixels of another scale."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import dlaudit
from dlaudit.record import Audit

QUIET = {
    "discover.enabled": False,
    "explain.methods": ["integrated_gradients"],
    "explain.sample": 30,
    "explain.steps": 8,
    "explain.second_opinion": 0,
    "explain.budget": "1",
    "explain.decompose": ["mean_score"],
    "explain.rounds": 1,
    "explain.decompose_rows": 30,
}


def codes(audit: Audit) -> dict[str, str]:
    return {one.code: one.message for one in audit.findings}


class Credit(nn.Module):
    """The network that OpenXAI's weights belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.input1, self.input2 = nn.Linear(60, 100), nn.Linear(100, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.input2(torch.relu(self.input1(x))), dim=1)[:, 1]


def test_the_credit_net_whose_columns_do_not_match_is_noticed(shared_data: Path) -> None:
    folder = shared_data / "openxai_tabular"
    if not folder.is_dir():
        pytest.skip("openxai_tabular is absent")
    rows = pd.read_csv(folder / "data" / "german-test.csv")
    inputs = [name for name in rows.columns if name != "credit-risk"]
    net = Credit()
    weights = torch.load(folder / "models" / "ANN" / "german_lr_0.002_acc_0.71.pt", weights_only=True)
    net.load_state_dict(weights)
    least, most = rows[inputs].min(), rows[inputs].max()
    rows[inputs] = ((rows[inputs] - least) / (most - least).clip(lower=1e-9)).astype(np.float32)
    rows["sex"] = np.where(rows["personal-status-sex_2"] > 0, "F", "M")
    audit = dlaudit.audit(
        net,
        rows,
        target="credit-risk",
        sensitive=["sex"],
        settings={"data.features": inputs, "model.output": "probability", **QUIET},
    )
    assert audit.measurement("auc", "overall").value == pytest.approx(0.454, abs=0.01)
    assert "hardly tell the classes apart" in codes(audit)["DLA230"]


class LeNet(nn.Module):
    """The network that the weights of Quantus' tests belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_1, self.conv_2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc_1, self.fc_2, self.fc_3 = nn.Linear(256, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.max_pool2d(torch.relu(self.conv_1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.conv_2(x)), 2)
        x = torch.relu(self.fc_2(torch.relu(self.fc_1(x.flatten(1)))))
        made: torch.Tensor = self.fc_3(x)
        return made


@pytest.fixture(scope="module")
def digits(shared_data_of_module: Path) -> tuple[LeNet, np.ndarray, pd.DataFrame]:
    """The net, 3,000 digits of 0 to 255, and a row for each: position, digit and who wrote it."""
    folder = shared_data_of_module / "qmnist_lenet"
    if not folder.is_dir():
        pytest.skip("qmnist_lenet is absent")
    net = LeNet()
    net.load_state_dict(torch.load(folder / "lenet_mnist_quantus.pt", map_location="cpu", weights_only=True))
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    known = pd.read_csv(folder / "qmnist-test-labels.tsv.gz", sep="\t", header=None).iloc[:10_000]
    chosen = np.sort(np.random.default_rng(0).permutation(10_000)[:3000])
    rows = pd.DataFrame(
        {
            "digit": known.iloc[chosen, 0].astype(str),
            "series": np.where(known.iloc[chosen, 1] == 0, "employees", "students"),
            "writer": known.iloc[chosen, 2].astype(str),
            "at": chosen,
        }
    )
    return net, pixels, rows.reset_index(drop=True)


@pytest.fixture(scope="module")
def shared_data_of_module() -> Path:
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the data sets beside the checkout are absent")
    return folder


def of_digits(digits: tuple[LeNet, np.ndarray, pd.DataFrame], *, low: float) -> Audit:
    net, pixels, rows = digits
    return dlaudit.audit(
        net,
        rows,
        target="digit",
        sensitive=["series"],
        preprocess=lambda one: torch.from_numpy(
            low + (1 - low) * pixels[one["at"].to_numpy()].astype(np.float32) / 255
        ),
        settings={
            "model.classes": [str(one) for one in range(10)],
            "model.output": "logit",
            "metrics.report": ["accuracy", "macro_recall"],
            **QUIET,
            "explain.decompose": [],
        },
    )


def test_digits_scaled_to_minus_1_to_1_are_noticed(digits: tuple[LeNet, np.ndarray, pd.DataFrame]) -> None:
    wrong, right = of_digits(digits, low=-1.0), of_digits(digits, low=0.0)
    assert wrong.measurement("accuracy", "overall").value == pytest.approx(0.937, abs=0.012)
    assert right.measurement("accuracy", "overall").value == pytest.approx(0.990, abs=0.006)
    assert "DLA232" in codes(wrong) and "DLA232" not in codes(right)
    assert "-1 to 1" in codes(wrong)["DLA232"]
