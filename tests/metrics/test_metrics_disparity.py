"""Gaps: their value, simultaneous interval, test, and the slices that they name."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_samples import Compare, binary, crossed, groups, multiclass, one_slice

from dlaudit.metrics import DEFAULTS, count, disparities, measure
from dlaudit.metrics.equality import two_sided_p
from dlaudit.record import Measurement
from dlaudit.stats.exact import exact_p_difference
from dlaudit.stats.intervals import clopper_pearson, mover_difference, wilson
from dlaudit.stats.numbers import Limits
from dlaudit.stats.ranges import range_difference, range_ratio


def share(name, slice_id, x, n):
    low, high = wilson(x, n, 0.95)
    return Measurement(
        metric=name, slice=slice_id, value=x / n, low=low, high=high, n=n, numerator=x, denominator=n, method="wilson"
    )


def shares(tables, name="selection_rate", reference=None, small=(), overall=False):
    """Difference and ratio of shares x / n, one per slice."""
    slices = [one_slice({}), *(one_slice({"g": str(k)}, small=k in small) for k in range(len(tables)))]
    found = [share(name, f"g={k}", x, n) for k, (x, n) in enumerate(tables)]
    if overall:
        found.append(share(name, "overall", sum(x for x, _ in tables), sum(n for _, n in tables)))
    comparison = Compare(["g"], list(range(1, len(tables) + 1)))
    return disparities(found, slices, [comparison], reference, 0.95)


TABLES = [(30, 100), (45, 90), (10, 40), (50, 160)]
counts = st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_difference_and_ratio_of_all_pairs():
    difference, ratio = shares(TABLES)
    assert difference.value == 0.25 and ratio.value == 0.5
    assert (difference.worst, difference.reference) == ("g=2", "g=1")
    assert difference.id == "selection_rate.difference by g"
    assert difference.slices == ["g=0", "g=1", "g=2", "g=3"]
    assert difference.n == 390
    assert difference.method == "mover_clopper_pearson"


@given(st.lists(counts, min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_the_interval_of_all_pairs_is_the_gates(tables):
    difference, ratio = shares(tables)
    x, n = (np.array(side, dtype=np.int64) for side in zip(*tables, strict=True))
    low, high = range_difference(x, n, 0.95)
    assert difference.low == pytest.approx(low, abs=1e-12)
    assert difference.high == pytest.approx(min(high, 1.0), abs=1e-12)
    assert difference.low <= difference.value <= difference.high
    if ratio.is_defined:
        low, high = range_ratio(x, n, 0.95)
        assert ratio.low == pytest.approx(low, abs=1e-12)
        assert ratio.low <= ratio.value <= ratio.high + 1e-12
        if (x > 0).all():
            assert ratio.high == pytest.approx(high, abs=1e-12)


@given(st.lists(counts, min_size=2, max_size=3), st.randoms())
@settings(max_examples=10, deadline=None)
def test_the_order_of_slices_changes_no_gap(tables, random):
    shuffled = list(tables)
    random.shuffle(shuffled)
    for one, two in zip(shares(tables), shares(shuffled), strict=True):
        assert one.value == two.value
        if one.is_defined:
            assert (one.low, one.high) == pytest.approx((two.low, two.high), abs=1e-12)
        assert one.p_adjusted == two.p_adjusted


@pytest.mark.parametrize(
    ("name", "worst"), [("true_positive_rate", "g=2"), ("false_positive_rate", "g=1"), ("selection_rate", "g=2")]
)
def test_the_worst_slice_follows_what_is_better(name, worst):
    assert shares(TABLES, name)[0].worst == worst


def test_against_a_named_reference_the_farthest_slice_counts():
    difference, ratio = shares(TABLES, reference={"g": "0"})
    assert difference.value == pytest.approx(0.2)
    assert (difference.worst, difference.reference) == ("g=1", "g=0")
    assert ratio.value == pytest.approx(0.6)
    assert difference.high < shares(TABLES, reference="best")[0].high
    assert difference.p_adjusted == pytest.approx(min(1, 3 * difference.p_value))


def test_a_reference_for_another_feature_compares_all_pairs():
    assert shares(TABLES, reference={"other": "x"}) == shares(TABLES)


def test_a_reference_without_a_value_leaves_the_gap_undefined():
    gap = shares(TABLES, reference={"g": "nobody"})[0]
    assert gap.undefined == "the reference slice g=nobody has no value"


def test_the_best_reference_is_not_a_small_slice():
    assert shares(TABLES, reference="best")[0].reference == "g=1"
    assert shares(TABLES, reference="best", small=(1,))[0].reference == "g=3"
    assert shares(TABLES, reference="best", small=(0, 1, 2, 3))[0].reference == "g=1"
    assert shares(TABLES, "false_positive_rate", reference="best")[0].reference == "g=2"


def test_against_overall_the_gap_is_the_rests_gap_rescaled():
    difference, ratio = shares(TABLES, reference="overall", overall=True)
    whole = 135 / 390
    assert difference.value == pytest.approx(0.5 - whole, abs=1e-15)
    assert (difference.worst, difference.reference) == ("g=1", "overall")
    assert ratio.value == pytest.approx(whole / 0.5, abs=1e-15)
    rest = mover_difference(0.5, clopper_pearson(45, 90, 0.95), 90 / 300, clopper_pearson(90, 300, 0.95))
    assert difference.high >= float(rest.high) * (300 / 390) - 1e-12
    assert difference.low <= difference.value <= difference.high
    assert ratio.low <= ratio.value <= ratio.high


def test_without_a_measured_whole_the_gap_to_it_is_undefined():
    assert shares(TABLES, reference="overall")[0].undefined == "the whole that the slices are part of has no value"


def test_within_a_control_level_overall_is_that_levels_slice():
    wheres = [{"r": "N"}, {"g": "0", "r": "N"}, {"g": "1", "r": "N"}]
    slices = [one_slice(w) for w in wheres]
    tables = [(40, 100), (10, 40), (30, 60)]
    found = [share("selection_rate", s.id, *t) for s, t in zip(slices, tables, strict=True)]
    gap = disparities(found, slices, [Compare(["g"], [1, 2], {"r": "N"})], "overall", 0.95)[0]
    assert gap.reference == "r=N"
    named = disparities(found, slices, [Compare(["g"], [1, 2], {"r": "N"})], {"g": "1"}, 0.95)[0]
    assert (named.reference, named.id) == ("g=1 & r=N", "selection_rate.difference by g within r=N")


def test_equal_shares_have_a_p_value_of_one_and_far_ones_a_small_one():
    assert shares([(5, 10), (50, 100)])[0].p_value == 1.0
    far = shares([(10, 100), (60, 100), (55, 100)])[0]
    assert far.p_value < 1e-8
    assert far.p_adjusted == pytest.approx(3 * far.p_value)


def test_the_p_value_is_of_the_pair_with_the_most_evidence_not_of_a_tiny_slice():
    gap = shares([(300, 1000), (500, 1000), (0, 1)])[0]
    assert gap.worst == "g=2"
    assert gap.p_adjusted < 1e-6


def test_a_small_slice_beside_a_large_one_has_a_p_value_that_agrees_with_its_interval():
    """754 of 834 and 73 of 107: the score's tail is 500 times below the exact one, which must not read as p = 1."""
    gap = shares([(754, 834), (73, 107), (40, 54)])[0]
    assert gap.low > 0.1 and gap.p_adjusted < 1e-5
    assert two_sided_p((620, 697), (14, 26)) < 0.001
    assert two_sided_p((620, 697), (14, 26)) >= 2 * exact_p_difference(620, 697, 14, 26) / 1.2


