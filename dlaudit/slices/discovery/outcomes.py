"""What can be worse in a slice: errors of the model, as events among the rows at risk of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Num, UInt8

LARGE_ERROR = 0.9
"""An absolute error above this quantile of all of them is a large one."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An event, in terms of the states that `states_of` gives rows."""

    name: str
    """`error`, `false_positive`, `false_negative` or `large_error`."""
    at_risk: tuple[int, ...]
    """States in which the event could happen."""
    bad: tuple[int, ...]
    """States in which it did."""

    def counts(self, states: Int[np.ndarray, "... states"]) -> tuple[Int[np.ndarray, "..."], Int[np.ndarray, "..."]]:
        """Events, and rows at risk, of counts by state."""
        return np.asarray(states[..., list(self.bad)].sum(-1)), np.asarray(states[..., list(self.at_risk)].sum(-1))


def outcomes_of(task: str) -> tuple[Outcome, ...]:
    """What is looked at: being selected is no error, and not among them."""
    if task == "binary":
        return (
            Outcome(name="error", at_risk=(0, 1, 2, 3), bad=(1, 3)),
            Outcome(name="false_positive", at_risk=(0, 1), bad=(1,)),
            Outcome(name="false_negative", at_risk=(2, 3), bad=(3,)),
        )
    return (Outcome(name="large_error" if task == "regression" else "error", at_risk=(0, 1), bad=(1,)),)


def states_of(
    task: str, target: Num[np.ndarray, "n *labels"], prediction: Num[np.ndarray, "n *labels"]
) -> UInt8[np.ndarray, " n"]:
    """State of each row: 1 where it is predicted wrong, else 0; for a binary task 2 more where its label is positive.

    Of several labels one that is wrong makes the row wrong. In a regression, wrong is an absolute error above the 90th
    percentile of all of them; rows that tie with it are not.
    """
    if task == "regression":
        error = np.abs(prediction - target)
        at = max(0, int(np.ceil(LARGE_ERROR * len(error))) - 1)
        return (error > np.sort(error)[at]).astype(np.uint8) if len(error) else np.zeros(0, dtype=np.uint8)
    wrong = target != prediction
    if wrong.ndim > 1:
        wrong = wrong.any(axis=1)
    positive = 2 * target.astype(np.uint8) if task == "binary" else np.uint8(0)
    return np.asarray(wrong + positive, dtype=np.uint8)
