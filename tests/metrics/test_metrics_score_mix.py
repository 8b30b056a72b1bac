"""Score mix and calibration: exact sums, the published example, planted truths, and what naive splits get wrong."""

from dataclasses import replace

import numpy as np
import pytest
from metrics_samples import binary, groups, multiclass, multilabel, regression
from scipy.special import expit, logit

from dlaudit.metrics import count, disparities, measure
from dlaudit.metrics.evidence import Evidence
from dlaudit.metrics.mix_marks import p_values
from dlaudit.metrics.mix_numbers import LOSSES, RATES
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.score_mix import score_mixes
from dlaudit.stats.score_mix import MixBins, Number, mix_bins, mix_parts

EVERY = [*RATES, *LOSSES]


def mixed(rows, metrics=EVERY, *, kept=True, atoms=2, changed=None):
    """What score_mixes finds on two slices, and the disparities it was given."""
    table, compare = groups(atoms)
    counts = changed(count(rows, atoms)) if changed else count(rows, atoms)
    evidence = Evidence(counts, rows if kept else None, table, 0.95)
    measurements, _ = measure(counts, rows if kept else None, table, metrics, 0.95)
    gaps = disparities(measurements, table.slices, [compare], None, 0.95)
    return (*score_mixes(evidence, gaps), measurements)


def planted(n, *, means=(0.0, 0.0), shifts=(0.0, 0.0), seed=0, spread=1.2, unit=None):
    """Two slices whose scores are logistic-normal; a positive shift makes equal scores mean more positives."""
    rng = np.random.default_rng(seed)
    atom = np.repeat([0, 1], n)
    score = expit(rng.normal(np.repeat(means, n), spread))
    target = (rng.random(2 * n) < expit(logit(score) + np.repeat(shifts, n))).astype(np.int64)
    return ScoredRows(
        atom=atom,
        target=target,
        score=score[:, None],
        prediction=(score >= 0.5).astype(np.int64),
        unit=unit,
        classes=("no", "yes"),
        threshold=0.5,
    )


def total(one):
    return one.mix.value + one.calibration.value + (one.unsupported.value if one.unsupported else 0.0)


@pytest.mark.parametrize("seed", range(4))
def test_every_metric_adds_up_to_the_gap_that_the_audit_measures(seed):
    rows = planted(700, means=(0.8, -0.6), shifts=(0.5, -0.2), seed=seed)
    found, missing, measurements = mixed(rows)
    assert missing == [] and [one.metric for one in found] == EVERY
    value = {(one.metric, one.slice): one.value for one in measurements}
    for one in found:
        assert one.gap == pytest.approx(value[one.metric, one.slice] - value[one.metric, one.reference], abs=1e-12)
        assert total(one) == pytest.approx(one.gap, abs=1e-12)


def test_middles_of_bins_in_place_of_losses_do_not_add_up_to_the_log_loss():
    rows = planted(700, means=(3.0, -3.0), spread=2.5, seed=1)
    table, _ = groups(2)
    edges, counts = count(rows, 2).edges, count(rows, 2).histograms[:, 0]
    middle = (np.array(edges[:-1]) + np.array(edges[1:])) / 2
    per_slice = [(c[1] @ -np.log(middle) + c[0] @ -np.log(1 - middle)) / c.sum() for c in counts]
    (found,), _, _ = mixed(rows, ["log_loss"])
    sign = 1 if found.slice == table.slices[1].id else -1
    assert abs(sign * (per_slice[0] - per_slice[1]) - found.gap) > 1e-4


