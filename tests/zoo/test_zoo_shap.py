"""SHAP's model-agnostic and gradient explainers on what they get wrong, with a twin for each."""

import numpy as np
import pandas as pd
import pytest
import shap
import torch
from torch import nn
from zoo_models import InPlaceInput, Mixed, Modules, Normalised, Recurrent, Tokens, activated, made

from dlaudit.attributions.layout import NOBODY, Layout

twin = pytest.mark.filterwarnings("ignore")
"""The libraries warn of this and that, never of what the twins show."""
GAMES = ["shap.KernelExplainer", "shap.PermutationExplainer", "shap.ExactExplainer"]
SHAP = [*GAMES, "shap.GradientExplainer"]


def codes(*shape, seed=0, high=50):
    return torch.randint(0, high, shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("method", SHAP)
def test_a_linear_model_is_split_into_weight_times_distance(zoo, explained, normal, method):
    module = made(lambda: nn.Linear(5, 1))
    rows, background = normal(7, 5), normal(20, 5, seed=1)
    found = explained(method, zoo(module, rows, background, steps=256))
    expected = ((rows - background.mean(0)) * module.weight.detach()[0]).numpy()
    if method == "shap.GradientExplainer":
        assert (np.abs(found.values - expected) <= 12 * found.error + 1e-6).all()
    else:
        np.testing.assert_allclose(found.values, expected, atol=2e-6)
        assert np.abs(found.completeness).max() < 2e-6


@pytest.mark.parametrize("method", ["shap.KernelExplainer", "shap.ExactExplainer"])
def test_an_interaction_is_shared_as_by_definition(zoo, explained, normal, method):
    rows, background = normal(4, 2), torch.zeros(3, 2)
    found = explained(method, zoo(lambda x: x[:, :1] * x[:, 1:], rows, background))
    half = (rows[:, 0] * rows[:, 1] / 2).numpy()
    np.testing.assert_allclose(found.values, np.stack([half, half], 1), atol=1e-6)


def test_no_contribution_is_set_to_zero_by_default(zoo, explained, normal):
    module = made(lambda: nn.Sequential(nn.Linear(14, 16), nn.Tanh(), nn.Linear(16, 1)))
    found = explained("shap.KernelExplainer", zoo(module, normal(3, 14), normal(6, 14, seed=1), evaluations=600))
    assert (found.values != 0).all()


@twin
def test_twin_kernel_explainer_keeps_ten_contributions(normal):
    module = made(lambda: nn.Sequential(nn.Linear(14, 16), nn.Tanh(), nn.Linear(16, 1)))
    explainer = shap.KernelExplainer(
        lambda x: module(torch.as_tensor(x).float()).detach().numpy()[:, 0], normal(6, 14, seed=1).numpy()
    )
    assert (explainer.shap_values(normal(3, 14).numpy(), nsamples=600, silent=True) == 0).sum(1).min() >= 4


@pytest.mark.parametrize("method", GAMES)
def test_codes_numbers_and_several_inputs_are_players_alike(zoo, explained, normal, method):
    rows = normal(3, 10), codes(3, 3, high=7)
    others = normal(4, 10, seed=1), codes(4, 3, seed=1, high=7)
    layout = Layout(names=("a", "b", "codes"), owner=((torch.arange(10) // 5)[None], torch.full((1, 1), 2)))
    found = explained(method, zoo(made(Mixed), rows, others, layout=layout))
    assert found.values.shape == (3, 3)
    assert np.abs(found.completeness).max() < 1e-6


def test_what_belongs_to_nobody_stays_the_rows_own(zoo, explained, normal):
    """Padding is compared with itself: the change of the score is that of the other elements alone."""
    owner = torch.arange(6)[None].clone()
    owner[:, 4:] = NOBODY
    layout = Layout(names=tuple("abcd"), owner=(owner,))
    rows, background = normal(4, 6), normal(5, 6, seed=1)
    module = made(lambda: nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1)))
    asked = zoo(module, rows, background, layout=layout, steps=16)
    kept = torch.cat([background[:, None, :4].expand(5, 4, 4), rows[None, :, 4:].expand(5, 4, 2)], 2)
    with torch.no_grad():
        change = (module(rows)[:, 0] - module(kept.reshape(20, 6)).reshape(5, 4).mean(0)).numpy()
    for method in (*SHAP, "captum.DeepLiftShap", "captum.GradientShap"):
        found = explained(method, asked)
        np.testing.assert_allclose(found.change, change, atol=1e-6)
        assert found.values.shape == (4, 4)


def test_codes_have_expected_gradients(zoo, explained):
    asked = zoo(made(Tokens, scale=2), codes(4, 6), codes(5, 6, seed=1), steps=128)
    found = explained("shap.GradientExplainer", asked)
    assert np.abs(found.completeness).max() < 6 * np.linalg.norm(found.error, axis=1).max()


@twin
def test_twin_codes_fail_in_gradient_explainer():
    module = made(Tokens)
    with pytest.raises(RuntimeError):
        shap.GradientExplainer(module, codes(5, 6)).shap_values(codes(2, 6))


def test_gradient_explainer_on_double_and_flat_outputs(zoo, explained, normal):
    flat = made(lambda: nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)))
    rows, background = normal(4, 10), normal(5, 10, seed=1)
    plain = explained("shap.GradientExplainer", zoo(flat, rows, background))
    double = explained("shap.GradientExplainer", zoo(flat.double(), rows.double(), background.double()))
    np.testing.assert_allclose(plain.values, double.values, atol=1e-5)


