"""Good explanations are trusted, bad ones are not, and those that are bad on one slice are not trusted there."""

from dataclasses import replace

import numpy as np
import pytest

GOOD = ("integrated_gradients", "shapley_values")


def spoiled(how, good, rng):
    values = good.values
    turned = {
        "rows scrambled": lambda: values[rng.permutation(len(values))],
        "inputs shuffled": lambda: np.roll(values, 1, axis=1),
        "doubled": lambda: 2 * values,
        "halved": lambda: 0.5 * values,
        "sign flipped": lambda: -values,
        "random": lambda: rng.normal(size=values.shape) * values.std(),
        "random and adding up": lambda: _adding_up(rng.normal(size=values.shape) * values.std(), good.change),
        "inputs shuffled, each row its own way": lambda: rng.permuted(values, axis=1),
        "spread evenly with noise": lambda: _adding_up(1e-3 * rng.normal(size=values.shape), good.change),
    }
    return replace(good, values=turned[how]())


def _adding_up(values, change):
    return values + ((change - values.sum(axis=1)) / values.shape[1])[:, None]


BAD = (
    "rows scrambled",
    "inputs shuffled",
    "doubled",
    "halved",
    "sign flipped",
    "random",
    "random and adding up",
    "inputs shuffled, each row its own way",
)


@pytest.mark.parametrize("kind", ["mlp", "cnn", "lstm"])
@pytest.mark.parametrize("seed", [0, 1])
def test_good_explanations_are_trusted_on_every_slice(make_world, kind, seed):
    known = make_world(kind, seed, count=150, curve_rows=40, again_most=30)
    for method, verdicts in known.verdicts(known.explained(*GOOD)).items():
        assert {name: (one.ok, one.reasons) for name, one in verdicts.items()} == dict.fromkeys(
            known.rows.slices, (True, [])
        ), method


@pytest.mark.parametrize("method", GOOD)
def test_bad_explanations_are_not_trusted_on_any_slice(make_world, method):
    known = make_world(again_most=0)
    good = known.explained(method)[method]
    bad = {how: spoiled(how, good, np.random.default_rng(0)) for how in BAD}
    for how, verdicts in known.verdicts(bad).items():
        assert [one.ok for one in verdicts.values()] == [False] * 5, (how, verdicts)
        assert all(one.reasons for one in verdicts.values())


def test_an_even_split_is_never_trusted(make_world):
    """Nothing is wrong with its scale and its sum, and other rows' contributions are as good."""
    known = make_world(again_most=0)
    even = spoiled(
        "spread evenly with noise", known.explained("shapley_values")["shapley_values"], np.random.default_rng(0)
    )
    assert not any(one.ok for one in known.verdicts({"m": even})["m"].values())


def test_gradients_of_five_random_points_and_sizes_of_gradients_are_not_trusted(make_world):
    known = make_world(again_most=0)
    for verdicts in known.verdicts(known.explained("gradient_shap", "saliency")).values():
        assert [one.ok for one in verdicts.values()] == [False] * 5


def test_contributions_to_another_net_are_not_trusted(make_world):
    known, other = make_world(seed=0, again_most=0), make_world(seed=7)
    foreign = replace(known.request, score=other.request.score, module=other.request.module)
    right = known.explained("shapley_values")["shapley_values"]
    theirs = replace(known, request=foreign).explained("shapley_values")["shapley_values"]
    adding_up = replace(right, values=_adding_up(theirs.values, right.change))
    verdicts = known.verdicts({"foreign": theirs, "adding up": adding_up})
    assert [one.ok for method in verdicts.values() for one in method.values()] == [False] * 10


def test_contributions_drawn_towards_an_even_split_are_not_trusted_although_they_add_up(make_world):
    known = make_world(again_most=0)
    good = known.explained("shapley_values")["shapley_values"]
    drawn = {f"{share}": replace(good, values=_adding_up(share * good.values, good.change)) for share in (0.4, 0.8)}
    verdicts = known.verdicts(drawn)
    assert [one.ok for one in verdicts["0.4"].values()] == [False] * 5
    assert all("too small" in "".join(one.reasons) for one in verdicts["0.4"].values())
    # a fifth too small is within what is accepted: the order is right and the size nearly
    assert [one.ok for one in verdicts["0.8"].values()] == [True] * 5


