"""Contributions as SHAP's own object, for its plots."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Shaped

if TYPE_CHECKING:
    import shap


def shap_object(
    values: Float[np.ndarray, "n M"],
    base_values: Float[np.ndarray, " n"],
    names: Sequence[str],
    *,
    data: Float[np.ndarray, "n M"] | None,
    display_data: Shaped[np.ndarray, "n M"] | None,
) -> "shap.Explanation":
    """A `shap.Explanation` of some rows.

    Args:
        values: Contributions.
        base_values: Scores of the references, to which the contributions are added.
        names: Names of the players.
        data: Inputs as numbers; None where they are not known.
        display_data: Inputs as a reader knows them; None where they are not known.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that SHAP imports
        import shap

    given: dict[str, Any] = {"data": data, "display_data": display_data, "feature_names": list(names)}
    found: shap.Explanation = shap.Explanation(values=values, base_values=base_values, **given)
    return found
