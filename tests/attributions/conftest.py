"""Small nets with known answers, and requests about them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from dlaudit.attributions.request import Request
from dlaudit.data.batch import Player


@pytest.fixture
def ask() -> Callable[..., Request]:
    """A request about a module whose first output is the score, one player per input unless told otherwise."""

    def make(module: Any, rows: torch.Tensor, background: torch.Tensor, **given: Any) -> Request:
        def score(x: torch.Tensor) -> torch.Tensor:
            return module(x.clone()).flatten(1)[:, 0].double()

        asked: dict[str, Any] = {
            "score": score,
            "rows": rows,
            "background": background,
            "players": tuple(Player(name=f"x{i}", columns=(i,)) for i in range(rows.shape[1])),
            "generator": np.random.default_rng(0),
            "module": module if isinstance(module, torch.nn.Module) else None,
        }
        return Request(**{**asked, **given})

    return make


@pytest.fixture
def normal() -> Callable[..., torch.Tensor]:
    """Seeded standard normal tensors."""

    def draw(*shape: int, seed: int = 0) -> torch.Tensor:
        return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))

    return draw
