"""A model's forward pass as everything else calls it: one tensor out, faults in plain words."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from dlaudit.errors import DlauditError, ModelRefused, Place
from dlaudit.models.faults import described, forward_failed, is_out_of_memory
from dlaudit.models.model import Model


class Forward(nn.Module):
    """The target's outputs as a tensor with one entry per row.

    Args:
        target: The model; a module becomes a child, so that its mode can be set from here.
        place: The model file, for messages.
        code: The user's code file, for messages.
        keep_raw: Hand the outputs on as they are, because the user's `postprocess` reads them.
    """

    def __init__(
        self, target: Callable[..., Any], *, place: Place, code: Path | None = None, keep_raw: bool = False
    ) -> None:
        super().__init__()
        self.target = target
        self.place, self.code, self.keep_raw = place, code, keep_raw
        self.names: tuple[str, ...] = ()
        """Keywords of the inputs, once `preprocess` has returned a dict; empty for inputs by position."""

    def forward(self, *inputs: Any) -> Any:
        """The outputs.

        Raises:
            ModelRefused: The model raised, or its outputs are no tensor of these rows (DLA211).
        """
        outputs = self._outputs(inputs)
        if self.keep_raw:
            return outputs
        rows = int(inputs[0].shape[0]) if inputs else None
        return per_row(as_tensor(outputs, self.place), rows, self.place)

    def _outputs(self, inputs: tuple[Any, ...]) -> Any:
        try:
            if len(self.names) == len(inputs) > 0:
                return self.target(**dict(zip(self.names, inputs, strict=True)))
            return self.target(*inputs)
        except DlauditError:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            if is_out_of_memory(error):
                raise
            raise forward_failed(error, [described(one) for one in inputs], self.place, self.code) from error


def guarded(model: Model, place: Place) -> Model:
    """The model with its forward pass behind a `Forward`."""
    code = Path(model.code.path) if model.code is not None else None
    keep_raw = model.postprocess is not None
    return replace(model, forward=Forward(model.forward, place=place, code=code, keep_raw=keep_raw))


def modules_of(model: Model) -> list[nn.Module]:
    """Every submodule that the forward pass or the explanations run."""
    roots = [one for one in (model.forward, model.explain_module) if isinstance(one, nn.Module)]
    return list({id(part): part for root in roots for part in root.modules()}.values())


def leave_training_mode(model: Model) -> None:
    """Put every submodule in evaluation mode; one by one, since an exported program refuses `eval()`."""
    for part in modules_of(model):
        part.training = False


def as_tensor(outputs: Any, place: Place | None = None) -> torch.Tensor:
    """The tensor among a model's outputs: itself, `logits` of a Hugging Face output, or the first one of several.

    Raises:
        ModelRefused: There is none (DLA211).
    """
    if isinstance(outputs, torch.Tensor):
        return outputs
    if isinstance(outputs, np.ndarray):
        return torch.from_numpy(outputs)
    if isinstance(outputs, Mapping):
        candidates = [outputs["logits"]] if "logits" in outputs else list(outputs.values())
    elif isinstance(getattr(outputs, "logits", None), torch.Tensor):
        candidates = [outputs.logits]
    else:
        candidates = list(outputs) if isinstance(outputs, tuple | list) else []
    for candidate in candidates:
        if isinstance(candidate, torch.Tensor):
            return candidate
    raise ModelRefused(
        "DLA211",
        f"the model returned {described(outputs)}",
        expected="a tensor [rows] or [rows, outputs]",
        place=place,
        fix="Let forward() return a tensor, or add a `postprocess` to the code file.",
    )


def per_row(outputs: torch.Tensor, rows: int | None, place: Place | None = None) -> torch.Tensor:
    """The outputs with their leading axis of `rows`, which `squeeze()` takes from a single row.

    Raises:
        ModelRefused: Another number of rows (DLA211).
    """
    if rows == 1 and (outputs.dim() == 0 or (outputs.dim() == 1 and outputs.shape[0] != 1)):
        outputs = outputs.unsqueeze(0)
    if rows is not None and (outputs.dim() == 0 or outputs.shape[0] != rows):
        raise ModelRefused(
            "DLA211",
            f"the model returned outputs of shape {list(outputs.shape)} for {rows} rows",
            expected="one entry per row on the first axis",
            place=place,
            fix="Let forward() keep the rows on the first axis.",
        )
    return outputs
