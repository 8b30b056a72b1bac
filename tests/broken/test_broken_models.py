"""Models that are broken, or are given what they were not made for, and what the audit says of them."""

from pathlib import Path

import pytest
import torch
from broken_nets import audited, codes, linear, people
from torch import nn


class Saturating(nn.Module):
    """Right on inputs in 0..1; on larger ones a squashed hidden unit tells rows apart no more."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = torch.tanh(x.float())
        return 20 * (hidden[:, 0] + 0.3 * hidden[:, 1] - 0.55)


def test_a_model_that_is_well_is_not_called_broken() -> None:
    found = codes(audited(linear(), people()))
    assert not {"DLA210", "DLA215", "DLA216", "DLA230", "DLA231", "DLA232", "DLA233"} & set(found)
    assert "c" in found["DLA234"], "an input of weight 0 is noted"


def test_pixels_from_0_to_255_for_a_model_of_0_to_1_are_noticed() -> None:
    audit = audited(Saturating(), people(scale=255.0))
    said = codes(audit)["DLA232"]
    assert "x / 255" in said or "from 0 to 1" in said
    probe = next(one for one in audit.probes if one.probe == "another scaling")
    assert probe.detail["then"] > probe.detail["now"] + 0.05
    assert "DLA232" not in codes(audited(Saturating(), people()))


def test_inverted_labels_and_scores_near_chance_are_told_apart() -> None:
    assert "DLA215" in codes(audited(linear(0.65, -20.0), people()))
    blind = nn.Linear(3, 1)
    with torch.no_grad():
        blind.weight[:] = torch.tensor([[0.0, 0.0, 1.0]])
    found = codes(audited(blind, people()))
    assert "DLA230" in found and "DLA215" not in found


def test_one_score_for_everybody_is_an_error() -> None:
    constant = nn.Linear(3, 1)
    with torch.no_grad():
        constant.weight.zero_()
    assert "say" in codes(audited(constant, people()))["DLA231"]


def test_probabilities_that_are_all_0_or_1_are_noticed() -> None:
    assert "within 1e-6 of 0 or 1" in codes(audited(linear(gain=1e5), people()))["DLA231"]


class Ordered(nn.Module):
    """Three classes by thirds of what `people` labels, its outputs in a wrong order where asked."""

    def __init__(self, order: list[int]) -> None:
        super().__init__()
        self.order = order

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = x[:, :1] + 0.3 * x[:, 1:2]
        centres = torch.tensor([0.3, 0.65, 1.0])
        return (-40 * (level - centres) ** 2)[:, self.order]


def test_classes_in_another_order_are_noticed_and_named() -> None:
    data = people(classes=3).assign(y=lambda one: one["y"].map({0: "low", 1: "mid", 2: "top"}))
    wanted = {"model.classes": ["low", "mid", "top"], "model.task": "multiclass", "explain.decompose": ["recall"]}
    swapped = audited(Ordered([1, 2, 0]), data, **wanted)
    assert "low is mid" in codes(swapped)["DLA235"]
    assert not {"DLA235", "DLA236"} & set(codes(audited(Ordered([0, 1, 2]), data, **wanted)))


class OfTheBatch(nn.Module):
    """Scales by the rows at hand."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 3 * (x[:, 0] - x[:, 0].mean()) / (x[:, 0].std(correction=0) + 1e-6)


def test_scores_that_depend_on_the_rows_beside_them_are_noticed() -> None:
    assert "beside it" in codes(audited(OfTheBatch(), people()))["DLA216"]


@pytest.fixture(scope="module")
def normed() -> nn.Module:
    """A net with dropout and a batch normalisation that has seen inputs in 0..1; in training mode."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.2), nn.Linear(4, 1)).train()
    rows = torch.tensor(people()[["a", "b", "c"]].to_numpy(), dtype=torch.float32)
    with torch.no_grad():
        for _ in range(60):
            net(rows)
    return net


def test_inputs_far_from_what_the_batch_normalisation_kept_are_noticed(normed: nn.Module) -> None:
    assert "running deviations away" in codes(audited(normed, people(scale=255.0)))["DLA233"]
    assert "DLA233" not in codes(audited(normed, people()))
    fresh = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1))
    assert "never trained" in codes(audited(fresh, people()))["DLA233"]


@pytest.mark.parametrize("kind", ["pt2", "torchscript"])
def test_a_file_saved_in_training_mode_is_noted(normed: nn.Module, tmp_path: Path, kind: str) -> None:
    path = str(tmp_path / f"model.{kind}")
    if kind == "torchscript":
        torch.jit.save(torch.jit.script(normed.train()), path)
    else:
        net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.2), nn.Linear(4, 1)).train()
        rows = torch.rand(4, 3)
        torch.export.save(torch.export.export(net, (rows,), dynamic_shapes=({0: torch.export.Dim("n")},)), path)
    data = tmp_path / "rows.csv"
    people(200).to_csv(data, index=False)
    assert "training mode" in codes(audited(path, str(data)))["DLA210"]
    calm = audited(path, str(data)).probes if kind == "torchscript" else []
    assert any(one.probe == "first batch normalisation" for one in calm) == (kind == "torchscript")


class Careful(nn.Module):
    """Refuses inputs outside 0..1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if bool((x < 0).any() or (x > 1).any()):
            raise ValueError("inputs must lie in 0..1")
        return 20 * (x[:, 0] + 0.3 * x[:, 1] - 0.65)


def test_a_model_that_refuses_other_scalings_is_audited_all_the_same() -> None:
    assert not {"DLA232", "DLA215"} & set(
        codes(audited(Careful(), people(), **{"explain.methods": ["shapley_values"]}))
    )
