"""The planning formulae against published figures, SciPy and normal samples."""

import numpy as np
import pytest

from dlaudit.stats.power import (
    Design,
    fail_chance,
    pass_chance,
    range_quantile,
    rows_to_fail,
    rows_to_pass,
    rows_to_pass_alike,
)

N_PASS = {2: (155, 360, 429), 5: (259, 605, 720), 10: (331, 771, 918), 20: (399, 930, 1108)}
"""Rows per slice for a limit of 0.1, four in five samples, rates 0.1, 0.3, 0.5; worked out apart from this code."""


def difference(rate=0.3, gap=0.2, limit=0.1, **about):
    return Design(kind="difference", limit=limit, rate=rate, gap_rate=rate + gap, alpha=0.05, **about)


@pytest.mark.parametrize("slices", N_PASS)
def test_rows_to_pass_are_those_worked_out_before(slices):
    found = [int(np.ceil(rows_to_pass_alike(slices, rate, 0.1))) for rate in (0.1, 0.3, 0.5)]
    assert found == pytest.approx(N_PASS[slices], abs=1)


@pytest.mark.parametrize("slices", [2, 3, 5, 40])
def test_the_range_of_normal_numbers_is_scipys_studentised_range(slices):
    from scipy.stats import studentized_range

    assert range_quantile(slices, 0.8) == pytest.approx(studentized_range.ppf(0.8, slices, 1e7), abs=2e-4)


@pytest.mark.parametrize("slices", [2, 5, 12])
def test_slices_of_one_size_are_filled_up_to_the_closed_formula(slices):
    found = rows_to_pass(difference(), np.full(slices, 40))
    assert found == pytest.approx(rows_to_pass_alike(slices, 0.3, 0.1), abs=1.5)
    assert (
        pass_chance(difference(), np.full(slices, found)) >= 0.8 > pass_chance(difference(), np.full(slices, found - 2))
    )


def _normal_samples(design, sizes, place, samples=40_000):
    rates = np.full(len(sizes), design.rate)
    if place is not None:
        rates[place] = design.gap_rate
    noise = np.random.default_rng(0).standard_normal((samples, len(sizes)))
    return rates + noise * np.sqrt(rates * (1 - rates) / sizes)


@pytest.mark.parametrize("sizes", [[500, 500], [1000, 700, 900], [2000, 1500, 1200, 900]])
def test_the_chance_of_a_pass_is_that_of_normal_samples(sizes):
    from scipy.special import ndtri

    sizes, design = np.array(sizes), difference()
    x = _normal_samples(design, sizes, None)
    error = np.sqrt(0.21 / sizes)
    reach = 0.1 - ndtri(0.95) * np.hypot(error[:, None], error[None, :])
    passed = (x[:, :, None] - x[:, None, :] <= reach[None]).all(axis=(1, 2)) | (len(sizes) < 2)
    assert pass_chance(design, sizes) == pytest.approx(passed.mean(), abs=0.02)


@pytest.mark.parametrize(("sizes", "place"), [([300, 300], 0), ([1200, 300, 250], 1), ([200, 2000, 300, 300], 0)])
def test_the_chance_of_a_fail_is_that_of_normal_samples(sizes, place):
    from scipy.special import ndtri

    sizes, design = np.array(sizes), difference()
    x = _normal_samples(design, sizes, place)
    z = ndtri(1 - 0.05 / (len(sizes) * (len(sizes) - 1)))
    weight = sizes[place] / (sizes[place] + np.delete(sizes, place))
    other = 0.3 + weight * 0.1
    width = np.sqrt((other + 0.1) * (0.9 - other) / sizes[place] + other * (1 - other) / np.delete(sizes, place))
    failed = (x[:, place : place + 1] - np.delete(x, place, axis=1) - 0.1 > z * width).any(axis=1)
    assert fail_chance(design, sizes, place) == pytest.approx(failed.mean(), abs=0.012)


def test_more_rows_never_lower_a_chance_and_a_larger_gap_is_found_more_often():
    sizes = np.array([400, 300, 200])
    for design in (difference(), difference(against="rest"), difference(against=1)):
        assert pass_chance(design, 2 * sizes) >= pass_chance(design, sizes)
        assert fail_chance(design, 2 * sizes, 0) >= fail_chance(design, sizes, 0)
    assert fail_chance(difference(gap=0.3), sizes, 2) > fail_chance(difference(), sizes, 2)


def test_a_gap_within_the_limit_is_never_shown_whatever_the_rows():
    assert rows_to_fail(difference(gap=0.05), np.array([100, 100]), 0) is None
    assert rows_to_fail(difference(gap=0.1), np.array([100, 100]), 0) is None


def test_rows_to_fail_fills_small_slices_up_and_leaves_large_ones():
    sizes = np.array([20_000, 50])
    rows = rows_to_fail(difference(), sizes, 1)
    assert 50 < rows < 400
    assert fail_chance(difference(), np.array([20_000, rows]), 1) >= 0.8
    assert fail_chance(difference(), np.array([20_000, rows - 2]), 1) < 0.8


def test_a_floor_looks_at_each_slice_alone():
    floor = Design(kind="value", limit=0.7, rate=0.8, gap_rate=0.6, alpha=0.05, against="each")
    one, two = pass_chance(floor, np.array([200])), pass_chance(floor, np.array([200, 200]))
    assert two == pytest.approx(one**2)
    assert fail_chance(floor, np.array([200, 10_000]), 0) < fail_chance(floor, np.array([400, 10_000]), 0)


def test_a_ratio_needs_more_rows_the_rarer_the_selected_are():
    ratios = [Design(kind="ratio", limit=0.8, rate=p, gap_rate=0.6 * p, alpha=0.05) for p in (0.5, 0.3, 0.1)]
    rows = [rows_to_pass(one, np.array([100, 100])) for one in ratios]
    assert rows == sorted(rows) and rows[2] > 3 * rows[1]