def test_the_example_of_the_method_page():
    """A gap of the true positive rate of .069 that is mix +.142 and calibration -.073, from densities made by hand."""
    p_a, p_b = np.array([0.44, 0.56]), np.array([0.62, 0.38])
    c_a, c_b = np.array([0.35, 0.90]), np.array([0.20, 0.75])
    rows = [np.stack([p * (1 - c), p * c]) * 1e6 for p, c in ((p_a, c_a), (p_b, c_b))]
    up = np.array([0.0, 1.0])
    number = Number(above=np.stack([0 * up, up]), below=np.stack([0 * up, 0 * up + 1]), seen=np.stack([0 * up, up]))
    bins = MixBins(starts=np.array([0, 1]), supported=np.array([True, True]))
    parts = mix_parts((rows[0], rows[1]), (number, number), bins)
    assert [round(float(one), 3) for one in (parts.gap, parts.mix, parts.calibration)] == [0.069, 0.142, -0.073]
    assert float(parts.mix + parts.calibration) == pytest.approx(float(parts.gap), abs=1e-12)
    aa, bb, ab, ba = (p[1] * c[1] / (p @ c) for p, c in ((p_a, c_a), (p_b, c_b), (p_a, c_b), (p_b, c_a)))
    assert float(parts.mix) == pytest.approx((aa - ba + ab - bb) / 2, abs=1e-12)
    assert float(parts.calibration) == pytest.approx((aa - ab + ba - bb) / 2, abs=1e-12)


def test_other_scores_of_one_meaning_are_all_mix():
    (found,), _, _ = mixed(planted(20_000, means=(0.8, -0.4), seed=21), ["true_positive_rate"])
    assert abs(found.gap) > 0.2 and found.mix.marked
    assert found.calibration.low < 0 < found.calibration.high and abs(found.calibration.value) < 0.02


def test_equal_scores_of_other_meaning_are_all_calibration():
    (found,), _, _ = mixed(planted(20_000, shifts=(0.5, -0.5), seed=3), ["precision"])
    assert abs(found.gap) > 0.1 and found.calibration.marked
    assert found.mix.low < 0 < found.mix.high and abs(found.mix.value) < 0.01


def test_one_bin_on_each_side_of_the_threshold_takes_other_scores_for_another_meaning():
    """Why bins are as fine as rows allow: precision looks at half of the scores, which coarse bins take for equal."""
    rows = planted(20_000, means=(1.5, -1.0), seed=4)
    counts = count(rows, 2).histograms[:, 0]
    up = (np.array(count(rows, 2).edges[:-1]) >= 0.5).astype(float)
    number = Number(above=np.stack([0 * up, up]), below=np.stack([up, up]), seen=np.stack([0 * up, up]))
    parting = int(np.argmax(up))
    coarse = MixBins(starts=np.array([0, parting]), supported=np.array([True, True]))
    fine = mix_bins(counts.sum(axis=1), parting)
    naive = mix_parts((counts[0], counts[1]), (number, number), coarse)
    ours = mix_parts((counts[0], counts[1]), (number, number), fine)
    assert abs(float(naive.calibration)) > 0.1 > 0.03 > abs(float(ours.calibration))


def test_turning_the_slices_round_turns_the_signs():
    rows = planted(600, means=(0.5, -0.5), shifts=(0.3, 0.0), seed=5)
    a, b = count(rows, 2).histograms[:, 0]
    up = (np.array(count(rows, 2).edges[:-1]) >= 0.5).astype(float)
    number = Number(above=np.stack([0 * up, up]), below=np.stack([0 * up, 0 * up + 1]), seen=np.stack([0 * up, up]))
    both = np.stack([a.sum(axis=0), b.sum(axis=0)])
    assert np.array_equal(mix_bins(both).starts, mix_bins(both[::-1]).starts)
    one = mix_parts((a, b), (number, number), mix_bins(both))
    other = mix_parts((b, a), (number, number), mix_bins(both))
    for name in ("gap", "mix", "calibration", "unsupported"):
        assert float(getattr(one, name)) == pytest.approx(-float(getattr(other, name)), abs=1e-12)


