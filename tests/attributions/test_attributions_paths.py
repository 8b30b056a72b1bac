"""Integrated gradients, saliency and input x gradient: exact answers, other libraries', and what they control."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from dlaudit.attributions.completeness import holds
from dlaudit.attributions.layout import Layout
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.paths import (
    FAMILY,
    expected_gradients,
    input_x_gradient,
    integrated_gradients,
    integrated_gradients_at,
    saliency,
    shared_pass,
)
from dlaudit.attributions.paths.adaptive import NARROWEST
from dlaudit.attributions.paths.evaluated import NODES
from dlaudit.attributions.paths.integrated_gradients import allowance
from dlaudit.attributions.paths.lines import MOST_NUMBERS
from dlaudit.attributions.paths.quadrature import legendre, lobatto, running
from dlaudit.attributions.paths.shared import sharing
from dlaudit.attributions.paths.switching import switch
from dlaudit.attributions.registry import ATTRIBUTORS
from dlaudit.attributions.request import CannotExplainError
from dlaudit.models.model import Capability

ALL = [integrated_gradients, saliency, input_x_gradient, expected_gradients]


def seeded(make, seed=0):
    torch.manual_seed(seed)
    return make().eval()


class Mlp(nn.Sequential):
    def __init__(self, width=10, activation=nn.ReLU):
        super().__init__(nn.Linear(width, 24), activation(), nn.Linear(24, 24), activation(), nn.Linear(24, 1))


class Image(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3))
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3)))


class Series(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        return self.head(self.encoder(x).mean(1))


NETS = [(Mlp, (10,)), (Image, (3, 8, 8)), (Series, (12, 3)), (Attending, (6, 8))]


class Steps(nn.Module):
    """Up with the first input at 0.3, down with the second at 0.7: errors of the two cancel in a sum."""

    def forward(self, x):
        return torch.sigmoid(60 * (x[:, :1] - 0.3)) - torch.sigmoid(60 * (x[:, 1:] - 0.7))


class Steep(nn.Module):
    def forward(self, x):
        return torch.sigmoid(2000 * (x.sum(1, keepdim=True) - 0.3))


def test_a_quadratic_score_is_split_into_differences_of_squares(ask, normal):
    weight, rows, background = normal(4, seed=5), normal(9, 4), normal(6, 4, seed=1)
    found = integrated_gradients(ask(lambda x: (weight * x**2).sum(1, keepdim=True), rows, background))
    expected = weight * (rows**2 - background.mean(0) ** 2)
    np.testing.assert_allclose(found.values, expected.numpy(), atol=2e-6)


def test_the_quadratic_test_can_fail(ask, normal):
    weight, rows, background = normal(4, seed=5), normal(9, 4), normal(6, 4, seed=1)
    found = input_x_gradient(ask(lambda x: (weight * x**2).sum(1, keepdim=True), rows, background))
    assert np.abs(found.values - (weight * (rows**2 - background.mean(0) ** 2)).numpy()).max() > 0.1


@pytest.mark.parametrize(("net", "shape"), NETS)
def test_the_same_nodes_give_captums_integrated_gradients(ask, normal, net, shape):
    from captum.attr import IntegratedGradients

    module, rows, background = seeded(net), normal(8, *shape), normal(5, *shape, seed=1)
    found = integrated_gradients_at(ask(module, rows, background), 20)
    baseline = background.mean(0, keepdim=True).expand_as(rows)
    direct = IntegratedGradients(module).attribute(rows.clone(), baseline, target=0, n_steps=20)
    assert found.elements is not None
    np.testing.assert_allclose(found.elements[0], direct.detach().numpy(), atol=1e-5)


def test_other_nodes_give_other_values_on_a_kinked_net(ask, normal):
    module, rows, background = seeded(Mlp), normal(8, 10), normal(5, 10, seed=1)
    one, two = (integrated_gradients_at(ask(module, rows, background), nodes) for nodes in (20, 21))
    assert np.abs(one.values - two.values).max() > 1e-4


@pytest.mark.parametrize(("net", "shape"), NETS)
def test_by_default_every_row_is_within_the_tolerance(ask, normal, net, shape):
    found = integrated_gradients(ask(seeded(net), normal(20, *shape), normal(5, *shape, seed=1)))
    assert found.detail["rows_over_tolerance"] == 0
    assert (np.abs(found.completeness) <= allowance(found.change, 0.02) + 1e-6).all()
    assert found.detail["most_nodes"] >= found.detail["nodes"] >= NODES


@pytest.mark.parametrize(("net", "shape"), [(Series, (12, 3)), (lambda: Mlp(10, nn.Tanh), (10,))])
def test_smooth_nets_cost_few_passes(ask, normal, net, shape):
    request = ask(seeded(net), normal(40, *shape), normal(5, *shape, seed=1))
    integrated_gradients(request)
    assert request.score.passes / 40 <= 25


def test_errors_that_cancel_along_the_path_are_found(ask):
    rows, background = torch.tensor([[1.0, 1.0], [0.0, 0.9]]), torch.zeros(1, 2)
    exact = np.array([[1.0, -1.0], [0.0, -1.0]])
    coarse = integrated_gradients_at(ask(Steps(), rows, background), 12)
    assert np.abs(coarse.completeness[0]) < 1e-5 and np.abs(coarse.values[0] - exact[0]).max() > 0.1
    found = integrated_gradients(ask(Steps(), rows, background))
    np.testing.assert_allclose(found.values, exact, atol=0.02)
    assert found.detail["rows_over_tolerance"] == 0


def exact_halves(slope, bend, kink):
    """Rows whose score has slope 1 up to a kink along the line from 0, and `bend` more behind it."""
    return lambda x: slope * x[:, :1] + bend * torch.relu(x[:, :1] - kink) + torch.relu(x[:, 1:] - 0.61)


@pytest.mark.parametrize("kink", [0.03, 0.42, 0.5, 0.77, 0.96])
def test_a_kink_between_two_nodes_is_placed_exactly(ask, kink):
    request = ask(exact_halves(1.0, -3.0, kink), torch.tensor([[1.0, 1.0]]), torch.zeros(1, 2))
    found = integrated_gradients(request)
    np.testing.assert_allclose(found.values[0], [1 - 3 * (1 - kink), 0.39], atol=1e-5)
    plain = integrated_gradients_at(request, 48)
    assert np.abs(plain.values[0] - found.values[0]).max() > 1e-4


def test_a_switch_makes_up_the_rise_or_stays_inside_and_misses():
    slopes, width = (np.array([2.0, 2.0, 1.0, 2.0]), np.array([0.0, 0.0, 1.0, 0.0])), np.full(4, 0.5)
    rise, turn = np.array([0.6, 1.7, 0.5, -0.1]), np.array([2.0, 2.0, 0.0, 2.0])
    np.testing.assert_allclose(switch(slopes, rise, width, turn), [0.3, 0.5, 0.25, 0.0])


def test_the_place_of_a_switch_is_not_read_off_the_rounding_of_the_score():
    alike = (np.array([1.0 + 1e-7]), np.array([1.0]))
    found = switch(alike, np.array([0.5 + 1e-7]), np.array([0.5]), np.array([3.0]))
    assert abs(found[0] - 0.25) < 1e-6


class Scaled(torch.autograd.Function):
    """The value itself, with a gradient that somebody multiplied."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.factor, None


