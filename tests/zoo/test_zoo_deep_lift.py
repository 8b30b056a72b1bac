"""DeepLift in Captum and SHAP: operations without a rule are refused by name; where every one has a rule it adds up.

Each refusal has a twin in which the library, called as its users call it, is silently wrong or fails. Should a release
mend it, the twin fails and says so: then the refusal can go.
"""

import numpy as np
import pytest
import torch
from captum.attr import DeepLift
from shap import DeepExplainer
from torch import nn
from zoo_models import (
    Attending,
    Functional,
    Gated,
    LinearResidual,
    MaskedByHand,
    Modules,
    Nested,
    Recurrent,
    Residual,
    Reused,
    TwoInputs,
    activated,
    made,
    missed,
    pooled,
    softmaxed,
)

from dlaudit.attributions.completeness import holds

BOTH = ["captum.DeepLift", "captum.DeepLiftShap", "shap.DeepExplainer"]
WITHOUT_RULE = [nn.SiLU, nn.Mish, nn.Hardswish, nn.ReLU6, nn.PReLU, nn.CELU, nn.LogSigmoid, nn.Hardtanh]


twin = pytest.mark.filterwarnings("ignore")
"""The libraries warn of this and that, never of what the twins show."""


def rows_of(normal, *shape, count=16):
    return normal(count, *shape), normal(5, *shape, seed=1)


def deep_shap(module, rows, background, target=1):
    found = DeepExplainer(module, background).shap_values(rows.clone(), check_additivity=False)
    return torch.as_tensor(found[..., target])


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("build", [Modules, lambda: activated(nn.ELU), lambda: activated(nn.Tanh), Nested])
def test_layers_with_a_rule_add_up(zoo, explained, normal, method, build):
    rows, background = rows_of(normal, 10)
    found = explained(method, zoo(made(build, scale=2), rows, background, target=1))
    assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()


@pytest.mark.parametrize("method", BOTH)
def test_two_inputs_add_up(zoo, explained, normal, method):
    rows, background = (normal(6, 10), normal(6, 3)), (normal(5, 10, seed=1), normal(5, 3, seed=2))
    found = explained(method, zoo(made(TwoInputs), rows, background, target=1))
    assert found.values.shape == (6, 13)
    assert np.abs(found.completeness).max() < 1e-5


@pytest.mark.parametrize("method", BOTH)
def test_functional_activations_are_refused(zoo, refused, normal, method):
    refused(method, zoo(made(Functional, scale=3), *rows_of(normal, 10)), "Relu .2 times. outside the layers")


@twin
def test_twin_functional_activations_are_silently_wrong(normal):
    rows, background = normal(16, 10), torch.full((16, 10), 0.1)
    module = made(Functional, scale=3)
    error, gap = missed(DeepLift(module).attribute(rows.clone(), background, target=1), module, rows, background)
    assert error > 0.5 * gap
    error, gap = missed(deep_shap(module, rows, background[:1]), module, rows, background)
    assert error > 0.5 * gap


@pytest.mark.parametrize("method", BOTH)
def test_an_activation_layer_that_runs_twice_is_refused(zoo, refused, normal, method):
    refused(method, zoo(made(Reused, scale=3), *rows_of(normal, 10)), "one ReLU layer runs 2 times")


@twin
def test_twin_a_reused_activation_fails_in_captum_and_is_wrong_in_shap(normal):
    rows, background = normal(16, 10), torch.full((16, 10), 0.1)
    module = made(Reused, scale=3)
    with pytest.raises(RuntimeError):
        DeepLift(module).attribute(rows.clone(), background, target=1)
    error, gap = missed(deep_shap(module, rows, background[:1]), module, rows, background)
    assert error > 0.5 * gap


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("kind", WITHOUT_RULE)
def test_activations_without_a_rule_are_refused(zoo, refused, normal, method, kind):
    refused(method, zoo(made(lambda: activated(kind), scale=3), *rows_of(normal, 10)), "outside the layers for which")


