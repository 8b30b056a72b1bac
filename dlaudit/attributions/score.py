"""What is explained: the audited score as a function of encoded rows, evaluated without leaving a trace."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.layer_kinds import is_a
from dlaudit.attributions.memory import Memory
from dlaudit.errors import DlauditError, shown

if TYPE_CHECKING:
    import torch

    from dlaudit.models.model import Model


class Meter:
    """A score function that counts the rows which went through it.

    Args:
        score: Input tensors `[n, …]` to scores.
    """

    def __init__(self, score: "Callable[..., torch.Tensor]") -> None:
        self._score = score
        self.forward = 0
        """Rows of passes without gradients."""
        self.backward = 0
        """Rows of passes with gradients."""

    def __call__(self, *rows: "torch.Tensor") -> "torch.Tensor":
        """The scores of these rows."""
        found = self._score(*rows)
        # not whether the rows want gradients: those of tokens go to what their embeddings return
        self.count(len(rows[0]), gradients=found.requires_grad)
        return found

    def count(self, rows: int, *, gradients: bool) -> None:
        """Rows that went through the model or a copy of it."""
        if gradients:
            self.backward += rows
        else:
            self.forward += rows

    @property
    def passes(self) -> float:
        """Rows that went through, in forward-and-backward passes: a forward pass alone counts a third."""
        return self.backward + self.forward / 3


def scores_function(
    model: "Model", *, task: str, output: str, classes: int | None = None
) -> "Callable[..., torch.Tensor]":
    """All scores of encoded rows, float64 `[n, k]`, as `to_scores` reads them.

    The model sees clones, so that one that works in place changes neither the caller's tensors nor a leaf of the
    gradient graph.
    """
    from dlaudit.models.forward import as_tensor, per_row
    from dlaudit.models.outputs import to_scores

    def scores(*rows: "torch.Tensor") -> "torch.Tensor":
        outputs = model.forward(*(one.clone() for one in rows))
        if model.postprocess is not None:
            outputs = per_row(as_tensor(model.postprocess(outputs)), len(rows[0]))
        return to_scores(outputs, task, output, classes)

    return scores


def score_function(
    model: "Model", *, task: str, output: str, class_index: int = 0, classes: int | None = None
) -> "Callable[..., torch.Tensor]":
    """The audited score of encoded rows, float64 `[n]`.

    Binary: the probability of the positive class. Multiclass and multilabel: the probability of class
        `class_index`. Regression: the output.
    """
    scores = scores_function(model, task=task, output=output, classes=classes)

    def score(*rows: "torch.Tensor") -> "torch.Tensor":
        found = scores(*rows)
        audited: torch.Tensor = found[:, class_index if found.shape[1] > 1 else 0]
        return audited

    return score


def network(model: "Model") -> "torch.nn.Module | None":
    """Every module behind the model, as one; None where there is none to hold still.

    The program of an exported model is among them, although it hides from its wrapper's children.
    """
    import torch

    from dlaudit.models.callables import Frozen

    roots = [one for one in (model.forward, model.explain_module) if isinstance(one, torch.nn.Module)]
    hidden = [part.function for root in roots for part in root.modules() if isinstance(part, Frozen)]
    roots += [one for one in hidden if isinstance(one, torch.nn.Module)]
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
    recurrent = any(is_a(part, "RNNBase") for part, _ in modes)
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


def scores_of(
    score: "Callable[..., torch.Tensor]", rows: "tuple[torch.Tensor, ...]", memory: Memory
) -> Float[np.ndarray, "n *k"]:
    """Scores of all rows, float64, part by part and without gradients."""
    import torch

    def some(part: slice) -> Float[np.ndarray, "m *k"]:
        with torch.no_grad():
            return np.asarray(score(*(one[part] for one in rows)).detach().double().cpu().numpy())

    parts = memory.parts(len(rows[0]), some)
    return np.concatenate(parts) if parts else np.zeros(0)


def scores_with_gradients(
    score: "Callable[..., torch.Tensor]", rows: "tuple[torch.Tensor, ...]", memory: Memory
) -> Float[np.ndarray, " n"]:
    """The same scores from passes that record gradients, which may take another path through the model."""
    import torch

    def some(part: slice) -> Float[np.ndarray, " m"]:
        with torch.enable_grad():
            return np.asarray(score(*leaves(one[part] for one in rows)).detach().double().cpu().numpy())

    parts = memory.parts(len(rows[0]), some)
    return np.concatenate(parts) if parts else np.zeros(0)


def leaves(rows: "Iterable[torch.Tensor]") -> "tuple[torch.Tensor, ...]":
    """Copies of the tensors as leaves of a gradient graph, where they are floating."""
    copies = [one.detach().clone() for one in rows]
    return tuple(one.requires_grad_() if one.is_floating_point() else one for one in copies)


def why_no_gradient(score: "Callable[..., torch.Tensor]", rows: "tuple[torch.Tensor, ...]") -> str | None:
    """Why the score of these rows cannot be differentiated by their floating inputs, or None where it can."""
    import torch

    from dlaudit.models.faults import is_out_of_memory

    trial = leaves(one[:2] for one in rows)
    floating = [one for one in trial if one.requires_grad]
    if not floating:
        kinds = sorted({str(one.dtype).removeprefix("torch.") for one in rows})
        return f"the inputs are {' and '.join(kinds)} numbers, which have no gradient"
    with torch.enable_grad():
        try:
            value = score(*trial)
            if not value.requires_grad:
                return "the score does not depend differentiably on the inputs (a step, a label, a detached part)"
            found: tuple[torch.Tensor | None, ...] = torch.autograd.grad(value.sum(), floating, allow_unused=True)
        except (RuntimeError, DlauditError) as error:
            if is_out_of_memory(error):
                raise
            return f"the pass with gradients fails: {shown(str(error).splitlines()[0], limit=120)}"
    known = [one for one in found if one is not None]
    if not known:
        return "the score does not depend on the inputs"
    finite = all(bool(torch.isfinite(one).all()) for one in known)
    return None if finite else "the gradient of the score is not finite"
