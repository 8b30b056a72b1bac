"""Integrated Gradients and Shapley values: exact answers, guards, and what must be refused."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from dlaudit.attributions.registry import ATTRIBUTORS
from dlaudit.attributions.shapley import shapley_values
from dlaudit.data.batch import Player
from dlaudit.models.model import Capability

METHODS = [one.explain for name, one in ATTRIBUTORS.items() if one.adds_up == "exactly" and "." not in name]
"""Every method of our own whose contributions add up must pass the tests that take `method`; one that is added is
tested by them at once."""


def seeded(module_class, seed=0):
    torch.manual_seed(seed)
    return module_class()


class Interacting(nn.Module):
    def forward(self, x):
        return (x[:, 0] * x[:, 1] + x[:, 2] ** 2 + x[:, 0] * x[:, 1] * x[:, 2])[:, None]


class Mlp(nn.Sequential):
    def __init__(self, width=10, activation=nn.Tanh):
        super().__init__(nn.Linear(width, 16), activation(), nn.Linear(16, 1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 8, batch_first=True)
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        return self.head(self.encoder(x).mean(1))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("width", [5, 12])
def test_a_linear_model_is_split_into_weight_times_distance(ask, normal, method, width):
    net = nn.Linear(width, 1)
    rows, background = normal(7, width), normal(20, width, seed=1)
    found = method(ask(net, rows, background))
    expected = (rows - background.mean(0)) * net.weight.detach()[0]
    np.testing.assert_allclose(found.values, expected.numpy(), atol=2e-6)
    assert np.abs(found.completeness).max() < 2e-6


@pytest.mark.parametrize("method", METHODS)
def test_the_linear_test_can_fail(ask, normal, method):
    net = nn.Linear(5, 1)
    rows, background = normal(7, 5), normal(20, 5, seed=1)
    found = method(ask(net, rows, background + 0.1))
    expected = (rows - background.mean(0)) * net.weight.detach()[0]
    assert np.abs(found.values - expected.numpy()).max() > 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_the_inputs_of_a_one_hot_feature_move_together(ask, normal, method):
    net = nn.Linear(5, 1)
    rows, background = normal(6, 5), normal(9, 5, seed=1)
    players = (Player(name="age", columns=(1,)), Player(name="job", columns=(0, 3, 4)), Player(name="z", columns=(2,)))
    found = method(ask(net, rows, background, players=players))
    by_input = ((rows - background.mean(0)) * net.weight.detach()[0]).numpy()
    expected = np.stack([by_input[:, list(player.columns)].sum(1) for player in players], axis=1)
    np.testing.assert_allclose(found.values, expected, atol=2e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_model_in_training_mode_is_explained_in_evaluation_mode_and_put_back(ask, normal, method):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 1)).train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    rows, background = normal(9, 4), normal(8, 4, seed=1)
    first, second = method(ask(net, rows, background)), method(ask(net, rows, background))
    np.testing.assert_array_equal(first.values, second.values)
    assert np.abs(first.completeness).max() < 1e-5
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
    assert all(part.training for part in net.modules())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in net.parameters())


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_works_in_place_leaves_the_callers_rows_alone(ask, normal, method):
    class InPlace(nn.Module):
        def forward(self, x):
            x += 0.5
            return x.relu_().sum(1, keepdim=True)

    rows, background = normal(5, 4), normal(6, 4, seed=1)
    kept, kept_background = rows.clone(), background.clone()
    found = method(ask(InPlace(), rows, background))
    assert torch.equal(rows, kept) and torch.equal(background, kept_background)
    assert not rows.requires_grad
    assert np.abs(found.completeness).max() < 0.05


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("net", "shape"), [(Recurrent, (6, 5, 2)), (Attending, (4, 6, 8))])
def test_sequences_are_explained_by_position(ask, normal, method, net, shape):
    module = seeded(net)
    found = method(ask(module, normal(*shape), normal(5, *shape[1:], seed=1)))
    assert found.values.shape == shape[:2]
    assert np.abs(found.completeness).max() <= 0.02 * np.abs(found.change).max()
    assert module.training


@pytest.mark.parametrize("method", METHODS)
def test_two_calls_agree_and_global_random_states_are_left_alone(ask, normal, method):
    net, rows, background = seeded(Mlp), normal(6, 10), normal(6, 10, seed=1)
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    numpy_state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    first, second = method(ask(net, rows, background)), method(ask(net, rows, background))
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_state)


def test_a_step_decision_still_has_shapley_values(ask, normal):
    found = shapley_values(ask(lambda x: (x[:, :1] > 0).float(), normal(4, 3), normal(6, 3, seed=1)))
    assert np.abs(found.values[:, 1:]).max() < 1e-12
    np.testing.assert_allclose(found.values[:, 0], found.change, atol=1e-12)


def test_importing_the_methods_imports_no_heavy_package():
    program = (
        "import sys, dlaudit.attributions, dlaudit.probes, dlaudit.findings\n"
        "print([m for m in ('torch', 'captum', 'shap', 'pandas', 'sklearn', 'fairlearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_methods_say_what_they_need():
    assert ATTRIBUTORS.get("integrated_gradients").missing([]) == ["GRADIENTS"]
    assert ATTRIBUTORS.get("integrated_gradients").missing([Capability.GRADIENTS]) == []
    assert ATTRIBUTORS.get("shapley_values").missing([]) == []
    assert all(ATTRIBUTORS.get(name).summary.endswith(".") for name in ATTRIBUTORS)
