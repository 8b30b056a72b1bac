"""The whole pipeline on made-up people whose true rates are known; benchmarks/gate_end_to_end.py is the long one."""

import numpy as np
import pandas as pd
import pytest
import torch

import dlaudit

SETS = 25
RULES = ("selection_rate.difference by slice <= 0.1", "selection_rate.ratio by slice >= 0.8")
ROWS = [900, 300, 60, 12]


def outcomes(rates: list[float], seed: int, **settings: object) -> list[str]:
    rng, found = np.random.default_rng(seed), []
    place = np.repeat(np.arange(len(ROWS)), ROWS)
    for _ in range(SETS):
        selected = rng.random(len(place)) < np.array(rates)[place]
        frame = pd.DataFrame(
            {
                "slice": [f"s{at}" for at in place],
                "label": (rng.random(len(place)) < 0.4).astype(int),
                "score": np.where(selected, 0.9, 0.1),
                "w": rng.lognormal(0, 0.5, len(place)),
            }
        )
        frame = frame if settings else frame.drop(columns="w")
        asked = {"metrics.report": ["selection_rate"], **settings}
        audit = dlaudit.audit(data=frame, target="label", sensitive="slice", scores="score", settings=asked)
        found += [check.outcome for check in dlaudit.judge(audit, dlaudit.Policy.from_rules(*RULES)).checks]
    return found


def most(alpha: float, checks: int) -> float:
    return checks * alpha + 3 * (checks * alpha * (1 - alpha)) ** 0.5


@pytest.mark.parametrize("settings", [{}, {"data.weight": "w"}])
def test_equal_slices_fail_no_oftener_than_alpha_says(settings: dict[str, object]) -> None:
    assert outcomes([0.3] * 4, 0, **settings).count("fail") <= most(0.05, 2 * SETS)


def test_a_gap_on_the_limits_is_neither_failed_nor_passed_oftener_than_alpha_says() -> None:
    found = outcomes([0.4, 0.5, 0.45, 0.4], 1)
    assert max(found.count("fail"), found.count("pass")) <= most(0.05, 2 * SETS)


def test_a_wide_gap_is_found_and_never_passed() -> None:
    found = outcomes([0.3, 0.6, 0.3, 0.3], 2)
    assert found.count("pass") == 0 and found.count("fail") >= 0.9 * len(found)


def test_a_score_that_is_no_number_leaves_every_rule_undecided() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"x": np.r_[9.0, rng.random(3999)], "slice": ["a", "b"] * 2000, "label": rng.integers(0, 2, 4000)}
    )
    settings = {"model.output": "probability", "explain.enabled": False}

    def model(rows: torch.Tensor) -> torch.Tensor:
        return torch.where(rows > 1, torch.nan, rows)

    audit = dlaudit.audit(model, frame, target="label", sensitive="slice", settings=settings)
    rules = (*RULES, "auc by slice >= 0.1", "mean_score.difference by slice <= 0.9")
    assert {check.outcome for check in dlaudit.judge(audit, dlaudit.Policy.from_rules(*rules)).checks} == {"undecided"}
