"""The zoo: requests about models that Captum and SHAP get wrong, and a record of everything that must stay as it is."""

import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dlaudit.attributions.layout import Layout
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.players import layout_of
from dlaudit.attributions.request import Request
from dlaudit.attributions.score import Meter

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # SHAP makes colour maps in a way that matplotlib is about to change
    import shap  # noqa: F401 - so that tests may import it

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def _bytes(tensor: torch.Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def _of_module(module: nn.Module) -> dict[str, Any]:
    return {
        "state": {name: (_bytes(one), one._version) for name, one in module.state_dict().items()},
        "parameters": {name: (id(one), one.requires_grad, one.grad is None) for name, one in module.named_parameters()},
        "modes": [part.training for part in module.modules()],
        "kinds": [(name, type(part)) for name, part in module.named_modules()],
        "hooks": [[list(getattr(part, book)) for book in _HOOKS] for part in module.modules()],
        "attributes": [sorted(vars(part)) for part in module.modules()],
    }


def _of_tensor(tensor: torch.Tensor) -> tuple[Any, ...]:
    return _bytes(tensor), tensor.requires_grad, tensor.grad is None, tensor._version


def _of_generators() -> tuple[Any, ...]:
    # not Python's own generator: beartype, which checks types while tests run, draws from it (see test_zoo_torch)
    numpy_state = np.random.get_state()  # noqa: NPY002
    return numpy_state[1].tobytes(), numpy_state[2:], _bytes(torch.get_rng_state())


def everything(request: Request) -> tuple[Any, ...]:
    """All that a method may not change."""
    module = {} if request.module is None else _of_module(request.module)
    tensors = [_of_tensor(one) for one in (*request.rows, *request.background, *request.layout.owner)]
    settings = (
        torch.is_grad_enabled(),
        torch.backends.cudnn.enabled,
        torch.backends.mha.get_fastpath_enabled(),
        torch.get_default_dtype(),
    )
    return module, tensors, _of_generators(), settings


@contextmanager
def nothing_changes(request: Request):
    before = everything(request)
    yield
    after = everything(request)
    assert after[0] == before[0], "the user's model was changed"
    assert after[1] == before[1], "the user's tensors were changed"
    assert after[2] == before[2], "a global random state was changed"
    assert after[3] == before[3], "a switch of torch was changed"


@pytest.fixture
def normal() -> Callable[..., torch.Tensor]:
    """Seeded standard normal tensors."""

    def draw(*shape: int, seed: int = 0) -> torch.Tensor:
        return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))

    return draw


@pytest.fixture
def zoo() -> Callable[..., Request]:
    """A request about a module: rows and background (a tensor or a tuple), its output `target`, `head` around it."""

    def make(module: Any, rows: Any, background: Any, *, target: int = 0, head: Any = None, **given: Any) -> Request:
        several = rows if isinstance(rows, tuple) else (rows,)
        others = background if isinstance(background, tuple) else (background,)

        def score(*inputs: torch.Tensor) -> torch.Tensor:
            outputs = module(*(one.clone() for one in inputs)).double()
            outputs = outputs.unsqueeze(1) if outputs.dim() == 1 else outputs
            return (outputs if head is None else head(outputs))[:, target]

        layout: Layout = given.pop("layout", None) or layout_of([], several)
        asked = {
            "score": Meter(score),
            "rows": several,
            "background": others,
            "layout": layout,
            "generator": np.random.default_rng(0),
            "module": module if isinstance(module, nn.Module) else None,
            "memory": Memory(given.pop("batch_size", 4096)),
        }
        return Request(**{**asked, **given})

    return make


@pytest.fixture
def explained() -> Callable[[str, Request], Any]:
    """What a method finds, with everything that it may not change compared before and after."""
    from dlaudit.attributions import ATTRIBUTORS

    def explain(name: str, request: Request) -> Any:
        with nothing_changes(request):
            return ATTRIBUTORS.get(name).explain(request)

    return explain


@pytest.fixture
def refused() -> Callable[..., str]:
    """The reason why a method refuses, which must match; everything is compared before and after."""
    from dlaudit.attributions import ATTRIBUTORS, CannotExplainError

    def refuse(name: str, request: Request, match: str) -> str:
        with nothing_changes(request), pytest.raises(CannotExplainError, match=match) as told:
            ATTRIBUTORS.get(name).explain(request)
        return str(told.value)

    return refuse
