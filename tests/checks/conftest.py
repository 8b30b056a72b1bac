"""Nets with rows in slices, reference methods written out plainly, and everything from their checks to a verdict."""

from dataclasses import dataclass, field, replace
from itertools import product
from math import factorial
from typing import Any

import numpy as np
import pytest
import torch

from dlaudit.attributions import Answer, ExplainedRows, MethodAnswer, quality, trust
from dlaudit.attributions.checks.found import CheckSettings
from dlaudit.attributions.checks.rows import check_rows
from dlaudit.attributions.completeness import relative_error
from dlaudit.attributions.layout import Layout
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.request import Explanation, Request
from dlaudit.attributions.score import Meter


def integrated(request: Request) -> Explanation:
    """Integrated gradients from the mean background row, with as many nodes as adding up takes."""
    for nodes in (12, 48, 192, 768):
        found = _integrated(request, nodes)
        if np.quantile(relative_error(found.completeness, found.change), 0.95) < 0.015:
            break
    return found


def _integrated(request: Request, nodes: int) -> Explanation:
    base = tuple(one.mean(dim=0, keepdim=True) for one in request.background)
    places, weights = np.polynomial.legendre.leggauss(nodes)
    total = [torch.zeros_like(one) for one in request.rows]
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        points = [
            (b + float(place) * (x - b)).detach().requires_grad_() for b, x in zip(base, request.rows, strict=True)
        ]
        with torch.enable_grad():
            found = torch.autograd.grad(request.score(*points).sum(), points)
        total = [one + float(weight) * more.detach() for one, more in zip(total, found, strict=True)]
    moved = [one * (x - b) for one, x, b in zip(total, request.rows, base, strict=True)]
    with torch.no_grad():
        change = request.score(*request.rows) - request.score(*base)
    return Explanation(values=request.layout.gathered(moved), change=change.numpy(), reference="the mean row")


def exact_shapley(request: Request) -> Explanation:
    """Shapley values of the mean over the background rows, by all coalitions."""
    players = len(request.layout)
    coalitions = np.array(list(product([False, True], repeat=players)))
    game = np.zeros((request.count, len(coalitions)))
    present = torch.from_numpy(coalitions)[None]
    with torch.no_grad():
        for at in range(len(request.background[0])):
            other = tuple(one[at : at + 1] for one in request.background)
            scores = request.score(*request.layout.mixed(request.rows, other, present))
            game += scores.numpy().reshape(request.count, -1) / len(request.background[0])
    size = coalitions.sum(axis=1)
    values = np.zeros((request.count, players))
    number = 2 ** np.arange(players)[::-1]
    for player in range(players):
        without = np.flatnonzero(~coalitions[:, player])
        weight = np.array([factorial(s) * factorial(players - 1 - s) / factorial(players) for s in size[without]])
        values[:, player] = (game[:, without + number[player]] - game[:, without]) @ weight
    return Explanation(values=values, change=game[:, -1] - game[:, 0], reference="background rows")


def saliency(request: Request) -> Explanation:
    """Sizes of gradients, passed off as contributions."""
    leaves = [one.detach().clone().requires_grad_() for one in request.rows]
    with torch.enable_grad():
        found = torch.autograd.grad(request.score(*leaves).sum(), leaves)
    values = request.layout.gathered([one.abs() for one in found])
    return replace(integrated(request), values=values)


def gradient_shap(request: Request, samples: int = 5) -> Explanation:
    """Gradients at five random points between the row and random background rows, as Captum's default takes them."""
    total = np.zeros((request.count, len(request.layout)))
    for _ in range(samples):
        at = torch.from_numpy(request.generator.integers(len(request.background[0]), size=request.count))
        place = torch.from_numpy(request.generator.random(request.count)).float()
        points, steps = [], []
        for rows, background in zip(request.rows, request.background, strict=True):
            base = background[at]
            where = place.reshape(-1, *[1] * (rows.dim() - 1))
            points.append((base + where * (rows - base)).detach().requires_grad_())
            steps.append(rows - base)
        with torch.enable_grad():
            found = torch.autograd.grad(request.score(*points).sum(), points)
        total += request.layout.gathered([one * step for one, step in zip(found, steps, strict=True)]) / samples
    with torch.no_grad():
        change = request.score(*request.rows) - request.score(*request.background).mean()
    return Explanation(values=total, change=change.numpy(), reference="background rows")


