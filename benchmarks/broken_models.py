"""Which planted faults of models and inputs an audit notices, and how often it accuses models that are well.

    python benchmarks/broken_models.py [--good N] [--each N]

Prints the tables of benchmarks/broken_models.md. The nets are trained here, each from its own seed, width, depth and
split, on data that scikit-learn ships: 569 biopsies (30 numbers, benign or malignant) and 1,797 handwritten digits of
8 x 8 pixels, as pictures in two colours and as series of eight rows. Slices
are every other row: they do not matter here.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_breast_cancer, load_digits
from torch import nn

import dlaudit

NOTICED = {
    "DLA210", "DLA213", "DLA215", "DLA216", "DLA230", "DLA231", "DLA232", "DLA233", "DLA235", "DLA236", "DLA237",
    "DLA238",
}  # fmt: skip
"""Codes that say that a model is not well, or is not given what it expects."""
QUICK = {
    "discover.enabled": False,
    "metrics.report": ["accuracy"],
    "explain.methods": ["integrated_gradients"],
    "explain.sample": 4,
    "explain.steps": 2,
    "explain.second_opinion": 0,
    "explain.decompose": [],
    "explain.budget": "none",
}


@dataclass(frozen=True)
class Case:
    """A trained net, the inputs and labels that it is audited on, and what is said of its outputs."""

    net: nn.Module
    x: np.ndarray
    y: np.ndarray
    output: str = "logit"

    def codes(self) -> set[str]:
        """What the audit says against it."""
        rows = pd.DataFrame({"y": self.y, "at": np.arange(len(self.y)), "s": np.arange(len(self.y)) % 2})
        several = int(self.y.max()) > 1
        settings = {**QUICK, "model.output": self.output, "model.task": "multiclass" if several else "binary"}
        settings |= {"model.classes": [str(one) for one in range(int(self.y.max()) + 1)]} if several else {}
        settings |= (
            {"metrics.report": ["accuracy", "macro_recall"]} if several else {"metrics.report": ["accuracy", "auc"]}
        )
        net, x = self.net, torch.from_numpy(np.ascontiguousarray(self.x, dtype=np.float32))
        try:
            audit = dlaudit.audit(
                net, rows, target="y", sensitive=["s"], preprocess=lambda some: x[some["at"].tolist()],
                settings=settings,
            )  # fmt: skip
        except dlaudit.errors.DlauditError as refused:
            return {refused.code}
        return {one.code for one in audit.findings} & NOTICED


def trained(net: nn.Module, x: np.ndarray, y: np.ndarray, epochs: int) -> nn.Module:
    """The net after a few passes."""
    rows, labels = torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y.astype(np.int64))
    step = torch.optim.Adam(net.parameters(), lr=3e-3)
    net.train()
    for _ in range(epochs):
        for some in torch.randperm(len(rows)).split(64):
            step.zero_grad()
            out = net(rows[some])
            loss = (
                nn.functional.binary_cross_entropy_with_logits(out[:, 0], labels[some].float())
                if out.shape[1] == 1
                else nn.functional.cross_entropy(out, labels[some])
            )
            loss.backward()
            step.step()
    return net.eval()


def biopsies(seed: int) -> Case:
    """A net of numbers, with or without batch normalisation and dropout."""
    x, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    order = rng.permutation(len(x))
    x = ((x - x[order[:300]].mean(0)) / x[order[:300]].std(0))[order]
    width = int(rng.integers(8, 33))
    norm = [nn.BatchNorm1d(width)] if seed % 2 else []
    net = nn.Sequential(nn.Linear(30, width), *norm, nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, 1))
    return Case(trained(net, x[:300], y[order[:300]], 12), x[300:], y[order[300:]])


def split_digits(seed: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    x, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    order = rng.permutation(len(x))[:1500]
    return x[order].reshape(-1, 8, 8) / 16, y[order], rng


def pictures(seed: int) -> Case:
    """A small CNN on red digits before blue, 0 to 1."""
    grey, y, rng = split_digits(seed)
    x = np.stack([grey, grey * 0.5, 1 - grey], axis=1)
    wide = int(rng.integers(8, 17))
    norm = [nn.BatchNorm2d(wide)] if seed % 2 else []
    net = nn.Sequential(
        nn.Conv2d(3, wide, 3, padding=1), *norm, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.1),
        nn.Linear(wide * 16, 10),
    )  # fmt: skip
    return Case(trained(net, x[:1000], y[:1000], 12), x[1000:], y[1000:])


class Series(nn.Module):
    """A GRU over the eight rows of a digit, read at its last step."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gru, self.out = nn.GRU(8, width, batch_first=True), nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores [n, 10]."""
        return self.out(self.gru(x)[0][:, -1])


