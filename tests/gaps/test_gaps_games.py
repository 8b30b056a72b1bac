"""Every metric's game: its gap, Shapley values by definition over all pairs, and why some metrics have none."""

import numpy as np
import pytest
import torch
from gap_nets import CLASSES, EACH, Mlp, Plain, all_pairs, normal, outputs, shapley, side_by_side, slices, split_gap_of

from dlaudit.attributions.gaps import draws as draws_module
from dlaudit.attributions.gaps.coupling import Coupling
from dlaudit.attributions.gaps.games import FORMS, game_of, why_not
from dlaudit.metrics.counts import variables
from dlaudit.metrics.registry import METRICS
from dlaudit.metrics.rows import ScoredRows


@pytest.mark.parametrize(("task", "metric"), EACH)
def test_the_gap_is_that_of_the_metric(task, metric):
    """The numbers whose means are split are those that the audit's own metrics average."""
    a, b, labels = slices(task)
    match = side_by_side(Mlp(5, outputs(task)).double(), a, b, task=task, labels=labels)
    split = split_gap_of(match, metric, task, classes=CLASSES, threshold=0.55)
    base, at = metric.partition("[")[0], CLASSES.index(metric[:-1].partition("[")[2]) if "[" in metric else 0

    def of(rows, label):
        score = match.request.score(rows).detach().numpy()
        said = {"binary": (score[:, 0] >= 0.55), "multiclass": score.argmax(1), "multilabel": score >= 0.55}
        prediction = said.get(task, score[:, 0])
        whole = ScoredRows(
            atom=np.zeros(len(score), dtype=int), target=label, score=score, prediction=prediction * 1, task=task
        )
        named = {"mean_score": "score", "calibration_in_the_large": "residual", "brier": "squared_residual"}
        named |= {"mean_error": "error", "mean_absolute_error": "absolute_error", "mean_prediction": "prediction"}
        if base in named or base == "log_loss":
            return variables(whole)[named.get(base, base)].mean()
        chosen = prediction[:, at] if task == "multilabel" else prediction == (at if task == "multiclass" else 1)
        true = label[:, at] == 1 if task == "multilabel" else label == (at if task == "multiclass" else 1)
        rates = {"selection_rate": chosen, "true_positive_rate": chosen[true], "recall": chosen[true]}
        rates |= {"false_positive_rate": chosen[~true], "false_negative_rate": ~np.asarray(chosen[true], bool)}
        rates |= {"true_negative_rate": ~np.asarray(chosen[~true], bool)}
        return (prediction == label).mean() if base == "accuracy" else rates[base].mean()

    assert split.gap == pytest.approx(of(a, labels[0]) - of(b, labels[1]), abs=1e-12)


@pytest.fixture
def every_pair(monkeypatch):
    """All pairs of people instead of a random coupling: the estimand itself on the slices at hand."""

    def independent(mass_a, mass_b, _):
        i, j = (one.ravel() for one in np.meshgrid(np.flatnonzero(mass_a > 0), np.flatnonzero(mass_b > 0)))
        return Coupling(a=i, b=j, weight=mass_a[i] / mass_a.sum() * mass_b[j] / mass_b.sum())

    monkeypatch.setattr(draws_module, "random_coupling", independent)


def by_definition(net, a, b, labels, task, metric, weights):
    """Shapley values over all pairs: of the whole, within a label, or label by label at mean shares."""
    game = game_of(metric, task, classes=CLASSES)
    at = game.place.column
    label_a, label_b = (one if one.ndim == 1 else one[:, at] for one in labels)

    def number(of):
        return lambda scores, i, j: float(game.numbers(scores[None], np.array([of(i, j)]))[0])

    if game.form.labels == "free":
        return shapley(all_pairs(net, a, b, number(lambda i, j: 0), task=task, weights=weights), a.shape[1])
    if game.form.labels == "player":
        seen = number(lambda i, j: label_b[j] if i < 0 else label_a[i])
        return shapley(all_pairs(net, a, b, seen, task=task, weights=weights), a.shape[1] + 1)
    found = np.zeros(a.shape[1])
    for label in set(label_a) & set(label_b) if game.within is None else {game.within}:
        in_a, in_b = label_a == label, label_b == label
        some = (weights[0][in_a], weights[1][in_b])
        share = 1.0
        if game.within is None:
            share = (some[0].sum() / weights[0].sum() + some[1].sum() / weights[1].sum()) / 2
        value = all_pairs(net, a[in_a], b[in_b], number(lambda i, j, y=label: y), task=task, weights=some)
        found += share * shapley(value, a.shape[1])
    return found


