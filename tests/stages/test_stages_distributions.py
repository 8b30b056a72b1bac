"""What is worked out of scores and doubts, what is left out and why, and how large it may become."""

import json

import numpy as np
import pytest

from dlaudit.metrics import ScoredRows, count
from dlaudit.record import Measurement
from dlaudit.slices.make import make_slices
from dlaudit.spec import AuditSpec
from dlaudit.stages.distributions import distributions


def rows(n=400, levels=3, seed=0, **changed):
    generator = np.random.default_rng(seed)
    target = generator.integers(0, 2, n)
    score = np.clip(generator.normal(0.35 + 0.25 * target, 0.2, n), 0.01, 0.99)
    known = {
        "atom": generator.integers(0, levels, n),
        "target": target,
        "score": score[:, None],
        "prediction": (score >= 0.5).astype(np.int64),
        "classes": ("0", "1"),
        "threshold": 0.5,
    }
    return ScoredRows(**{**known, **changed})


def made(given, levels=3, labels=False, first="0", **spec):
    asked = AuditSpec(slices=spec)
    counts = count(given, levels)
    atoms = [{"g": f"{k}" if k else first} for k in range(levels)]
    table = make_slices(atoms, counts.rows, asked.slices, ["g"], [])
    measured = [Measurement(metric=name, slice="overall", value=0.5) for name in ("selection_rate", "accuracy")]
    return distributions(counts, table, measured, asked, labels)


def told(found):
    return {one.what: one.reason for one in found.not_applicable}


def test_everything_is_worked_out_for_a_binary_task():
    found = made(rows())
    assert len(found.histograms) == len(found.calibrations) == 4
    assert len(found.sweeps) == 3
    assert {one.kind for one in found.sensitivity} == {"slice_labels", "target_labels"}
    assert found.not_applicable == []
    for one in found.histograms:
        assert 0.5 in one.edges
        assert len(one.positive) <= 101


@pytest.mark.parametrize(
    ("given", "labels", "reason"),
    [
        ({"task": "regression", "prediction": np.zeros(400), "threshold": None}, False, "no classes"),
        ({}, True, "predicted labels"),
        ({"weight": np.linspace(0.5, 2, 400)}, False, "weights"),
    ],
    ids=["regression", "labels", "weights"],
)
def test_without_scores_that_count_there_are_no_histograms_and_the_reason_is_told(given, labels, reason):
    found = made(rows(**given), labels=labels)
    assert found.histograms == found.calibrations == found.sweeps == []
    assert reason in told(found)["score histograms, calibration and threshold sweeps"]


def test_rows_of_one_person_have_histograms_and_no_error_rates():
    found = made(rows(unit=np.arange(400) // 4))
    assert found.histograms
    assert found.calibrations == found.sweeps == []
    assert "independent" in told(found)["calibration and threshold sweeps"]


def test_scores_that_are_no_probabilities_are_swept_and_not_calibrated():
    plain = rows()
    found = made(rows(score=np.log(plain.score / (1 - plain.score)), threshold=0.0))
    assert found.sweeps and not found.calibrations
    assert told(found)["calibration"] == "the scores are no probabilities"


@pytest.mark.parametrize("reference", ["overall", "best", {"g": "1"}])
def test_against_a_reference_no_bounds_are_worked_out(reference):
    found = made(rows(), reference=reference)
    assert found.sensitivity == []
    assert "reference" in told(found)["sensitivity"]


def test_many_slices_are_bounded_and_the_rest_is_told():
    found = made(rows(n=6000, levels=300), levels=300, max_levels=500)
    assert len(found.histograms) == 60
    assert "of 241 slices" in " ".join(told(found))
    assert found.sweeps == []  # the feature's slices have no histograms, all of them
    assert len(json.dumps([one.model_dump() for one in found.histograms])) < 300_000


def test_many_classes_are_bounded_and_the_rest_is_told():
    generator = np.random.default_rng(1)
    score = generator.dirichlet(np.ones(20), 500)
    given = rows(
        n=500,
        target=generator.integers(0, 20, 500),
        score=score,
        prediction=score.argmax(axis=1),
        task="multiclass",
        classes=tuple(f"c{k}" for k in range(20)),
        threshold=None,
    )
    found = made(given)
    assert len({one.output for one in found.histograms}) == 12
    assert "of 8 classes" in " ".join(told(found))
    assert "binary" in told(found)["sensitivity"]


def test_unknown_levels_are_a_doubt_of_their_own():
    found = made(rows(), first="(unknown)")
    assert [one.slice for one in found.sensitivity if one.kind == "unknown_slice"] == ["g=(unknown)"] * 2
