"""A model that is given two embeddings and says whether they are of one person."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import dlaudit
from dlaudit.record import Audit


class SamePerson(nn.Module):
    """More than 0 where two embeddings lie near each other."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.limit = nn.Parameter(torch.tensor(limit))

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """The logit."""
        return self.limit - ((a - b) ** 2).mean(dim=1)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Audit, np.ndarray[Any, Any], pd.DataFrame]:
    folder: Path = tmp_path_factory.mktemp("model")
    rng = np.random.default_rng(9)
    centre = 2 * rng.normal(size=(20, 5))
    vectors = np.concatenate([centre, centre]) + 0.8 * rng.normal(size=(40, 5))
    np.save(folder / "vectors.npy", vectors)
    table = pd.DataFrame({"who": [f"p{at}" for at in range(20)] * 2, "sex": (["F", "M"] * 10) * 2})
    table.to_csv(folder / "samples.csv", index=False)
    audit = dlaudit.audit(
        model=SamePerson(3.0),
        data=str(folder / "samples.csv"),
        sensitive=["sex"],
        settings={
            "pairs.identity": "who", "pairs.embeddings": str(folder / "vectors.npy"), "model.threshold": 0.5,
            "model.output": "logit", "metrics.report": ["false_positive_rate", "false_negative_rate"],
        },
    )  # fmt: skip
    return audit, vectors.astype(np.float32), table


def test_the_model_is_given_both_embeddings_as_they_are(
    audited: tuple[Audit, np.ndarray[Any, Any], pd.DataFrame],
) -> None:
    audit, vectors, table = audited
    first, second = np.triu_indices(40, 1)
    match = ((vectors[first] - vectors[second]) ** 2).mean(axis=1) <= 3.0
    sex = table["sex"].to_numpy()
    mated = first % 20 == second % 20
    for metric, kind, wrong in (("false_positive_rate", ~mated, match), ("false_negative_rate", mated, ~match)):
        for level in ("F", "M"):
            inside = (sex[first] == level) & (sex[second] == level) & kind
            found = next(o for o in audit.measurements if (o.metric, o.slice) == (metric, f"sex={level}"))
            assert (found.numerator, found.denominator) == (int(wrong[inside].sum()), int(inside.sum()))
    assert audit.data.modality == "pairs"


def test_that_embeddings_are_not_explained_is_said(audited: tuple[Audit, np.ndarray[Any, Any], pd.DataFrame]) -> None:
    audit = audited[0]
    assert audit.attributions == []
    told = {one.what: one.reason for one in audit.not_applicable}
    assert "mean nothing to a reader" in told["attributions"]
