"""Layers are known for what they were, scripted or exported."""

import copy
import warnings

import pytest
import torch
from torch import nn

from dlaudit.attributions import Question
from dlaudit.attributions.layer_kinds import is_a, kind_of, kinds
from dlaudit.attributions.libraries.layer_answers import explain_layers
from dlaudit.attributions.score import network
from dlaudit.models.local_host import wrap_model
from dlaudit.models.wire import tensor_table


def exported(net, rows):
    return torch.export.export(net, (rows,), dynamic_shapes=({0: torch.export.Dim.AUTO},))


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv1d(1, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(9, 1)).eval()


def test_an_eager_layer_is_all_its_classes():
    assert kind_of(nn.LSTM(2, 2)) == "LSTM" and is_a(nn.LSTM(2, 2), "RNNBase") and not is_a(nn.LSTM(2, 2), "Linear")


def test_a_scripted_layer_is_what_it_was(net):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.script(net)
    assert [kind_of(part) for part in scripted.children()] == ["Conv1d", "ReLU", "Flatten", "Linear"]


def test_a_layer_of_an_exported_program_is_what_it_was_and_can_be_copied(net, normal):
    with wrap_model(exported(net, normal(6, 1, 4))) as host:
        module = host._model.explain_module
        found = {one for part in module.modules() for one in kinds(part)}
        assert {"Conv1d", "Linear"} <= found
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of torch's own unflattened modules
            copied = copy.deepcopy(module)(normal(5, 1, 4))
            assert torch.equal(copied, module(normal(5, 1, 4)))


def test_the_program_itself_is_held_still_with_the_rest(net, normal):
    """Its wrapper hides it, and exchanged weights would have no effect on the score."""
    with wrap_model(exported(net, normal(6, 1, 4))) as host:
        held = {id(one) for one in network(host._model).parameters()}
        assert held >= {id(one) for one in host._model.tensors.values() if isinstance(one, nn.Parameter)}


def test_layers_of_an_exported_program_are_explained(net, normal):
    rows, background = (
        tensor_table({"inputs": normal(*shape, seed=at).numpy()}) for at, shape in enumerate(((9, 1, 4), (7, 1, 4)))
    )
    with wrap_model(exported(net, normal(6, 1, 4))) as host:
        question = Question(task="binary", output="logit")
        found = explain_layers(host, question, (rows, background), ["captum.LayerConductance", "captum.LayerGradCam"])
        answers, left_out = found.answers, found.not_applicable
    assert [one.what for one in left_out] == [] and "(Linear)" in answers[0].layer and "(Conv1d)" in answers[1].layer
    assert abs(answers[0].values.sum(axis=1) - answers[0].change).max() < 0.01