def test_scores_that_only_one_slice_has_are_a_part_of_their_own():
    rng = np.random.default_rng(6)
    score = np.concatenate([rng.uniform(0.3, 0.7, 800), rng.uniform(0.3, 0.7, 500), rng.uniform(0.8, 1.0, 300)])
    rows = replace(
        planted(800, seed=6),
        score=score[:, None],
        prediction=(score >= 0.5).astype(np.int64),
        target=(rng.random(1600) < score).astype(np.int64),
    )
    (found,), _, _ = mixed(rows, ["selection_rate", "true_positive_rate"])
    assert found.support == pytest.approx(1300 / 1600, abs=0.06)
    assert abs(found.unsupported.value) > 0.5 * abs(found.gap) and found.unsupported.marked
    assert total(found) == pytest.approx(found.gap, abs=1e-12)


def test_slices_without_a_score_in_common_say_so():
    rows = planted(400, seed=7)
    score = np.where(rows.atom == 0, 0.2, 0.8)
    rows = replace(rows, score=score[:, None], prediction=(score >= 0.5).astype(np.int64))
    found, missing, _ = mixed(rows, ["accuracy"])
    assert found == [] and missing[0].reason == "the slices have no scores in common"


def test_bins_never_reach_over_the_threshold_and_hold_rows_of_both():
    rng = np.random.default_rng(8)
    rows = rng.integers(0, 4, (2, 1024))
    for parting in (None, 0, 300, 1024):
        bins = mix_bins(rows, parting)
        held = np.add.reduceat(rows, bins.starts, axis=1)
        assert bins.starts[0] == 0 and np.all(np.diff(bins.starts) > 0) and bins.supported.all()
        assert parting in (None, 0, 1024) or parting in bins.starts
        assert held.min() >= 25 and len(bins.starts) <= 130


