"""Captum's methods on gradients at, or along a path to, the inputs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlaudit.attributions.libraries.calls import called, reseed
from dlaudit.attributions.libraries.gathering import elements_by, explanation_of
from dlaudit.attributions.libraries.moving import Moving, moving
from dlaudit.attributions.libraries.samples import REPLICATES, from_background
from dlaudit.attributions.paths.slope import cost_of_trial, refuse_false_gradient
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import Explanation, Request
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import torch


@attributor("captum.IntegratedGradients", needs={Capability.GRADIENTS}, cost=lambda size: float(size.steps))
def captum_integrated_gradients(request: Request) -> Explanation:
    """Captum's Integrated Gradients from the mean background row, with the same number of nodes for every row.

    Sundararajan, Taly and Yan 2017, arXiv:1703.01365. Gauss-Legendre nodes; the sum of the contributions approaches
    f(row) - f(reference) as nodes are added. Codes are explained through the vectors that embeddings return for them.

    Raises:
        CannotExplainError: The score has no gradient.
    """
    with called("Captum's IntegratedGradients", request):
        from captum.attr import IntegratedGradients

        given = _double(request)
        method = IntegratedGradients(given.score)

        def some(part: slice) -> "tuple[torch.Tensor, ...]":
            # a pass holds at most memory.rows rows: Captum then goes node by node
            options = {"n_steps": request.steps, "internal_batch_size": request.memory.rows}
            found = method.attribute(
                given.rows(part), given.means(part), additional_forward_args=given.fixed(part) or None, **options
            )
            return given.elements(found)

        return explanation_of(
            request,
            elements_by(request, some),
            change=given.change(given.means),
            reference=given.lifted.reference,
            detail={"steps": request.steps},
        )


@attributor("captum.Saliency", needs={Capability.GRADIENTS}, adds_up="no", cost=lambda size: 1.0 + cost_of_trial(size))
def captum_saliency(request: Request) -> Explanation:
    """The gradient of the score at each row, with its sign (Captum's own default drops it).

    Simonyan, Vedaldi and Zisserman 2014, arXiv:1312.6034. A slope, not a share of the score: it does not add up to
    anything, and is 0 wherever the model saturates.

    Raises:
        CannotExplainError: The score has no gradient.
    """
    from captum.attr import Saliency

    return _at_rows(request, "Saliency", lambda score: Saliency(score), {"abs": False})


@attributor(
    "captum.InputXGradient", needs={Capability.GRADIENTS}, adds_up="no", cost=lambda size: 1.0 + cost_of_trial(size)
)
def captum_input_x_gradient(request: Request) -> Explanation:
    """The gradient of the score at each row times the row, as Captum has it: the reference is an all-zero row.

    Shrikumar, Greenside and Kundaje 2017, arXiv:1605.01713. Adds up for a linear score only.

    Raises:
        CannotExplainError: The score has no gradient.
    """
    from captum.attr import InputXGradient

    return _at_rows(request, "InputXGradient", lambda score: InputXGradient(score), {})


@attributor(
    "captum.GradientShap",
    needs={Capability.GRADIENTS},
    adds_up="in expectation",
    cost=lambda size: float(REPLICATES * size.steps),
)
def captum_gradient_shap(request: Request) -> Explanation:
    """Captum's expected gradients: gradients at random points between each row and random background rows.

    Erion et al. 2021, arXiv:1906.10670. Captum takes 5 samples unless told otherwise, which is mostly noise; here each
    value comes from four runs of `steps` samples, whose spread gives its standard error.

    Raises:
        CannotExplainError: The score has no gradient.
    """
    with called("Captum's GradientShap", request):
        from captum.attr import GradientShap

        given = _double(request)
        method = GradientShap(given.score)

        def run(row: int, seed: int) -> "tuple[torch.Tensor, ...]":
            reseed(seed)  # Captum draws from the global generators of numpy and of torch
            part = slice(row, row + 1)
            options = {"n_samples": request.steps, "additional_forward_args": given.fixed(part) or None}
            found: tuple[torch.Tensor, ...] = method.attribute(given.rows(part), given.background(row), **options)
            return found

        return from_background(given, run)


def _at_rows(request: Request, name: str, made: Callable[[Any], Any], options: dict[str, Any]) -> Explanation:
    """What a method that looks at the rows alone finds, measured against an all-zero row."""
    with called(f"Captum's {name}", request):
        given = _double(request)
        refuse_false_gradient(request)
        method = made(given.score)

        def some(part: slice) -> "tuple[torch.Tensor, ...]":
            fixed = given.fixed(part) or None
            return given.elements(method.attribute(given.rows(part), additional_forward_args=fixed, **options))

        return explanation_of(
            request, elements_by(request, some), change=given.change(given.zeros), reference="an all-zero row"
        )


def _double(request: Request) -> Moving:
    import torch

    return moving(request, torch.float64)
