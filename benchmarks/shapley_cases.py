"""Small trained models of four kinds for the benchmark of Shapley values, and how CPU time is taken."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from dlaudit.attributions.layout import Layout
from dlaudit.attributions.shapley import columns, patches, windows

ROWS = 2_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """A trained model with rows to explain, and what a forward-and-backward pass of a row costs."""

    model: nn.Module
    rows: torch.Tensor
    background: torch.Tensor
    layout: Layout
    unit: float
    batch: int
    """Rows of a forward pass."""


def table_case(width: int, hidden: int) -> Case:
    """A net of two hidden layers trained on products, waves and absolute values of four directions."""
    draw = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    directions = torch.randn(width, 4, generator=draw) / width**0.5
    rows = torch.randn(20_000, width, generator=draw)
    z = rows @ directions
    labels = ((z[:, 0] * z[:, 1] + torch.sin(2 * z[:, 2]) + z[:, 3].abs() * 2 - 1.2) > 0).long()
    model = nn.Sequential(
        nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2)
    )
    _train(model, rows, labels, steps=400, batch=256)
    asked = torch.randn(ROWS, width, generator=draw)
    return _case(model, asked, rows[:100].clone(), columns([f"x{at + 1}" for at in range(width)]))


class Cnn(nn.Module):
    """Three blocks of convolution, ReLU and maximum, averaged over places."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for narrow, wide in ((3, 16), (16, 32), (32, 64)):
            layers += [nn.Conv2d(narrow, wide, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.body, self.head = nn.Sequential(*layers), nn.Linear(64, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Two logits per image."""
        found: torch.Tensor = self.head(self.body(images).mean((2, 3)))
        return found


class Transformer(nn.Module):
    """Two layers over 128 tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.places = nn.Embedding(500, 64), nn.Parameter(torch.randn(1, 128, 64) * 0.02)
        layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True, activation="gelu", dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(64), nn.Linear(64, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Two logits per text."""
        found: torch.Tensor = self.head(self.norm(self.encoder(self.embedding(ids) + self.places)).mean(1))
        return found


def image_case() -> Case:
    """Images with a bright square in the channel of their class, explained in 16 patches against their mean."""
    draw = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    images, labels = torch.rand(1_000, 3, 64, 64, generator=draw) * 0.6, torch.randint(0, 2, (1_000,), generator=draw)
    corners = torch.randint(4, 44, (1_000, 2), generator=draw).tolist()
    for at, (top, left) in enumerate(corners):
        images[at, int(labels[at]), top : top + 16, left : left + 16] += 0.4
    model = Cnn()
    _train(model, images, labels, steps=60, batch=48)
    return _case(model, images[:32], images[:100].mean(0, keepdim=True), patches(images.shape, (4, 4)))


def text_case() -> Case:
    """Texts with six tokens of their class, explained in 16 spans against the padding token."""
    draw = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    ids, labels = torch.randint(20, 500, (1_000, 128), generator=draw), torch.randint(0, 2, (1_000,), generator=draw)
    for at in range(len(ids)):
        ids[at, torch.randperm(128, generator=draw)[:6]] = torch.randint(1, 10, (6,), generator=draw) + 10 * labels[at]
    model = Transformer()
    _train(model, ids, labels, steps=80, batch=32)
    spans = windows((128, 1), 8)
    layout = Layout(names=spans.names, owner=(spans.owner[0][:, :, 0],))
    return _case(model, ids[:32], torch.zeros(1, 128, dtype=torch.int64), layout)


def _train(model: nn.Module, rows: torch.Tensor, labels: torch.Tensor, *, steps: int, batch: int) -> None:
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for step in range(steps):
        at = (step * batch) % (len(rows) - batch)
        loss = nn.functional.cross_entropy(model(rows[at : at + batch]), labels[at : at + batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval().requires_grad_(False)


def _case(model: nn.Module, rows: torch.Tensor, background: torch.Tensor, layout: Layout) -> Case:
    def once() -> None:
        if rows.is_floating_point():
            leaf = rows.clone().requires_grad_()
            torch.autograd.grad(model(leaf)[:, 1].sum(), leaf)
        else:  # tokens have no gradient: three forward passes
            for _ in range(3):
                model(rows)

    return Case(
        model=model,
        rows=rows,
        background=background,
        layout=layout,
        unit=cpu(once, 5) / len(rows),
        batch=4_096 if rows.dim() == 2 and rows.is_floating_point() else 128,
    )


def cpu(work: Callable[[], object], repeats: int = 1) -> float:
    """Median CPU seconds of some calls; the first of several is not counted."""
    taken = []
    for _ in range(repeats + (repeats > 1)):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken[-repeats:])
