"""Gaps planted by hand: a small seeded version of benchmarks/planted_gaps.py."""

from dataclasses import replace

import numpy as np
import planted_answers
import planted_truth as truth
import pytest
import torch

SEEDS = range(5)
SIZES = (900, 600)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    planted_answers.one_thread()
    yield
    torch.set_num_threads(before)


def asked(maker, seed, sizes=SIZES):
    return planted_answers.answered(maker(np.random.default_rng([7, seed]), *sizes), seed)


@pytest.mark.parametrize("scenario", [*truth.INDEPENDENT, *truth.ELSEWHERE])
def test_the_planted_part_is_the_largest_and_marked(scenario):
    maker = {**truth.INDEPENDENT, **truth.ELSEWHERE}[scenario]
    found = [asked(maker, seed) for seed in SEEDS]
    assert all(one.right for one in found if one.decidable) and sum(one.decidable for one in found) >= 3
    assert sum(one.found for one in found if one.decidable) >= 3
    assert all(one.missed < 1e-9 for one in found)


@pytest.mark.parametrize("scenario", truth.CORRELATED)
def test_inputs_that_go_together_are_found_as_one_group(scenario):
    found = [asked(truth.CORRELATED[scenario], seed) for seed in SEEDS]
    assert all(one.group_right for one in found if one.decidable) and sum(one.decidable for one in found) >= 3


def test_a_decoy_that_only_reveals_the_slice_carries_nothing():
    """The twin: by association with the slice alone, the decoy would be the answer every time."""
    planted = truth.proxy(np.random.default_rng(3), *SIZES)
    apart = np.abs(planted.a.mean(axis=0) - planted.b.mean(axis=0))
    assert f"x{apart.argmax()}" not in planted.answer
    assert planted_answers.answered(planted).right


def test_a_split_that_forgets_the_labels_blames_an_input_for_a_label_mix():
    """The twin of the label mix: among people of all labels, x0 carries the gap of the score."""
    planted = truth.label_mix_only(np.random.default_rng(3), *SIZES)
    assert planted_answers.answered(planted).right
    forgotten = replace(planted, metric="mean_score", answer=frozenset({"x0"}))
    assert planted_answers.answered(forgotten).right and planted_answers.answered(forgotten).found


def test_slices_that_are_alike_have_few_marks():
    found = [asked(truth.nothing, seed, (240, 160)) for seed in range(40)]
    marked = np.mean([one.wrongly_marked for one in found])
    assert marked <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(found))
