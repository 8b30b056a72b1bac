"""Expected gradients: exact where they can be, honest errors elsewhere, and no correction of the sum."""

import warnings
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from dlaudit.attributions.paths import expected_gradients
from dlaudit.attributions.paths.expected_gradients import drawn
from dlaudit.attributions.paths.quadrature import legendre

ROWS, WIDTH, REFERENCES = 12, 5, 20


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(WIDTH, 16), nn.Tanh(), nn.Linear(16, 1)).eval()


@pytest.fixture(scope="module")
def given(normal):
    return normal(ROWS, WIDTH), normal(REFERENCES, WIDTH, seed=1)


def exact(net, rows, background, nodes=40):
    """The expectation: quadrature over the path from every reference."""
    rule, total = legendre(nodes), torch.zeros(rows.shape, dtype=torch.float64)
    for reference in background:
        for at, weight in zip(rule.at, rule.weights, strict=True):
            points = (reference + float(at) * (rows - reference)).requires_grad_()
            (gradient,) = torch.autograd.grad(net(points).sum(), points)
            total += float(weight) * (gradient * (rows - reference)).double()
    return (total / len(background)).numpy()


def test_a_linear_model_is_exact_when_every_reference_has_the_same_share(ask, given):
    line, (rows, background) = nn.Linear(WIDTH, 1), given
    found = expected_gradients(ask(line, rows, background, steps=2 * REFERENCES))
    expected = (rows - background.mean(0)) * line.weight.detach()[0]
    np.testing.assert_allclose(found.values, expected.numpy(), atol=2e-6)


def test_the_exact_test_can_fail(ask, given):
    line, (rows, background) = nn.Linear(WIDTH, 1), given
    found = expected_gradients(ask(line, rows, background, steps=REFERENCES + 6))
    expected = (rows - background.mean(0)) * line.weight.detach()[0]
    assert np.abs(found.values - expected.numpy()).max() > 1e-3


@pytest.fixture(scope="module")
def truth(net, given):
    return exact(net, *given)


@pytest.fixture(scope="module")
def errors(ask, net, given, truth):
    """What runs with other seeds miss and say that they miss, by the number of samples."""

    @cache
    def made(steps):
        seeds = [np.random.default_rng(seed) for seed in range(24)]
        runs = [expected_gradients(ask(net, *given, steps=steps, generator=one)) for one in seeds]
        return np.stack([run.values - truth for run in runs]), np.stack([run.error for run in runs])

    return made


@pytest.mark.parametrize("steps", [12, 50])
def test_the_mean_over_runs_is_the_expectation(errors, steps):
    missed, _ = errors(steps)
    deviation = missed.mean(0) / (missed.std(0, ddof=1) / np.sqrt(len(missed)))
    assert np.abs(deviation).max() < 4.5 and 0.7 < np.sqrt((deviation**2).mean()) < 1.4


def test_a_shifted_background_would_be_seen(errors, net, given, truth):
    rows, background = given
    missed, _ = errors(50)
    shifted = missed + truth - exact(net, rows, background + 0.3)
    deviation = shifted.mean(0) / (shifted.std(0, ddof=1) / np.sqrt(len(shifted)))
    assert np.abs(deviation).max() > 4.5


@pytest.mark.parametrize("steps", [12, 50])
def test_standard_errors_are_those_of_repeated_runs_or_a_little_larger(errors, steps):
    missed, error = errors(steps)
    true = np.sqrt((missed**2).mean(0))
    said = np.sqrt((error**2).mean(0))
    # balance takes away spread between references that pairs of samples still show
    assert 0.9 <= np.median(said / true) <= (4.0 if steps > REFERENCES else 2.0)
    assert (np.abs(missed) <= 2 * error).mean() > 0.9
    assert (np.abs(missed) <= 2 * error / 6).mean() < 0.9  # a sixth of the error would not do


def test_strata_and_balance_beat_plain_draws(errors, net, given, truth):
    rows, background = given
    generator = np.random.default_rng(0)
    missed, _ = errors(50)
    plain = []
    for _ in range(20):
        total = torch.zeros(rows.shape, dtype=torch.float64)
        for _ in range(50):
            chosen = background[torch.from_numpy(generator.integers(REFERENCES, size=ROWS))]
            along = torch.from_numpy(generator.random((ROWS, 1))).float()
            points = (chosen + along * (rows - chosen)).requires_grad_()
            (gradient,) = torch.autograd.grad(net(points).sum(), points)
            total += (gradient * (rows - chosen)).double() / 50
        plain.append(total.numpy() - truth)
    assert np.sqrt((missed**2).mean()) < 0.7 * np.sqrt((np.stack(plain) ** 2).mean())


def test_shaps_gradient_explainer_estimates_the_same(ask, net, given):
    rows, background = given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        np.random.seed(0)  # noqa: NPY002 - shap draws from it
        theirs = shap.GradientExplainer(net, background).shap_values(rows, nsamples=150, rseed=0)
    theirs = np.asarray(theirs).reshape(ROWS, WIDTH)
    ours = expected_gradients(ask(net, rows, background, steps=200)).values
    scale = np.abs(ours).max()
    assert np.abs(theirs - ours).max() < 0.4 * scale
    assert np.abs(ours - exact(net, rows, background)).max() < 0.03 * scale


def test_what_does_not_add_up_is_not_made_to(ask, net, given):
    found = expected_gradients(ask(net, *given, steps=10))
    missed = np.abs(found.completeness)
    assert found.detail["samples"] == 10
    assert missed.max() > 1e-3
    spread = np.sqrt((found.error**2).sum(1))
    assert (missed < 6 * spread + 1e-6).all()


def test_the_change_is_measured_from_the_mean_score_of_the_references(ask, net, given):
    rows, background = given
    with torch.no_grad():
        change = (net(rows)[:, 0].double() - net(background)[:, 0].double().mean()).numpy()
    np.testing.assert_allclose(expected_gradients(ask(net, rows, background)).change, change, atol=1e-6)


@pytest.mark.parametrize(("references", "samples"), [(20, 60), (20, 64), (100, 32), (7, 7)])
def test_draws_cover_the_path_and_use_references_equally_often(references, samples):
    draws = drawn(3000, references, samples, np.random.default_rng(0))
    even = samples + samples % 2
    assert draws.samples == even
    assert (np.floor(draws.along * even).astype(int) == np.arange(even)).all()
    counts = np.stack([np.bincount(row, minlength=references) for row in draws.reference])
    assert counts.max() - counts.min() <= 1
    overall = counts.sum(0) / counts.sum()
    assert np.abs(overall * references - 1).max() < 0.2
    # which reference comes where on the path is random
    assert abs(np.corrcoef(draws.along.ravel(), draws.reference.ravel())[0, 1]) < 0.05


def test_two_runs_with_the_same_seed_agree_and_leave_global_generators_alone(ask, net, given):
    torch.manual_seed(3)
    state = torch.get_rng_state()
    one, two = (expected_gradients(ask(net, *given, steps=12)) for _ in range(2))
    np.testing.assert_array_equal(one.values, two.values)
    assert one.error is not None and two.error is not None
    np.testing.assert_array_equal(one.error, two.error)
    assert torch.equal(torch.get_rng_state(), state)
