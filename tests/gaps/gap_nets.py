"""Nets with known answers, slices put side by side without a model's process, and Shapley values by definition."""

from itertools import product

import numpy as np
import torch
from brute_force import brute_force_shapley

from dlaudit.attributions.gaps.games import decomposable, game_of
from dlaudit.attributions.gaps.match import Match, joined, splits
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.players import layout_of
from dlaudit.attributions.request import Request
from dlaudit.attributions.score import Meter

shapley = brute_force_shapley


class Mlp(torch.nn.Module):
    """A seeded net with ReLUs; `outputs` scores per row."""

    def __init__(self, inputs, outputs=1, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.net = torch.nn.Sequential(
            torch.nn.Linear(inputs, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU()
        )
        self.head = torch.nn.Linear(16, outputs)
        for one in self.parameters():
            one.data *= 1.7

    def forward(self, x):
        return self.head(self.net(x))


class Plain(torch.nn.Module):
    """What a function of columns says, as a net without parameters."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)[:, None]


def reading(task):
    """How a net's outputs become scores."""
    ends = {
        "binary": torch.sigmoid,
        "multiclass": lambda out: torch.softmax(out, dim=1),
        "multilabel": torch.sigmoid,
        "regression": lambda out: out,
    }
    return ends[task]


def side_by_side(net, a, b, *, task="binary", labels=None, weights=None, seed=0, batch=4096, players=(), layout=None):
    """Two slices as a Match; `a` and `b` are tensors or tuples of them."""
    ends = reading(task)

    def score(*rows):
        return ends(net(*(one.clone() for one in rows))).double()

    several_a, several_b = (one if isinstance(one, tuple) else (one,) for one in (a, b))
    rows = joined(several_a, several_b)
    mass = [np.ones(len(one[0])) for one in (several_a, several_b)] if weights is None else weights
    request = Request(
        score=Meter(score),
        rows=rows,
        background=rows,
        layout=layout or layout_of([[one.name, one.columns] for one in players], rows),
        generator=np.random.default_rng(seed),
        memory=Memory(batch),
    )
    return Match(
        request=request,
        first=len(several_a[0]),
        labels=None if labels is None else np.concatenate(labels),
        mass=np.concatenate(mass).astype(float),
        seed=seed,
    )


def split_gap_of(match, metric, task="binary", rounds=4, classes=(), threshold=0.5, pooled=False):
    """The split of one metric."""
    games = [game_of(metric, task, threshold=threshold, classes=classes)]
    return splits(match, games, rounds, pooled=pooled)[metric]


def all_pairs(net, a, b, number, *, task="binary", weights=None):
    """The estimand by definition: Shapley values of the mean over all pairs; `number(scores, place of a, place of b)`.

    A player beyond the columns is the label, whose place `number` is told: that of a where it is present, else of b.
    """
    ends = reading(task)
    p, q = (w / w.sum() for w in (weights or (np.ones(len(a)), np.ones(len(b)))))
    places = list(product(range(len(a)), range(len(b))))

    def value(present):
        columns = [one for one in present if one < a.shape[1]]
        mixed = torch.stack([b[j].clone() for _, j in places])
        mixed[:, columns] = torch.stack([a[i] for i, _ in places])[:, columns]
        scores = ends(net(mixed)).double().detach().numpy()
        named = [(i if a.shape[1] in present else -1, j) for i, j in places]
        return sum(p[i] * q[j] * number(scores[at], *named[at]) for at, (i, j) in enumerate(places))

    return value


CLASSES = ("cat", "dog", "eel")
ASKED = {
    "binary": decomposable("binary"),
    "multiclass": ("recall[cat]", "recall[eel]", "selection_rate[dog]", "accuracy", "log_loss"),
    "multilabel": ("selection_rate[dog]", "true_positive_rate[cat]", "false_positive_rate[eel]"),
    "regression": decomposable("regression"),
}
EACH = [(task, metric) for task, metrics in ASKED.items() for metric in metrics]


def outputs(task):
    return 3 if task in ("multiclass", "multilabel") else 1


def labels_of(task, rows, seed):
    draws = np.random.default_rng(seed)
    return {
        "binary": lambda: draws.integers(0, 2, rows),
        "multiclass": lambda: draws.integers(0, 3, rows),
        "multilabel": lambda: draws.integers(0, 2, (rows, 3)),
        "regression": lambda: draws.standard_normal(rows) * 2,
    }[task]()


def normal(rows, columns, seed=0):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)).double()


def slices(task, rows=(21, 34), columns=5):
    a, b = normal(rows[0], columns) + 0.4, normal(rows[1], columns, seed=1)
    return a, b, (labels_of(task, rows[0], 2), labels_of(task, rows[1], 3))


def total(split):
    return split.values.sum() + (split.label_mix or 0.0)
