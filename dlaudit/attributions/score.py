"""What is explained: the audited score as a function of encoded rows, evaluated without leaving a trace."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.errors import DlauditError, shown

if TYPE_CHECKING:
    import torch

    from dlaudit.models.model import Model


def score_function(
    model: "Model", *, task: str, output: str, class_index: int = 0, classes: int | None = None
) -> "Callable[[torch.Tensor], torch.Tensor]":
    """The audited score of encoded rows, float64 `[n]`.

    Binary: the probability of the positive class. Multiclass and multilabel: the probability of class
        `class_index`. Regression: the output. The model sees a clone, so that one that works in place changes
        neither the caller's tensor nor a leaf of the gradient graph.
    """
    from dlaudit.models.forward import as_tensor, per_row
    from dlaudit.models.outputs import to_scores

    def score(rows: "torch.Tensor") -> "torch.Tensor":
        outputs = model.forward(rows.clone())
        if model.postprocess is not None:
            outputs = per_row(as_tensor(model.postprocess(outputs)), len(rows))
        scores = to_scores(outputs, task, output, classes)
        audited: torch.Tensor = scores[:, class_index if scores.shape[1] > 1 else 0]
        return audited

    return score


def decision_function(
    score: "Callable[[torch.Tensor], torch.Tensor]", threshold: float
) -> "Callable[[torch.Tensor], torch.Tensor]":
    """1 where the score reaches the threshold, else 0: the game whose gap is that of the selection rate."""

    def decision(rows: "torch.Tensor") -> "torch.Tensor":
        return (score(rows) >= threshold).double()

    return decision


def network(model: "Model") -> "torch.nn.Module | None":
    """Every module behind the model, as one; None where there is none to hold still."""
    import torch

    roots = [one for one in (model.forward, model.explain_module) if isinstance(one, torch.nn.Module)]
    return torch.nn.ModuleList(roots) if roots else None


@contextmanager
def frozen(module: "torch.nn.Module | None") -> Iterator[None]:
    """The module in evaluation mode and without parameter gradients; both as they were afterwards.

    The mode is set on every submodule rather than by `eval()`, which an exported program refuses. Recurrent
    layers have no backward pass in evaluation mode under cuDNN, so cuDNN is off where there are any.
    """
    if module is None:
        yield
        return
    import torch

    modes = [(part, part.training) for part in module.modules()]
    wanted = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
    recurrent = any(isinstance(part, torch.nn.RNNBase) for part, _ in modes)
    with ExitStack() as stack:
        if recurrent:
            stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        try:
            for part, _ in modes:
                part.training = False
            for parameter, _ in wanted:
                parameter.requires_grad_(False)
            yield
        finally:
            for parameter, requires in wanted:
                parameter.requires_grad_(requires)
            for part, training in modes:
                part.training = training


@contextmanager
def one_function() -> Iterator[None]:
    """PyTorch's fused attention off: it runs only without gradients, and differs where a mask is given."""
    import torch

    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)


def parts_of(rows: "torch.Tensor", size: int) -> "Iterator[torch.Tensor]":
    """The rows, `size` at a time."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def scores_of(
    score: "Callable[[torch.Tensor], torch.Tensor]", rows: "torch.Tensor", batch_size: int
) -> Float[np.ndarray, " n"]:
    """Scores of all rows, float64, batch by batch and without gradients."""
    import torch

    with torch.no_grad():
        parts = [score(part).detach().double().cpu().numpy() for part in parts_of(rows, batch_size)]
    return np.concatenate(parts) if parts else np.zeros(0)


def scores_with_gradients(
    score: "Callable[[torch.Tensor], torch.Tensor]", rows: "torch.Tensor", batch_size: int
) -> Float[np.ndarray, " n"]:
    """The same scores from passes that record gradients, which may take another path through the model."""
    import torch

    with torch.enable_grad():
        parts = [
            score(part.detach().clone().requires_grad_()).detach().double().cpu().numpy()
            for part in parts_of(rows, batch_size)
        ]
    return np.concatenate(parts) if parts else np.zeros(0)


def why_no_gradient(score: "Callable[[torch.Tensor], torch.Tensor]", rows: "torch.Tensor") -> str | None:
    """Why the score of these rows cannot be differentiated, or None where it can."""
    import torch

    from dlaudit.models.faults import is_out_of_memory

    if not rows.is_floating_point():
        return f"the inputs are {str(rows.dtype).removeprefix('torch.')} numbers, which have no gradient"
    trial = rows[:2].detach().clone().requires_grad_()
    with torch.enable_grad():
        try:
            value = score(trial)
            if not value.requires_grad:
                return "the score does not depend differentiably on the inputs (a step, a label, a detached part)"
            found: tuple[torch.Tensor | None, ...] = torch.autograd.grad(value.sum(), trial, allow_unused=True)
        except (RuntimeError, DlauditError) as error:
            if is_out_of_memory(error):
                raise
            return f"the pass with gradients fails: {shown(str(error).splitlines()[0], limit=120)}"
    if found[0] is None:
        return "the score does not depend on the inputs"
    return None if bool(torch.isfinite(found[0]).all()) else "the gradient of the score is not finite"
