"""Captum's gradient and perturbation methods on inputs and models that they get wrong, with a twin for each."""

import numpy as np
import pytest
import torch
from captum.attr import (
    FeatureAblation,
    GradientShap,
    IntegratedGradients,
    LayerIntegratedGradients,
    Saliency,
)
from torch import nn
from zoo_models import Attending, InPlaceInput, Mixed, Modules, Normalised, Recurrent, Tied, Tokens, TwoInputs, made

from dlaudit.attributions import ATTRIBUTORS, CannotExplainError
from dlaudit.attributions.completeness import holds
from dlaudit.attributions.layout import Layout
from dlaudit.attributions.libraries.ablation import feature_masks

twin = pytest.mark.filterwarnings("ignore")
"""The libraries warn of this and that, never of what the twins show."""
GRADIENT = ["captum.IntegratedGradients", "captum.Saliency", "captum.InputXGradient", "captum.GradientShap"]
PERTURBING = ["captum.Occlusion", "captum.FeatureAblation"]


def codes(*shape, seed=0, low=1, high=50):
    return torch.randint(low, high, shape, generator=torch.Generator().manual_seed(seed))


def slopes(request, step=1e-4):
    """Gradients of the score by finite differences, float64."""
    (rows,) = request.rows
    found = np.zeros(rows.shape)
    for at in np.ndindex(*rows.shape[1:]):
        up, down = rows.double().clone(), rows.double().clone()
        up[(slice(None), *at)] += step
        down[(slice(None), *at)] -= step
        found[(slice(None), *at)] = ((request.score(up) - request.score(down)) / (2 * step)).detach().numpy()
    return found


def test_saliency_has_signs_and_equals_finite_differences(zoo, explained, normal):
    module = made(lambda: nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))).double()
    asked = zoo(module, normal(6, 4).double(), normal(5, 4, seed=1).double())
    found = explained("captum.Saliency", asked)
    np.testing.assert_allclose(found.values, slopes(asked), atol=1e-7)
    assert found.values.min() < 0 < found.values.max()
    by_size = explained("captum.InputXGradient", asked)
    np.testing.assert_allclose(by_size.values, slopes(asked) * asked.rows[0].numpy(), atol=1e-7)


@twin
def test_twin_saliency_drops_signs(normal):
    assert float(Saliency(made(Modules)).attribute(normal(6, 10), target=1).min()) >= 0


@pytest.mark.parametrize("method", ["captum.IntegratedGradients", "captum.GradientShap"])
def test_codes_are_explained_through_their_embeddings(zoo, explained, method):
    asked = zoo(made(Tokens, scale=2), codes(6, 9), codes(5, 9, seed=1), target=1, steps=128)
    found = explained(method, asked)
    assert found.values.shape == (6, 9) and found.elements[0].shape == (6, 9)
    if method == "captum.IntegratedGradients":
        assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()
    else:
        assert np.abs(found.completeness).max() < 6 * np.linalg.norm(found.error, axis=1).max()


def test_codes_are_explained_as_our_own_engine_does(zoo, explained):
    asked = zoo(made(Tokens, scale=2), codes(6, 9), codes(5, 9, seed=1), target=1, steps=128)
    ours, theirs = (explained(name, asked) for name in ("integrated_gradients", "captum.IntegratedGradients"))
    np.testing.assert_allclose(ours.values, theirs.values, atol=0.02 * np.abs(theirs.values).max())


@twin
@pytest.mark.parametrize("method", [IntegratedGradients, GradientShap])
def test_twin_codes_fail(method):
    module = made(Tokens)
    with pytest.raises(RuntimeError):
        method(module).attribute(codes(4, 9), baselines=torch.zeros(4, 9, dtype=torch.int64), target=1)


def test_layer_integrated_gradients_add_up_on_an_embedding_that_runs_once(zoo, explained):
    asked = zoo(made(Tokens, scale=2), codes(6, 9), codes(5, 9, seed=1), target=1, steps=64)
    found = explained("captum.LayerIntegratedGradients", asked)
    assert found.values.shape == (6, 9)
    assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()


def tied(rows, width, seed=0):
    return codes(rows, 5, seed=seed, high=20), codes(rows, width, seed=seed + 10, high=20)


@pytest.mark.parametrize("width", [5, 9])
def test_an_embedding_called_twice_is_refused_or_explained_by_call(zoo, explained, refused, width):
    asked = zoo(made(Tied), tied(6, width), tied(5, width, seed=1), target=1, steps=256)
    refused("captum.LayerIntegratedGradients", asked, "runs several times in a pass")
    found = explained("captum.IntegratedGradients", asked)
    assert [one.shape for one in found.elements] == [(6, 5), (6, width)]
    assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()


@twin
def test_twin_an_embedding_called_twice_gives_wrong_sums(normal):
    module = made(Tied)
    question, document = tied(4, 5)
    zeros = torch.zeros_like(question)
    method = LayerIntegratedGradients(module, module.table)
    found = method.attribute((question, document), baselines=(zeros, zeros), target=1)
    total = sum(one.flatten(1).sum(1) for one in (found if isinstance(found, tuple) else (found,)))
    with torch.no_grad():
        change = (module(question, document) - module(zeros, zeros))[:, 1]
    assert float((total - change).abs().max()) > 0.02 * float(change.abs().max())