@pytest.mark.parametrize(("task", "metric"), EACH)
def test_with_every_pair_the_split_is_shapley_by_definition(every_pair, task, metric):
    a, b, labels = slices(task, rows=(6, 5), columns=2 if task == "regression" else 3)
    weights = (np.linspace(0.5, 2, 6), np.linspace(1, 3, 5))
    for one in labels:
        one[:3] = {"multiclass": np.arange(3), "multilabel": [[0], [1], [1]]}.get(task, [0, 1, 1])
    net = Mlp(a.shape[1], outputs(task)).double()
    match = side_by_side(net, a, b, task=task, labels=labels, weights=weights)
    split = split_gap_of(match, metric, task, classes=CLASSES, rounds=2)
    expected = by_definition(net, a, b, labels, task, metric, weights)
    np.testing.assert_allclose(split.values, expected, atol=1e-12)


def test_lundbergs_difference_of_mean_shap_values_with_a_half_and_half_background_is_the_split(every_pair):
    """Brute force: Shapley values of every person against both slices, half and half; then the difference of means."""
    net = Mlp(3).double()
    a, b = normal(6, 3) + 0.5, normal(5, 3, seed=1)
    background, weight = torch.cat([a, b]), np.r_[np.full(6, 1 / 12), np.full(5, 1 / 10)]

    def mean_score(scores, i, j):
        return float(scores[0])

    by_person = [
        shapley(all_pairs(net, one[None], background, mean_score, weights=(np.ones(1), weight)), 3) for one in [*a, *b]
    ]
    split = split_gap_of(side_by_side(net, a, b), "mean_score", pooled=True, rounds=2)
    np.testing.assert_allclose(np.mean(by_person[:6], 0) - np.mean(by_person[6:], 0), split.values, atol=1e-12)
    np.testing.assert_allclose(split.a.pooled, by_person[:6], atol=1e-12)
    np.testing.assert_allclose(split.b.pooled, by_person[6:], atol=1e-12)


REFUSALS = {
    "one of the slices has no rows with the label": ("true_positive_rate", (np.zeros(5, int), np.ones(5, int))),
    "no label in common": ("accuracy", (np.zeros(5, int), np.ones(5, int))),
    "labels were not given": ("log_loss", None),
}


@pytest.mark.parametrize("said", REFUSALS)
def test_what_cannot_be_split_says_why(said):
    metric, labels = REFUSALS[said]
    match = side_by_side(Mlp(2).double(), normal(5, 2), normal(5, 2, seed=1), labels=labels)
    assert said in split_gap_of(match, metric)


def test_other_reasons_are_told_too():
    a, b = normal(5, 2), normal(5, 2, seed=1)
    labels = (np.array([0, 1, 0, 1, 0]),) * 2
    raw = side_by_side(Mlp(2).double(), a, b, labels=labels)
    object.__setattr__(raw.request, "score", lambda x: 3 * x[:, :1])
    assert "outside 0 to 1" in split_gap_of(raw, "brier")
    odd = side_by_side(
        Plain(lambda x: torch.where(x[:, 0] * x[:, 1] == 0, torch.nan, 1.0)), a[:, :], b, task="regression"
    )
    odd.request.rows[0][:5] = torch.tensor([0.0, 1.0]).double()
    assert "not finite" in split_gap_of(odd, "mean_prediction", "regression")
    mixed = side_by_side(Plain(lambda x: torch.where(x[:, 0] != x[:, 1], torch.nan, 1.0)), a, b, task="regression")
    mixed.request.rows[0][:5], mixed.request.rows[0][5:] = 1.0, 2.0
    object.__setattr__(
        mixed.request, "score", lambda x: torch.where(x[:, 0] != x[:, 1], torch.nan, 1.0)[:, None].double()
    )
    assert "mixtures" in split_gap_of(mixed, "mean_prediction", "regression")
    nobody = side_by_side(Mlp(2).double(), a, b, weights=(np.zeros(5), np.ones(5)))
    assert "no rows" in split_gap_of(nobody, "mean_score")


def test_every_metric_that_can_be_split_has_a_form_and_others_a_reason():
    for task, forms in FORMS.items():
        for name in METRICS:
            if task in METRICS.get(name).tasks:
                reason = why_not(name, task)
                assert (reason is None) == (name in forms)
                assert reason is None or "does not know" not in reason, (task, name)
        assert all(task in METRICS.get(name).tasks for name in forms)
