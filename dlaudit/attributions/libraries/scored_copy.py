"""The audited score as one module that a library may hook and write into: a copy of the model and a head.

The score is what is explained, probability and all, so the head must be part of the module; and it must be made of
layers (`nn.Sigmoid`), because rules that hang on layers do not see functions. Which head it is gets recognised by what
it computes: the one with which the copy gives the audited scores.
"""

import copy
from typing import TYPE_CHECKING

import torch
from torch import nn

from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import Meter
from dlaudit.errors import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRIED = 16
"""Rows (and as many background rows) on which heads are told apart."""
_SAME = 1e-5
"""Largest difference of scores that counts as rounding."""
_BOOKS = ("_backward_hooks", "_backward_pre_hooks")


class Column(nn.Module):
    """One of the outputs, float64 `[n, 1]`.

    Args:
        at: Its place.
    """

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def forward(self, outputs: torch.Tensor) -> torch.Tensor:
        """The output, rows kept."""
        return _table(outputs)[:, self.at : self.at + 1]


class Difference(nn.Module):
    """The second output minus the first, float64 `[n, 1]`: what a softmax of two is the sigmoid of."""

    def forward(self, outputs: torch.Tensor) -> torch.Tensor:
        """The difference, rows kept."""
        table = _table(outputs)
        return table[:, 1:2] - table[:, 0:1]


class Table(nn.Module):
    """All outputs, float64 `[n, k]`."""

    def forward(self, outputs: torch.Tensor) -> torch.Tensor:
        """The outputs, rows kept."""
        return _table(outputs)


class Scored(nn.Module):
    """The audited score `[n, 1]`, float64, of rows in any floating type.

    Args:
        body: A copy of the model.
        head: From its outputs to the score.
        kinds: Types of the inputs that the model takes.
        counted: Told how many rows went through, and whether with gradients; a plain function, which is not copied
            where a library copies the module.
    """

    def __init__(
        self,
        body: nn.Module,
        head: nn.Module,
        kinds: tuple[torch.dtype, ...],
        counted: "Callable[[int, bool], None]" = lambda rows, gradients: None,
    ) -> None:
        super().__init__()
        self.body, self.head, self.kinds, self.counted = body, head, kinds, counted

    def forward(self, *rows: torch.Tensor) -> torch.Tensor:
        """The scores."""
        given = (row.to(kind) for row, kind in zip(rows, self.kinds, strict=True))
        # clones, as a model that works in place would change the library's own tensors
        scored: torch.Tensor = self.head(self.body(*(one.clone() for one in given)))
        self.counted(len(rows[0]), scored.requires_grad)
        return scored


def scored_copy(request: Request) -> Scored:
    """A copy of the model whose output is the audited score; call it inside `called`, where the model holds still.

    In the copy layers work out of place, compiled parts are the modules they were made of, and backward hooks of the
    user's are gone: each of these keeps the libraries' rules from being applied.

    Raises:
        CannotExplainError: There is no module, or it cannot be copied, or hooks see nothing in it, or the score is no
            plain function of its outputs.
    """
    body = _Called(copied_module(request), request)
    kinds = tuple(one.dtype for one in request.rows)
    trial = [torch.cat([a[:_TRIED], b[:_TRIED]]) for a, b in zip(request.rows, request.background, strict=True)]
    with torch.no_grad():
        outputs = _table(body(*(one.clone() for one in trial)))
        wanted = request.score(*trial).double().reshape(-1, 1)
        for head in _heads(outputs.shape[1], outputs, wanted):
            if torch.allclose(head(outputs), wanted, rtol=_SAME, atol=_SAME):
                return Scored(body, head, kinds, _counter(request))
    raise CannotExplainError(
        "the audited score is no plain function (an output, its sigmoid or softmax) of what the module returns"
    )


def _counter(request: Request) -> "Callable[[int, bool], None]":
    """What counts rows that go through the copy as if they went through the model."""
    meter = request.score

    def counted(rows: int, gradients: bool) -> None:
        if isinstance(meter, Meter):
            meter.count(rows, gradients=gradients)

    return counted


def copied_module(request: Request) -> nn.Module:
    """A deep copy of the module that runs when the model does.

    Raises:
        CannotExplainError: There is none, it cannot be copied, or hooks see nothing in it.
    """
    module = request.model.explain_module if request.model is not None else request.module
    if module is None:
        raise CannotExplainError("the model has no layers that can be watched (a program or a plain function)")
    if any(isinstance(part, torch.jit.ScriptModule) for part in module.modules()):
        raise CannotExplainError("the model is a TorchScript program, in which hooks on layers see nothing")
    try:
        made = copy.deepcopy(_eager(module))
    except (RuntimeError, TypeError, NotImplementedError, AttributeError) as fault:
        raise CannotExplainError(f"the model cannot be copied ({type(fault).__name__})") from fault
    for name, part in list(made.named_modules()):
        _plain(made, name, part)
    return made


def _eager(module: nn.Module) -> nn.Module:
    """The module that torch.compile was given, or the module itself."""
    original = getattr(module, "_orig_mod", module)
    assert isinstance(original, nn.Module)
    return original


def _plain(whole: nn.Module, name: str, part: nn.Module) -> None:
    """The part made so that hooks on it see what it does."""
    if _eager(part) is not part:
        parent, _, last = name.rpartition(".")
        setattr(whole.get_submodule(parent), last, _eager(part))
        part = _eager(part)
    if getattr(part, "inplace", False) is True:
        object.__setattr__(part, "inplace", False)
    part._compiled_call_impl = None
    for book in _BOOKS:
        getattr(part, book, {}).clear()


class _Called(nn.Module):
    """The copy, called as the model is: by position or by the names that `preprocess` gave."""

    def __init__(self, module: nn.Module, request: Request) -> None:
        super().__init__()
        from dlaudit.models.forward import Forward

        self.target = Forward(module, place=Place())
        self.target.names = getattr(request.model.forward, "names", ()) if request.model is not None else ()

    def forward(self, *rows: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.target(*rows)
        return outputs


def _heads(width: int, outputs: torch.Tensor, wanted: torch.Tensor) -> "Iterator[nn.Module]":
    """The ways in which a score can be made of `width` outputs, those that could fit first."""
    probability = torch.softmax(outputs, dim=1)
    for at in range(width):
        if torch.allclose(outputs[:, at : at + 1], wanted, rtol=_SAME, atol=_SAME):
            yield Column(at)
        if torch.allclose(torch.sigmoid(outputs[:, at : at + 1]), wanted, rtol=_SAME, atol=_SAME):
            yield nn.Sequential(Column(at), nn.Sigmoid())
    if width == 2:
        yield nn.Sequential(Difference(), nn.Sigmoid())
    for at in range(width):
        if torch.allclose(probability[:, at : at + 1], wanted, rtol=_SAME, atol=_SAME):
            yield nn.Sequential(Table(), nn.Softmax(dim=1), Column(at))


def _table(outputs: torch.Tensor) -> torch.Tensor:
    """The outputs as float64 `[n, k]`."""
    return (outputs.unsqueeze(1) if outputs.dim() == 1 else outputs.flatten(1)).double()
