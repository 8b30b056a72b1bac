"""Checks beside the model: right numbers, held-out material, the same whatever the batches, and no trace left."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from dlaudit.attributions.checks.coalitions import BLOCKS, coalitions
from dlaudit.attributions.checks.effects import References, effects_of
from dlaudit.attributions.checks.faithful import faithful, others
from dlaudit.attributions.checks.found import CheckSettings
from dlaudit.attributions.checks.games import kinds_of
from dlaudit.attributions.checks.rows import check_rows
from dlaudit.attributions.layout import NOBODY, Layout
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.request import CannotExplainError, Explanation
from dlaudit.attributions.score import Meter


def tables(found, method):
    checks = found.methods[method]
    return {**checks.figures, **{f"null {name}": one for name, one in checks.nulls.items()}}


def same(one, two, **tolerance):
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_allclose(one[name], two[name], err_msg=name, **tolerance)


# --- numbers -------------------------------------------------------------------------------------------------


def test_effects_are_those_of_exchanging_inputs_one_by_one(make_world):
    request = make_world(count=6).request
    generator = np.random.default_rng(0)
    drawn = coalitions(6, 8, 4, generator)
    references = References(rows=request.background, chosen=generator.integers(6, size=(6, 2)))
    found = effects_of(request, drawn, references)
    rows, background = request.rows[0], request.background[0]
    for row in range(6):
        for pair in range(4):
            other = background[references.chosen[row, pair // 2]]
            mask = torch.from_numpy(drawn.present[drawn.block[row], pair])
            scored = request.score(
                torch.stack(
                    [torch.where(mask, rows[row], other), torch.where(mask, other, rows[row]), rows[row], other]
                )
            )
            kept, exchanged, whole, none = scored.detach().numpy()
            even = (whole - none) * (2 * int(mask.sum()) - 8) / 8
            assert found.split[row, pair] == pytest.approx(kept - exchanged - even, abs=1e-6)


def test_contributions_of_an_additive_score_predict_every_effect(make_world, explain_again):
    known = make_world(count=50)
    weights = torch.linspace(-2, 3, 8).double()
    request = replace(known.request, score=Meter(lambda rows: rows.double() @ weights), module=None)
    settings = CheckSettings(references=request.background)
    found = check_rows(request, {"integrated_gradients": explain_again("", request)}, explain_again, settings)
    checks = found.methods["integrated_gradients"]
    np.testing.assert_allclose(checks.figures["faithfulness"], 1, atol=1e-6)
    np.testing.assert_allclose(checks.figures["infidelity"], 0, atol=1e-8)
    np.testing.assert_allclose(checks.figures["product"], checks.figures["square"], rtol=1e-4)
    assert np.abs(checks.nulls["faithfulness"]).mean() < 0.5


def test_exact_shapley_values_have_slope_one_and_those_of_other_rows_do_not(make_world):
    known = make_world(count=240)
    known = replace(known, settings=CheckSettings(references=known.request.background, again_most=0))
    explained = known.explained("shapley_values")
    figures = known.answer(explained).methods[0].figures
    assert figures["product"].mean() / figures["square"].mean() == pytest.approx(1, abs=0.06)
    turned = {"m": replace(explained["shapley_values"], values=explained["shapley_values"].values[::-1].copy())}
    figures = known.answer(turned).methods[0].figures
    assert figures["product"].mean() / figures["square"].mean() < 0.5


def test_infidelity_grows_by_what_sets_other_rows_contributions_apart(make_world):
    """The identity that `apart` rests on: in the mean, errors are unrelated to other rows' contributions."""
    known = make_world(count=300, again_most=0)
    checks = known.answer(known.explained("shapley_values")).methods[0]
    gain = (checks.nulls["infidelity"] - checks.figures["infidelity"]).mean()
    assert gain / checks.figures["apart"].mean() == pytest.approx(1, abs=0.15)


