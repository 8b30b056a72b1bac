"""An audit.json whose histograms, calibrations, sweeps or bounds contradict themselves is refused."""

import pytest

from dlaudit.record import (
    Audit,
    Calibration,
    CalibrationBin,
    DataInfo,
    Disparity,
    Estimate,
    ModelInfo,
    Provenance,
    ScoreHistogram,
    Sensitivity,
    Slice,
    Spread,
    ThresholdSweep,
)
from dlaudit.record.coherent import contradiction

SLICES = [
    Slice(id="overall", by=[], where={}, n=10, share=1.0, kind="overall"),
    Slice(id="g=a", by=["g"], where={"g": "a"}, n=6, share=0.6, kind="group"),
    Slice(id="g=b", by=["g"], where={"g": "b"}, n=4, share=0.4, kind="group"),
]
HISTOGRAM = {"slice": "g=a", "output": "1", "edges": [0.0, 0.5, 1.0], "positive": [1, 2], "negative": [3, 0]}
BIN = {
    "low": 0.0,
    "high": 0.5,
    "n": 4,
    "mean_score": 0.2,
    "rate": Estimate(value=0.25, low=0.05, high=0.7, n=4, numerator=1, denominator=4),
}
CALIBRATION = {
    "slice": "g=a",
    "output": "1",
    "bins": [CalibrationBin(**BIN)],
    "squared_error": Estimate(value=0.01, low=0.0, high=0.2, n=4),
}
SWEEP = {
    "metric": "selection_rate",
    "output": "1",
    "by": ["g"],
    "largest": Estimate(value=0.3, low=0.1, high=0.9, n=10),
    "threshold": 0.5,
    "worst": "g=a",
    "reference": "g=b",
    "critical": 0.4,
}
DOUBT = {
    "metric": "selection_rate",
    "by": ["g"],
    "kind": "slice_labels",
    "share": 0.03,
    "observed": 0.3,
    "low": 0.2,
    "high": 0.4,
    "overturns": 0.3,
}
SPREAD = {"noise_mean": 0.1, "noise_95": 0.2, "shrunken": 0.05, "between_sd": 0.0}


def gap(spread, **given):
    known = {"id": "gap", "metric": "m", "kind": "difference", "by": ["g"], "value": 0.3, "slices": ["g=a", "g=b"]}
    return Disparity(**{**known, **given}, spread=Spread(**{**SPREAD, **spread}))


def fault(**given):
    audit = Audit(
        provenance=Provenance(dlaudit="0", python="3"), model=ModelInfo(), data=DataInfo(), slices=SLICES, **given
    )
    return contradiction(audit, None)


def test_records_that_hang_together_are_taken():
    assert (
        fault(
            histograms=[ScoreHistogram(**HISTOGRAM)],
            calibrations=[Calibration(**CALIBRATION)],
            sweeps=[ThresholdSweep(**SWEEP)],
            sensitivity=[Sensitivity(**DOUBT)],
            disparities=[gap({})],
        )
        is None
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"slice": "g=c"}, "no slice"),
        ({"edges": [0.0, 0.5, 0.5]}, "do not ascend"),
        ({"edges": [1.0, 0.5, 0.0]}, "do not ascend"),
        ({"edges": []}, "do not ascend"),
        ({"edges": [0.0, 1.0]}, "other numbers of bins"),
        ({"positive": [1]}, "other numbers of bins"),
        ({"positive": [-1, 2]}, "fewer than no rows"),
        ({"positive": [5, 2]}, "more rows than the slice"),
    ],
)
def test_a_histogram_that_no_rows_have_is_refused(changed, said):
    assert said in fault(histograms=[ScoreHistogram(**{**HISTOGRAM, **changed})])


def test_a_histogram_or_calibration_of_one_slice_twice_is_refused():
    assert "twice" in fault(histograms=[ScoreHistogram(**HISTOGRAM)] * 2)
    assert "twice" in fault(calibrations=[Calibration(**CALIBRATION)] * 2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"low": 0.6}, "do not ascend"),
        ({"low": -1.0}, "do not ascend"),
        ({"high": 1.5}, "do not ascend"),
        ({"n": -1}, "other rows"),
        ({"n": 7}, "other rows"),
        ({"mean_score": 0.9}, "outside its bin"),
        ({"rate": Estimate(value=0.5, n=4, numerator=1, denominator=4)}, "no share"),
        ({"rate": Estimate(value=1.5, n=4)}, "no share"),
        ({"rate": Estimate(value=2.0, n=4, numerator=4, denominator=2)}, "no share"),
        ({"rate": Estimate(value=0.0, n=4, numerator=0, denominator=0)}, "no share"),
    ],
)
def test_a_calibration_bin_that_no_rows_have_is_refused(changed, said):
    made = {**CALIBRATION, "bins": [CalibrationBin(**{**BIN, **changed})]}
    assert said in fault(calibrations=[Calibration(**made)])


def test_a_calibration_of_an_unknown_slice_or_with_a_turned_interval_is_refused():
    assert "no slice" in fault(calibrations=[Calibration(**{**CALIBRATION, "slice": "g=c"})])
    turned = Estimate(value=0.1, low=0.3, high=0.2, n=4)
    assert "ends before" in fault(calibrations=[Calibration(**{**CALIBRATION, "squared_error": turned})])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"worst": "g=c"}, "no slice"),
        ({"metric": "auc"}, "no rate"),
        ({"critical": 1.5}, "rates cannot have"),
        ({"largest": Estimate(value=1.3, n=1)}, "rates cannot have"),
        ({"largest": Estimate(value=0.3, low=0.4, high=0.35, n=1)}, "ends before"),
        ({"largest": Estimate(undefined="few", n=1)}, "says where"),
    ],
)
def test_a_sweep_that_no_rates_have_is_refused(changed, said):
    assert said in fault(sweeps=[ThresholdSweep(**{**SWEEP, **changed})])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"slice": "g=c"}, "no slice"),
        ({"kind": "mood"}, "none of"),
        ({"share": 1.5}, "outside 0 to 1"),
        ({"overturns": -0.1}, "outside 0 to 1"),
        ({"low": None}, "part of its bounds"),
        ({"low": 0.35}, "leave out the gap"),
        ({"low": 0.5, "high": 0.1}, "leave out the gap"),
    ],
)
def test_bounds_that_no_doubt_gives_are_refused(changed, said):
    assert said in fault(sensitivity=[Sensitivity(**{**DOUBT, **changed})])


@pytest.mark.parametrize(
    ("spread", "given", "said"),
    [
        ({"noise_mean": -0.1}, {}, "rates can have"),
        ({"noise_95": 1.1}, {}, "rates can have"),
        ({"shrunken": 2.0}, {}, "rates can have"),
        ({}, {"kind": "ratio"}, "without being a difference"),
        ({}, {"value": None, "undefined": "few"}, "without being a difference"),
    ],
)
def test_a_spread_that_no_rates_have_is_refused(spread, given, said):
    assert said in fault(disparities=[gap(spread, **given)])
