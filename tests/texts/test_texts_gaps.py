"""Gaps between slices of texts, split over words: exact sums, the right words, and what another reference changes."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dlaudit.attributions import Question
from dlaudit.attributions.by_words import OTHER_WORDS
from dlaudit.attributions.gaps.decomposed import GapRows
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.texts import (
    WITHOUT_WORDS,
    Asked,
    RowGames,
    Texts,
    moved_by,
    row_games,
    text_decomposition,
    with_other_blank,
)
from dlaudit.data.grid import Grid
from dlaudit.models.local_host import wrap_model
from dlaudit.tensors import tensor_table

MASK, PAD, LENGTH = 1.0, 0.0, 7
VOCABULARY = ["[PAD]", "[MASK]", "i", "like", "my", "gay", "german", "friend", "food", "not", "day"]
METRICS = [("mean_score", 0), ("selection_rate", 0), ("false_positive_rate", 0), ("accuracy", 0)]


class Reader(nn.Module):
    """A small non-linear model of word vectors in which one word lowers the score."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.table = nn.Embedding(len(VOCABULARY), 4)
        self.head = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        with torch.no_grad():
            self.table.weight.mul_(0.4)
            self.table.weight[5] -= 1.5

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        kept = attention_mask.unsqueeze(-1).float()
        return self.head((self.table(input_ids) * kept).sum(dim=1) / kept.sum(dim=1) * 3)


def texts(rows: int, seed: int, word: int | None) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    ids, mask = np.zeros((rows, LENGTH), np.int64), np.zeros((rows, LENGTH), np.int64)
    for row in range(rows):
        words = generator.choice([2, 3, 4, 7, 8, 9, 10], size=generator.integers(2, 6), replace=False).tolist()
        words += [] if word is None else [word]
        ids[row, : len(words)], mask[row, : len(words)] = words, 1
    return ids, mask


def asked(**question: Any) -> Asked:
    names = tuple(f"word {at + 1}" for at in range(LENGTH))
    grid = Grid(input="input_ids", names=names, by_row=True, blanks=((MASK, "[MASK]"), (PAD, "[PAD]")))
    known = Question(task="binary", output="logit", grids=[grid], **question)
    return Asked(question=known, metrics=METRICS, threshold=0.5, evaluations=512)


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    a, b = texts(60, 1, 5), texts(70, 2, 6)
    ids, mask = np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]])
    owner = np.where(mask == 1, np.arange(LENGTH)[None], -1).astype(np.int16)
    labels = np.random.default_rng(3).integers(0, 2, len(ids))
    rows = tensor_table({"input_ids": ids, "attention_mask": mask, "owner:input_ids": owner})
    words = [[VOCABULARY[at] for at in row[: int(kept.sum())]] for row, kept in zip(ids, mask, strict=True)]
    return {"rows": rows, "ids": ids, "mask": mask, "labels": labels, "words": words, "first": 60}


@pytest.fixture(scope="module")
def games(data: dict[str, Any]) -> RowGames:
    with wrap_model(Reader()) as host:
        return row_games(host, asked(), (data["rows"], data["rows"]), data["labels"])


def sides(data: dict[str, Any], games: RowGames, metric: str) -> tuple[Texts, Texts]:
    counted = (data["labels"] == 0) if metric == "false_positive_rate" else np.ones(len(data["labels"]), bool)
    whole = Texts(game=games.metrics[metric], words=data["words"], weight=counted.astype(float))
    first = data["first"]
    return whole.take(np.arange(first)), whole.take(np.arange(first, len(data["words"])))


def split(data: dict[str, Any], games: RowGames, metric: str):
    pair = Pair(metric=metric, by=("who",), slice="who=gay", reference="who=german")
    generator = np.random.default_rng(0)
    return text_decomposition(pair, sides(data, games, metric), generator, rows=GapRows(), reference=games.reference)


@pytest.mark.parametrize("metric", [name for name, _ in METRICS])
def test_parts_add_up_to_the_gap_and_the_gap_is_that_of_the_metric(data, games, metric):
    found = split(data, games, metric)
    assert abs(sum(one.value for one in found.contributions) - found.gap) <= 1e-9 and abs(found.residual) <= 1e-9
    with torch.no_grad():
        logit = Reader()(torch.from_numpy(data["ids"]), torch.from_numpy(data["mask"]))[:, 0].numpy()
    score, label = 1 / (1 + np.exp(-logit.astype(np.float64))), data["labels"]
    number = {"mean_score": score, "accuracy": (score >= 0.5) == label}.get(metric, score >= 0.5).astype(float)
    kept = label == 0 if metric == "false_positive_rate" else np.ones(len(label), bool)
    own, other = (kept & part for part in (np.arange(len(label)) < 60, np.arange(len(label)) >= 60))
    assert found.gap == pytest.approx(number[own].mean() - number[other].mean(), abs=1e-6)


