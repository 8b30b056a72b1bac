"""Findings on calibration, other thresholds and doubts: told where planted, silent without."""

from dlaudit.findings import find
from dlaudit.record import (
    Audit,
    Calibration,
    DataInfo,
    Disparity,
    Estimate,
    ModelInfo,
    Provenance,
    Sensitivity,
    Slice,
    ThresholdSweep,
)

WHERES = [{}, {"sex": "F"}, {"sex": "M"}]
SLICES = [
    Slice(
        id=" & ".join(f"{k}={v}" for k, v in where.items()) or "overall",
        by=sorted(where),
        where=where,
        n=500,
        share=0.5,
        kind="group" if where else "overall",
    )
    for where in WHERES
]


def audit(**given):
    return Audit(
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(format="pt2", threshold=0.5),
        data=DataInfo(rows=1000, scored=1000, sensitive=["sex"], target="y"),
        slices=SLICES,
        **given,
    )


def told(code, **given):
    return [one for one in find(audit(**given)).findings if one.code == code]


def calibration(name, value, low, output="1"):
    error = Estimate(value=value, low=low, high=value + 0.01, n=500)
    return Calibration(slice=name, output=output, bins=[], squared_error=error)


def test_scores_that_are_off_are_told_once_for_every_output_with_their_slices():
    (found,) = told(
        "DLA455",
        calibrations=[
            calibration("overall", 0.004, 0.0),
            calibration("sex=F", 0.0121, 0.0049),
            calibration("sex=M", 0.002, 0.0001),
        ],
    )
    assert found.severity == "warning"
    assert "sex=F" in found.message and "2 of 3 slices" in found.message
    assert "0.11" in found.message and "0.07 to" in found.message
    assert found.evidence["slices"] == ["sex=F", "sex=M"]


def test_scores_that_chance_explains_are_not_told_and_a_small_error_is_a_note():
    assert told("DLA455", calibrations=[calibration("overall", 0.01, 0.0), calibration("sex=F", -0.01, -0.01)]) == []
    (found,) = told("DLA455", calibrations=[calibration("overall", 0.002, 0.0001)])
    assert found.severity == "note"


def sweep(value, critical, metric="true_positive_rate"):
    largest = Estimate(value=value, low=0.0, high=1.0, n=900)
    return ThresholdSweep(
        metric=metric,
        output="1",
        by=["sex"],
        largest=largest,
        threshold=0.7,
        worst="sex=F",
        reference="sex=M",
        critical=critical,
    )


def gap(low, metric="true_positive_rate"):
    return Disparity(
        id=f"{metric}.difference by sex",
        metric=metric,
        kind="difference",
        by=["sex"],
        value=0.2,
        low=low,
        high=0.3,
        worst="sex=F",
        reference="sex=M",
        slices=["sex=F", "sex=M"],
    )


def test_a_gap_beyond_chance_at_another_threshold_is_told_unless_the_audited_one_is():
    (found,) = told("DLA456", sweeps=[sweep(0.3, 0.2)], disparities=[gap(0.0)])
    assert "0.7" in found.message and "sex=F" in found.message and "one of 20 samples" in found.message
    assert told("DLA456", sweeps=[sweep(0.3, 0.2)], disparities=[gap(0.05)]) == []
    assert told("DLA456", sweeps=[sweep(0.2, 0.3)], disparities=[gap(0.0)]) == []


def doubt(kind, low, share=0.03):
    return Sensitivity(
        metric="true_positive_rate", by=["sex"], kind=kind, share=share, observed=0.2, low=low, high=0.4, overturns=0.02
    )


def test_a_gap_that_a_doubt_could_close_is_told_with_every_such_doubt():
    doubts = [doubt("slice_labels", 0.1), doubt("target_labels", 0.0), doubt("unknown_slice", 0.0, 0.08)]
    (found,) = told("DLA457", disparities=[gap(0.05)], sensitivity=doubts)
    assert "3 % of wrong labels" in found.message and "8 % of rows of unknown level" in found.message
    assert "wrong slices" not in found.message


def test_a_gap_that_chance_explains_needs_no_doubt():
    assert told("DLA457", disparities=[gap(0.0)], sensitivity=[doubt("target_labels", 0.0)]) == []
    assert told("DLA457", disparities=[gap(0.05)], sensitivity=[doubt("target_labels", 0.01)]) == []


def test_calibration_in_the_large_that_differs_between_slices_is_a_gap_like_any_other():
    (found,) = told("DLA450", disparities=[gap(0.05, metric="calibration_in_the_large")])
    assert found.subject == "calibration_in_the_large.difference by sex"
