"""Looks at channels, time, rows and outputs: what they find, and that a net that is well gives them nothing."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from broken_nets import audited, codes, linear, people
from torch import nn

import dlaudit
from dlaudit.metrics.broken import better_order, better_shift
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import Audit

QUICK = {
    "discover.enabled": False,
    "explain.methods": ["integrated_gradients"],
    "explain.sample": 4,
    "explain.steps": 2,
    "explain.second_opinion": 0,
    "explain.decompose": [],
    "explain.budget": "none",
    "model.output": "logit",
}


class Red(nn.Module):
    """Looks at the red channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 12 * (x[:, 0].mean(dim=(1, 2)) - 0.5)


class Late(nn.Module):
    """Looks at the last steps of a series."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 12 * (x[:, -2:].mean(dim=(1, 2)) - 0.5)


def of_arrays(net: nn.Module, x: np.ndarray, y: np.ndarray) -> Audit:
    import pandas as pd

    rows = pd.DataFrame({"y": y, "sex": np.where(np.arange(len(y)) % 2, "F", "M"), "at": np.arange(len(y))})
    held = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
    return dlaudit.audit(
        net, rows, target="y", sensitive=["sex"], preprocess=lambda some: held[some["at"].tolist()], settings=QUICK
    )


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Pictures whose label is how red they are; green and blue tell nothing."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 200)
    x = rng.random((200, 3, 6, 6)) * 0.4 + 0.3
    x[:, 0] = np.clip(0.5 + 0.2 * (2 * y - 1)[:, None, None] + rng.normal(0, 0.1, (200, 6, 6)), 0, 1)
    return x, y


def test_channels_in_reverse_order_are_noticed_and_the_right_order_is_not_accused() -> None:
    x, y = pictures()
    assert "three channels in reverse order" in codes(of_arrays(Red(), x[:, ::-1], y))["DLA232"]
    assert "DLA232" not in codes(of_arrays(Red(), x, y))


def test_a_series_in_reverse_order_of_time_is_noticed() -> None:
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 200)
    x = rng.random((200, 8, 2))
    x[:, -2:] = np.clip(0.5 + 0.2 * (2 * y - 1)[:, None, None] + rng.normal(0, 0.1, (200, 2, 2)), 0, 1)
    assert "along its second axis" in codes(of_arrays(Late(), x[:, ::-1], y))["DLA232"]
    assert "DLA232" not in codes(of_arrays(Late(), x, y))


def test_labels_that_are_shifted_by_a_row_are_noticed() -> None:
    data = people()
    moved = data.assign(y=np.roll(data["y"], 1))
    assert "labels of the row after" in codes(audited(linear(), moved))["DLA238"]
    assert "DLA238" not in codes(audited(linear(), data))
    turned = codes(audited(linear(), data.assign(y=1 - data["y"])))
    assert "DLA215" in turned and "DLA238" not in turned, "labels the wrong way round are not those of other rows"


def test_probabilities_that_are_read_as_logits_are_noticed() -> None:
    net = nn.Sequential(linear(), nn.Sigmoid())
    assert "DLA237" in codes(audited(net, people()))
    assert "DLA237" not in codes(audited(net, people(), **{"model.output": "probability"}))
    assert "DLA237" not in codes(audited(linear(), people()))


def test_logits_that_are_declared_probabilities_are_refused() -> None:
    with pytest.raises(dlaudit.errors.ModelRefused) as refused:
        audited(linear(), people(), **{"model.output": "probability"})
    assert refused.value.code == "DLA213"


def several(rng: np.random.Generator, right: float, n: int = 200) -> ScoredRows:
    """Rows of four classes that are predicted right so often."""
    target = rng.integers(0, 4, n)
    told = np.where(rng.random(n) < right, target, rng.integers(0, 4, n))
    return ScoredRows(
        atom=np.zeros(n, dtype=np.int64),
        target=target,
        score=np.eye(4)[told],
        prediction=told,
        weight=None,
        unit=None,
        classes=("a", "b", "c", "d"),
        task="multiclass",
        threshold=None,
    )


def test_of_several_classes_a_shift_is_found_and_a_mere_order_is_no_shift() -> None:
    rows = several(np.random.default_rng(3), 0.9)
    found = better_shift(replace(rows, target=np.roll(rows.target, -1)))
    assert found is not None and found[1] == 1 and found[0].then > 0.85
    assert better_shift(rows) is None
    assert better_shift(replace(rows, target=(rows.target + 1) % 4)) is None, "off by one class, not by one row"
    assert better_order(replace(rows, target=(rows.target + 1) % 4)) is not None


@pytest.mark.parametrize("right", [0.0, 0.4, 0.9])
def test_neither_look_finds_anything_in_rows_that_are_their_own(right: float) -> None:
    rng = np.random.default_rng(4)
    draws = 300
    shifts = sum(better_shift(several(rng, right, 60)) is not None for _ in range(draws))
    orders = sum(better_order(several(rng, right, 60)) is not None for _ in range(draws))
    allowed = 0.001 + 3 * math.sqrt(0.001 * 0.999 / draws)
    assert shifts / draws <= allowed and orders / draws <= allowed
    naive = sum(_best_of_many(several(rng, 0.0, 60)) for _ in range(draws)) / draws
    assert right > 0 or naive > allowed, "the twin that chooses and judges on the same rows must fail"


def _best_of_many(rows: ScoredRows) -> bool:
    """An order chosen on the rows that it is judged on."""
    from itertools import permutations

    right = float((rows.prediction == rows.target).mean())
    best = max(float((np.array(order)[rows.prediction] == rows.target).mean()) for order in permutations(range(4)))
    return best - right >= 0.1
