"""People, a net that knows their labels, and a quick audit, for the tests of broken models."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

import dlaudit
from dlaudit.record import Audit

QUICK = {
    "discover.enabled": False,
    "explain.methods": ["integrated_gradients"],
    "explain.sample": 40,
    "explain.steps": 8,
    "explain.second_opinion": 0,
    "explain.budget": "1",
    "explain.decompose": ["mean_score"],
    "explain.rounds": 1,
    "explain.decompose_rows": 60,
}


def people(n: int = 600, classes: int = 2, scale: float = 1.0) -> pd.DataFrame:
    """Rows whose label follows from two inputs in 0..1; a third tells nothing."""
    rng = np.random.default_rng(4)
    x = rng.random((n, 3))
    noisy = x[:, 0] + 0.3 * x[:, 1] + rng.normal(0, 0.05, n)
    y = np.digitize(noisy, np.quantile(noisy, np.arange(1, classes) / classes))
    table = pd.DataFrame(x * scale, columns=["a", "b", "c"])
    return table.assign(y=y, sex=np.where(rng.random(n) < 0.4, "F", "M"))


def linear(bias: float = -0.65, gain: float = 20.0) -> nn.Module:
    """A net that knows how the label of `people` comes about."""
    net = nn.Linear(3, 1)
    with torch.no_grad():
        net.weight[:] = gain * torch.tensor([[1.0, 0.3, 0.0]])
        net.bias[:] = gain * bias
    return net


def audited(model: Any, data: Any, **settings: Any) -> Audit:
    known = {"data.features": ["a", "b", "c"], "model.output": "logit", **QUICK, **settings}
    return dlaudit.audit(model, data, target="y", sensitive=["sex"], settings=known)


def codes(audit: Audit) -> dict[str, str]:
    return {one.code: one.message for one in audit.findings}