def mixed(normal, count, seed=0):
    return normal(count, 10, seed=seed), codes(count, 3, seed=seed, low=0, high=7)


def test_numbers_and_codes_are_explained_together(zoo, explained, refused, normal):
    asked = zoo(made(Mixed, scale=2), mixed(normal, 6), mixed(normal, 5, seed=1), target=1, steps=128)
    found = explained("captum.IntegratedGradients", asked)
    assert found.values.shape == (6, 13)
    assert np.abs(found.completeness).max() < 1e-4 * np.abs(found.change).max()
    assert np.abs(found.values[:, 10:]).max() > 0
    refused("captum.LayerIntegratedGradients", asked, "whose part Captum would leave out")
    refused("captum.DeepLift", asked, "whole numbers")


@twin
def test_twin_numbers_and_codes_fail_or_leave_the_codes_out(normal):
    module = made(Mixed, scale=2)
    rows, others = mixed(normal, 6), mixed(normal, 6, seed=1)
    with pytest.raises(RuntimeError):
        IntegratedGradients(module).attribute(rows, target=1)
    partial = IntegratedGradients(module).attribute(
        rows[0].clone(), others[0], target=1, additional_forward_args=rows[1]
    )
    with torch.no_grad():
        change = (module(*rows) - module(*others))[:, 1]
    assert float((partial.sum(1) - change).abs().max()) > 0.1 * float(change.abs().max())


@pytest.mark.parametrize("method", ["captum.IntegratedGradients", "captum.FeatureAblation", "captum.GradientShap"])
def test_two_inputs_are_explained_together(zoo, explained, normal, method):
    rows, others = (normal(6, 10), normal(6, 3)), (normal(5, 10, seed=1), normal(5, 3, seed=2))
    found = explained(method, zoo(made(TwoInputs), rows, others, steps=256))
    assert found.values.shape == (6, 13)
    if method == "captum.IntegratedGradients":
        assert holds(found, 0.02) is None


@pytest.mark.parametrize("method", [*GRADIENT, *PERTURBING])
def test_a_model_in_training_mode_is_explained_as_it_was_audited(zoo, explained, normal, method):
    module = made(Normalised).train()
    asked = [zoo(module, normal(9, 10), normal(8, 10, seed=1)) for _ in range(2)]
    first, second = (explained(method, one) for one in asked)
    np.testing.assert_array_equal(first.values, second.values)
    still = explained(method, zoo(module.eval(), normal(9, 10), normal(8, 10, seed=1)))
    np.testing.assert_allclose(first.values, still.values, atol=1e-12)


@twin
def test_twin_a_model_in_training_mode_is_changed_and_gives_other_numbers(normal):
    module = made(Normalised).train()
    before = module[1].running_mean.clone()
    method = IntegratedGradients(module)
    first, second = (method.attribute(normal(9, 10), torch.zeros(9, 10), target=1) for _ in range(2))
    assert not torch.equal(module[1].running_mean, before)
    assert float((first - second).abs().max()) > 0.1 * float(first.abs().max())


@pytest.mark.parametrize("method", [*GRADIENT, *PERTURBING])
def test_a_model_that_works_in_place_leaves_the_rows_alone(zoo, explained, normal, method):
    found = explained(method, zoo(made(InPlaceInput), normal(5, 10), normal(6, 10, seed=1)))
    assert np.isfinite(found.values).all()


@twin
def test_twin_a_model_that_works_in_place_changes_the_rows(normal):
    rows = normal(5, 10)
    kept = rows.clone()
    FeatureAblation(made(InPlaceInput)).attribute(rows, 0, target=1)
    assert float((rows - kept).abs().max()) > 0.4
    with pytest.raises(RuntimeError):
        Saliency(made(InPlaceInput)).attribute(kept, target=1)
    assert kept.requires_grad


def test_gradient_shap_repeats_itself_and_says_how_noisy_it_is(zoo, explained, normal):
    rows, background = normal(12, 10), normal(30, 10, seed=1)
    module = made(Modules, scale=2)
    first, second = (explained("captum.GradientShap", zoo(module, rows, background, steps=64)) for _ in range(2))
    np.testing.assert_array_equal(first.values, second.values)
    other = explained(
        "captum.GradientShap", zoo(module, rows, background, steps=64, generator=np.random.default_rng(1))
    )
    spread = (first.values - other.values) / np.sqrt(first.error**2 + other.error**2)
    assert 0.5 < np.sqrt(np.mean(np.square(spread).clip(max=25))) < 2