@pytest.mark.parametrize("factor", [0.0001, 0.85, 1.15, 2.0])
def test_a_gradient_that_is_not_the_scores_is_not_hidden_by_switches(ask, normal, factor):
    net, rows, background = seeded(Mlp), normal(40, 10), normal(5, 10, seed=1)
    wrong = integrated_gradients(ask(lambda x: Scaled.apply(net(x), factor), rows, background))
    assert "of the change of the score" in (holds(wrong, 0.02) or "")
    assert holds(integrated_gradients(ask(net, rows, background)), 0.02) is None


def test_kinked_nets_are_as_good_as_the_tolerance_says_for_few_passes(ask, normal):
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(10, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1), nn.Sigmoid())
    with torch.no_grad():
        for part in (net[0], net[2], net[4]):
            part.weight.mul_(3)  # many kinks, and a probability near 0 or 1
    rows, background = normal(100, 10), normal(5, 10, seed=1)
    request = ask(net.eval(), rows, background)
    found, truth = integrated_gradients(request), integrated_gradients_at(request, 1500).values
    passes = request.score.passes / 100 - 1500
    plain = integrated_gradients_at(request, 24)

    def far(values):
        return np.linalg.norm(values - truth, axis=1) / np.linalg.norm(truth, axis=1)

    assert passes <= 40 and found.detail["rows_over_tolerance"] == 0
    assert np.median(far(found.values)) < 0.03 and np.quantile(far(found.values), 0.95) < 0.08
    assert holds(found, 0.02) is None and holds(plain, 0.02) is not None
    assert len({found.detail["nodes"], found.detail["most_nodes"], NODES}) == 3  # only rows that miss get more