def test_the_p_value_bounds_the_probability_of_as_extreme_a_table():
    """Size: under equal rates, P(two_sided_p <= p) <= p, by enumeration of all tables of 8 and 6 rows."""
    p = {(a, b): two_sided_p((a, 8), (b, 6)) for a in range(9) for b in range(7)}
    for bound in set(p.values()):
        at_most = [table for table, value in p.items() if value <= bound]
        for rate in (0.1, 0.37, 0.5, 0.8):
            chance = sum(
                math.comb(8, a) * math.comb(6, b) * rate ** (a + b) * (1 - rate) ** (14 - a - b) for a, b in at_most
            )
            assert chance <= bound + 1e-12


def test_a_rate_and_its_complement_have_one_p_value():
    assert two_sided_p((30, 100), (10, 90)) == two_sided_p((80, 90), (70, 100))


def test_large_tables_get_the_bound_of_two_tails():
    big = two_sided_p((300_000, 1_000_000), (295_000, 1_000_000))
    assert 1e-15 < big < 1e-6
    assert two_sided_p((300_000, 1_000_000), (299_990, 1_000_000)) == 1.0


def test_weighted_and_clustered_shares_have_no_p_value():
    for changed in ({"weighted": True}, {"units": 30}):
        rows = binary(300, **changed)
        table, comparison = groups(4)
        found, _ = measure(count(rows, 4), rows, table, ["selection_rate"], 0.95)
        gap = disparities(found, table.slices, [comparison], None, 0.95)[0]
        assert (gap.p_value, gap.p_adjusted, gap.method) == (None, None, "mover_rescaled")
        assert gap.low <= gap.value <= gap.high