@pytest.mark.parametrize("kind", [*WITHOUT_RULE, nn.GELU, nn.SELU])
@twin
def test_twin_activations_without_a_rule_are_silently_wrong(normal, kind):
    rows, background = normal(16, 10), torch.full((16, 10), 0.1)
    module = made(lambda: activated(kind), scale=3)
    error, gap = missed(DeepLift(module).attribute(rows.clone(), background, target=1), module, rows, background)
    assert error > 0.1 * gap
    if kind in WITHOUT_RULE:
        error, gap = missed(deep_shap(module, rows, background[:1]), module, rows, background)
        assert error > 0.1 * gap


@pytest.mark.parametrize("kind", [nn.GELU, nn.SELU])
def test_gelu_and_selu_have_a_rule_in_shap_alone(zoo, explained, refused, normal, kind):
    asked = zoo(made(lambda: activated(kind), scale=3), *rows_of(normal, 10))
    found = explained("shap.DeepExplainer", asked)
    assert np.abs(found.completeness).max() < 1e-3 * np.abs(found.change).max()
    refused("captum.DeepLift", asked, "outside the layers for which Captum")


def test_max_pooling_with_a_reference_other_than_zero_is_refused_in_captum(zoo, refused, normal):
    asked = zoo(made(lambda: pooled(nn.MaxPool2d(2)), scale=2), *rows_of(normal, 1, 12, 12, count=8))
    refused("captum.DeepLift", asked, "MaxPool2d holds for an all-zero reference only")
    refused("captum.DeepLiftShap", asked, "MaxPool2d holds for an all-zero reference only")


def test_max_pooling_is_right_with_zeros_in_captum_and_with_any_reference_in_shap(zoo, explained, normal):
    rows, background = rows_of(normal, 1, 12, 12, count=8)
    module = made(lambda: pooled(nn.MaxPool2d(2)), scale=2)
    for method, others in (("captum.DeepLift", torch.zeros_like(background)), ("shap.DeepExplainer", background)):
        found = explained(method, zoo(module, rows, others))
        assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()


@twin
def test_twin_max_pooling_with_a_reference_other_than_zero_is_silently_wrong(normal):
    rows, background = normal(8, 1, 12, 12), normal(8, 1, 12, 12, seed=1)
    module = made(lambda: pooled(nn.MaxPool2d(2)), scale=2)
    error, gap = missed(DeepLift(module).attribute(rows.clone(), background, target=1), module, rows, background)
    assert error > 0.3 * gap


@pytest.mark.parametrize("method", BOTH)
def test_overlapping_pooling_is_refused(zoo, refused, normal, method):
    rows, background = rows_of(normal, 1, 12, 12, count=8)
    module = made(lambda: pooled(nn.MaxPool2d(3, stride=1)), scale=2)
    refused(method, zoo(module, rows, torch.zeros_like(background)), "windows of MaxPool2d overlap")


@twin
def test_twin_overlapping_pooling_is_silently_wrong(normal):
    rows, background = normal(8, 1, 12, 12), normal(8, 1, 12, 12, seed=1)
    module = made(lambda: pooled(nn.MaxPool2d(3, stride=1)), scale=2)
    error, gap = missed(DeepLift(module).attribute(rows.clone(), background, target=1), module, rows, background)
    assert error > 0.3 * gap
    error, gap = missed(deep_shap(module, rows, background[:1]), module, rows, background[:1])
    assert error > 0.3 * gap


def test_average_pooling_is_right(zoo, explained, normal):
    rows, background = rows_of(normal, 1, 12, 12, count=8)
    for method in BOTH:
        found = explained(method, zoo(made(lambda: pooled(nn.AvgPool2d(2)), scale=2), rows, background))
        assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()


def test_a_softmax_head_is_refused_in_captum_and_right_in_shap(zoo, explained, refused, normal):
    asked = zoo(made(softmaxed, scale=1.5), *rows_of(normal, 10), target=1)
    for method in ("captum.DeepLift", "captum.DeepLiftShap"):
        refused(method, asked, "Softmax outside the layers for which Captum")
    found = explained("shap.DeepExplainer", asked)
    assert np.abs(found.completeness).max() < 1e-4


