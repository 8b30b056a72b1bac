"""A causal language model as one that chooses: the log-likelihood of each option after its prompt."""

from dataclasses import replace
from typing import Any

import torch
from torch import nn

from dlaudit.errors import ModelRefused, Place
from dlaudit.models.eager import opened_module
from dlaudit.models.forward import as_tensor
from dlaudit.models.model import Capability
from dlaudit.models.request import LoadRequest, Opened
from dlaudit.spec.choices import IDS, WEIGHTS

NUMBERS_AT_ONCE = 2**25
"""Outputs (texts x tokens x vocabulary) of one pass through the language model at most: 128 MiB."""
LOOK = 4
"""Tokens of the text on which it is seen whether the model looks ahead."""
SAME = 1e-3
"""How far outputs may move by rounding."""


class OptionLikelihood(nn.Module):
    """Log-likelihoods of options, `[n, options]`, as a language model gives them.

    Texts are padded on the right only: a causal model does not see what stands behind a token, so that no mask is
    needed and padding may have any code.

    Args:
        module: The language model: codes [texts, tokens] to logits [texts, tokens, vocabulary].
        place: Its folder, for messages.
    """

    def __init__(self, module: nn.Module, place: Place) -> None:
        super().__init__()
        self.module = module
        self.place = place

    def forward(self, *given: Any, **named: Any) -> torch.Tensor:
        """The weighted sum of the log-likelihoods of the tokens of each option.

        Raises:
            ModelRefused: DLA204, it is given something other than options.
        """
        ids, weights = self._options(given, named)
        rows, options, tokens = ids.shape
        flat, counts = ids.reshape(-1, tokens), weights.reshape(-1, tokens)
        step = max(1, NUMBERS_AT_ONCE // max(1, tokens * self._vocabulary()))
        parts = [self._sums(flat[at : at + step], counts[at : at + step]) for at in range(0, len(flat), step)]
        return torch.cat(parts).reshape(rows, options) if parts else weights.sum(dim=-1)

    def _sums(self, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        last = int((weights != 0).any(dim=0).nonzero().max()) + 1 if bool((weights != 0).any()) else 1
        ids, weights = ids[:, :last], weights[:, :last]
        logits = as_tensor(self.module(input_ids=ids, use_cache=False), self.place)
        # the outputs at one token tell how likely the next one is
        rows, at = (weights[:, 1:] != 0).nonzero(as_tuple=True)
        told = logits[rows, at].float()
        chosen = told.gather(1, ids[rows, at + 1][:, None])[:, 0]
        each = (chosen - told.logsumexp(dim=1)) * weights[rows, at + 1]
        return torch.zeros(len(ids), dtype=each.dtype, device=each.device).index_add(0, rows, each)

    def _options(self, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
        if set(named) == {IDS, WEIGHTS} and not given:
            return named[IDS], named[WEIGHTS]
        if len(given) == 2 and not named and given[0].dim() == given[1].dim() == 3:
            return given[0], given[1]
        raise ModelRefused(
            "DLA204",
            "the folder holds a language model, which says how texts go on: it is no classifier of what it was given",
            expected="a prompt and its options",
            place=self.place,
            fix="Name the columns of the options: [input.choices] options = [...] (docs/modalities/tasks.md).",
        )

    def _vocabulary(self) -> int:
        config = getattr(self.module, "config", None)
        return int(getattr(config, "vocab_size", 0) or 1)


def opened_language_model(module: nn.Module, loading: str, request: LoadRequest) -> Opened:
    """The language model as one that scores options. It has no gradients: its inputs are codes.

    Raises:
        ModelRefused: DLA204, what it says of a token depends on what stands behind it.
    """
    opened = opened_module(module, loading, request.device)
    _refuse_looking_ahead(module, request)
    scorer = OptionLikelihood(module, request.place)
    return replace(
        opened,
        forward=scorer,
        explain_module=None,
        capabilities=frozenset({Capability.DYNAMIC_BATCH}),
        width=None,
        layer=None,
        outputs=None,
    )


def _refuse_looking_ahead(module: nn.Module, request: LoadRequest) -> None:
    """Nothing, if outputs do not move when a later token changes, as of a language model they must not."""
    ids = torch.zeros((2, LOOK), dtype=torch.int64, device=request.device)
    ids[1, -1] = 1
    with torch.no_grad():
        first, second = as_tensor(module(input_ids=ids, use_cache=False), request.place)[:, : LOOK - 1].float()
    if torch.allclose(first, second, rtol=SAME, atol=SAME):
        return
    raise ModelRefused(
        "DLA204",
        "the model looks ahead: what it says of a token changes with the ones behind it",
        expected="a causal language model, whose outputs at a token rest on the tokens before it",
        place=request.place,
        fix="Give a model that was trained to continue texts, as GPT-2 or Llama.",
    )
