"""Names that `[explain]` may hold, checked before any work is done."""

from dlaudit.attributions import attributor_named
from dlaudit.attributions.gaps.games import decomposable, why_not
from dlaudit.attributions.libraries.layer_answers import CONCEPTS, LAYER_METHODS
from dlaudit.errors import UsageError, listed, nearest, shown
from dlaudit.spec import ExplainSpec


def check_explain(spec: ExplainSpec, task: str) -> None:
    """Refuse methods and layer methods that are not known, and metrics whose gaps cannot be split.

    Raises:
        UsageError: DLA106, with the reason or the nearest name.
    """
    if not spec.enabled:
        return
    for name in [] if isinstance(spec.methods, str) else spec.methods:
        attributor_named(name)
    layered = (*LAYER_METHODS, CONCEPTS)
    for name in spec.layers:
        method = name.partition("@")[0]
        if method not in layered:
            raise UsageError(
                "DLA106",
                f"explain.layers names {shown(method)}, which is no layer method",
                expected=f"some of {listed(layered)}, each with @NAME for a layer by its name",
                fix=f"Name another method.{nearest(method, layered)}",
            )
    known = decomposable(task)
    for name in [] if isinstance(spec.decompose, str) else spec.decompose:
        reason = why_not(name, task)
        if reason is not None:
            raise UsageError(
                "DLA106",
                f"explain.decompose names {shown(name)}, whose gap cannot be split: {reason}",
                expected=f"auto, all, or some of {listed(known, most=20)}",
                fix=f"Name another metric.{nearest(name, known)}",
            )
