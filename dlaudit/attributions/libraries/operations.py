"""What runs beside the model for units of layers: called through Host.call."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from dlaudit.attributions.completeness import holds
from dlaudit.attributions.libraries.layers import LAYER_METHODS, UnitExplanation
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.models.host import Params
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.models.model import Model

_TRIED = 16
"""Rows that stand in for background rows where no reference is used."""


def layers(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """Contributions of units of layers to the score of every row.

    Args:
        model: The loaded model.
        params: As `Question.params`, and `layers` (`METHOD` or `METHOD@name.of.a.layer`), optionally `steps` and
            `tolerance`.
        tables: `rows` to explain and `background` rows.

    Returns:
        `layers` ({asked: {method, layer, reference, adds_up}}), `not_applicable` ([{what, reason}]), `passes` and
        `halved`; a table per entry with `values` [n, units], `completeness` [n], `change` [n] and, for Grad-CAM, `map`.
    """
    from dlaudit.attributions.beside import request_of
    from dlaudit.models.wire import tensor_table

    result: Params = {"layers": {}, "not_applicable": [], "passes": 0.0, "halved": []}
    found: dict[str, pa.Table] = {}
    for asked in params["layers"]:
        method, _, layer = asked.partition("@")
        request: Request | None = None
        try:
            _refuse_without_hooks(model)
            # generators and memory are each entry's own: their order changes nothing
            request = request_of(model, {**params, "layer": layer or None}, tables["rows"], tables["background"])
            explained = LAYER_METHODS[method](request)
            _refuse_what_misses(explained, request.tolerance)
        except CannotExplainError as error:
            result["not_applicable"].append({"what": asked, "reason": str(error)})
            continue
        finally:
            if request is not None:
                result["passes"] += getattr(request.score, "passes", 0.0)
                result["halved"] += request.memory.halved
        about = {"layer": explained.layer, "reference": explained.reference, "adds_up": explained.adds_up}
        result["layers"][asked] = {"method": method, **about}
        columns = {"values": explained.values, "completeness": explained.completeness, "change": explained.change}
        if explained.map is not None:
            columns["map"] = explained.map
        found[asked] = tensor_table(columns)
    return result, found


def concepts(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """Whether directions that tell sets of rows apart at a layer move the score.

    Args:
        model: The loaded model.
        params: As `Question.params`, optionally with `layer`.
        tables: `rows`, and `member` with columns `member` (int8 [n, k], which rows are examples of which concept),
            `fitted` (int8 [n], rows that directions are fitted to) and, where rows belong to people, `unit` (int64).

    Returns:
        `layer` and `concepts` (a dict each, of a Concept or with `reason` alone), or `reason` alone.
    """
    from dlaudit.attributions.beside import request_of
    from dlaudit.attributions.libraries.concepts import Concept, Halves
    from dlaudit.attributions.libraries.concepts import concepts as concepts_of
    from dlaudit.models.wire import ndarray_of

    try:
        _refuse_without_hooks(model)
        request = request_of(model, params, tables["rows"], tables["rows"].slice(0, _TRIED))
        member, fitted = (ndarray_of(tables["member"], name) != 0 for name in ("member", "fitted"))
        unit = ndarray_of(tables["member"], "unit") if "unit" in tables["member"].column_names else None
        layer, found = concepts_of(request, member, Halves(fitted=fitted, unit=unit))
    except CannotExplainError as error:
        return {"reason": str(error)}, {}
    told = [asdict(one) if isinstance(one, Concept) else {"reason": one} for one in found]
    return {"layer": layer, "concepts": told}, {}


def _refuse_without_hooks(model: "Model") -> None:
    missing = sorted({Capability.HOOKS, Capability.GRADIENTS} - model.capabilities)
    if missing:
        raise CannotExplainError(f"the model has no {' and no '.join(missing)}, which layer methods need")


def _refuse_what_misses(explained: UnitExplanation, tolerance: float) -> None:
    """Nothing, unless contributions that must add up do not, or are no numbers."""
    if not np.isfinite(explained.values).all():
        raise CannotExplainError("contributions of units are not finite")
    if not explained.adds_up:
        return
    plain = Explanation(values=explained.values, change=explained.change, reference=explained.reference)
    reason = holds(plain, tolerance)
    if reason is not None:
        raise CannotExplainError(
            f"{reason}; something passes by {explained.layer}, or more nodes (explain.steps) are needed"
        )
