"""Small nets with known answers, and requests about them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from dlaudit.attributions.memory import Memory
from dlaudit.attributions.players import layout_of
from dlaudit.attributions.request import Request
from dlaudit.attributions.score import Meter
from dlaudit.data.batch import Player

Tensors = torch.Tensor | tuple[torch.Tensor, ...]


@pytest.fixture(scope="session")
def ask() -> Callable[..., Request]:
    """A request about a module whose first output is the score, one player per input unless told otherwise.

    Rows are a tensor or a tuple of them; `players` (of the first tensor) or `layout` say what moves together,
    `batch_size` how many rows go through at once.
    """

    def make(module: Any, rows: Tensors, background: Tensors, **given: Any) -> Request:
        def score(*inputs: torch.Tensor) -> torch.Tensor:
            return module(*(one.clone() for one in inputs)).flatten(1)[:, 0].double()

        several = rows if isinstance(rows, tuple) else (rows,)
        players = given.pop("players", ()) or [
            Player(name=f"x{i}", columns=(i,)) for i in range(several[0].shape[1] if several[0].dim() > 1 else 1)
        ]
        asked: dict[str, Any] = {
            "score": Meter(score),
            "rows": several,
            "background": background if isinstance(background, tuple) else (background,),
            "layout": layout_of([[one.name, one.columns] for one in players], several),
            "generator": np.random.default_rng(0),
            "module": module if isinstance(module, torch.nn.Module) else None,
            "memory": Memory(given.pop("batch_size", 4096)),
        }
        return Request(**{**asked, **given})

    return make


@pytest.fixture(scope="session")
def normal() -> Callable[..., torch.Tensor]:
    """Seeded standard normal tensors."""

    def draw(*shape: int, seed: int = 0) -> torch.Tensor:
        return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))

    return draw
