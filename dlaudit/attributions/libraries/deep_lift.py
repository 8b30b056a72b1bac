"""DeepLift (Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685), as Captum and SHAP compute it.

Both hang rules on layers of the model, and SHAP leaves parameters behind in it. They are given a copy, after every
operation in it was found to have a rule.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from dlaudit.attributions.libraries.calls import called, change_from, in_floats, mean_reference, refuse_without_gradient
from dlaudit.attributions.libraries.gathering import elements_by, explanation_of
from dlaudit.attributions.libraries.samples import against_background
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import Explanation, Request
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.libraries.calls import Floats
    from dlaudit.attributions.libraries.scored_copy import Scored

_NEEDS = {Capability.GRADIENTS, Capability.HOOKS}


@attributor("captum.DeepLift", needs=_NEEDS, cost=lambda size: 4.0)
def captum_deep_lift(request: Request) -> Explanation:
    """Captum's DeepLift from the mean background row: differences passed back layer by layer.

    Raises:
        CannotExplainError: An operation of the model has no rule in Captum, or hooks see nothing.
    """
    with called("Captum's DeepLift", request):
        refuse_without_gradient(request)
        from captum.attr import DeepLift

        floats, scored = _checked(request, "Captum", one_reference=True)
        reference = mean_reference(request, floats.background)

        def some(part: slice) -> "tuple[torch.Tensor, ...]":
            return tuple(DeepLift(scored).attribute(floats.part(part), baselines=reference(part), target=0))

        return explanation_of(
            request,
            elements_by(request, some, each=2),
            change=change_from(request, reference),
            reference=f"the mean of {len(request.background[0])} background rows",
        )


@attributor("captum.DeepLiftShap", needs=_NEEDS, cost=lambda size: 4.0 * size.background)
def captum_deep_lift_shap(request: Request) -> Explanation:
    """Captum's DeepLift averaged over all background rows as references.

    Raises:
        CannotExplainError: An operation of the model has no rule in Captum, or hooks see nothing.
    """
    with called("Captum's DeepLiftShap", request):
        refuse_without_gradient(request)
        from captum.attr import DeepLiftShap

        floats, scored = _checked(request, "Captum", one_reference=False)
        method = DeepLiftShap(scored)

        def one(row: "tuple[torch.Tensor, ...]", references: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
            return tuple(method.attribute(row, baselines=references, target=0))

        return _row_by_row(request, floats, one)


@attributor("shap.DeepExplainer", needs=_NEEDS, cost=lambda size: 4.0 * size.background)
def shap_deep_explainer(request: Request) -> Explanation:
    """SHAP's DeepLift averaged over all background rows as references.

    SHAP's own check of additivity allows 0.01 whatever the score's scale, and is commonly switched off; here what the
    contributions miss is measured for every row.

    Raises:
        CannotExplainError: An operation of the model has no rule in SHAP, or hooks see nothing.
    """
    import torch

    with called("SHAP's DeepExplainer", request):
        refuse_without_gradient(request)
        from shap import DeepExplainer

        floats, scored = _checked(request, "SHAP", one_reference=False)

        def one(row: "tuple[torch.Tensor, ...]", references: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
            with torch.enable_grad():
                found = DeepExplainer(scored, list(references)).shap_values(list(row), check_additivity=False)
            several = found if isinstance(found, list) else [found]
            return tuple(torch.from_numpy(values).reshape(of.shape) for values, of in zip(several, row, strict=True))

        return _row_by_row(request, floats, one)


def _checked(request: Request, library: str, *, one_reference: bool) -> "tuple[Floats, Scored]":
    """The rows and the copied model, once nothing in it makes the library's rules wrong."""
    import torch

    from dlaudit.attributions.libraries.hazards import CAPTUM_RULES, SHAP_RULES, Rules, refuse_unruled
    from dlaudit.attributions.libraries.scored_copy import scored_copy

    captum = library == "Captum"
    floats = in_floats(request, torch.float64 if captum else torch.float32)
    scored = scored_copy(request)
    used = tuple(one.mean(dim=0) if one_reference else one for one in floats.background)
    zero = not any(bool(one.any()) for one in used)
    rules = Rules(library=library, layers=CAPTUM_RULES if captum else SHAP_RULES, pools_any_reference=not captum)
    refuse_unruled(scored, tuple(one[:2] for one in floats.rows), rules, zero_reference=zero)
    return floats, scored


def _row_by_row(
    request: Request,
    floats: "Floats",
    one: "Callable[[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]], tuple[torch.Tensor, ...]]",
) -> Explanation:
    """Contributions of each row against the background rows, in which what belongs to nobody is the row's own."""
    import torch

    size = len(floats.background[0])
    absent = torch.zeros((1, len(request.layout)), dtype=torch.bool, device=floats.rows[0].device)

    def some(part: slice) -> "tuple[torch.Tensor, ...]":
        found = []
        for at in range(request.count)[part]:
            row = floats.part(slice(at, at + 1))
            own = tuple(tensor.expand(size, *tensor.shape[1:]) for tensor in row)
            references = request.layout.take(slice(at, at + 1)).mixed(own, floats.background, absent)
            found.append(one(row, references))
        return tuple(torch.cat(several) for several in zip(*found, strict=True))

    return explanation_of(
        request,
        elements_by(request, some, each=2 * size),
        change=against_background(request),
        reference=f"the mean score of {size} background rows",
    )
