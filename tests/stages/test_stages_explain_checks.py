"""What the stage gives the checks, and what it does where the budget allows only some gaps."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import dlaudit
from dlaudit.attributions import RowSample, stratified_sample
from dlaudit.stages.explain_checks import checking

QUICK = {
    "discover.enabled": False,
    "explain.methods": ["shapley_values"],
    "explain.sample": 120,
    "explain.background": 12,
    "explain.evaluations": 64,
    "explain.second_opinion": 0,
    "explain.rounds": 2,
    "explain.checks": False,
}


def material(rows: int, small: int) -> Any:
    """`small` rows of one atom among `rows`; inputs are told by their places."""
    atoms = np.r_[np.zeros(rows - small, dtype=int), np.ones(small, dtype=int)]
    return SimpleNamespace(
        kept=np.arange(rows),
        atoms=atoms,
        generator=lambda purpose: np.random.default_rng([0, purpose]),
        inputs=lambda at: at,
    )


def test_a_small_slice_is_checked_with_all_its_rows_and_by_chance_would_not_be():
    given = material(4_000, 40)
    sample = stratified_sample(given.atoms, 2_000, np.random.default_rng(1))
    found = checking(given, sample, np.arange(64))
    assert len(found.rows) == 1_000 and set(found.again) <= set(found.rows)
    assert (given.atoms[sample.rows[found.rows]] == 1).sum() == 40
    assert (given.atoms[sample.rows[found.again]] == 1).sum() == 24
    by_chance = np.random.default_rng(2).choice(2_000, 1_000, replace=False)
    assert (given.atoms[sample.rows[by_chance]] == 1).sum() < 30


def test_references_are_neither_explained_nor_background_where_there_are_such_rows():
    given = material(4_000, 40)
    sample = stratified_sample(given.atoms, 2_000, np.random.default_rng(1))
    background = np.arange(0, 4_000, 63)
    references = checking(given, sample, background).references
    assert len(references) == 256
    assert not np.isin(references, sample.rows).any() and not np.isin(references, background).any()


@pytest.mark.parametrize(("background", "some"), [(12, True), (100, False)])
def test_where_all_rows_are_explained_references_are_at_least_no_background(background, some):
    given = material(120, 40)
    sample = RowSample(rows=np.arange(120), weight=np.ones(120))
    references = checking(given, sample, np.arange(background)).references
    assert (references is not None) == some
    assert not some or references.min() >= background


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(400, 3)), columns=["income", "debt", "age"])
    rows["sex"] = ["F", "M"] * 200
    rows["approved"] = (rows.income - rows.debt + rng.normal(size=400) > 0).astype(int)
    return rows


def audited(frame: pd.DataFrame, **settings: Any) -> dlaudit.Audit:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
    written = {f"explain.{name}": value for name, value in settings.items()}
    return dlaudit.audit(net, frame, target="approved", sensitive=["sex"], settings={**QUICK, **written})


def test_gaps_that_the_budget_does_not_allow_are_left_out_as_it_says(frame):
    asked = {"decompose": ["mean_score", "selection_rate", "true_positive_rate"], "sample": 200}
    whole = audited(frame, budget="none", **asked).explain_plan
    # two pairings of 2 rounds: 400 rows, 6 mixtures a third each, with people of the own slice twice
    one_pairing = 400 * 2 * 2 * 2
    audit = audited(frame, budget=str(int(whole.estimated - one_pairing / 2)), **asked)
    plan = audit.explain_plan
    assert {one.metric for one in audit.decompositions} == {"mean_score", "selection_rate"}
    assert "paired as those of the first metric" in plan.reduced[-1]
    (reason,) = [one.reason for one in audit.not_applicable if one.what == "decompositions of true_positive_rate"]
    assert "DLA505" in reason
    assert plan.estimated <= plan.budget and plan.spent <= 1.05 * plan.budget


def test_the_estimate_of_gaps_holds_the_pairs_within_a_slice(frame):
    """Many rounds: those allowed are fewer where people are paired within their slice, too; the sum is the same."""
    from dlaudit.attributions import GapWork
    from dlaudit.attributions.gaps.rounds import MOST_PASSES, rounds_allowed

    work = GapWork(sides=[(100, 100)], rows=5_000, rounds=1_000, walks=1)
    pooled = GapWork(sides=[(100, 100)], rows=5_000, rounds=1_000, walks=1, pooled=True)
    assert pooled.rounds_at_most(14) == rounds_allowed(14, 1_000, pooled=True) < work.rounds_at_most(14)
    assert max(work.passes(14), pooled.passes(14)) <= 200 * MOST_PASSES
    assert pooled.passes(14) == pytest.approx(work.passes(14), rel=0.1)


def test_checks_of_an_audit_rest_on_every_slice(frame):
    audit = audited(frame, checks=True)
    assert {one.slice for one in audit.trust} == {"overall", "sex=F", "sex=M"}
    assert {one.rows for one in audit.trust if one.slice != "overall"} == {60}