@twin
def test_twin_gradient_explainer_fails_on_double_and_flat_outputs(normal):
    flat = made(lambda: nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)))
    with pytest.raises(IndexError):
        shap.GradientExplainer(flat, normal(5, 10)).shap_values(normal(2, 10), nsamples=4)
    with pytest.raises(RuntimeError):
        shap.GradientExplainer(made(Modules).double(), normal(5, 10).double()).shap_values(
            normal(2, 10).double(), nsamples=4
        )


def test_errors_of_gradient_explainer_are_those_of_the_mean(zoo, explained, normal):
    module = made(lambda: activated(nn.Tanh), scale=2)
    rows, background = normal(1, 10), normal(30, 10, seed=1)
    runs = [
        explained(
            "shap.GradientExplainer",
            zoo(module, rows, background, steps=25, generator=np.random.default_rng(seed)),
        )
        for seed in range(24)
    ]
    spread = np.std([one.values[0] for one in runs], axis=0, ddof=1)
    said = np.sqrt(np.mean([one.error[0] ** 2 for one in runs], axis=0))
    assert 0.6 < np.median(said / spread) < 1.6


@twin
def test_twin_gradient_explainer_says_variances_that_are_too_large(normal):
    module = made(lambda: activated(nn.Tanh), scale=2)
    explainer = shap.GradientExplainer(module, normal(30, 10, seed=1))
    runs, said = [], None
    for seed in range(24):
        values, variance = explainer.shap_values(normal(1, 10), nsamples=100, rseed=seed, return_variances=True)
        runs.append(values[0, :, 1])
        said = np.asarray(variance)[1][0]
    assert np.median(said / np.var(runs, axis=0, ddof=1)) > 3


@pytest.mark.parametrize("method", SHAP)
def test_modes_rows_and_generators_stay(zoo, explained, normal, method):
    module = made(Normalised).train()
    first, second = (explained(method, zoo(module, normal(4, 10), normal(5, 10, seed=1))) for _ in range(2))
    np.testing.assert_array_equal(first.values, second.values)
    explained(method, zoo(made(InPlaceInput), normal(4, 10), normal(5, 10, seed=1)))


@twin
def test_twin_gradient_explainer_switches_the_mode(normal):
    module = made(Normalised).train()
    shap.GradientExplainer(module, normal(5, 10)).shap_values(normal(2, 10), nsamples=4)
    assert not module.training


@pytest.mark.parametrize("method", SHAP)
def test_batch_sizes_change_nothing_but_rounding(zoo, explained, normal, method):
    module = made(Recurrent)
    several = [
        explained(
            method, zoo(module, normal(2, 4, 6), normal(3, 4, 6, seed=1), batch_size=size, steps=8, evaluations=64)
        )
        for size in (4096, 17)
    ]
    np.testing.assert_allclose(several[0].values, several[1].values, atol=1e-6)


def test_tables_with_text_never_reach_shap(zoo, explained, normal):
    """The game is given, not the table: it makes no difference what the columns hold."""
    rows = normal(3, 4)
    found = explained("shap.PermutationExplainer", zoo(made(lambda: nn.Linear(4, 1)), rows, normal(4, 4, seed=1)))
    assert np.abs(found.completeness).max() < 1e-6


@twin
def test_twin_a_table_with_text_fails_in_permutation_explainer(normal):
    table = pd.DataFrame(normal(8, 3).numpy(), columns=["a", "b", "c"])
    table["text"] = np.where(table.a > 0, "yes", "no")

    def score(rows):
        rows = pd.DataFrame(rows, columns=table.columns)
        return rows[["a", "b", "c"]].to_numpy(dtype=float).sum(1) + (rows.text == "yes").to_numpy()

    with pytest.raises(TypeError):
        shap.PermutationExplainer(score, table)(table.iloc[:2], silent=True)


def test_too_many_players_for_all_coalitions_are_refused(zoo, refused, normal):
    refused("shap.ExactExplainer", zoo(made(lambda: nn.Linear(20, 1)), normal(3, 20), normal(4, 20)), "20 players have")


def test_a_single_player_is_refused_or_has_the_whole_change(zoo, explained, refused, normal):
    asked = zoo(made(lambda: nn.Linear(1, 1)), normal(3, 1), normal(4, 1, seed=1))
    refused("shap.PermutationExplainer", asked, "one player only")
    for method in ("shap.KernelExplainer", "shap.ExactExplainer"):
        found = explained(method, asked)
        np.testing.assert_allclose(found.values[:, 0], found.change, atol=1e-7)
