"""Whether the direction that tells a slice apart inside the model moves the score (TCAV; Kim et al. 2018,
arXiv:1711.11279), with Captum beside the model.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool

from dlaudit.probes.registry import probe
from dlaudit.probes.request import CannotProbeError, ProbeRequest
from dlaudit.record.explained import ProbeResult
from dlaudit.record.measured import Slice
from dlaudit.stats.multiplicity import holm

NAME = "captum.TCAV"
CONCEPTS = "dlaudit.attributions.libraries.operations:concepts"
MOST_ROWS = 2_000
"""Rows looked at, at most: directions settle long before, and Captum keeps their activations in files."""
_Z = 1.959963984540054
_NUMBERS = ("accuracy", "accuracy_error", "effect", "effect_error", "positive", "control_effect", "p")


@probe(NAME)
def concepts(request: ProbeRequest) -> list[ProbeResult]:
    """How the score changes along the direction that tells a slice from the other rows at a layer.

    Asked for by `captum.TCAV` (or `captum.TCAV@name.of.a.layer`) in `explain.layers`; nothing otherwise. The concepts
    are the slices of single features. `value` is the mean change of the score for a step of one standard deviation,
    with a 95 % interval over people that takes the direction as it is. `detail` holds how well the direction tells the
    slice apart on rows it was not fitted to (`accuracy`, 0.5 is chance), the share of rows whose score rises along it,
    the spread of the same figure over directions fitted to random sets of rows, and `p`, the share of those with at
    least as large a change, also after Holm's correction over slices and layers (`p_holm`). `found` is whether the
    direction tells the slice apart better than chance and `p_holm` is at most 0.05.

    Raises:
        CannotProbeError: The rows are encoded beside the model, or it has no layers that can be watched.
    """
    layers = [one.partition("@")[2] for one in request.layers if one.partition("@")[0] == NAME]
    if not layers:
        return []
    if request.columns is None or request.host is None or request.question is None:
        raise CannotProbeError("the rows are encoded beside the model, or there is no model")
    named = [
        at for at, one in enumerate(request.slices) if one.kind == "group" and len(one.by) == 1 and not one.unknown
    ]
    chosen = _rows(request)
    results = [
        found
        for layer in layers
        for found in _at_layer(request, [request.slices[at] for at in named], chosen, request.member[named], layer)
    ]
    return _corrected(results)


def _rows(request: ProbeRequest) -> Bool[np.ndarray, "2 n"]:
    """Rows that directions are fitted to, and rows that they are looked at on: halves of a random few, with all rows of
    a person in one half. A direction would recognise the people that it was fitted to.
    """
    count = request.member.shape[1]
    generator = np.random.default_rng([request.seed, *NAME.encode()])
    order = generator.permutation(count)[:MOST_ROWS]
    person = np.arange(len(order))
    if request.unit is not None:
        person = generator.permutation(len(order))[np.unique(request.unit[order], return_inverse=True)[1].reshape(-1)]
    chosen = np.zeros((2, count), dtype=bool)
    chosen[0, order[person % 2 == 0]] = True
    chosen[1, order[person % 2 == 1]] = True
    return chosen


def _at_layer(
    request: ProbeRequest,
    slices: Sequence[Slice],
    chosen: Bool[np.ndarray, "2 n"],
    member: Bool[np.ndarray, "k n"],
    layer: str,
) -> list[ProbeResult]:
    from dlaudit.models.wire import tensor_table

    assert request.host is not None and request.question is not None and request.columns is not None
    at = chosen.any(axis=0)
    about = {"member": member[:, at].T.astype(np.int8), "fitted": chosen[0, at].astype(np.int8)}
    if request.unit is not None:
        about["unit"] = request.unit[at].astype(np.int64)
    tables = {"rows": tensor_table({"inputs": request.columns[at]}), "member": tensor_table(about)}
    params = {**request.question, "seed": request.seed, "layer": layer or None}
    result, _ = request.host.call(CONCEPTS, params, tables)
    if "reason" in result:
        raise CannotProbeError(str(result["reason"]))
    several = zip(slices, _concepts(result, len(slices)), strict=True)
    return [_result(one, found, str(result["layer"])) for one, found in several if "reason" not in found]


def _concepts(result: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """What the reply says of each concept, each number finite."""
    from dlaudit.models.replies import forged, number_of

    found = result["concepts"]
    if not isinstance(found, list) or len(found) != count or not all(isinstance(one, dict) for one in found):
        raise forged("concepts of another form")
    known: list[dict[str, Any]] = []
    for one in found:
        if "reason" in one:
            known.append({"reason": str(one["reason"])})
            continue
        numbers = {name: number_of(one, name) for name in _NUMBERS}
        if None in numbers.values():
            raise forged("a concept without numbers")
        known.append(numbers)
    return known


def _result(slice_: Slice, found: Mapping[str, float], layer: str) -> ProbeResult:
    reach = _Z * found["effect_error"]
    return ProbeResult(
        probe=NAME,
        subject=f"{slice_.id} at {layer}",
        value=found["effect"],
        low=found["effect"] - reach,
        high=found["effect"] + reach,
        detail={
            "slice": slice_.id,
            "layer": layer,
            "accuracy": found["accuracy"],
            "accuracy_low": found["accuracy"] - _Z * found["accuracy_error"],
            "accuracy_high": found["accuracy"] + _Z * found["accuracy_error"],
            "positive": found["positive"],
            "control_effect": found["control_effect"],
            "p": found["p"],
        },
    )


def _corrected(results: list[ProbeResult]) -> list[ProbeResult]:
    """The results with p values corrected over all of them, and whether each is found."""
    if not results:
        return []
    corrected = holm(np.array([one.detail["p"] for one in results]))
    return [
        one.model_copy(
            update={
                "detail": {
                    **one.detail,
                    "p_holm": float(p),
                    "found": bool(p <= 0.05 and one.detail["accuracy_low"] > 0.5),
                }
            }
        )
        for one, p in zip(results, corrected, strict=True)
    ]