@twin
def test_twin_gradient_shap_draws_from_global_generators_and_is_noise(normal):
    rows, background = normal(12, 10), normal(30, 10, seed=1)
    module = made(Modules, scale=2)

    def run(numpy_seed, torch_seed=0, samples=5, noise=0.0):
        np.random.seed(numpy_seed)  # noqa: NPY002
        torch.manual_seed(torch_seed)
        return GradientShap(module).attribute(rows.clone(), background, target=1, n_samples=samples, stdevs=noise)

    assert not torch.equal(run(0), run(1))
    assert not torch.equal(run(0, noise=0.1), run(0, torch_seed=1, noise=0.1))
    truth = sum(run(seed, samples=400) for seed in range(5)) / 5
    assert float((run(0) - truth).norm() / truth.norm()) > 0.4


def test_masks_name_every_input_or_are_refused(zoo, normal):
    rows, others = (normal(6, 10), normal(6, 3)), (normal(5, 10, seed=1), normal(5, 3, seed=2))
    asked = zoo(made(TwoInputs), rows, others)
    assert [one.max().item() for one in feature_masks(asked)] == [9, 12]
    short = zoo(made(TwoInputs), rows, others, layout=Layout(names=("a",), owner=(torch.zeros(1, 1).long(),)))
    with pytest.raises(CannotExplainError, match="1 layouts for 2 input tensors"):
        feature_masks(short)


@twin
def test_twin_a_mask_too_few_gives_zeros(normal):
    rows = normal(6, 10), normal(6, 3)
    found = FeatureAblation(made(TwoInputs)).attribute(rows, target=1, feature_mask=(torch.arange(10)[None],))
    assert float(found[0].abs().sum()) > 0
    assert float(found[1].abs().sum()) == 0


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize("method", [*GRADIENT, *PERTURBING])
def test_other_number_types_are_right(zoo, explained, normal, method, dtype):
    rows, background = normal(6, 10), normal(5, 10, seed=1)
    plain = explained(method, zoo(made(Modules), rows, background))
    found = explained(method, zoo(made(Modules).to(dtype), rows.to(dtype), background.to(dtype)))
    assert found.values.dtype == np.float64
    loose = 0.25 if dtype == torch.bfloat16 else 1e-5
    np.testing.assert_allclose(found.values, plain.values, atol=loose * np.abs(plain.values).max())


@twin
def test_twin_bfloat16_fails_or_is_cast_away(normal):
    module = made(Modules).bfloat16()
    rows = normal(6, 10).bfloat16()
    with pytest.raises(RuntimeError):
        GradientShap(module).attribute(rows, torch.zeros(5, 10).bfloat16(), target=1)


def test_no_pass_is_larger_than_memory_allows(zoo, normal):
    """Captum without a batch size of its own sends all nodes of all rows at once."""
    sizes = []
    module = made(Modules)

    def watched(x):
        sizes.append(len(x))
        return module(x)

    asked = zoo(watched, normal(40, 10), normal(5, 10, seed=1), batch_size=16, steps=50)
    ATTRIBUTORS.get("captum.IntegratedGradients").explain(asked)
    assert max(sizes) <= 16


@twin
def test_twin_captum_sends_everything_at_once(normal):
    sizes = []
    module = made(Modules)
    IntegratedGradients(lambda x: sizes.append(len(x)) or module(x)).attribute(normal(40, 10), target=1, n_steps=50)
    assert max(sizes) == 2000


@pytest.mark.parametrize("method", [*GRADIENT, *PERTURBING])
@pytest.mark.parametrize(("build", "off"), [(Recurrent, True), (Modules, False)])
def test_cudnn_is_off_for_recurrent_layers_alone(zoo, normal, method, build, off):
    """cuDNN has no backward pass for recurrent layers in evaluation mode (pytorch 15788)."""
    shape = (20, 6) if build is Recurrent else (10,)
    seen = []
    module = made(build)
    module.register_forward_pre_hook(lambda *_: seen.append(torch.backends.cudnn.enabled))
    before = torch.backends.cudnn.enabled
    ATTRIBUTORS.get(method).explain(zoo(module, normal(3, *shape), normal(4, *shape, seed=1)))
    assert set(seen) == {before and not off}
    assert torch.backends.cudnn.enabled == before


@pytest.mark.parametrize("build", [Recurrent, Attending])
def test_recurrent_and_attending_models_have_gradients_that_add_up(zoo, explained, normal, build):
    shape = (20, 6) if build is Recurrent else (16, 32)
    found = explained("captum.IntegratedGradients", zoo(made(build), normal(4, *shape), normal(4, *shape, seed=1)))
    assert holds(found, 0.02) is None


def test_methods_that_cannot_be_made_right_are_not_offered():
    offered = {name for name in ATTRIBUTORS if "." in name}
    left_out = {
        "LRP",
        "GuidedBackprop",
        "KernelShap",
        "ShapleyValueSampling",
        "NoiseTunnel",
        "Lime",
        "LayerGradientShap",
    }
    assert not {f"captum.{name}" for name in left_out} & offered


@twin
def test_twin_lrp_has_no_rule_for_gelu(normal):
    from captum.attr import LRP

    with pytest.raises(TypeError):
        LRP(nn.Sequential(nn.Linear(10, 8), nn.GELU(), nn.Linear(8, 2))).attribute(normal(4, 10), target=1)
