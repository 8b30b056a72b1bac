"""Which of two outputs speaks for the positive label."""

import pandas as pd
import pytest
import torch

import dlaudit
from dlaudit.errors import UsageError


def frame() -> pd.DataFrame:
    rows = torch.randn(60, 2, generator=torch.Generator().manual_seed(0)).numpy()
    made = pd.DataFrame({"a": rows[:, 0], "b": rows[:, 1]})
    return made.assign(y=["good" if a > 0 else "bad" for a in made.a], sex=["F", "M"] * 30)


def two_outputs(x: torch.Tensor) -> torch.Tensor:
    """The first output is that of `good`."""
    return torch.stack([4 * x[:, 0], -4 * x[:, 0]], dim=1)


def audit(**model: object) -> "dlaudit.Audit":
    settings = {f"model.{key}": value for key, value in model.items()}
    settings |= {"model.output": "logit", "explain.enabled": False, "discover.enabled": False}
    given = {"target": "y", "sensitive": ["sex"], "settings": settings}
    return dlaudit.audit(two_outputs, frame(), **given)


def accuracy(found: "dlaudit.Audit") -> float | None:
    return next(one.value for one in found.measurements if one.metric == "accuracy" and one.slice == "overall")


def test_a_positive_label_that_is_the_first_of_two_outputs_is_not_read_off_the_second() -> None:
    with pytest.raises(UsageError, match="second is read as the positive") as refused:
        audit(positive="good", classes=["good", "bad"])
    assert refused.value.code == "DLA213"


def test_twin_read_off_the_second_the_accuracy_is_turned_around() -> None:
    assert accuracy(audit(positive="good", classes=["bad", "good"])) == 0.0
    assert accuracy(audit(positive="bad", classes=["good", "bad"])) == 1.0