METHODS = {
    "integrated_gradients": integrated,
    "shapley_values": exact_shapley,
    "saliency": saliency,
    "gradient_shap": gradient_shap,
}


def again(method: str, request: Request) -> Explanation:
    """The method by its name; whatever is not among them is integrated gradients."""
    return METHODS.get(method, integrated)(request)


class Recurrent(torch.nn.Module):
    """A recurrent net over time steps, with a score at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.LSTM(2, 12, batch_first=True)
        self.head = torch.nn.Linear(12, 1)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(series)[0][:, -1])


def mlp() -> torch.nn.Module:
    return torch.nn.Sequential(
        torch.nn.Linear(8, 24), torch.nn.ReLU(), torch.nn.Linear(24, 24), torch.nn.Tanh(), torch.nn.Linear(24, 1)
    )


def cnn() -> torch.nn.Module:
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 6, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
        torch.nn.Linear(6 * 9, 12), torch.nn.ReLU(), torch.nn.Linear(12, 1),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class World:
    """A net, rows of two features with two slices each, and what methods found."""

    request: Request
    rows: ExplainedRows
    settings: CheckSettings = field(default_factory=CheckSettings)

    def explained(self, *methods: str) -> dict[str, Explanation]:
        return {name: METHODS[name](self.request) for name in methods}

    def answer(self, explanations: dict[str, Explanation], adds_up: str = "exactly") -> Answer:
        found = check_rows(self.request, explanations, again, self.settings).methods
        return Answer(
            features=list(self.request.layout.names),
            methods=[
                MethodAnswer(
                    method=name,
                    values=one.values,
                    completeness=one.completeness,
                    change=one.change,
                    reference=one.reference,
                    adds_up=adds_up,
                    figures=found[name].figures,
                    nulls=found[name].nulls,
                )
                for name, one in explanations.items()
            ],
            not_applicable=[],
            largest_grad_difference=0.0,
            unchanged=True,
        )

    def verdicts(self, explanations: dict[str, Explanation], adds_up: str = "exactly") -> dict[str, dict[str, Any]]:
        """Method to slice to verdict."""
        answer = self.answer(explanations, adds_up)
        checks = quality(answer, self.rows, np.random.default_rng(0))
        found: dict[str, dict[str, Any]] = {name: {} for name in explanations}
        for one in trust(checks, answer, self.rows):
            found[one.method][one.slice] = one
        return found


def world(kind: str = "mlp", seed: int = 0, count: int = 240, **settings: Any) -> World:
    """Rows of a random net: `mlp` (8 inputs), `cnn` (9 patches of a 6 x 6 image), `lstm` (4 windows of 2 channels)."""
    torch.manual_seed(seed)
    module, shape, owner = {
        "mlp": (mlp, (8,), torch.arange(8)[None]),
        "cnn": (cnn, (1, 6, 6), (torch.arange(6)[:, None] // 2 * 3 + torch.arange(6)[None] // 2)[None, None]),
        "lstm": (Recurrent, (12, 2), (torch.arange(12)[:, None] // 3 * 2 + torch.arange(2)[None])[None]),
    }[kind]
    net = module()
    with torch.no_grad():
        for one in net.parameters():
            one.mul_(2.0)
    drawn = torch.randn(count + 6, *shape, generator=torch.Generator().manual_seed(seed))
    request = Request(
        score=Meter(lambda *rows: net(*(one.clone() for one in rows)).flatten(1)[:, 0].double()),
        rows=(drawn[:count],),
        background=(drawn[count:],),
        layout=Layout(names=tuple(f"x{at}" for at in range(int(owner.max()) + 1)), owner=(owner,)),
        generator=np.random.default_rng(seed),
        module=net,
        memory=Memory(4096),
    )
    half, third = np.arange(count) % 2 == 0, np.arange(count) % 3 == 0
    rows = ExplainedRows(
        slices=["overall", "sex=F", "sex=M", "age=old", "age=young"],
        member=np.stack([np.ones(count, dtype=bool), half, ~half, third, ~third]),
        by=[None, "sex", "sex", "age", "age"],
    )
    return World(request=request, rows=rows, settings=CheckSettings(seed=seed, **settings))


@pytest.fixture
def make_world() -> Any:
    return world


@pytest.fixture
def explain_again() -> Any:
    return again