def test_too_few_nodes_are_told(ask, normal):
    found = integrated_gradients(ask(Steep(), normal(20, 3), normal(8, 3, seed=1), steps=2))
    assert found.detail["rows_over_tolerance"] > 0
    assert found.detail["most_nodes"] <= 16
    assert np.abs(found.completeness).max() > 0.02


def test_a_jump_is_told_and_costs_no_more_than_its_halvings(ask, normal):
    def jumping(x):
        return (x.sum(1, keepdim=True) > 0).float() + 0.1 * x.sum(1, keepdim=True)

    found = integrated_gradients(ask(jumping, normal(20, 3), normal(8, 3, seed=1) - 1))
    assert found.detail["rows_over_tolerance"] > 0
    assert found.detail["most_nodes"] <= NODES - 2 * np.log2(NARROWEST)


def test_a_smaller_tolerance_takes_more_nodes_and_misses_less(ask, normal):
    rows, background = normal(30, 10), normal(8, 10, seed=1)
    few, more = (integrated_gradients(ask(seeded(Mlp), rows, background, tolerance=t)) for t in (0.2, 1e-3))
    assert more.detail["nodes"] > few.detail["nodes"]
    assert np.abs(more.completeness).max() < np.abs(few.completeness).max()


@pytest.mark.parametrize(("net", "shape"), NETS)
def test_saliency_and_input_x_gradient_are_captums(ask, normal, net, shape):
    from captum.attr import InputXGradient, Saliency

    module, rows, background = seeded(net), normal(8, *shape), normal(5, *shape, seed=1)
    shared = shared_pass(ask(module, rows, background), ["saliency", "input_x_gradient"])
    signed = Saliency(module).attribute(rows.clone().requires_grad_(), target=0, abs=False)
    times = InputXGradient(module).attribute(rows.clone().requires_grad_(), target=0)
    for name, direct in {"saliency": signed, "input_x_gradient": times}.items():
        assert shared[name].elements is not None
        np.testing.assert_allclose(shared[name].elements[0], direct.detach().numpy(), atol=1e-6)
    with torch.no_grad():
        change = (module(rows) - module(background.mean(0, keepdim=True)))[:, 0].double().numpy()
    np.testing.assert_allclose(shared["saliency"].change, change, atol=1e-6)


@pytest.mark.parametrize("order", [FAMILY, FAMILY[::-1]])
@pytest.mark.parametrize("kept", [True, False])
def test_methods_together_find_what_they_find_alone_for_less(ask, normal, monkeypatch, order, kept):
    if not kept:
        monkeypatch.setattr("dlaudit.attributions.paths.shared.MOST_KEPT", 0)
    given = seeded(Mlp), normal(300, 10), normal(5, 10, seed=1)
    alone, total = {}, 0.0
    for name in order:
        request = ask(*given, steps=16)
        alone[name] = ATTRIBUTORS.get(name).explain(request)
        total += request.score.passes
    request = ask(*given, steps=16)
    together = shared_pass(request, order)
    for name in order:
        np.testing.assert_allclose(together[name].values, alone[name].values, atol=1e-6)
        np.testing.assert_allclose(together[name].change, alone[name].change, atol=1e-6)
    # kept: the gradient at the rows twice, their scores once; they are evaluated again where they are too many
    assert request.score.passes <= total - 300 * (2 + 1 / 3 if kept else 0)
    assert request.score.passes < total


def test_expected_gradients_take_the_scores_of_rows_from_the_methods_before(ask, normal):
    given = seeded(Mlp), normal(300, 10), normal(5, 10, seed=1)
    cost = {}
    for names in [("integrated_gradients",), ("expected_gradients",), ("integrated_gradients", "expected_gradients")]:
        request = ask(*given, steps=16)
        shared_pass(request, names)
        cost[names] = request.score.passes
    first, second, both = cost.values()
    assert both <= first + second - 300 / 3