def series(seed: int) -> Case:
    """A GRU."""
    x, y, rng = split_digits(seed)
    return Case(trained(Series(int(rng.integers(24, 49))), x[:1000], y[:1000], 15), x[1000:], y[1000:])


class Around(nn.Module):
    """A net with something done to its inputs before and to its outputs after."""

    def __init__(
        self, net: nn.Module, before: Callable[..., Any] | None = None, after: Callable[..., Any] | None = None
    ):
        super().__init__()
        self.net, self.before, self.after = net, before, after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores."""
        out = self.net(x if self.before is None else self.before(x))
        return out if self.after is None else self.after(out)


def of_the_batch(x: torch.Tensor) -> torch.Tensor:
    """Standardized over the rows at hand."""
    return (x - x.mean(0, keepdim=True)) / (x.std(0, keepdim=True, correction=0) + 1e-3)


def momentum(case: Case) -> Case:
    """Batch normalisation whose statistics are those of inputs before they were scaled."""
    for one in case.net.modules():
        if isinstance(one, nn.BatchNorm1d | nn.BatchNorm2d):
            one.running_mean += 5 * one.running_var.sqrt()
    return case


def outputs_to(case: Case, after: Callable[..., Any], output: str = "logit") -> Case:
    return replace(case, net=Around(case.net, after=after).eval(), output=output)


FAULTS: dict[str, tuple[str, Callable[[int], Case]]] = {
    "numbers not standardized": ("biopsies", lambda s: replace(c := biopsies(s), x=c.x * 40 + 60)),
    "columns in reverse order": ("biopsies", lambda s: replace(c := biopsies(s), x=c.x[:, ::-1])),
    "labels the wrong way round": ("biopsies", lambda s: replace(c := biopsies(s), y=1 - c.y)),
    "labels of the row before": ("biopsies", lambda s: replace(c := biopsies(s), y=np.roll(c.y, 1))),
    "labels shuffled": ("biopsies", lambda s: replace(c := biopsies(s), y=np.random.default_rng(s).permutation(c.y))),
    "probabilities read as logits": ("biopsies", lambda s: outputs_to(biopsies(s), torch.sigmoid)),
    "logits declared probabilities": ("biopsies", lambda s: replace(biopsies(s), output="probability")),
    "statistics of the batch at hand": (
        "biopsies", lambda s: replace(c := biopsies(s), net=Around(c.net, before=of_the_batch).eval())),
    "batch normalisation, other statistics": ("biopsies, with it", lambda s: momentum(biopsies(2 * s + 1))),
    "pixels 0 to 255 instead of 0 to 1": ("pictures", lambda s: replace(c := pictures(s), x=c.x * 255)),
    "pixels -1 to 1 instead of 0 to 1": ("pictures", lambda s: replace(c := pictures(s), x=c.x * 2 - 1)),
    "pixels 0 to 1 divided by 255 again": ("pictures", lambda s: replace(c := pictures(s), x=c.x / 255)),
    "BGR instead of RGB": ("pictures", lambda s: replace(c := pictures(s), x=c.x[:, ::-1])),
    "classes off by one": ("pictures", lambda s: replace(c := pictures(s), y=(c.y + 1) % 10)),
    "classes in alphabetical order": (
        "pictures", lambda s: outputs_to(pictures(s), lambda out: out[:, [8, 5, 4, 9, 1, 7, 6, 3, 2, 0]])),
    "labels of the row after, several classes": ("pictures", lambda s: replace(c := pictures(s), y=np.roll(c.y, -1))),
    "series in reverse order of time": ("series", lambda s: replace(c := series(s), x=c.x[:, ::-1])),
    "series padded at the other end": ("series", lambda s: replace(c := series(s), x=np.roll(c.x, 3, axis=1))),
    "channels of series in reverse order": ("series", lambda s: replace(c := series(s), x=c.x[:, :, ::-1])),
}  # fmt: skip


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--good", type=int, default=200)
    parser.add_argument("--each", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    start = time.perf_counter()
    print("| nets that are well | audited | accused | of what |\n|---|---|---|---|")
    makers = {"biopsies": biopsies, "pictures": pictures, "series": series}
    for at, (name, make) in enumerate(makers.items()):
        count = asked.good // 3 + (at < asked.good % 3)
        told = Counter(code for seed in range(count) if (found := make(seed).codes()) for code in found)
        print(f"| {name} | {count} | {told.total()} | {', '.join(sorted(told)) or '-'} |", flush=True)
    print("\n| fault | nets | noticed | as |\n|---|---|---|---|")
    for name, (kind, make) in FAULTS.items():
        found = [make(1_000 + seed).codes() for seed in range(asked.each)]
        told = Counter(code for codes in found for code in codes)
        said = ", ".join(f"{code} {count}" for code, count in told.most_common())
        print(f"| {name} | {asked.each} of {kind} | {sum(map(bool, found))} | {said or '-'} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
