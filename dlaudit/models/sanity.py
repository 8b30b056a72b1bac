"""What a model makes of the same rows under other common scalings, and other signs of inputs it was not made for."""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from dlaudit.errors import DlauditError
from dlaudit.models.host import Params
from dlaudit.models.inputs import encoded
from dlaudit.models.model import Model
from dlaudit.models.operations import Tables, evaluating, outputs_of
from dlaudit.models.outputs import to_scores
from dlaudit.models.sanity_names import AS_IT_IS, SCALINGS
from dlaudit.models.wire import tensor_table

MOST_COLUMNS = 256
"""Columns of a table of inputs that are shuffled one by one."""
_TINY = 1e-12

Scaling = Callable[[torch.Tensor], torch.Tensor | None]
"""None where it does not apply to inputs of that shape."""


def _standardized(x: torch.Tensor) -> torch.Tensor:
    """Each column (of images and series each channel) with mean 0 and deviation 1 over these rows."""
    axes = tuple(axis for axis in range(x.dim()) if axis != 1)
    return (x - x.mean(axes, keepdim=True)) / x.std(axes, keepdim=True, correction=0).clamp_min(_TINY)


def _spread(x: torch.Tensor) -> torch.Tensor:
    """Each column (channel) from 0 to 1 over these rows."""
    axes = tuple(axis for axis in range(x.dim()) if axis != 1)
    least, most = x.amin(axes, keepdim=True), x.amax(axes, keepdim=True)
    return (x - least) / (most - least).clamp_min(_TINY)


def _colours_turned(x: torch.Tensor) -> torch.Tensor | None:
    """Pictures of three channels with the channels in reverse order."""
    if x.dim() != 4 or 3 not in (x.shape[1], x.shape[3]):
        return None
    return x.flip(1 if x.shape[1] == 3 else 3)


def _turned(axis: int) -> Scaling:
    """Series and spectrograms in reverse order along an axis, which may be time."""
    return lambda x: x.flip(axis) if x.dim() == 3 and x.shape[axis] > 1 else None


SCALED: dict[str, Scaling] = dict(
    zip(
        SCALINGS,
        (
            lambda x: x,
            lambda x: x / 255,
            lambda x: x * 255,
            lambda x: (x - 0.5) / 0.5,
            lambda x: (x + 1) / 2,
            _standardized,
            _spread,
            _colours_turned,
            _turned(1),
            _turned(2),
        ),
        strict=True,
    )
)
"""Each scaling's function."""


def look_over(model: Model, params: Params, tables: Tables) -> tuple[Params, Tables]:
    """Scores under every scaling, and what the inputs look like to the model.

    Args:
        model: The loaded model.
        params: `task`, `output`, `classes` as of `score`, `batch_size`, and whether to try `scalings`.
        tables: `inputs`: some rows.

    Returns:
        `least` and `most` of the decimal inputs (None without any); `batch_norm`, None or the first such layer's
        `shift` (the median channel: distance of its mean from the running one, in running deviations), `spread` (the
        median channel's deviation over the running one) and `untrained` (running statistics as they begin); `dead`
        and `constant`, columns of a table of inputs that change no score, or have one value. Table `scores` with a
        column per scaling, float64 `[n, k]`, NaN where a scaling does not apply.
    """
    inputs = encoded(model, tables["inputs"])
    decimal = [part for part in inputs if part.is_floating_point()]
    with evaluating(model), torch.inference_mode():
        seen = _FirstNorm()
        with seen:
            plain = _scores(model, params, inputs)
        columns = {AS_IT_IS: plain.numpy()}
        for name, scaling in SCALED.items() if decimal and params["scalings"] else ():
            if name != AS_IT_IS:
                columns[name] = _tried(model, params, _given(inputs, scaling), plain).numpy()
        dead, constant = _idle_columns(model, params, inputs, plain)
    result: Params = {
        "least": min((float(one.min()) for one in decimal), default=None),
        "most": max((float(one.max()) for one in decimal), default=None),
        "batch_norm": seen.found,
        "dead": dead,
        "constant": constant,
    }
    return result, {"scores": tensor_table({f"scaling {at}": scores for at, scores in enumerate(columns.values())})}


def _scores(model: Model, params: Params, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
    size, rows = int(params["batch_size"]), int(inputs[0].shape[0])
    parts = [
        to_scores(
            outputs_of(model, tuple(one[start : start + size] for one in inputs)),
            params["task"],
            params["output"],
            params.get("classes"),
        ).cpu()
        for start in range(0, rows, size)
    ]
    return torch.cat(parts).double()


def _given(inputs: tuple[torch.Tensor, ...], scaling: Scaling) -> tuple[torch.Tensor, ...] | None:
    """The inputs with those changed that the scaling applies to; None where it applies to none."""
    made = [scaling(one) if one.is_floating_point() else None for one in inputs]
    if all(one is None for one in made):
        return None
    return tuple(one if other is None else other for one, other in zip(inputs, made, strict=True))


def _tried(model: Model, params: Params, inputs: tuple[torch.Tensor, ...] | None, plain: torch.Tensor) -> torch.Tensor:
    """Scores of inputs that nobody promised would work; NaN where the model refuses them, or there are none."""
    if inputs is None:
        return torch.full_like(plain, torch.nan)
    try:
        return _scores(model, params, inputs)
    except DlauditError:
        return torch.full_like(plain, torch.nan)


def _idle_columns(
    model: Model, params: Params, inputs: tuple[torch.Tensor, ...], plain: torch.Tensor
) -> tuple[list[int], list[int]]:
    """Columns whose values, handed on by one row, leave every score as it is; and columns of one value."""
    table = inputs[0]
    if len(inputs) != 1 or table.dim() != 2 or not table.is_floating_point() or table.shape[1] > MOST_COLUMNS:
        return [], []
    constant = [at for at in range(table.shape[1]) if bool((table[:, at] == table[0, at]).all())]
    dead = []
    for at in range(table.shape[1]):
        if at in constant:
            continue
        changed = table.clone()
        changed[:, at] = table[:, at].roll(len(table) // 3 + 1)
        if torch.equal(_tried(model, params, (changed,), plain), plain):
            dead.append(at)
    return dead, constant


class _FirstNorm(TorchDispatchMode):  # type: ignore[no-untyped-call] # torch leaves it untyped
    """Watches for the first batch normalisation: what comes in against the statistics that it has kept."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # torch leaves it untyped
        self.found: dict[str, Any] | None = None

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self.found is None and "batch_norm" in str(func) and len(args) >= 5:
            given, mean, variance = args[0], args[3], args[4]
            if isinstance(mean, torch.Tensor) and isinstance(variance, torch.Tensor) and given.dim() >= 2:
                self.found = _against_running(given, mean, variance)
        return func(*args, **(kwargs or {}))


def _against_running(given: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor) -> dict[str, Any]:
    axes = tuple(axis for axis in range(given.dim()) if axis != 1)
    deviation = variance.double().clamp_min(_TINY).sqrt()
    shift = ((given.double().mean(axes) - mean.double()) / deviation).abs()
    ratio = given.double().std(axes, correction=0) / deviation
    return {
        "shift": min(float(shift.median()), 1e30),
        "spread": min(float(ratio.median()), 1e30),
        "untrained": bool((mean == 0).all() and (variance == 1).all()),
    }
