"""Slices dealt out at random: counts are dealt out as rows would be, and what must be equal then is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.metrics.counts import count
from dlaudit.metrics.names import ask
from dlaudit.metrics.permuted import deal_out, dealt_counts, dealt_rows, dealt_within, units_lie_in_one_atom
from dlaudit.metrics.rows import ScoredRows

WITHIN = {
    "prevalence": "rows",
    "selection_rate": "rows",
    "accuracy": "rows",
    "f1": "rows",
    "auc": "rows",
    "true_positive_rate": "label",
    "false_positive_rate": "label",
    "balanced_accuracy": "label",
    "precision": "prediction",
    "negative_predictive_value": "prediction",
}


def scored(rows=400, seed=0, **about):
    rng = np.random.default_rng(seed)
    atom = rng.choice(4, rows, p=[0.5, 0.3, 0.15, 0.05])
    target = (rng.random(rows) < 0.2 + 0.15 * atom).astype(np.int8)
    score = np.clip(0.3 + 0.4 * target + rng.normal(0, 0.2, rows), 0, 1)
    made = {"atom": atom, "target": target, "score": score[:, None], "prediction": (score >= 0.5).astype(np.int8)}
    return ScoredRows(**{**made, "classes": ("0", "1"), "threshold": 0.5, **about})


@pytest.mark.parametrize("name", WITHIN)
def test_slices_are_dealt_out_within_what_the_metric_is_conditional_on(name):
    asked = ask([name], "binary", ["0", "1"])[0][0]
    assert dealt_within(asked, "binary", 2) == WITHIN[name]


def test_recall_and_precision_of_a_class_are_dealt_out_as_those_of_two():
    classes = ["a", "b", "c"]
    found = {one.name: one for one in ask(["recall", "precision", "accuracy"], "multiclass", classes)[0]}
    assert dealt_within(found["recall[b]"], "multiclass", 3) == "label"
    assert dealt_within(found["precision[c]"], "multiclass", 3) == "prediction"
    assert dealt_within(found["accuracy"], "multiclass", 3) == "rows"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_dealing_out_keeps_both_margins(sizes, shares):
    sizes = np.array(sizes)
    totals = np.bincount(np.arange(sizes.sum()) % (sum(shares) or 1) % len(shares), minlength=len(shares))
    dealt = deal_out(sizes, totals, np.random.default_rng(0))
    assert (dealt >= 0).all()
    assert np.array_equal(dealt.sum(axis=1), sizes) and np.array_equal(dealt.sum(axis=0), totals)


@pytest.mark.parametrize("within", ["label", "prediction", "rows"])
def test_what_is_kept_is_kept(within):
    counts = count(scored(), 4)
    cells, dealt = counts.cells[:, 0], dealt_counts(counts, within, np.random.default_rng(1)).cells[:, 0]
    assert np.array_equal(dealt.sum(axis=0), cells.sum(axis=0))
    assert np.array_equal(dealt.sum(axis=(1, 2)), cells.sum(axis=(1, 2)))
    if within == "label":
        assert np.array_equal(dealt.sum(axis=2), cells.sum(axis=2))
    if within == "prediction":
        assert np.array_equal(dealt.sum(axis=1), cells.sum(axis=1))


def test_counts_dealt_out_have_the_law_of_rows_dealt_out():
    rows = scored()
    counts, rng = count(rows, 4), np.random.default_rng(2)
    by_counts = np.array([dealt_counts(counts, "rows", rng).cells[:, 0] for _ in range(500)], dtype=float)
    by_rows = np.array([count(dealt_rows(rows, rng), 4).cells[:, 0] for _ in range(500)], dtype=float)
    error = np.sqrt(by_rows.var(axis=0) / 500 * 2) + 1e-9
    assert (np.abs(by_counts.mean(axis=0) - by_rows.mean(axis=0)) <= 4 * error).all()
    assert by_counts.var(axis=0) == pytest.approx(by_rows.var(axis=0), rel=0.4, abs=0.2)


def test_within_the_label_true_positive_rates_become_equal_and_selection_rates_do_not():
    """The twin: dealt out within the label, slices with other base rates still differ in selection rate."""
    counts, rng = count(scored(8_000), 4), np.random.default_rng(3)
    cells = np.mean([dealt_counts(counts, "label", rng).cells[:, 0] for _ in range(100)], axis=0)
    tpr = cells[:, 1, 1] / cells[:, 1].sum(axis=1)
    selection = cells[:, :, 1].sum(axis=1) / cells.sum(axis=(1, 2))
    assert np.ptp(tpr) < 0.02 and np.ptp(selection) > 0.1
    everything = np.mean([dealt_counts(counts, "rows", rng).cells[:, 0] for _ in range(100)], axis=0)
    assert np.ptp(everything[:, :, 1].sum(axis=1) / everything.sum(axis=(1, 2))) < 0.02


def test_whole_units_are_dealt_out_together():
    unit = np.repeat(np.arange(100), 4)
    rows = scored(atom=np.repeat(np.arange(100) % 4, 4), unit=unit)
    dealt = dealt_rows(rows, np.random.default_rng(4))
    assert units_lie_in_one_atom(rows) and units_lie_in_one_atom(dealt)
    assert np.array_equal(np.bincount(dealt.atom), np.bincount(rows.atom))
    assert not np.array_equal(dealt.atom, rows.atom)


def test_a_unit_with_rows_in_two_slices_is_noticed():
    assert not units_lie_in_one_atom(scored(unit=np.repeat(np.arange(40), 10)))