def test_what_the_method_page_says_is_not_seen_is_not_seen_but_lowers_the_figures(make_world):
    """Errors in single inputs leave the rest better than an even split."""
    known = make_world(again_most=0)
    good = known.explained("shapley_values")["shapley_values"]
    left_out = good.values.copy()
    left_out[:, np.abs(left_out).mean(axis=0).argmax()] = 0.0
    exchanged = good.values[:, [1, 0, *range(2, 8)]]
    bad = {
        "left out": replace(good, values=_adding_up(left_out, good.change)),
        "exchanged": replace(good, values=exchanged),
    }
    assert [one.ok for verdicts in known.verdicts(bad).values() for one in verdicts.values()] == [True] * 10
    figures = {one.method: one.figures for one in known.answer({"good": good, **bad}).methods}
    assert figures["left out"]["faithfulness"].mean() < figures["good"]["faithfulness"].mean()
    assert figures["left out"]["infidelity"].mean() > figures["good"]["infidelity"].mean()


@pytest.mark.parametrize("how", ["rows scrambled", "sign flipped", "random and adding up", "doubled"])
def test_what_is_wrong_on_one_slice_alone_is_not_trusted_there_alone(make_world, how):
    known = make_world(count=400, again_most=0)
    good = known.explained("shapley_values")["shapley_values"]
    bad = spoiled(how, good, np.random.default_rng(1))
    women = known.rows.member[1]
    mixed = replace(good, values=np.where(women[:, None], bad.values, good.values))
    verdicts = known.verdicts({"m": mixed})["m"]
    assert verdicts["sex=F"].ok is False and verdicts["sex=M"].ok is True
    assert "sex=F" in " ".join(verdicts["sex=F"].reasons) or "miss" in verdicts["sex=F"].reasons[0]


def test_scrambled_rows_are_told_in_plain_words(make_world):
    known = make_world(again_most=0)
    bad = spoiled("rows scrambled", known.explained("shapley_values")["shapley_values"], np.random.default_rng(0))
    reasons = known.verdicts({"m": bad})["m"]["sex=F"].reasons
    assert (
        "contributions of sex=F rows predict the effect of changing inputs no better than those of other rows"
        in reasons
    )


def test_contributions_of_the_right_order_and_the_wrong_size_are_told_as_such(make_world):
    known = make_world(again_most=0)
    good = known.explained("shapley_values")["shapley_values"]
    # doubled and shifted evenly, so that they still add up
    doubled = replace(good, values=_adding_up(3 * good.values, good.change))
    reasons = known.verdicts({"m": doubled})["m"]["overall"].reasons
    assert any("an order that matters, but are about 3" in one for one in reasons), reasons


def test_methods_that_do_not_add_up_by_nature_are_judged_by_their_order(make_world):
    known = make_world(again_most=0)
    good = known.explained("integrated_gradients")["integrated_gradients"]
    small = replace(good, values=3.0 * good.values)
    scrambled = spoiled("rows scrambled", small, np.random.default_rng(0))
    verdicts = known.verdicts({"sizes": small, "scrambled": scrambled}, adds_up="no")
    assert [one.ok for one in verdicts["sizes"].values()] == [True] * 5
    assert [one.ok for one in verdicts["scrambled"].values()] == [False] * 5
    assert "do not add up by nature" in verdicts["sizes"]["overall"].reasons[0]


def test_too_few_rows_leave_it_open_and_are_no_failure(make_world):
    known = make_world(count=40, again_most=0)
    good = known.explained("shapley_values")["shapley_values"]
    bad = replace(good, values=_adding_up(good.values[::-1], good.change))
    for verdicts in known.verdicts({"good": good, "bad": bad}).values():
        verdict = verdicts["age=old"]
        assert verdict.ok is None and verdict.rows == 14 and verdict.reasons


def test_without_checks_adding_up_alone_is_not_trusted(make_world):
    known = make_world(count=60, again_most=0)
    answer = known.answer(known.explained("shapley_values"))
    bare = replace(answer, methods=[replace(answer.methods[0], figures={}, nulls={})])
    from dlaudit.attributions import quality, trust

    checks = quality(bare, known.rows, np.random.default_rng(0))
    found = trust(checks, bare, known.rows)
    assert {(one.ok, one.reasons[0]) for one in found} == {(None, "faithfulness was not checked")}
    assert any(one.measure == "completeness_error_p95" and one.ok for one in checks)