@twin
def test_twin_a_softmax_head_is_silently_wrong_and_depends_on_the_batch(normal):
    rows, background = normal(16, 10), torch.full((16, 10), 0.1)
    module = made(softmaxed, scale=1.5)
    whole = DeepLift(module).attribute(rows.clone(), background, target=1)
    alone = DeepLift(module).attribute(rows[:1].clone(), background[:1], target=1)
    error, gap = missed(whole, module, rows, background)
    assert error > gap
    assert float((whole[:1] - alone).abs().max()) > 0.5 * float(alone.abs().max())


def test_the_probability_of_two_logits_is_right_whatever_the_batch(zoo, explained, normal):
    rows, background = rows_of(normal, 10)
    module = made(Modules)
    ask = {"target": 1, "head": lambda outputs: torch.softmax(outputs, dim=1)}
    for method in BOTH:
        found = explained(method, zoo(module, rows, background, **ask))
        alone = explained(method, zoo(module, rows[:1], background, **ask))
        assert np.abs(found.completeness).max() < 1e-5
        np.testing.assert_allclose(found.values[:1], alone.values, atol=1e-6)


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_are_refused(zoo, refused, normal, method, kind):
    refused(method, zoo(made(lambda: Recurrent(kind), scale=2), *rows_of(normal, 20, 6)), f"{kind.__name__} multiplies")


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@twin
def test_twin_recurrent_layers_are_silently_wrong(normal, kind):
    rows, background = normal(8, 20, 6), torch.zeros(8, 20, 6)
    module = made(lambda: Recurrent(kind), scale=2)
    error, gap = missed(DeepLift(module).attribute(rows.clone(), background, target=1), module, rows, background)
    assert error > 0.5 * gap


@pytest.mark.parametrize("method", BOTH)
def test_a_transformer_is_refused(zoo, refused, normal, method):
    refused(method, zoo(made(Attending, scale=1.5), *rows_of(normal, 16, 32)), "multiplies attention weights")


@twin
def test_twin_a_transformer_is_silently_wrong(normal):
    rows, background = normal(8, 16, 32), torch.zeros(8, 16, 32)
    module = made(Attending, scale=1.5)
    error, gap = missed(DeepLift(module).attribute(rows.clone(), background, target=1), module, rows, background)
    assert error > 0.5 * gap


@pytest.mark.parametrize("method", BOTH)
def test_products_of_activations_are_refused(zoo, refused, normal, method):
    refused(method, zoo(made(Gated), *rows_of(normal, 10)), "Mul of two things that depend on the inputs")


@pytest.mark.parametrize("method", BOTH)
def test_a_residual_sum_in_place_of_an_activation_is_refused(zoo, refused, normal, method):
    refused(method, zoo(made(Residual), *rows_of(normal, 10)), "modified by an inp")


def test_a_residual_sum_in_place_of_a_linear_layer_is_right_in_captum_and_refused_in_shap(
    zoo, explained, refused, normal
):
    asked = zoo(made(LinearResidual), *rows_of(normal, 10))
    for method in ("captum.DeepLift", "captum.DeepLiftShap"):
        assert np.abs(explained(method, asked).completeness).max() < 1e-5
    refused("shap.DeepExplainer", asked, "SHAP's DeepExplainer fails on this model")


@twin
def test_twin_a_residual_sum_in_place_fails(normal):
    module = made(Residual)
    with pytest.raises(RuntimeError):
        DeepLift(module).attribute(normal(4, 10), normal(4, 10, seed=1), target=1)
    with pytest.raises(RuntimeError):
        deep_shap(made(Residual), normal(4, 10), normal(4, 10, seed=1))


def test_in_place_activation_layers_are_right(zoo, explained, normal):
    module = made(lambda: nn.Sequential(nn.Linear(10, 32), nn.ReLU(inplace=True), nn.Linear(32, 2)))
    for method in BOTH:
        found = explained(method, zoo(module, *rows_of(normal, 10)))
        assert np.abs(found.completeness).max() < 1e-5
    assert module[1].inplace


