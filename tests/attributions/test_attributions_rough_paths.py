"""Scores that go up and down along a path are no false slopes; and lengths beside codes are ablated like any input."""

import numpy as np
import pytest
import torch
from torch import nn

from dlaudit.attributions import ATTRIBUTORS, CannotExplainError
from dlaudit.attributions.completeness import relative_error
from dlaudit.attributions.layout import Layout
from dlaudit.attributions.libraries.second_opinion import second_opinion
from dlaudit.attributions.paths.fixed_path import integrated_gradients_at
from dlaudit.attributions.paths.slope import PLAIN_NODES, refuse_false_slope


class Ripples(nn.Module):
    """Rises and falls two hundred times along a path, besides what it says: as a sharp network on a spectrogram."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x.sum(dim=1) + 2.0 * torch.sin(1200.0 * x[:, 0]))[:, None]


class Stepped(nn.Module):
    """A part of the score is a step, so that its gradient is that of the rest."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x.sum(dim=1) + 3.0 * (x[:, 0] > 0.3).float())[:, None]


def rows(count: int) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(count)) + 0.5


def test_a_rough_path_is_tried_with_more_nodes_before_its_gradient_is_called_false(ask) -> None:
    asked = ask(Ripples(), rows(16), torch.zeros(4, 3))
    few = integrated_gradients_at(asked, PLAIN_NODES[0])
    assert np.median(relative_error(few.completeness, few.change)) > asked.tolerance
    refuse_false_slope(asked)


def test_a_step_stays_a_false_slope_with_any_number_of_nodes(ask) -> None:
    with pytest.raises(CannotExplainError, match=r"not the slope of the score.*with 512 nodes"):
        refuse_false_slope(ask(Stepped(), rows(16), torch.zeros(4, 3)))


class Sharp(nn.Module):
    """Scale does not matter, as after a layer norm: next to the reference of 0 the score bends within a thousandth."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, 0] / (x.square().sum(dim=1) + 1e-9).sqrt())[:, None]


class Sharper(nn.Module):
    """The same so near to the reference that no rule with even nodes meets it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, 0] / (x.square().sum(dim=1) + 1e-13).sqrt())[:, None]


def test_an_opinion_that_does_not_add_up_is_calculated_again_with_more_nodes(ask) -> None:
    asked = ask(Sharp(), rows(6), torch.zeros(4, 3))
    (found,) = second_opinion(asked, {"integrated_gradients": ATTRIBUTORS.get("integrated_gradients").explain(asked)})
    assert (found.ok, found.rows) == (True, 4), found.said


def test_an_opinion_that_never_adds_up_judges_nothing(ask) -> None:
    asked = ask(Sharper(), rows(6), torch.zeros(4, 3))
    (found,) = second_opinion(asked, {"integrated_gradients": ATTRIBUTORS.get("integrated_gradients").explain(asked)})
    assert found.ok is None
    assert "gives no second opinion: with 2048 nodes its contributions miss" in found.said


class Counted(nn.Module):
    """Codes [n, 4], of which as many count as `lengths` [n] says."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(9, 3)

    def forward(self, codes: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        counted = (torch.arange(4)[None] < lengths[:, None])[..., None]
        return (self.table(codes).tanh() * counted).sum(dim=(1, 2))[:, None]


@pytest.mark.parametrize("method", ["captum.FeatureAblation", "captum.Occlusion"])
def test_the_number_of_steps_is_ablated_as_one_input(ask, method: str) -> None:
    torch.manual_seed(0)
    net, whole = Counted(), torch.full((2,), 4)
    codes, background = torch.randint(9, (2, 4)), (torch.randint(9, (1, 4)), torch.tensor([2]))
    layout = Layout(names=("a", "b", "c", "d", "steps"), owner=(torch.arange(4)[None], torch.tensor([4])))
    found = ATTRIBUTORS.get(method).explain(ask(net, (codes, whole), background, layout=layout))
    with torch.no_grad():
        shorter = (net(codes, whole) - net(codes, torch.full((2,), 2)))[:, 0].numpy()
        part = net.table.weight.tanh().sum(1)
    np.testing.assert_allclose(found.values[:, 4], shorter, atol=1e-6)
    np.testing.assert_allclose(found.values[:, :4], (part[codes] - part[background[0]]).numpy(), atol=1e-6)