def test_the_word_that_makes_the_gap_has_the_largest_part_and_is_marked(data, games):
    found = split(data, games, "mean_score")
    assert found.contributions[0].feature == "gay" and found.contributions[0].marked
    assert found.contributions[0].value < 0 and found.contributions[0].high < 0
    assert "[MASK]" in found.estimand and "not causes" in found.estimand
    assert {WITHOUT_WORDS, OTHER_WORDS} <= {one.feature for one in found.contributions}


def test_shapley_values_are_those_of_all_orders(data, games):
    """Exact enumeration by hand of single rows, on the score and on the decision."""
    model = Reader().eval()
    for row in (0, 61):
        count = int(data["mask"][row].sum())

        def value(present: frozenset[int], metric: str, row: int = row, count: int = count) -> float:
            ids = torch.from_numpy(data["ids"][row : row + 1].copy())
            for at in set(range(count)) - present:
                ids[0, at] = int(MASK)
            with torch.no_grad():
                score = torch.sigmoid(model(ids, torch.from_numpy(data["mask"][row : row + 1])).double())[0, 0].item()
            return float(score >= 0.5) if metric == "selection_rate" else score

        for metric in ("mean_score", "selection_rate"):
            expected, orders = np.zeros(LENGTH), list(permutations(range(count)))
            known: dict[frozenset[int], float] = {}
            for order in orders:
                for at, word in enumerate(order):
                    before, after = frozenset(order[:at]), frozenset(order[: at + 1])
                    for one in (before, after):
                        known.setdefault(one, value(one, metric))
                    expected[word] += (known[after] - known[before]) / len(orders)
            assert np.allclose(games.metrics[metric].values[row], expected, atol=1e-6)


def test_all_games_share_the_passes_of_one(data, games):
    with wrap_model(Reader()) as host:
        one = replace(asked(), metrics=METRICS[:1])
        alone = row_games(host, one, (data["rows"], data["rows"]), data["labels"])
    assert games.passes == pytest.approx(alone.passes)
    assert np.array_equal(games.metrics["mean_score"].values, alone.metrics["mean_score"].values)


def test_padding_as_the_reference_gives_another_split_of_the_same_gap(data, games):
    question = with_other_blank(asked().question)
    assert question is not None and question.grids[0].blanks == ((PAD, "[PAD]"),)
    with wrap_model(Reader()) as host:
        other = row_games(host, replace(asked(), question=question), (data["rows"], data["rows"]), data["labels"])
    before, after = (sides(data, one, "mean_score") for one in (games, other))
    moved = moved_by(before, after, other.reference)
    assert "[PAD]" in moved.reference and moved.rows == 130 and moved.moved > 0 and moved.largest > 0
    same = moved_by(before, before, games.reference)
    assert same.moved == 0 and same.largest == 0


def test_a_swap_of_the_two_slices_turns_every_sign(data, games):
    pair = Pair(metric="mean_score", by=("who",), slice="who=german", reference="who=gay")
    a, b = sides(data, games, "mean_score")
    found = text_decomposition(pair, (b, a), np.random.default_rng(0), rows=GapRows(), reference="r")
    turned = {one.feature: -one.value for one in found.contributions}
    assert {one.feature: one.value for one in split(data, games, "mean_score").contributions} == pytest.approx(turned)


def test_rare_words_do_not_stand_alone(data, games):
    pair = Pair(metric="mean_score", by=("who",), slice="a", reference="b")
    both = sides(data, games, "mean_score")
    found = text_decomposition(pair, both, np.random.default_rng(0), rows=GapRows(), reference="r", fewest=65)
    names = {one.feature for one in found.contributions}
    assert "gay" not in names and "german" in names  # 60 and 70 texts
    assert abs(found.residual) <= 1e-9


def test_words_of_the_same_distribution_are_seldom_marked(data, games):
    """Two random halves of one slice: what is marked is chance; a naive interval per word would mark more."""
    marked = naive = 0
    whole = Texts(game=games.metrics["mean_score"], words=data["words"], weight=np.ones(130)).take(np.arange(60, 130))
    pair = Pair(metric="mean_score", by=("who",), slice="a", reference="b")
    for seed in range(24):
        order = np.random.default_rng(seed).permutation(70)
        both = whole.take(order[:35]), whole.take(order[35:])
        found = text_decomposition(pair, both, np.random.default_rng(seed), rows=GapRows(), reference="r")
        marked += any(one.marked for one in found.contributions)
        naive += any(one.p_value is not None and one.p_value <= 0.05 for one in found.contributions)
    # halves of one finite sample differ a little more than two samples of people; 5 % and three standard errors
    assert marked / 24 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 24) < naive / 24