def test_nothing_is_shared_with_a_request_for_other_rows(ask, normal):
    net, rows, background = seeded(Mlp), normal(9, 10), normal(5, 10, seed=1)
    request = sharing(ask(net, rows, background))
    integrated_gradients(request)
    other = replace(request, rows=(normal(9, 10, seed=2),))
    expected = integrated_gradients(ask(net, normal(9, 10, seed=2), background))
    np.testing.assert_allclose(integrated_gradients(other).values, expected.values, atol=1e-7)


def test_saliency_keeps_its_sign(ask, normal):
    net = nn.Linear(4, 1)
    found = saliency(ask(net, normal(3, 4), normal(5, 4, seed=1)))
    np.testing.assert_allclose(found.values, net.weight.detach().expand(3, 4).numpy(), atol=1e-7)
    assert (found.values < 0).any()


@pytest.mark.parametrize("nodes", [2, 3, 5, 8, 12, 25])
def test_lobatto_nodes_have_both_ends_and_the_degree_of_the_rule(nodes):
    rule = lobatto(nodes)
    assert rule.at[0] == 0.0 and rule.at[-1] == 1.0
    for degree in range(2 * nodes - 2):
        assert abs(rule.weights @ rule.at**degree - 1 / (degree + 1)) < 1e-12
    if nodes < 9:
        assert abs(rule.weights @ rule.at ** (2 * nodes - 2) - 1 / (2 * nodes - 1)) > 1e-10


@pytest.mark.parametrize("nodes", [2, 5, 11])
def test_running_integrals_are_exact_for_polynomials_through_the_nodes(nodes):
    at = lobatto(nodes).at
    for degree in range(nodes):
        np.testing.assert_allclose(running(nodes) @ at**degree, at ** (degree + 1) / (degree + 1), atol=1e-12)
    np.testing.assert_allclose(running(nodes)[-1], lobatto(nodes).weights, atol=1e-12)


def test_legendre_nodes_are_exact_up_to_their_degree_and_lobatto_needs_two():
    rule = legendre(4)
    assert abs(rule.weights @ rule.at**7 - 1 / 8) < 1e-14 < abs(rule.weights @ rule.at**8 - 1 / 9)
    with pytest.raises(ValueError, match="at least 2"):
        lobatto(1)


def patches(size, side):
    across = size // side
    at = torch.arange(size) // side
    owner = (at[:, None] * across + at[None, :]).reshape(1, 1, size, size)
    return Layout(names=tuple(f"patch {i}" for i in range(across**2)), owner=(owner,))


