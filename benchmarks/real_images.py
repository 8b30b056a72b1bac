"""Images: a LeNet on the MNIST test digits, whose writers QMNIST knows: census employees and high-school students."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from real_models import Figure, audited, compared, measured

DATA = "QMNIST, LeNet"
CODE = """
import torch
from torch import nn


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1, self.pool_1, self.relu_1 = nn.Conv2d(1, 6, 5), nn.MaxPool2d(2, 2), nn.ReLU()
        self.conv_2, self.pool_2, self.relu_2 = nn.Conv2d(6, 16, 5), nn.MaxPool2d(2, 2), nn.ReLU()
        self.fc_1, self.relu_3 = nn.Linear(256, 120), nn.ReLU()
        self.fc_2, self.relu_4 = nn.Linear(120, 84), nn.ReLU()
        self.fc_3 = nn.Linear(84, 10)

    def forward(self, image):
        x = self.pool_1(self.relu_1(self.conv_1(image)))
        x = self.pool_2(self.relu_2(self.conv_2(x)))
        x = self.relu_4(self.fc_2(self.relu_3(self.fc_1(x.reshape(x.shape[0], -1)))))
        return self.fc_3(x)


def load_model(path, device):
    net = LeNet()
    net.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return net.eval()
"""
CONFIG = """
schema = 1
[model]
path = "lenet.pt"
code = "lenet.py"
task = "multiclass"
output = "logit"
classes = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
[data]
path = "digits.csv"
image = "picture"
target = "digit"
unit = "writer"
[input.image]
array = "digits.npy"
mode = "L"
{scaling}
[slices]
sensitive = ["writers"]
[metrics]
report = ["accuracy"]
[discover]
enabled = false
[explain]
{explain}
"""


def write_digits(data: Path, folder: Path, rows: int = 10_000) -> None:
    """The digits as an array, their writers as a table, and the model with its code."""
    source = data / "qmnist_lenet"
    with gzip.open(source / "t10k-images-idx3-ubyte.gz") as file:
        np.save(folder / "digits.npy", np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)[:rows])
    labels = pd.read_csv(source / "qmnist-test-labels.tsv.gz", sep="\t", header=None).head(rows)
    table = {
        "picture": np.arange(len(labels)),
        "digit": labels[0],
        "writers": labels[1].map({0: "employees", 4: "students"}),
        "writer": labels[2],
    }
    pd.DataFrame(table).to_csv(folder / "digits.csv", index=False)
    shutil.copyfile(source / "lenet_mnist_quantus.pt", folder / "lenet.pt")
    (folder / "lenet.py").write_text(CODE)


def write_config(folder: Path, name: str, scaling: str = "", explain: str = "enabled = false") -> Path:
    """The configuration of one audit."""
    path = folder / f"{name}.toml"
    path.write_text(CONFIG.format(scaling=scaling, explain=explain))
    return path


def figures(data: Path, folder: Path) -> list[Figure]:
    """The digits as the model expects them, and in a wrong range."""
    write_digits(data, folder)
    right = audited(write_config(folder, "right"))
    wrong = audited(write_config(folder, "wrong", "mean = [0.5]\nstd = [0.5]"))
    employees, students = "writers=employees", "writers=students"
    return [
        compared(DATA, "accuracy, all", 0.990, measured(right, "accuracy")),
        compared(DATA, "accuracy, employees (error .0052)", 0.9948, measured(right, "accuracy", employees), digits=4),
        compared(DATA, "accuracy, students (error .0146)", 0.9854, measured(right, "accuracy", students), digits=4),
        compared(DATA, "accuracy in a wrong range (-1 to 1), all", 0.937, measured(wrong, "accuracy")),
        compared(DATA, "the same, employees (error .040)", 0.960, measured(wrong, "accuracy", employees)),
        compared(DATA, "the same, students (error .086)", 0.914, measured(wrong, "accuracy", students)),
    ]
