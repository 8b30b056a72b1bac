"""A number of each row that is measured as it stands: Dice scores of images, bias scores of answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from jaxtyping import Float, Int

import dlaudit
from dlaudit.errors import UsageError
from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.values import MEDIAN, TENTH, percentile, percentile_interval
from dlaudit.record import Audit, Measurement
from dlaudit.spec import Policy, Rule, load_config
from dlaudit.stats.intervals import cluster_wilson


def rows_of(values: Float[np.ndarray, " n"], unit: Int[np.ndarray, " n"] | None = None) -> ScoredRows:
    return ScoredRows(
        atom=np.zeros(len(values), dtype=np.int64), target=values, score=values[:, None], prediction=values,
        unit=unit, task="regression",
    )  # fmt: skip


def images(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    sex = rng.choice(["F", "M"], rows)
    dice = np.clip(rng.beta(9, 2, rows) - 0.05 * (sex == "F"), 0, 1)
    return pd.DataFrame({"image": [f"{at}.png" for at in range(rows)], "sex": sex, "dice": dice})


def audit(frame: pd.DataFrame, **settings: Any) -> Audit:
    return dlaudit.audit(data=frame, sensitive="sex", settings={"metrics.values": "dice", **settings})


def found(one: Audit, metric: str, slice_id: str) -> Measurement:
    return next(m for m in one.measurements if (m.metric, m.slice) == (metric, slice_id))


def test_mean_median_and_tenth_percentile_are_measured_by_slice() -> None:
    frame = images()
    made = audit(frame)
    for level, own in frame.groupby("sex")["dice"]:
        assert found(made, "mean_value", f"sex={level}").value == pytest.approx(own.mean())
        ordered = np.sort(own.to_numpy())
        for metric, share in (("median_value", 0.5), ("tenth_percentile", 0.1)):
            expected = np.quantile(ordered, share, method="inverted_cdf")
            assert found(made, metric, f"sex={level}").value == pytest.approx(expected)
    assert {one.metric for one in made.measurements} == {"mean_value", "median_value", "tenth_percentile"}
    assert {one.metric for one in made.disparities} >= {"tenth_percentile"}


def test_a_rule_may_ask_for_a_floor_of_the_worst_tenth() -> None:
    rule = {"metric": "tenth_percentile", "by": "sex", "min": 0.9}
    verdict = dlaudit.judge(audit(images()), Policy(rules=[Rule.model_validate(rule)]))
    assert verdict.outcome == "fail"


def test_what_is_asked_for_by_name_is_measured_instead() -> None:
    made = audit(images(), **{"metrics.report": ["median_value"]})
    assert {one.metric for one in made.measurements} == {"median_value"}


@pytest.mark.parametrize("more", [{"scores": ["other"]}, {"model": {"path": "net.pt"}}, {"pairs": {"identity": "who"}}])
def test_a_model_or_scores_beside_values_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"metrics\.values measures a column as it stands"):
        load_config(None, {"metrics": {"values": "dice"}, **more})


@pytest.mark.parametrize("share", [MEDIAN, TENTH])
def test_intervals_from_ranks_cover_whatever_the_distribution(share: float) -> None:
    rng = np.random.default_rng(11)
    true = float(-np.log(1 - share)) ** 3  # of an exponential, cubed: far from normal
    inside = 0
    for _ in range(600):
        ends = percentile_interval(rows_of(rng.exponential(size=60) ** 3), share, 0.95)
        inside += (ends.low is None or ends.low <= true) and (ends.high is None or true <= ends.high)
    assert inside / 600 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 600)


def test_intervals_of_patients_with_several_images_allow_for_that() -> None:
    rng = np.random.default_rng(12)
    covered = alone = 0
    for _ in range(300):
        unit = np.repeat(np.arange(40), 8)
        values = rng.normal(size=40)[unit] + 0.3 * rng.normal(size=320)
        ends, naive = (percentile_interval(rows_of(values, one), MEDIAN, 0.95) for one in (unit, None))
        assert ends.low is not None and ends.high is not None and naive.low is not None and naive.high is not None
        covered += ends.low <= 0 <= ends.high
        alone += naive.low <= 0 <= naive.high
    assert covered / 300 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300) - 0.01
    assert alone / 300 < 0.8  # the twin: 320 images of 40 patients are no 320 patients


@pytest.mark.parametrize("patients", [10, 40])
def test_the_worst_tenth_of_images_of_few_patients_is_covered(patients: int) -> None:
    rng = np.random.default_rng(13)
    covered = by_estimate = 0
    for _ in range(200):
        unit = np.repeat(np.arange(patients), 8)
        values = np.sqrt(0.5) * (rng.normal(size=patients)[unit] + rng.normal(size=len(unit)))
        ends = percentile_interval(rows_of(values, unit), TENTH, 0.95)
        covered += (ends.low is None or ends.low <= NORMAL_TENTH) and (ends.high is None or ends.high >= NORMAL_TENTH)
        by_estimate += woodruff_holds(values, unit)
    assert covered / 200 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)
    assert by_estimate / 200 < 0.95 - 0.03  # the twin: the spread is that of the estimate, which is too low when it is


NORMAL_TENTH = -1.2815515655446004


def woodruff_holds(values: Float[np.ndarray, " n"], unit: Int[np.ndarray, " n"]) -> bool:
    """Woodruff's interval (1952): the share below is given the spread that it has at the estimate."""
    below = (values <= percentile(values, TENTH)).astype(np.float64)
    variance, units = between_units((below - below.mean()) / len(below), unit)
    limits = cluster_wilson(TENTH, variance, units)
    return percentile(values, float(limits.low)) <= NORMAL_TENTH <= percentile(values, float(limits.high))


def test_images_of_few_patients_leave_an_end_open_and_one_patient_both() -> None:
    unit = np.repeat(np.arange(10), 3)
    ends = percentile_interval(rows_of(np.arange(30.0), unit), TENTH, 0.95)
    assert ends.low is None and ends.high is not None and ends.method == "percentile_by_units"
    assert percentile_interval(rows_of(np.arange(30.0), np.zeros(30, dtype=np.int64)), MEDIAN, 0.95).method is None
    alike = percentile_interval(rows_of(np.zeros(400), np.repeat(np.arange(100), 4)), MEDIAN, 0.95)
    assert (alike.low, alike.high) == (0.0, 0.0)


def test_an_end_without_enough_rows_is_unbounded() -> None:
    ends = percentile_interval(rows_of(np.arange(12.0)), TENTH, 0.95)
    assert ends.low is None and ends.high is not None
    assert percentile(np.arange(1.0, 11.0), TENTH) == 1.0
