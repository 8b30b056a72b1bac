"""Small nets trained on synthetic data, for the benchmarks of attributions; not a benchmark itself."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from dlaudit.attributions.layout import Layout
from dlaudit.attributions.players import layout_of
from dlaudit.attributions.request import Request
from dlaudit.attributions.score import Meter


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        blocks, before = [], 3
        for width in (16, 32, 64):
            blocks += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            before = width
        self.body, self.head = nn.Sequential(*blocks), nn.Linear(before, 2)

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(4, 48, batch_first=True), nn.Linear(48, 2)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Text(nn.Module):
    def __init__(self, vocabulary=500, width=64, length=128):
        super().__init__()
        self.table = nn.Embedding(vocabulary, width, padding_idx=0)
        self.places = nn.Parameter(torch.randn(1, length, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, batch_first=True, activation="gelu", dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 2)

    def forward(self, ids):
        return self.head(self.norm(self.encoder(self.table(ids) + self.places)).mean(1))


@dataclass
class Case:
    name: str
    net: nn.Module
    rows: torch.Tensor
    background: torch.Tensor
    patches: int = 0

    def request(self, rows: int | None = None, **given) -> Request:
        def score(inputs: torch.Tensor) -> torch.Tensor:
            return self.net(inputs.clone())[:, 1].double()

        some = (self.rows[:rows],)
        return Request(
            score=Meter(score),
            rows=some,
            background=(self.background,),
            layout=layout_of([], some) if not self.patches else square_patches(self.rows.shape[-1], self.patches),
            generator=np.random.default_rng(0),
            module=self.net,
            **given,
        )


def square_patches(size: int, side: int) -> Layout:
    at = torch.arange(size) // side
    owner = (at[:, None] * (size // side) + at[None, :]).reshape(1, 1, size, size)
    return Layout(names=tuple(f"patch {one}" for one in range((size // side) ** 2)), owner=(owner,))


def trained(net: nn.Module, data: Callable[[int], tuple[torch.Tensor, torch.Tensor]], steps: int, rate=3e-3):
    optimizer = torch.optim.Adam(net.parameters(), rate)
    for step in range(steps):
        inputs, labels = data(step)
        loss = functional.cross_entropy(net(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.eval()


def table_case(width: int, hidden: int, rows: int = 2000) -> Case:
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    mixing = torch.randn(width, 4, generator=generator) / width**0.5
    inputs = torch.randn(20000, width, generator=generator)
    z = inputs @ mixing
    labels = ((z[:, 0] * z[:, 1] + torch.sin(2 * z[:, 2]) + z[:, 3].abs() * 2 - 1.2) > 0).long()
    net = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2))
    trained(net, lambda step: (inputs[(at := step * 256 % 19000) : at + 256], labels[at : at + 256]), 400)
    name = f"table, {width}-{hidden}-{hidden}-2, ReLU"
    return Case(name, net, torch.randn(rows, width, generator=generator), inputs[:100].clone())


def images(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(count, 3, 64, 64, generator=generator) * 0.6
    labels = torch.randint(0, 2, (count,), generator=generator)
    for at, (row, column) in enumerate(torch.randint(4, 44, (count, 2), generator=generator).tolist()):
        x[at, int(labels[at]), row : row + 16, column : column + 16] += 0.4
    return x, labels


def series(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(count, 100, 4, generator=torch.Generator().manual_seed(seed))
    return x, ((x[:, 50:, 0].mean(1) + 0.5 * (x[:, :, 1].abs().mean(1) - 0.8)) > 0).long()


def texts(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(20, 500, (count, 128), generator=generator)
    labels = torch.randint(0, 2, (count,), generator=generator)
    for at in range(count):
        places = torch.randperm(128, generator=generator)[:6]
        ids[at, places] = torch.randint(1, 10, (6,), generator=generator) + 10 * int(labels[at])
    return ids, labels


def deep_case(name: str, make: Callable[[], nn.Module], draw: Callable, steps: int, rows: int, **given) -> Case:
    torch.manual_seed(0)
    net = trained(make(), lambda step: draw(32, 1000 + step), steps, given.pop("rate", 3e-3))
    inputs, _ = draw(rows + 32, 1)
    return Case(name, net, inputs[:rows], inputs[rows:], **given)
