"""Which gaps carry a spread, and which cannot."""

import numpy as np
import pytest
from metrics_samples import binary, crossed, groups

from dlaudit.metrics import count, disparities, measure
from dlaudit.stats.spread import between_sd, noise_range, shrunken_range

NAMES = ["selection_rate", "true_positive_rate", "f1", "mean_score"]


def gaps(rows, atoms=4, reference=None):
    table, comparison = groups(atoms)
    measurements, _ = measure(count(rows, atoms), rows, table, NAMES, 0.95)
    found = disparities(measurements, table.slices, [comparison], reference, 0.95)
    return {(one.metric, one.kind): one for one in found}


def test_differences_of_counted_shares_carry_a_spread_and_nothing_else_does():
    found = gaps(binary(400))
    carrying = {named for named, one in found.items() if one.spread is not None}
    assert carrying == {("selection_rate", "difference"), ("true_positive_rate", "difference")}


def test_it_is_computed_from_the_counts_of_the_slices_that_have_a_value():
    rows = binary(400, atoms=3, seed=2)
    found = gaps(rows, atoms=4)[("selection_rate", "difference")]  # the fourth slice has no rows
    chosen = [rows.prediction[rows.atom == atom] for atom in range(3)]
    x, n = np.array([one.sum() for one in chosen]), np.array([len(one) for one in chosen])
    assert found.spread.noise_mean == pytest.approx(noise_range(x, n).mean)
    assert found.spread.noise_95 == pytest.approx(noise_range(x, n).high)
    assert found.spread.shrunken == pytest.approx(shrunken_range(x, n))
    assert found.spread.between_sd == pytest.approx(between_sd(x, n))
    assert found.spread.method


@pytest.mark.parametrize("given", [{"weighted": True}, {"units": 60}])
def test_weights_and_units_leave_no_law_and_no_spread(given):
    assert all(one.spread is None for one in gaps(binary(400, **given)).values())


@pytest.mark.parametrize("reference", ["overall", "best", {"g": "0"}])
def test_against_a_reference_there_is_no_range_and_no_spread(reference):
    assert all(one.spread is None for one in gaps(binary(400), reference=reference).values())


def test_intersections_carry_one_too():
    rows = binary(600)
    table, comparisons = crossed()
    measurements, _ = measure(count(rows, 4), rows, table, ["selection_rate"], 0.95)
    found = disparities(measurements, table.slices, comparisons, None, 0.95)
    assert all((one.spread is not None) == (one.kind == "difference") for one in found)