def test_a_handful_of_rows_alike_shows_no_gap_of_a_mean():
    """Three scores near 0 of a skewed distribution: Student's interval of them excluded the truth in 4 of 10 audits."""
    rng, shown = np.random.default_rng(5), 0
    table, comparison = groups(5)
    atom = np.repeat(np.arange(5), [200, 200, 3, 4, 5])
    for _ in range(60):
        rows = binary(len(atom), atom=atom, score=rng.beta(0.3, 3, (len(atom), 1)))
        found, _ = measure(count(rows, 5), rows, table, ["mean_score"], 0.95)
        shown += disparities(found, table.slices, [comparison], None, 0.95)[0].low > 0
    assert shown <= 5


def test_values_without_any_interval_have_a_gap_without_one():
    slices = [one_slice({"g": "0"}), one_slice({"g": "1"})]
    found = [
        Measurement(metric="mean_score", slice=s.id, value=v, n=1) for s, v in zip(slices, (0.2, 0.5), strict=True)
    ]
    gap, ratio = disparities(found, slices, [Compare(["g"], [0, 1])], None, 0.95)
    assert (gap.value, gap.low, gap.high, gap.method) == (pytest.approx(0.3), None, None, None)
    assert (ratio.value, ratio.low, ratio.high) == (0.4, None, None)
    assert gap.minimum_detectable is None


def test_a_value_without_an_interval_leaves_the_upper_end_at_what_is_possible():
    slices = [one_slice({"g": "0"}), one_slice({"g": "1"})]
    found = [
        Measurement(metric="mean_score", slice="g=0", value=0.2, low=0.1, high=0.3, n=9, method="t"),
        Measurement(metric="mean_score", slice="g=1", value=0.5, n=1),
    ]
    gap, ratio = disparities(found, slices, [Compare(["g"], [0, 1])], None, 0.95)
    assert (gap.low, gap.high) == (0.0, 1.0)
    assert (ratio.low, ratio.high) == (0.0, 1.0)


def test_an_unbounded_metric_has_an_unbounded_gap_there():
    slices = [one_slice({"g": "0"}), one_slice({"g": "1"})]
    found = [
        Measurement(metric="mean_error", slice=s.id, value=v, n=1) for s, v in zip(slices, (0.2, 5.0), strict=True)
    ]
    found[0] = found[0].model_copy(update={"low": 0.1, "high": 0.3, "method": "t"})
    gap = disparities(found, slices, [Compare(["g"], [0, 1])], None, 0.95)[0]
    assert (gap.low, gap.high) == (0.0, None)


def test_more_rows_detect_smaller_gaps():
    few, many = (shares([(3 * k, 10 * k), (5 * k, 10 * k)])[0].minimum_detectable for k in (20, 200))
    assert 0 < many < few < 1
    weighted = binary(400, weighted=True)
    table, comparison = groups(4)
    found, _ = measure(count(weighted, 4), weighted, table, ["selection_rate"], 0.95)
    gap = disparities(found, table.slices, [comparison], None, 0.95)[0]
    assert 0.1 < gap.minimum_detectable < 0.6


def test_class_metrics_have_gaps_of_their_own():
    rows = multiclass(300)
    table, comparison = groups(3)
    found, _ = measure(count(rows, 3), rows, table, ["recall"], 0.95)
    gaps = disparities(found, table.slices, [comparison], None, 0.95)
    assert [g.id for g in gaps[:2]] == ["recall[cat].difference by g", "recall[cat].ratio by g"]
    assert gaps[-1].metric == "recall[a[b]]"


def test_intersections_are_compared_among_themselves():
    rows = binary(800)
    table, comparisons = crossed()
    found, _ = measure(count(rows, 4), rows, table, DEFAULTS["binary"], 0.95)
    gaps = disparities(found, table.slices, comparisons, None, 0.95)
    by = {tuple(g.by) for g in gaps}
    assert by == {("a",), ("b",), ("a", "b")}
    crossing = next(g for g in gaps if g.id == "selection_rate.difference by a & b")
    assert len(crossing.slices) == 4


def test_the_simultaneous_interval_covers_the_range_of_equal_slices():
    rng = np.random.default_rng(0)
    lows = 0
    for _ in range(200):
        gap = shares([(int(x), 60) for x in rng.binomial(60, 0.3, 5)])[0]
        lows += gap.low > 0
    assert lows <= 12  # 2.5 % of 200 plus three standard errors


def test_the_plain_range_is_above_zero_for_equal_slices():
    rng = np.random.default_rng(0)
    assert np.mean([shares([(int(x), 60) for x in rng.binomial(60, 0.3, 5)])[0].value for _ in range(50)]) > 0.08


def test_limits_are_a_pair_of_arrays():
    assert Limits(np.zeros(1), np.ones(1)).high[0] == 1
