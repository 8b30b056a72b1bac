"""Calibration records of slices: the same bins for all, rates that are shares, and no verdict from small slices."""

from dataclasses import replace

import numpy as np
import pytest
from metrics_samples import binary, groups, multiclass

from dlaudit.metrics import count, histograms
from dlaudit.metrics.calibrated import calibrations, too_coarse


def measured(rows, atoms=3, level=0.95):
    table, _ = groups(atoms)
    found = histograms(count(rows, atoms), table.member)
    return found, calibrations(found, table.slices, level), table


def test_bins_are_those_of_all_rows_and_hold_every_row_once():
    rows = binary(2000, atoms=3, seed=1)
    _, found, table = measured(rows)
    assert [one.slice for one in found] == [one.id for one in table.slices]
    assert len({tuple((b.low, b.high) for b in one.bins) for one in found}) == 1
    for one, member in zip(found, table.member, strict=True):
        inside = member[rows.atom]
        assert sum(b.n for b in one.bins) == inside.sum()
        assert sum(b.rate.numerator or 0 for b in one.bins) == rows.target[inside].sum()
    sizes = [b.n for b in found[0].bins]
    assert max(sizes) < 2 * 2000 / len(sizes)


def test_mean_scores_and_rates_are_those_of_the_rows():
    rows = binary(1500, atoms=2, seed=2)
    _, found, _ = measured(rows, atoms=2)
    for b in found[0].bins:
        inside = (rows.score[:, 0] >= b.low) & (rows.score[:, 0] < b.high)
        assert b.n == inside.sum()
        assert b.mean_score == pytest.approx(rows.score[inside, 0].mean(), abs=1 / 2048)
        assert b.rate.value == pytest.approx(rows.target[inside].mean(), abs=1e-12)
        assert b.rate.low <= b.rate.value <= b.rate.high


def test_labels_do_not_move_the_bins():
    rows = binary(1000, atoms=2, seed=3)
    turned = replace(rows, target=1 - rows.target)
    edges = [[(b.low, b.high) for b in measured(one, atoms=2)[1][0].bins] for one in (rows, turned)]
    assert edges[0] == edges[1]


def test_a_slice_without_rows_is_undefined_and_one_with_few_rows_says_little():
    rows = binary(400, atoms=2, seed=4)
    _, found, _ = measured(rows, atoms=3)
    empty = found[3]
    assert empty.squared_error.undefined == "no bin of scores has two rows"
    assert all(b.mean_score is None and b.rate.undefined is not None for b in empty.bins)
    assert found[0].squared_error.is_defined


def test_a_calibrated_model_is_shown_to_be_off_in_any_slice_at_most_one_time_in_twenty():
    generator, shown, repetitions = np.random.default_rng(5), 0, 200
    for _ in range(repetitions):
        score = generator.random(600)
        rows = binary(
            600,
            atom=generator.choice(6, 600, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05]),
            score=score[:, None],
            target=(generator.random(600) < score).astype(np.int64),
            prediction=(score >= 0.5).astype(np.int64),
        )
        shown += any((one.squared_error.low or 0) > 0 for one in measured(rows, atoms=6)[1])
    assert shown / repetitions <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repetitions)


def test_scores_that_are_off_are_shown_to_be():
    score = np.random.default_rng(6).random(4000)
    rows = binary(4000, atoms=2, score=score[:, None], target=(score > 0.5).astype(np.int64))
    _, found, _ = measured(rows, atoms=2)
    assert all(one.squared_error.low > 0.03 for one in found)


def test_every_class_has_its_own_calibration():
    rows = multiclass(900, atoms=2, seed=7)
    found, made, table = measured(rows, atoms=2)
    assert len(made) == 3 * len(table.slices)
    assert {one.output for one in made} == {"cat", "dog", "a[b]"}
    assert too_coarse(found) is None


def test_bins_that_are_too_wide_to_tell_a_mean_score_are_refused():
    found, _, _ = measured(binary(100, atoms=2), atoms=2)
    wide = replace(found, edges=np.linspace(0, 1, 33), counts=found.counts[..., :32])
    assert "too wide" in too_coarse(wide)