def test_every_row_serves_as_another_rows_null_equally_often():
    found = others(7, np.random.default_rng(0))
    assert found.shape == (4, 7)
    assert (found != np.arange(7)).all()
    assert (np.sort(found, axis=1) == np.arange(7)).all()
    assert others(2, np.random.default_rng(0)).tolist() == [[1, 0]]


def test_sizes_of_coalitions_follow_the_shapley_kernel():
    drawn = coalitions(10, 6, 4_000, np.random.default_rng(0))
    sizes = drawn.present.sum(axis=2).ravel()
    assert sizes.min() >= 1 and sizes.max() <= 5
    wanted = np.array([1 / (s * (6 - s)) for s in range(1, 6)])
    wanted /= wanted.sum()
    shares = np.bincount(sizes, minlength=6)[1:] / len(sizes)
    tolerance = 4 * np.sqrt(0.25 / (BLOCKS * 4_000))
    np.testing.assert_allclose(shares, wanted, atol=tolerance)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(shares, np.full(5, 0.2), atol=tolerance)


def test_the_game_of_a_method_is_told_from_its_reference(make_world):
    known = make_world(count=40)
    found = known.explained("integrated_gradients", "shapley_values")
    assert kinds_of(known.request, found) == {"integrated_gradients": "mean", "shapley_values": "rows"}
    whole_numbers = replace(known.request, background=(torch.zeros((6, 8), dtype=torch.int64),))
    assert set(kinds_of(whole_numbers, found).values()) == {"rows"}


# --- held out ------------------------------------------------------------------------------------------------


def test_references_are_rows_that_no_method_has_used(make_world):
    known = make_world(count=30)
    seen = []

    def score(rows):
        seen.append(rows.detach().clone())
        return known.request.score(rows)

    request = replace(known.request, score=Meter(score))
    shapley = known.explained("shapley_values")
    seen.clear()
    check_rows(request, shapley, lambda *_: pytest.fail("no row is explained again"), CheckSettings(again_most=0))
    backgrounds = {tuple(one) for one in known.request.background[0].numpy()[:, :3].tolist()}
    used = [tuple(one) for tensor in seen[3:] for one in tensor.numpy()[:, :3].tolist()]
    assert not backgrounds & set(used)


def test_given_references_are_used_and_no_others(make_world):
    known = make_world(count=30)
    given = torch.full((3, 8), 77.0)
    seen = []

    def score(rows):
        seen.append(rows.detach().clone())
        return known.request.score(rows)

    request = replace(known.request, score=Meter(score))
    check_rows(
        request, known.explained("shapley_values"), lambda *_: None, CheckSettings(again_most=0, references=(given,))
    )
    own = {round(float(one), 5) for one in known.request.rows[0].flatten()}
    mixed = {round(float(one), 5) for tensor in seen[3:] for one in tensor.flatten()}
    assert mixed <= own | {77.0}


# --- sameness ------------------------------------------------------------------------------------------------


def test_figures_depend_on_the_seed_and_not_on_the_batches(make_world, explain_again):
    known = make_world(count=50)
    explained = known.explained("integrated_gradients", "shapley_values")

    def found(batch, seed=0):
        request = replace(known.request, memory=Memory(batch))
        return check_rows(request, explained, explain_again, CheckSettings(seed=seed, again_most=10))

    for method in explained:
        whole, again, small, other = (
            tables(one, method) for one in (found(4096), found(4096), found(7), found(4096, 1))
        )
        same(whole, again, rtol=0)
        same(whole, small, atol=2e-5)
        assert np.nanmax(np.abs(whole["faithfulness"] - other["faithfulness"])) > 0.01


def test_methods_do_not_shift_each_others_figures(make_world, explain_again):
    known = make_world(count=50)
    explained = known.explained("shapley_values", "gradient_shap")
    settings = CheckSettings(again_most=10)
    both = check_rows(known.request, explained, explain_again, settings)
    one = {"gradient_shap": explained["gradient_shap"]}
    same(
        tables(both, "gradient_shap"),
        tables(check_rows(known.request, one, explain_again, settings), "gradient_shap"),
        rtol=0,
    )


