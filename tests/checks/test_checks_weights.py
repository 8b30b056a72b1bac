"""Weights are exchanged for a while, from the output down, and what cannot be exchanged is said."""

import numpy as np
import pytest
import torch

from dlaudit.attributions.checks.randomised import depths
from dlaudit.attributions.checks.weights import exchanged, from_the_output_down, why_not_exchangeable


def generator():
    return np.random.default_rng(0)


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.last = torch.nn.Linear(4, 4, bias=False)
        self.first = torch.nn.Linear(4, 4, bias=False)
        self.last.weight = self.first.weight
        self.scale = torch.nn.Parameter(torch.arange(1.0, 5.0))

    def forward(self, rows):
        return self.last(torch.tanh(self.first(rows))) * self.scale


def test_a_layers_numbers_change_places_and_come_back_as_the_same_objects():
    net = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Linear(7, 1))
    own, values = list(net.parameters()), [one.clone() for one in net.parameters()]
    with exchanged([net[1]], generator()):
        assert net[0].weight is own[0] and net[1].weight is not own[2]
        assert sorted(net[1].weight.flatten().tolist()) == sorted(own[2].flatten().tolist())
        assert not torch.equal(net[1].weight, own[2])
    assert all(one is two for one, two in zip(net.parameters(), own, strict=True))
    assert all(torch.equal(one, two) for one, two in zip(own, values, strict=True))


def test_tied_weights_stay_tied_and_parameters_of_a_parent_are_exchanged_too():
    net = Tied()
    own = net.first.weight
    with exchanged([net, net.last, net.first], generator()):
        assert net.last.weight is net.first.weight is not own
        assert not torch.equal(net.scale, torch.arange(1.0, 5.0))
    assert net.last.weight is net.first.weight is own


@pytest.mark.parametrize("layer", [torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN])
def test_recurrent_layers_compute_with_the_exchanged_weights(layer):
    net = layer(3, 4, batch_first=True)
    rows = torch.randn(2, 5, 3)
    before = net(rows)[0]
    with exchanged([net], generator()):
        assert not torch.allclose(net(rows)[0], before, atol=1e-3)
    assert torch.equal(net(rows)[0], before)


def test_layers_are_taken_from_the_output_down_in_the_order_of_calls(make_world):
    class Reversed(torch.nn.Module):
        """Defines its head first."""

        def __init__(self):
            super().__init__()
            self.head = torch.nn.Linear(4, 1)
            self.unused = torch.nn.Linear(2, 2)
            self.body = torch.nn.Linear(8, 4)

        def forward(self, rows):
            return self.head(torch.relu(self.body(rows)))

    from dataclasses import replace

    net = Reversed()
    request = replace(make_world(count=4).request, module=net, score=lambda rows: net(rows)[:, 0].double())
    assert from_the_output_down(request) == [net.unused, net.head, net.body]
    assert not net.head._forward_pre_hooks


def test_stages_begin_with_the_last_layer_and_end_with_all():
    assert depths(7, 3) == [1, 4, 7]
    assert depths(1, 3) == [1]
    assert depths(2, 5) == [1, 2]
    assert depths(4, 1) == [4]


def test_what_cannot_be_exchanged_is_said():
    net = torch.nn.Linear(3, 1)
    assert why_not_exchangeable(net) is None
    assert "nothing is known" in why_not_exchangeable(None)
    assert "no parameters" in why_not_exchangeable(torch.nn.ReLU())
    assert "TorchScript" in why_not_exchangeable(torch.jit.trace(net, torch.zeros(1, 3)))
    wrapped = torch.nn.ModuleList([torch.compile(net)])
    assert "compiled" in why_not_exchangeable(wrapped)


def test_a_scripted_model_has_all_other_checks(make_world, explain_again):
    from dataclasses import replace

    from dlaudit.attributions.checks.found import CheckSettings
    from dlaudit.attributions.checks.rows import check_rows

    known = make_world(count=20)
    traced = torch.jit.trace(known.request.module, known.request.rows[0][:2])
    request = replace(known.request, module=traced, score=lambda rows: traced(rows)[:, 0].double())
    explained = {"integrated_gradients": explain_again("", request)}
    found = check_rows(request, explained, explain_again, CheckSettings(again_most=6))
    assert "TorchScript" in found.not_applicable[0].reason
    assert {"faithfulness", "baseline_sensitivity"} <= set(found.methods["integrated_gradients"].figures)


def test_contributions_that_ignore_the_model_stay_the_same_under_other_weights(make_world):
    from dlaudit.attributions.checks.found import CheckSettings
    from dlaudit.attributions.checks.rows import check_rows
    from dlaudit.attributions.request import Explanation

    known = make_world(count=60)

    def ignores(_, request):
        values = request.rows[0].double().numpy()
        return Explanation(values=values, change=values.sum(axis=1), reference="none")

    settings = CheckSettings(again_most=40)
    found = check_rows(known.request, {"m": ignores("m", known.request)}, ignores, settings).methods["m"]
    np.testing.assert_allclose(found.figures["randomised_all"][np.isfinite(found.figures["randomised_all"])], 1)
    good = known.explained("integrated_gradients")
    answer = known.answer(good).methods[0]
    assert np.nanmean(answer.figures["randomised_all"]) < (1 + np.nanmean(answer.nulls["randomised_all"])) / 2