def test_row_order_changes_nothing_and_units_may_be_named_otherwise():
    rows = planted(400, means=(0.4, 0.0), shifts=(0.3, 0.0), seed=9)
    order = np.random.default_rng(1).permutation(800)
    assert mixed(rows)[0] == mixed(rows.take(order))[0]
    several = replace(rows, unit=np.arange(800) // 4)
    renamed = replace(several, unit=1_000 - several.unit)
    assert mixed(several, ["true_positive_rate"])[0] == mixed(renamed.take(order), ["true_positive_rate"])[0]


def test_rows_that_are_copies_of_one_another_widen_the_interval_only_with_units():
    few = planted(150, means=(0.4, 0.0), seed=10)
    rows = few.take(np.repeat(np.arange(300), 4))
    (alone,), _, _ = mixed(few, ["true_positive_rate"])
    (copied,), _, _ = mixed(rows, ["true_positive_rate"])
    (held,), _, _ = mixed(replace(rows, unit=np.repeat(np.arange(300), 4)), ["true_positive_rate"])
    width = [one.mix.high - one.mix.low for one in (alone, copied, held)]
    assert width[1] < 0.65 * width[0] and width[2] == pytest.approx(width[0], rel=0.25)


def test_only_counts_of_units_give_no_interval_and_say_so():
    rows = replace(planted(300, means=(0.4, 0.0), seed=11), unit=np.arange(600) // 2)
    found, missing, _ = mixed(rows, ["true_positive_rate", "log_loss"], kept=False)
    assert [one.metric for one in found] == ["true_positive_rate"]
    assert found[0].mix.low is None and found[0].mix.p_value is None and not found[0].mix.marked
    assert {one.reason for one in missing} == {
        "the rows do not fit in memory, and histograms hold no losses",
        "rows belong to units, and only their counts were kept",
    }


def test_labels_of_a_multilabel_task_are_split_each_by_its_own_score():
    rows = replace(multilabel(1500, atoms=2, seed=3), threshold=0.5)
    found, missing, measurements = mixed(rows, ["true_positive_rate", "accuracy"])
    assert [one.metric for one in found] == [f"true_positive_rate[{c}]" for c in "xyz"] and missing == []
    value = {(one.metric, one.slice): one.value for one in measurements}
    for one in found:
        assert one.gap == pytest.approx(value[one.metric, one.slice] - value[one.metric, one.reference], abs=1e-12)


@pytest.mark.parametrize(
    ("rows", "metric", "reason"),
    [
        (multiclass(300, atoms=2), "accuracy", "the largest of several scores"),
        (binary(300, atoms=2, weighted=True), "accuracy", "rows have weights"),
    ],
)
def test_what_cannot_be_split_says_why(rows, metric, reason):
    found, missing, _ = mixed(rows, [metric])
    assert found == [] and reason in missing[0].reason


def test_metrics_that_scores_do_not_make_up_are_passed_over():
    assert mixed(binary(300, atoms=2), ["selection_rate", "auc"])[:2] == ([], [])
    assert mixed(regression(300, atoms=2), ["mean_error"])[:2] == ([], [])


def test_predicted_labels_have_no_density():
    rows = binary(300, atoms=2)
    rows = replace(rows, score=rows.prediction[:, None].astype(float))
    found, missing, _ = mixed(rows, ["accuracy"], changed=lambda counts: replace(counts, probabilities=False))
    assert found == [] and "predicted labels" in missing[0].reason


@pytest.mark.slow
def test_intervals_hold_the_truth_and_marks_of_what_is_not_there_are_rare():
    """Truth by integration; at most alpha + 3 standard errors of samples mark a calibration that is not there."""
    repetitions, n = 40, 300
    covered = wrong = 0
    big = expit(np.random.default_rng(0).normal(size=2_000_000) * 1.2)

    def rate(mean):
        score = expit(logit(big) + mean)
        return float((score * (score >= 0.5)).sum() / score.sum())

    truth = rate(0.5) - rate(-0.3)
    for seed in range(repetitions):
        (found,), _, _ = mixed(planted(n, means=(0.5, -0.3), seed=100 + seed), ["true_positive_rate"])
        sign = 1.0 if found.gap > 0 else -1.0
        ends = sorted([sign * found.mix.low, sign * found.mix.high])
        covered += ends[0] <= truth <= ends[1]
        wrong += found.calibration.p_value <= 0.05
    error = 3 * np.sqrt(0.05 * 0.95 / repetitions)
    assert covered / repetitions >= 0.95 - error
    assert wrong / repetitions <= 0.05 + error


def alike(run, slices, rows=150):
    """The parts of the widest gap of slices that are alike."""
    draws = np.random.default_rng([3, run])
    score = expit(draws.normal(0, 1.2, slices * rows))
    made = ScoredRows(
        atom=np.repeat(np.arange(slices), rows),
        target=(draws.random(len(score)) < score).astype(np.int64),
        score=score[:, None],
        prediction=(score >= 0.5).astype(np.int64),
        unit=None,
        classes=("no", "yes"),
        threshold=0.5,
    )
    (found,), _, _ = mixed(made, ["true_positive_rate"], atoms=slices)
    return found


def test_marks_of_the_widest_of_many_gaps_hold_their_level_and_would_not_if_picking_were_forgotten():
    found = [alike(run, 6) for run in range(24)]
    assert {one.chosen_from for one in found} == {15} and alike(0, 2).chosen_from == 1
    parts = [(one.mix, one.calibration) for one in found]
    assert sum(any(part.marked for part in some) for some in parts) <= 3
    assert sum(any(2 * part.p_value <= 0.05 for part in some) for some in parts) > 3


def test_a_p_value_goes_on_beyond_the_number_of_samples_and_agrees_with_the_share_before():
    draws = np.random.default_rng(0).standard_normal((1_000, 1))
    for away, low, high in ((1.0, 0.24, 0.40), (2.0, 0.03, 0.06), (4.0, 1e-5, 3e-4), (6.0, 1e-11, 1e-7)):
        for sign in (1, -1):
            (p,) = p_values(np.array([sign * away]), sign * (away + draws))
            assert low < p < high
    assert p_values(np.array([1.0]), np.full((1_000, 1), np.nan))[0] == 1.0
    assert p_values(np.array([0.0]), np.zeros((1_000, 1)))[0] == 1.0
