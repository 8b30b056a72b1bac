"""SHAP's GradientExplainer: expected gradients, as a reference for our own."""

from typing import TYPE_CHECKING

from dlaudit.attributions.libraries.calls import called
from dlaudit.attributions.libraries.moving import Moving, moving
from dlaudit.attributions.libraries.samples import REPLICATES, from_background
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import Explanation, Request
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import torch


@attributor(
    "shap.GradientExplainer",
    needs={Capability.GRADIENTS},
    adds_up="in expectation",
    cost=lambda size: float(REPLICATES * size.steps),
)
def shap_gradient_explainer(request: Request) -> Explanation:
    """SHAP's expected gradients: gradients at random points between each row and random background rows.

    Erion et al. 2021, arXiv:1906.10670. The variances that SHAP gives are too large by about the root of the number of
    samples; standard errors here come from the spread of four runs of `steps` samples.

    Raises:
        CannotExplainError: The score has no gradient.
    """
    import torch

    with called("SHAP's GradientExplainer", request):
        from shap import GradientExplainer

        given = moving(request, torch.float32)  # SHAP makes float32 tensors of its own

        def run(row: int, seed: int) -> "tuple[torch.Tensor, ...]":
            rows = list(given.rows(slice(row, row + 1)))
            explainer = GradientExplainer(_module(given, row), list(given.background(row)))
            with torch.enable_grad():
                found = explainer.shap_values(rows, nsamples=request.steps, rseed=seed)
            several = found if isinstance(found, list) else [found]
            return tuple(torch.from_numpy(values).reshape(of.shape) for values, of in zip(several, rows, strict=True))

        return from_background(given, run)


def _module(given: Moving, row: int) -> "torch.nn.Module":
    """One row's score as a module with one output; the model, whose mode SHAP would set, is no child of it."""
    import torch

    fixed = given.fixed(slice(row, row + 1))

    class Scores(torch.nn.Module):
        def forward(self, *rows: "torch.Tensor") -> "torch.Tensor":
            own = (one.expand(len(rows[0]), *one.shape[1:]) for one in fixed)
            return given.score(*rows, *own).unsqueeze(1)

    return Scores()
