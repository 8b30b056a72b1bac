"""Units of layers: conductance that adds up at every layer, Grad-CAM, and gaps split over units."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from captum.attr import LayerConductance
from torch import nn

from dlaudit.attributions import CannotExplainError, Question
from dlaudit.attributions.libraries.layer_answers import (
    OTHERS,
    LayerAnswer,
    explain_layers,
    layer_attributions,
)
from dlaudit.attributions.libraries.layers import layer_conductance, layer_grad_cam
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.models.local_host import wrap_model
from dlaudit.models.wire import tensor_table


@dataclass(frozen=True)
class Pair:
    slice: str
    reference: str


def net(seed=0, activation=nn.Tanh):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, 16), activation(), nn.Linear(16, 6), activation(), nn.Linear(6, 1)).eval()


def picture_net():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.Tanh(),
        nn.Conv2d(4, 6, 3),
        nn.Tanh(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 1),
    ).eval()


@pytest.mark.parametrize(("layer", "units"), [("0", 16), ("1", 16), ("2", 6), ("3", 6), ("4", 1), (None, 6)])
def test_conductance_adds_up_to_the_change_at_every_layer(ask, normal, layer, units):
    found = layer_conductance(ask(net(), normal(12, 5), normal(9, 5, seed=1), layer=layer))
    assert found.values.shape == (12, units)
    assert np.abs(found.completeness).max() < 0.01 * np.abs(found.change).max()
    assert found.layer == (
        "what enters 4 (Linear)" if layer is None else f"{layer} ({'Linear' if int(layer) % 2 == 0 else 'Tanh'})"
    )


def test_conductance_equals_captum_called_directly(ask, normal):
    module, rows, background = net(), normal(12, 5), normal(9, 5, seed=1)
    found = layer_conductance(ask(module, rows, background, layer="3", steps=50, batch_size=5))
    direct = LayerConductance(module, module[3]).attribute(
        rows.clone(), baselines=background.mean(0, keepdim=True), target=0, n_steps=50
    )
    np.testing.assert_allclose(found.values, direct.detach().numpy(), atol=1e-6)


def test_channels_of_a_convolution_add_up(ask, normal):
    asked = ask(picture_net(), normal(4, 3, 12, 12), normal(5, 3, 12, 12, seed=1), layer="2", steps=128)
    found = layer_conductance(asked)
    assert found.values.shape == (4, 6)
    assert np.abs(found.completeness).max() < 0.02 * np.abs(found.change).max()


def test_positions_of_a_series_are_added_up_over_time(ask, normal):
    class Series(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.head = nn.Linear(3, 7), nn.Linear(7, 1)

        def forward(self, x):
            return self.head(self.inner(x).tanh().mean(1))

    torch.manual_seed(0)
    found = layer_conductance(ask(Series(), normal(4, 10, 3), normal(5, 10, 3, seed=1), layer="inner"))
    assert found.values.shape == (4, 7)
    assert np.abs(found.completeness).max() < 0.01 * np.abs(found.change).max()


def test_grad_cam_has_a_map_of_the_size_of_the_input_and_finds_the_place(ask, normal):
    module = picture_net()
    rows = 0.05 * normal(4, 3, 24, 24)
    rows[:, :, :8, :8] += 2.0 * normal(4, 3, 8, 8, seed=3)
    found = layer_grad_cam(ask(module, rows, normal(5, 3, 24, 24, seed=1)))
    assert found.layer == "2 (Conv2d)" and not found.adds_up
    assert found.map.shape == (4, 24, 24) and found.values.shape == (4, 6)
    spread = found.map - np.median(found.map, axis=(1, 2), keepdims=True)
    assert np.abs(spread[:, :10, :10]).mean() > 5 * np.abs(spread[:, 12:, 12:]).mean()


@pytest.mark.parametrize(
    ("look", "layer", "reason"),
    [
        (layer_grad_cam, None, "no convolution"),
        (layer_conductance, "9.nowhere", "no layer '9.nowhere'"),
        (layer_grad_cam, "0'; rm", "no layer"),
    ],
)
def test_layers_that_do_not_exist_are_refused(ask, normal, look, layer, reason):
    with pytest.raises(CannotExplainError, match=reason):
        look(ask(net(), normal(4, 5), normal(4, 5, seed=1), layer=layer))


def test_a_layer_of_several_tensors_is_refused(ask, normal):
    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.head = nn.LSTM(3, 7, batch_first=True), nn.Linear(7, 1)

        def forward(self, x):
            return self.head(self.inner(x)[0][:, -1])

    asked = ask(Recurrent(), normal(4, 6, 3), normal(4, 6, 3, seed=1), layer="inner")
    with pytest.raises(CannotExplainError):
        layer_conductance(asked)
    found = layer_conductance(replace(asked, layer=None))
    assert found.values.shape == (4, 7) and np.abs(found.completeness).max() < 0.02 * np.abs(found.change).max()


def encoded(rows):
    return tensor_table({"inputs": rows.numpy()})


def test_layers_are_explained_beside_the_model_and_the_others_say_why(normal):
    module = net()
    before = {name: one.clone() for name, one in module.state_dict().items()}
    asked = ["captum.LayerConductance", "captum.LayerConductance@1", "captum.LayerGradCam", "captum.LRP", "captum.TCAV"]
    question = Question(task="binary", output="logit")
    with wrap_model(module) as host:
        found = explain_layers(host, question, (encoded(normal(30, 5)), encoded(normal(8, 5, seed=1))), asked)
        answers, left_out = found.answers, found.not_applicable
    assert [(one.layer, one.values.shape) for one in answers] == [
        ("what enters 4 (Linear)", (30, 6)),
        ("1 (Tanh)", (30, 16)),
    ]
    assert [one.what for one in left_out] == ["captum.LRP", "captum.LayerGradCam"]
    assert found.passes > 2 * 30 * 64 and found.halved == []  # two methods, 64 nodes of 30 rows at least
    assert "knows captum.LayerConductance" in left_out[0].reason and "no convolution" in left_out[1].reason
    assert all(torch.equal(before[name], one) for name, one in module.state_dict().items())
    with torch.no_grad():
        change = (
            torch.sigmoid(module(normal(30, 5)))[:, 0] - torch.sigmoid(module(normal(8, 5, seed=1).mean(0)[None]))[0, 0]
        )
    np.testing.assert_allclose(answers[0].change, change.numpy(), atol=1e-6)


def test_a_program_without_hooks_has_no_layers(normal):
    question = Question(task="binary", output="logit")
    tables = (encoded(normal(4, 5)), encoded(normal(4, 5, seed=1)))
    with wrap_model(torch.jit.trace(net(), normal(2, 5))) as host:
        found = explain_layers(host, question, tables, ["captum.LayerConductance"])
        answers, left_out = found.answers, found.not_applicable
    assert answers == [] and "no HOOKS" in left_out[0].reason


def test_layers_by_which_something_passes_are_refused(normal):
    class Beside(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.head = nn.Linear(5, 4), nn.Linear(5, 4), nn.Linear(4, 1)

        def forward(self, x):
            return self.head(self.a(x).tanh() + self.b(x).tanh())

    torch.manual_seed(0)
    question = Question(task="binary", output="logit")
    tables = (encoded(normal(20, 5)), encoded(normal(4, 5, seed=1)))
    with wrap_model(Beside()) as host:
        found = explain_layers(host, question, tables, ["captum.LayerConductance@a", "captum.LayerConductance@head"])
        answers, left_out = found.answers, found.not_applicable
    assert [one.layer for one in answers] == ["head (Linear)"]
    assert "something passes by a (Linear)" in left_out[0].reason


def answered(values, change=None, adds_up=True):
    change = values.sum(1) if change is None else change
    return LayerAnswer(
        method="captum.LayerConductance",
        layer="net.2 (Linear)",
        values=values,
        completeness=values.sum(1) - change,
        change=change,
        reference="the mean",
        adds_up=adds_up,
    )


def halves(count):
    member = np.zeros((3, count), dtype=bool)
    member[0] = True
    member[1, : count // 2] = True
    member[2, count // 2 :] = True
    return ExplainedRows(slices=["overall", "sex=F", "sex=M"], member=member)


def test_parts_of_a_gap_add_up_over_units_and_have_intervals():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(200, 40)) * np.linspace(0.1, 2, 40)
    values[:100, 39] += 1.5
    records = layer_attributions([answered(values)], halves(200), [Pair("sex=F", "sex=M")], generator)
    gap = [one for one in records if one.reference == "sex=M"]
    assert len(gap) == 13 and gap[-1].unit == f"{OTHERS} (28)"
    total = values[:100].sum(1).mean() - values[100:].sum(1).mean()
    assert sum(one.value for one in gap) == pytest.approx(total, abs=1e-12)
    (large,) = [one for one in gap if one.unit == "39"]
    assert large.low < 1.5 < large.high and large.low > 0
    assert all(one.low < one.value < one.high and one.rows == 200 for one in gap)
    means = [one for one in records if one.slice == "sex=F" and one.reference is None]
    assert sum(one.value for one in means) == pytest.approx(values[:100].sum(1).mean(), abs=1e-12)


def test_weights_and_people_are_those_of_the_rows():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(60, 3))
    rows = replace(halves(60), weight=np.where(np.arange(60) % 2, 1.0, 3.0), unit=np.arange(60) // 2)
    records = layer_attributions([answered(values)], rows, [], generator)
    (one,) = [one for one in records if one.slice == "sex=F" and one.unit == "1"]
    assert one.value == pytest.approx(np.average(values[:30, 1], weights=rows.weight[:30]))
    assert one.rows == 15


def test_what_does_not_add_up_has_no_part_of_a_gap_and_a_wrong_sum_is_our_fault():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(60, 3))
    pairs = [Pair("sex=F", "sex=M")]
    assert all(
        one.reference is None
        for one in layer_attributions([answered(values, adds_up=False)], halves(60), pairs, generator)
    )
    forged = replace(answered(values), change=values.sum(1) + np.arange(60))
    with pytest.raises(AssertionError, match="do not add up to the gap"):
        layer_attributions([forged], halves(60), pairs, generator)
    assert layer_attributions([answered(values)], halves(60), [Pair("sex=F", "sex=X")], generator)


NAN = np.full((4, 2), np.nan)
CONDUCTANCE = {"captum.LayerConductance": {"layer": "a", "reference": "b", "adds_up": True}}


@pytest.mark.parametrize(
    ("layers", "values", "completeness", "match"),
    [
        (CONDUCTANCE, NAN, np.zeros(4), "not finite"),
        (CONDUCTANCE, np.ones((4, 2)), np.zeros(4), "completeness errors that are none"),
        (CONDUCTANCE, np.ones((3, 2)), np.full(3, 2.0), "shape"),
        ([], np.zeros((4, 2)), np.zeros(4), "layers of another form"),
        ({"captum.LayerConductance": []}, np.zeros((4, 2)), np.zeros(4), "a layer of another form"),
    ],
)
def test_a_forged_reply_is_refused(layers, values, completeness, match):
    from dlaudit.errors import ModelRefused

    class Host:
        def call(self, operation, params, tables):
            columns = {"values": values, "completeness": completeness, "change": np.zeros(len(values))}
            told = {"layers": layers, "not_applicable": [], "passes": 0.0, "halved": []}
            return told, {"captum.LayerConductance": tensor_table(columns)}

    rows = pa.table({"x": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(ModelRefused, match=match):
        explain_layers(Host(), Question(task="binary", output="logit"), (rows, rows), ["captum.LayerConductance"])
