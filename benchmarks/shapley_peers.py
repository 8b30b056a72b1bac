"""What SHAP and Captum take and miss for the same Shapley values."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from shapley_cases import Case, cpu


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a method took and missed."""

    name: str
    rows: int
    seconds: float
    """CPU seconds per row."""
    error: float


def missed(found: np.ndarray, truth: np.ndarray) -> float:
    """Median over rows of the error's length relative to the values'."""
    known = truth[: len(found)]
    return float(np.median(np.linalg.norm(found - known, axis=1) / np.linalg.norm(known, axis=1)))


def kernel_explainer(
    case: Case,
    references: torch.Tensor,
    evaluations: int,
    truth: np.ndarray,
    rows: int,
    selection: "str | bool" = False,
) -> Measured:
    """SHAP's regression on coalitions; `selection` is its `l1_reg`, a choice of features before the regression."""
    from shap import KernelExplainer

    explainer = KernelExplainer(_numpy(case), references.numpy(), silent=True)
    found: list[np.ndarray] = []

    def once() -> None:
        given = case.rows[:rows].numpy()
        found.append(explainer.shap_values(given, nsamples=evaluations, l1_reg=selection, silent=True))

    np.random.seed(0)  # noqa: NPY002 - shap draws from it
    seconds = cpu(once) / rows
    name = f"shap.KernelExplainer, l1_reg={selection!r}"
    return Measured(name=name, rows=rows, seconds=seconds, error=missed(found[0], truth))


def permutation_explainer(case: Case, references: torch.Tensor, times: int, truth: np.ndarray, rows: int) -> Measured:
    """SHAP's random orders, walked both ways."""
    from shap import PermutationExplainer
    from shap.maskers import Independent

    explainer = PermutationExplainer(_numpy(case), Independent(references.numpy(), max_samples=len(references)), seed=0)
    given = case.rows[:rows].numpy()
    explainer(given[:2], max_evals=times * (2 * given.shape[1] + 1), silent=True)  # compiles
    found: list[np.ndarray] = []

    def once() -> None:
        evaluations = times * (2 * given.shape[1] + 1)
        found.append(explainer(given, max_evals=evaluations, silent=True).values)

    seconds = cpu(once) / rows
    name = f"shap.PermutationExplainer, {times} orders"
    return Measured(name=name, rows=rows, seconds=seconds, error=missed(found[0], truth))


def captum_kernel(case: Case, references: torch.Tensor, evaluations: int, truth: np.ndarray, rows: int) -> Measured:
    """Captum's KernelShap, which takes one row at a time."""
    from captum.attr import KernelShap

    torch.manual_seed(0)
    explainer, found = KernelShap(case.model), []

    def once() -> None:
        for at in range(rows):
            given = explainer.attribute(
                case.rows[at : at + 1], references, target=1, feature_mask=_mask(case), n_samples=evaluations
            )
            found.append(_by_player(case, given))

    seconds = cpu(once) / rows
    return Measured(name="captum.KernelShap", rows=rows, seconds=seconds, error=missed(np.stack(found), truth))


def captum_sampling(case: Case, references: torch.Tensor, orders: int, truth: np.ndarray, rows: int) -> Measured:
    """Captum's ShapleyValueSampling, all rows at once."""
    from captum.attr import ShapleyValueSampling

    torch.manual_seed(0)
    explainer, found = ShapleyValueSampling(case.model), []

    def once() -> None:
        given = explainer.attribute(case.rows[:rows], references, target=1, feature_mask=_mask(case), n_samples=orders)
        found.append(np.stack([_by_player(case, one[None]) for one in given]))

    seconds = cpu(once) / rows
    name = f"captum.ShapleyValueSampling, {orders} orders"
    return Measured(name=name, rows=rows, seconds=seconds, error=missed(found[0], truth))


def _numpy(case: Case) -> Callable[[np.ndarray], np.ndarray]:
    def predict(rows: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return np.asarray(case.model(torch.from_numpy(rows).float())[:, 1].double().numpy())

    return predict


def _mask(case: Case) -> torch.Tensor:
    """Captum's form of the layout: the number of every element's player."""
    return case.layout.owner[0].expand(1, *case.rows.shape[1:]).clone()


def _by_player(case: Case, given: torch.Tensor) -> np.ndarray:
    """Captum repeats a player's value on all its elements: the value of one."""
    flat, mask = given.flatten().double().numpy(), _mask(case).flatten().numpy()
    return flat[[int(np.flatnonzero(mask == player)[0]) for player in range(len(case.layout))]]
