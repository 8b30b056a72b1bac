"""Slices that two models scored, in a file from anywhere: what contradicts itself is told."""

import pytest

from dlaudit.record import (
    AgainstModel,
    Audit,
    DataInfo,
    ModelInfo,
    OtherModel,
    Provenance,
    RateChange,
    RunComparison,
    RunRef,
)
from dlaudit.record.coherent import contradiction

COUNTED = {"base": 0.5, "tuned": 0.4, "n": 100, "both": 35, "gained": 5, "lost": 15, "low": -0.2, "high": 0.0}
SPREAD = {"base": 0.5, "tuned": 0.4, "variance_base": 0.01, "variance_tuned": 0.02, "covariance": 0.01, "freedom": 9.0}


def told(*rates):
    made = [RateChange(metric="accuracy", by=["g"], slice="g=a", rows=100, **one) for one in rates]
    paired = AgainstModel(model=OtherModel(), rows=100, rates=made)
    bare = {"provenance": Provenance(dlaudit="0", python="3"), "model": ModelInfo(), "data": DataInfo()}
    places = {"baseline": RunComparison(old=RunRef(place="old", rows=100), paired=paired)}, {"against": paired}
    first, second = (contradiction(Audit(**bare, **place), None) for place in places)
    assert first == second
    return first


@pytest.mark.parametrize("good", [COUNTED, SPREAD, {"undefined": "no rows"}, {"base": 0.1, "tuned": 0.2}])
def test_what_hangs_together_is_taken(good):
    assert told(good) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({**COUNTED, "lost": 70}, "counts"),
        ({**COUNTED, "gained": -5, "tuned": 0.3}, "counts"),
        ({**COUNTED, "tuned": 0.5}, "counts"),
        ({**COUNTED, "n": None}, "counts"),
        ({**COUNTED, "low": 0.1}, "variances"),
        ({**SPREAD, "variance_base": -0.01}, "variances"),
        ({**SPREAD, "covariance": 0.02}, "variances"),
        ({**SPREAD, "freedom": None}, "variances"),
        ({**SPREAD, "tuned": None}, "a reason why there is none"),
        ({**SPREAD, "undefined": "no rows"}, "a reason why there is none"),
    ],
)
def test_what_contradicts_itself_is_told(wrong, said):
    assert said in (told(wrong) or "")


def test_a_slice_that_is_there_twice_is_told():
    assert "is compared twice" in (told(COUNTED, COUNTED) or "")
