"""Shapley values (Lundberg and Lee 2017, arXiv:1705.07874), as the shap package computes them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import frozen, one_function, scores_of

EXACT_UP_TO = 8
"""Players up to which all 2^M coalitions are evaluated."""


@attributor("shap_values")
def shap_values(request: Request) -> Explanation:
    """Shapley values of each row against the background rows: exact up to 8 features, else by permutations.

    The game of row x is v(S) = mean over background rows b of f(x on S, b elsewhere). A feature takes all its
    encoded inputs along. Contributions add up to f(x) - mean f(b); with permutations that sum is exact too,
    only the split has Monte-Carlo noise.
    """
    import torch

    if len(request.rows) > 1:
        raise CannotExplainError(f"the model takes {len(request.rows)} input tensors")
    (given,), (background,) = request.rows, request.background
    with frozen(request.module), one_function():
        fx = scores_of(request.score, request.rows, request.memory)
        expected = float(scores_of(request.score, request.background, request.memory).mean())

        def predict(rows: Shaped[np.ndarray, "m F *rest"]) -> Float[np.ndarray, " m"]:
            tensor = torch.from_numpy(rows).to(given.device, given.dtype)
            return scores_of(request.score, (tensor,), request.memory)

        masker = PlayerMasker(
            background=background.detach().cpu().numpy(),
            owner=request.layout.owner[0][0].flatten().cpu().numpy(),
            players=len(request.layout),
        )
        values, permutations = _explained(request, predict, masker)
    return Explanation(
        values=values,
        change=fx - expected,
        reference=f"the mean score of {len(background)} background rows",
        detail={"exact": permutations is None, "permutations": permutations},
    )


class PlayerMasker:
    """shap's masker over players: an absent player takes all its encoded inputs from the background rows.

    Args:
        background: Reference rows, `[b, F, …]`.
        owner: For every encoded input the number of its player.
        players: Number of players.
    """

    immutable_outputs = True
    """Every call returns an array of its own, which shap need not copy."""
    default_batch_size = 256

    def __init__(
        self, *, background: Shaped[np.ndarray, "b F *rest"], owner: Int[np.ndarray, " F"], players: int
    ) -> None:
        self._background, self._owner = background, owner
        self.shape = (len(background), players)

    def __call__(
        self, present: Bool[np.ndarray, " M"], row: Shaped[np.ndarray, "F *rest"]
    ) -> tuple[Shaped[np.ndarray, "b F *rest"]]:
        """The background rows with the present players' inputs replaced by the row's."""
        hybrids = self._background.copy()
        columns = np.asarray(present, dtype=bool)[self._owner]
        hybrids[:, columns] = row[columns]
        return (hybrids,)

    def mask_shapes(self, row: Shaped[np.ndarray, "F *rest"]) -> list[tuple[int]]:
        """The shape of a mask: one entry per player."""
        return [(self.shape[1],)]

    def invariants(self, row: Shaped[np.ndarray, "F *rest"]) -> Bool[np.ndarray, " b M"]:
        """Where a background row agrees with the row on a player, so that masking it changes nothing."""
        differs = (self._background != row).reshape(*self._background.shape[:2], -1).any(axis=2)
        same = np.ones(self.shape, dtype=bool)
        for player in range(self.shape[1]):
            same[:, player] = ~differs[:, self._owner == player].any(axis=1)
        return same


def _explained(request: Request, predict: Any, masker: PlayerMasker) -> tuple[Float[np.ndarray, " n M"], int | None]:
    """Shapley values and the number of permutations behind them, None where all coalitions were evaluated."""
    count = len(request.layout)
    rows = request.rows[0].detach().cpu().numpy()
    seed = int(request.generator.integers(2**31))
    with _quiet_and_seeded(seed), warnings.catch_warnings():
        # numba and shap warn about their own internals; what matters to us is checked as completeness
        warnings.simplefilter("ignore")
        from shap import explainers

        if count <= EXACT_UP_TO:
            found = explainers.ExactExplainer(predict, masker)(rows, max_evals=2**count, silent=True)
            return np.asarray(found.values, dtype=np.float64).reshape(len(rows), count), None
        most = max(request.evaluations, 2 * count + 1)
        explainer = explainers.PermutationExplainer(predict, masker, seed=seed)
        found = explainer(rows, max_evals=most, silent=True)
    return np.asarray(found.values, dtype=np.float64), most // (2 * count + 1)


@contextmanager
def _quiet_and_seeded(seed: int) -> Iterator[None]:
    """Numpy's global generator seeded, because shap draws from it, and put back as it was."""
    state = np.random.get_state()  # noqa: NPY002 - shap uses the global generator
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
