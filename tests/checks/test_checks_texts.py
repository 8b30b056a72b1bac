"""Texts have as many words as they have: what is trusted must tell them apart, not count them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dlaudit.attributions.layout import NOBODY, Layout

LENGTH, BLANK = 8, 0


class Reader(torch.nn.Module):
    """Every word adds to the score, and some add more: long texts score high."""

    def __init__(self) -> None:
        super().__init__()
        self.table = torch.nn.Embedding(12, 6)
        self.head = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
        with torch.no_grad():
            self.table.weight.mul_(0.3)
            self.table.weight.add_(0.25)
            self.table.weight[BLANK] = 0.0

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        return self.head(self.table(codes).sum(dim=1))


@pytest.fixture
def texts(make_world: Any) -> Any:
    """Texts of two to eight words, each text against itself without its words."""
    known = make_world(count=240, again_most=0)
    torch.manual_seed(3)
    net, generator = Reader(), np.random.default_rng(3)
    lengths = generator.integers(2, LENGTH + 1, size=240)
    there = np.arange(LENGTH) < lengths[:, None]
    codes = torch.from_numpy(np.where(there, generator.integers(1, 12, size=there.shape), BLANK))
    owner = torch.from_numpy(np.where(there, np.arange(LENGTH), NOBODY))
    blank = torch.full((1, LENGTH), BLANK)
    request = replace(
        known.request,
        score=lambda codes: net(codes)[:, 0].double(),
        rows=(codes,),
        background=(blank,),
        layout=Layout(names=tuple(f"word {at}" for at in range(LENGTH)), owner=(owner,)),
        module=net,
    )
    return replace(known, request=request, settings=replace(known.settings, references=(blank,))), there


def evenly(good: Any, there: Any, generator: Any) -> Any:
    """The change spread over the text's own words, with next to no difference between them."""
    noise = np.where(there, 1e-3 * generator.normal(size=there.shape), 0.0)
    missing = (good.change - noise.sum(axis=1)) / there.sum(axis=1)
    return replace(good, values=noise + there * missing[:, None])


def exchanged(good: Any, there: Any, generator: Any) -> Any:
    """The right numbers at other words of the same text."""
    values = good.values.copy()
    for row, own in zip(values, there, strict=True):
        row[own] = generator.permutation(row[own])
    return replace(good, values=values)


def test_shapley_values_of_texts_of_all_lengths_are_trusted(texts: Any) -> None:
    known, _ = texts
    found = known.verdicts(known.explained("shapley_values"))["shapley_values"]
    assert {name: (one.ok, one.reasons) for name, one in found.items()} == dict.fromkeys(known.rows.slices, (True, []))


def test_contributions_that_only_count_words_are_not_trusted(texts: Any) -> None:
    known, there = texts
    good = known.explained("shapley_values")["shapley_values"]
    generator = np.random.default_rng(0)
    bad = {"evenly": evenly(good, there, generator), "exchanged": exchanged(good, there, generator)}
    for how, verdicts in known.verdicts(bad).items():
        assert not any(one.ok for one in verdicts.values()), (how, verdicts)


def test_were_places_without_words_players_counting_words_would_be_trusted(
    texts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: an even split over places that a text does not have is easily done better."""
    known, there = texts
    good = known.explained("shapley_values")["shapley_values"]
    monkeypatch.setattr(Layout, "held", lambda self, count: np.ones((count, len(self.names)), dtype=bool))
    bad = {"evenly": evenly(good, there, np.random.default_rng(0))}
    assert all(one.ok for one in known.verdicts(bad)["evenly"].values())


def test_the_row_has_the_players_that_it_has_elements_of(texts: Any) -> None:
    known, there = texts
    assert np.array_equal(known.request.layout.held(240), there)
    shared = Layout(names=("a", "b", "c"), owner=(torch.tensor([[0, 0, NOBODY, 2]]),))
    assert shared.held(2).tolist() == [[True, False, True]] * 2