def windows(length, channels, width):
    at = torch.arange(length) // width
    owner = (at[:, None] * channels + torch.arange(channels))[None]
    return Layout(names=tuple(f"window {i}" for i in range(length // width * channels)), owner=(owner,))


@pytest.mark.parametrize("method", [integrated_gradients, saliency, input_x_gradient])
@pytest.mark.parametrize(
    ("net", "shape", "layout"), [(Image, (3, 8, 8), patches(8, 4)), (Series, (12, 3), windows(12, 3, 4))]
)
def test_players_get_the_sum_of_their_elements(ask, normal, method, net, shape, layout):
    found = method(ask(seeded(net), normal(4, *shape), normal(5, *shape, seed=1), layout=layout))
    assert found.values.shape == (4, len(layout)) and found.elements is not None
    owner = layout.owner[0].expand(4, *shape).numpy()
    expected = np.stack([(found.elements[0] * (owner == at)).reshape(4, -1).sum(1) for at in range(len(layout))], 1)
    np.testing.assert_allclose(found.values, expected, atol=1e-12)


def test_several_float_inputs_share_one_path(ask, normal):
    class Two(nn.Module):
        def forward(self, one, two, unused):
            return (one.sum(1) * two.sum(1))[:, None]

    given = (normal(6, 2), normal(6, 3, seed=1), normal(6, 2, seed=2))
    others = (normal(4, 2, seed=3), normal(4, 3, seed=4), normal(4, 2, seed=5))
    found = integrated_gradients(ask(Two(), given, others))
    ends, starts = [one.sum(1).double() for one in given], [one.mean(0).sum().double() for one in others]
    shares = [((ends[1 - at] + starts[1 - at]) / 2 * (ends[at] - starts[at])).numpy() for at in (0, 1)]
    np.testing.assert_allclose(found.values[:, :2].sum(1), shares[0], atol=1e-5)
    np.testing.assert_allclose(found.values[:, 2:5].sum(1), shares[1], atol=1e-5)
    assert np.abs(found.values[:, 5:]).max() == 0


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize(("net", "shape"), NETS)
def test_batch_size_does_not_change_what_is_found(ask, normal, method, net, shape):
    module, rows, background = seeded(net), normal(11, *shape), normal(5, *shape, seed=1)
    whole, parts = (method(ask(module, rows, background, batch_size=size, steps=16)) for size in (4096, 3))
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-6)


@pytest.mark.parametrize("method", ALL)
def test_a_pass_over_images_holds_few_of_them(ask, normal, method):
    def mean(x):
        assert x[0].numel() * len(x) <= MOST_NUMBERS
        return x.mean((1, 2, 3))[:, None].tanh()

    layout = Layout(names=("image",), owner=(torch.zeros(1, 1, 1, 1, dtype=torch.int64),))
    rows, background = normal(60, 3, 64, 64), normal(2, 3, 64, 64, seed=1)
    method(ask(mean, rows, background, layout=layout, steps=4))


@pytest.mark.parametrize("method", ALL)
def test_what_runs_out_of_memory_is_done_in_halves(ask, normal, method):
    net = seeded(Mlp)

    def small(x):
        if len(x) > 6:
            raise RuntimeError("CUDA out of memory")
        return net(x)

    rows, background = normal(9, 10), normal(5, 10, seed=1)
    request = ask(small, rows, background, memory=Memory(8), steps=8)
    np.testing.assert_allclose(method(request).values, method(ask(net, rows, background, steps=8)).values, atol=1e-6)
    assert request.memory.halved


@pytest.mark.parametrize("method", ALL)
def test_the_callers_tensors_and_model_are_as_they_were(ask, normal, method):
    class InPlace(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 1))

        def forward(self, x):
            x += 0.5
            return self.net(x.mul_(2))

    net = seeded(InPlace).train()
    rows, background = normal(7, 4), normal(5, 4, seed=1)
    kept = [one.clone() for one in (rows, background)]
    versions = [one._version for one in (rows, background)]
    before = {name: one.clone() for name, one in net.state_dict().items()}
    method(ask(net, rows, background, steps=8))
    assert all(torch.equal(one, old) for one, old in zip((rows, background), kept, strict=True))
    assert [one._version for one in (rows, background)] == versions
    assert not rows.requires_grad and rows.grad is None
    assert all(torch.equal(before[name], one) for name, one in net.state_dict().items())
    assert all(part.training for part in net.modules())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in net.parameters())


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize(
    ("forward", "reason"),
    [
        (lambda x: (x[:, :1] > 0).float(), "does not depend differentiably"),
        (lambda x: x.detach()[:, :1], "does not depend differentiably"),
        (lambda x: torch.zeros(len(x), 1, requires_grad=True), "does not depend on the inputs"),
        (lambda x: torch.sqrt(x[:, :1] * 0), "not finite"),
    ],
)
def test_a_score_without_gradients_is_refused_with_the_reason(ask, normal, method, forward, reason):
    with pytest.raises(CannotExplainError, match=reason):
        method(ask(forward, normal(4, 3), normal(4, 3)))


def test_gradients_are_found_inside_no_grad(ask, normal):
    rows, background = normal(4, 10), normal(4, 10, seed=1)
    with torch.no_grad():
        found = integrated_gradients(ask(seeded(Mlp), rows, background))
    assert np.abs(found.values).max() > 0.01


def test_the_methods_say_what_they_need_and_promise():
    promised = {"integrated_gradients": "exactly", "expected_gradients": "in expectation", "saliency": "no"}
    for name, adds_up in {**promised, "input_x_gradient": "no"}.items():
        method = ATTRIBUTORS.get(name)
        assert method.adds_up == adds_up and method.needs == {Capability.GRADIENTS}
        assert method.summary.endswith(".")


@pytest.mark.parametrize(("detached", "refused"), [(0.0, False), (0.3, True)])
def test_a_part_without_gradient_is_refused_on_the_first_block(ask, detached, refused):
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(14, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    hidden = nn.Sequential(nn.Linear(14, 32), nn.Tanh(), nn.Linear(32, 1))

    class Partly(nn.Module):
        def forward(self, x):
            return net(x) + detached * hidden(x).detach()

    rows, background = torch.randn(64, 14), torch.randn(32, 14)
    request = replace(ask(Partly(), rows, background), first=True)
    if refused:
        with pytest.raises(CannotExplainError, match="not the slope"):
            integrated_gradients(request)
    else:
        integrated_gradients(request)