@twin
def test_twin_an_in_place_activation_fails_in_shap(normal):
    module = made(lambda: nn.Sequential(nn.Linear(10, 32), nn.ReLU(inplace=True), nn.Linear(32, 2)))
    with pytest.raises(RuntimeError):
        deep_shap(module, normal(4, 10), normal(4, 10, seed=1))


def test_what_even_the_gradient_graph_cannot_show_does_not_hold(zoo, explained, normal):
    """A mask made of activations is a constant to the graph: the completeness check is the net below."""
    asked = zoo(made(MaskedByHand, scale=3), *rows_of(normal, 10))
    for method in BOTH:
        reason = holds(explained(method, asked), 0.02)
        assert reason is not None and "in one row of twenty" in reason


@twin
def test_twin_the_net_lets_right_contributions_through(zoo, explained, normal):
    asked = zoo(made(Modules, scale=3), *rows_of(normal, 10))
    assert all(holds(explained(method, asked), 0.02) is None for method in BOTH)


@pytest.mark.parametrize("method", BOTH)
def test_a_traced_model_is_refused(zoo, refused, normal, method):
    traced = torch.jit.trace(made(Modules), normal(2, 10))
    refused(method, zoo(traced, *rows_of(normal, 10)), "TorchScript program, in which hooks on layers see nothing")


@twin
def test_twin_a_traced_model_is_silently_wrong(normal):
    rows, background = normal(16, 10), torch.full((16, 10), 0.1)
    module = made(Modules, scale=3)
    traced = torch.jit.trace(module, rows)
    error, gap = missed(DeepLift(traced).attribute(rows.clone(), background, target=1), module, rows, background)
    assert error > 0.1 * gap


@pytest.mark.parametrize("method", BOTH)
def test_a_compiled_model_is_explained_as_what_it_was_compiled_from(zoo, explained, normal, method):
    rows, background = rows_of(normal, 10)
    module = made(Modules, scale=2)
    compiled = torch.compile(module, backend="eager")
    plain = explained(method, zoo(module, rows, background))
    found = explained(method, zoo(compiled, rows, background))
    np.testing.assert_allclose(found.values, plain.values, atol=1e-5)
    assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()


def test_shap_leaves_no_parameters_in_the_users_model(zoo, explained, normal):
    module = made(Nested)
    names = list(module.state_dict())
    explained("shap.DeepExplainer", zoo(module, *rows_of(normal, 10)))
    assert list(module.state_dict()) == names


@twin
def test_twin_shap_leaves_parameters_and_switches_the_mode_on_the_users_model(normal):
    module = made(Nested).train()
    names = list(module.state_dict())
    deep_shap(module, normal(4, 10), normal(4, 10, seed=1))
    assert set(module.state_dict()) > set(names)
    assert not module.training


def test_hooks_of_the_user_stay_and_do_not_keep_rules_away(zoo, explained, normal):
    """Captum gives a layer with a backward hook of the user's no rule."""
    module = made(Modules, scale=2)
    module.r1.register_full_backward_hook(lambda *_: None)
    rows, background = rows_of(normal, 10)
    for method in BOTH:
        found = explained(method, zoo(module, rows, background))
        assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()


def test_a_model_with_one_flat_output_is_right(zoo, explained, normal):
    module = made(lambda: nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)))
    for method in BOTH:
        found = explained(method, zoo(module, *rows_of(normal, 10)))
        assert np.abs(found.completeness).max() < 1e-5


@twin
def test_twin_a_model_with_one_flat_output_fails_in_shap(normal):
    module = made(lambda: nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)))
    with pytest.raises(IndexError):
        DeepExplainer(module, normal(4, 10)).shap_values(normal(4, 10, seed=1))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_number_types_are_right(zoo, explained, normal, dtype):
    module = made(Modules).to(dtype)
    rows, background = (one.to(dtype) for one in rows_of(normal, 10))
    for method in BOTH:
        found = explained(method, zoo(module, rows, background))
        assert found.values.dtype == np.float64
        assert (
            np.abs(found.completeness).max() < (0.1 if dtype == torch.bfloat16 else 1e-5) * np.abs(found.change).max()
        )