def test_memory_that_runs_out_halves_the_passes_and_changes_nothing(make_world):
    known = make_world(count=40)
    explained = known.explained("integrated_gradients")

    def tight(rows):
        if len(rows) > 50:
            raise torch.OutOfMemoryError("out of memory")
        return known.request.score(rows)

    memory = Memory(200)
    request = replace(known.request, score=Meter(tight), memory=memory)
    settings = CheckSettings(again_most=0)
    found = check_rows(request, explained, lambda *_: None, settings)
    plain = check_rows(known.request, explained, lambda *_: None, settings)
    assert memory.halved and memory.rows <= 50
    same(tables(found, "integrated_gradients"), tables(plain, "integrated_gradients"), atol=1e-5)


def test_only_some_rows_are_checked_and_the_others_have_no_figures(make_world, explain_again):
    known = make_world(count=60)
    explained = known.explained("integrated_gradients")
    chosen = np.arange(0, 60, 3)
    settings = CheckSettings(rows=chosen, again=np.array([0, 3, 9]))
    found = check_rows(known.request, explained, explain_again, settings)
    figures = found.methods["integrated_gradients"].figures
    assert np.flatnonzero(np.isfinite(figures["faithfulness"])).tolist() == chosen.tolist()
    assert np.flatnonzero(np.isfinite(figures["randomised_all"])).tolist() == [0, 3, 9]
    assert found.model["rows"] == 20 and found.model["rows_again"] == 3


def test_the_shared_evaluations_cost_at_most_25_passes_a_row(make_world):
    known = make_world(count=100)
    settings = CheckSettings(again_most=0, curve_rows=1)
    for methods in (("integrated_gradients",), ("integrated_gradients", "shapley_values")):
        found = check_rows(known.request, known.explained(*methods), lambda *_: None, settings)
        assert 20 < found.model["passes"] / 100 < 25


# --- other inputs --------------------------------------------------------------------------------------------


def test_two_inputs_words_and_padding_are_exchanged_as_the_layout_says(make_world):
    """Whole numbers, a player number of their own in each row, and padding that stays."""
    generator = torch.Generator().manual_seed(0)
    words = torch.randint(1, 9, (40, 6), generator=generator)
    words[:, 5] = 0
    table = torch.randn(40, 2, generator=generator)
    owner = torch.arange(6).repeat(40, 1) // 2
    owner[:20] = torch.tensor([0, 1, 1, 2, 2, 2])
    owner[:, 5] = NOBODY
    seen = []

    def score(one, two):
        seen.append(one.clone())
        return one.double().sum(dim=1) * 0.1 + two.double().sum(dim=1)

    request = replace(
        make_world().request,
        score=Meter(score),
        rows=(words, table),
        background=(words[:5] + 1, table[:5] + 1),
        layout=Layout(names=tuple("abcde"), owner=(owner, torch.tensor([[3, 4]]))),
        module=None,
    )
    values = request.layout.gathered([words.double() * 0.1, table.double()])
    explained = Explanation(values=values, change=values.sum(axis=1), reference="zero")
    settings = CheckSettings(again_most=0, references=(words + 1, table))
    found = check_rows(request, {"m": explained}, lambda *_: None, settings)
    assert all(bool((one[:, 5] == 0).all()) for one in seen[3:])
    assert np.isfinite(found.methods["m"].figures["faithfulness"]).all()
    assert found.methods["m"].figures["faithfulness"].mean() > found.methods["m"].nulls["faithfulness"].mean()


