"""Calling another library: seeded, quiet, on rows it can take, and with its failures as reasons."""

import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import frozen, one_function, scores_of, why_no_gradient
from dlaudit.errors import DlauditError, shown

if TYPE_CHECKING:
    import torch

Score = Callable[..., "torch.Tensor"]

_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What Captum and SHAP raise on models that they were not written for."""


@dataclass(frozen=True, kw_only=True)
class Floats:
    """Rows in one floating type, and the score as a function of them."""

    score: Score
    """Takes tensors of that type and hands them to the audited score in the types that the model takes."""
    rows: "tuple[torch.Tensor, ...]"
    """Rows to explain."""
    background: "tuple[torch.Tensor, ...]"
    """Reference rows."""

    def part(self, chosen: slice) -> "tuple[torch.Tensor, ...]":
        """Fresh copies of some of the rows, for a library to do with as it likes."""
        return tuple(one[chosen].clone() for one in self.rows)


def in_floats(request: Request, dtype: "torch.dtype") -> Floats:
    """The request's rows in one floating type.

    Libraries mix their own tensors into the rows: in float32 only (SHAP), or at the price of precision (bfloat16).

    Raises:
        CannotExplainError: An input is whole numbers, between which nothing can be interpolated.
    """
    kinds = [one.dtype for one in request.rows]
    if not all(one.is_floating_point for one in kinds):
        raise CannotExplainError("an input is whole numbers (tokens or codes), between which there is nothing")

    def score(*points: "torch.Tensor") -> "torch.Tensor":
        return request.score(*(point.to(kind) for point, kind in zip(points, kinds, strict=True)))

    return Floats(
        score=score,
        rows=tuple(one.detach().to(dtype) for one in request.rows),
        background=tuple(one.detach().to(dtype) for one in request.background),
    )


def refuse_without_gradient(request: Request) -> None:
    """Nothing, where the score can be differentiated by the inputs.

    Raises:
        CannotExplainError: It cannot; the text says why.
    """
    reason = why_no_gradient(request.score, request.rows)
    if reason is not None:
        raise CannotExplainError(reason)


def mean_reference(
    request: Request, background: "tuple[torch.Tensor, ...]"
) -> "Callable[[slice], tuple[torch.Tensor, ...]]":
    """For some of the rows, the reference of each: the mean background row, with what belongs to nobody its own."""
    import torch

    # a single row, of codes perhaps, is its own mean
    mean = tuple(one if len(one) == 1 else one.mean(dim=0, keepdim=True) for one in background)
    absent = torch.zeros((1, len(request.layout)), dtype=torch.bool, device=mean[0].device)

    def of(part: slice) -> "tuple[torch.Tensor, ...]":
        rows = tuple(one[part].to(base.dtype) for one, base in zip(request.rows, mean, strict=True))
        return request.layout.take(part).mixed(rows, mean, absent)

    return of


def change_from(request: Request, reference: "Callable[[slice], tuple[torch.Tensor, ...]]") -> Float[np.ndarray, " n"]:
    """f(row) - f(its reference), float64."""

    def some(part: slice) -> Float[np.ndarray, " m"]:
        rows = reference(part)
        kinds = [one.dtype for one in request.rows]
        return scores_of(
            request.score, tuple(one.to(kind) for one, kind in zip(rows, kinds, strict=True)), request.memory
        )

    found = scores_of(request.score, request.rows, request.memory)
    return np.asarray(found - np.concatenate(request.memory.parts(request.count, some)))


@contextmanager
def called(library: str, request: Request) -> Iterator[None]:
    """A call into `library`: the model held still, global random states kept, faults turned into reasons.

    Warnings are silenced: what they say of numbers is measured here as completeness error, the rest is about the
    library itself.

    Raises:
        CannotExplainError: The library raised.
    """
    from dlaudit.models.faults import is_out_of_memory

    seed = int(request.generator.integers(2**31))
    with frozen(request.module), one_function(), global_seed(seed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (*_FAULTS, DlauditError) as fault:
            if is_out_of_memory(fault):
                raise
            told = fault.what if isinstance(fault, DlauditError) else str(fault)
            first = (told.strip() or type(fault).__name__).splitlines()[0]
            raise CannotExplainError(f"{library} fails on this model: {shown(first, limit=140)}") from fault


@contextmanager
def global_seed(seed: int) -> Iterator[None]:
    """The global generators of Python, numpy and torch seeded for a while, and as they were afterwards."""
    import torch

    kept, kept_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the libraries use the global one
    with torch.random.fork_rng():
        reseed(seed)
        try:
            yield
        finally:
            random.setstate(kept)
            np.random.set_state(kept_numpy)  # noqa: NPY002


def reseed(seed: int) -> None:
    """Seed the global generators, inside `global_seed`: once per row, so that results do not depend on batches."""
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