def test_too_few_inputs_or_rows_are_said_and_not_checked(make_world, explain_again):
    known = make_world(count=20)
    two = replace(known.request, layout=Layout(names=("a", "b"), owner=(torch.tensor([[0, 1, 1, 1, 0, 0, 1, 0]]),)))
    found = check_rows(two, {"m": explain_again("", two)}, explain_again, CheckSettings())
    assert found.methods == {} and found.not_applicable[0].reason == "only 2 inputs"
    one = CheckSettings(rows=np.array([4]))
    found = check_rows(known.request, known.explained("integrated_gradients"), explain_again, one)
    assert found.methods == {} and found.not_applicable[0].reason == "only 1 rows"


def test_scores_that_are_not_numbers_leave_the_row_without_figures(make_world):
    known = make_world(count=20)
    explained = known.explained("integrated_gradients")

    def broken(rows):
        scores = known.request.score(rows)
        return torch.where((rows == known.request.rows[0][3]).any(dim=1), torch.nan, scores)

    request = replace(known.request, score=Meter(broken))
    settings = CheckSettings(again_most=0, references=known.request.background)
    figures = check_rows(request, explained, lambda *_: None, settings).methods["integrated_gradients"].figures
    assert np.isnan(figures["faithfulness"][3])
    assert np.isfinite(np.delete(figures["faithfulness"], 3)).all()


def test_a_single_row_has_no_null():
    effects = effects_stub()
    assert faithful(effects, np.ones((1, 3)), others(1, np.random.default_rng(0))).nulls == {}


def effects_stub():
    from dlaudit.attributions.checks.effects import Effects

    drawn = coalitions(1, 3, 4, np.random.default_rng(0))
    return Effects(coalitions=drawn, split=np.ones((1, 4)), change=np.ones((1, 1)), held=np.ones((1, 3), bool))


# --- no trace ------------------------------------------------------------------------------------------------


def traces(module):
    state = {name: one.clone() for name, one in module.state_dict().items()}
    kept = {name: (id(one), one._version, one.requires_grad) for name, one in module.named_parameters()}
    return (
        state,
        kept,
        [part.training for part in module.modules()],
        [len(part._forward_pre_hooks) for part in module.modules()],
    )


def untouched(before, module):
    after = traces(module)
    return all(torch.equal(before[0][name], after[0][name]) for name in before[0]) and before[1:] == after[1:]


@pytest.mark.parametrize("kind", ["mlp", "cnn", "lstm"])
def test_the_model_is_left_bit_for_bit_as_it_was(make_world, explain_again, kind):
    known = make_world(kind, count=20, again_most=8)
    known.request.module.train()
    before, rows = traces(known.request.module), known.request.rows[0].clone()
    found = check_rows(
        known.request, {"integrated_gradients": explain_again("", known.request)}, explain_again, known.settings
    )
    assert "randomised_all" in found.methods["integrated_gradients"].figures
    assert untouched(before, known.request.module) and torch.equal(rows, known.request.rows[0])


@pytest.mark.parametrize("fault", [CannotExplainError("no"), RuntimeError("broken"), KeyboardInterrupt()])
def test_the_model_is_left_as_it_was_when_a_check_fails(make_world, explain_again, fault):
    known = make_world(count=20)
    before = traces(known.request.module)
    plain = copy.deepcopy(known.request.module)
    explained = known.explained("integrated_gradients")

    def fails_on_other_weights(method, request):
        changed = any(
            not torch.equal(one, two) for one, two in zip(request.module.parameters(), plain.parameters(), strict=True)
        )
        if changed:
            raise fault
        return explain_again(method, request)

    settings = CheckSettings(again_most=8)
    if isinstance(fault, CannotExplainError):
        found = check_rows(known.request, explained, fails_on_other_weights, settings)
        assert [(one.what, one.reason) for one in found.not_applicable] == [
            ("randomised weights of integrated_gradients", "no")
        ]
        assert "baseline_sensitivity" in found.methods["integrated_gradients"].figures
    else:
        with pytest.raises(type(fault)):
            check_rows(known.request, explained, fails_on_other_weights, settings)
    assert untouched(before, known.request.module)
