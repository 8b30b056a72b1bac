"""The proxy probe: planted proxies are found, harmless ones are not, and what does not apply says so."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import spearmanr

from dlaudit.data.batch import Player
from dlaudit.errors import UsageError
from dlaudit.models.model import Capability
from dlaudit.probes import PROBES, Probe, ProbeRequest, run_probes
from dlaudit.probes.separation import FOLDS, Rows, folds_of, separation, within_fold_ranks
from dlaudit.record import Contribution, Decomposition, Slice
from dlaudit.stats.auc import auc

PLAYERS = (
    Player(name="income", columns=(0,)),
    Player(name="district", columns=(1, 2, 3)),
    Player(name="shoe", columns=(4,)),
)


def one_slice(level, **given):
    return Slice(id=f"race={level}", by=["race"], where={"race": level}, n=200, share=0.3, kind="group", **given)


def gap(marked=(), **contributions):
    return Decomposition(
        metric="mean_score",
        by=["race"],
        slice="race=B",
        reference="race=A",
        gap=sum(contributions.values()),
        contributions=[
            Contribution(feature=name, value=value, marked=name in marked) for name, value in contributions.items()
        ],
        residual=0.0,
        rows=400,
    )


def rows_of(inside, seed=0):
    return Rows(inside=inside, fold=folds_of(len(inside), None, np.random.default_rng(seed)))


@pytest.fixture
def request_with_a_planted_proxy():
    generator = np.random.default_rng(0)
    level = np.repeat([0, 1, 2], 200)
    columns = generator.normal(size=(600, 5))
    columns[:, 1:4] = np.eye(3)[generator.integers(0, 3, 600)]
    columns[level == 1, 1:4] = np.eye(3)[np.where(generator.random(200) < 0.9, 2, 0)]
    slices = [one_slice("A"), one_slice("B"), one_slice("(unknown)", unknown=True)]
    return ProbeRequest(
        slices=slices,
        member=np.stack([level == 0, level == 1, level == 2]),
        columns=columns,
        players=PLAYERS,
        encoded=["income", "district=N", "district=O", "district=S", "shoe"],
        decompositions=[gap(income=-0.2, district=-0.1, shoe=0.0)],
    )


def test_the_planted_proxy_comes_first_and_is_named_by_its_input(request_with_a_planted_proxy):
    results, left_out = run_probes(request_with_a_planted_proxy, ["proxy"])
    assert left_out == []
    first = results[0]
    assert (first.detail["feature"], first.detail["input"]) == ("district", "district")
    assert first.subject == "district tracks race=B" and first.detail["itself"] is False
    assert first.low > 0.65 and first.low < first.value < first.high
    assert first.detail["proxy_use"] == pytest.approx(abs(2 * first.value - 1) * 0.1)


def test_an_input_that_tracks_nothing_has_an_interval_around_one_half(request_with_a_planted_proxy):
    results, _ = run_probes(request_with_a_planted_proxy, ["proxy"])
    shoe = next(one for one in results if one.detail["feature"] == "shoe")
    assert shoe.low < 0.5 < shoe.high and shoe.detail["proxy_use"] == 0


def test_rows_of_unknown_level_take_no_part(request_with_a_planted_proxy):
    request = request_with_a_planted_proxy
    changed = request.columns.copy()
    changed[400:] = 99.0
    one, _ = run_probes(request, ["proxy", "proxy_overlap"])
    other, _ = run_probes(dataclasses.replace(request, columns=changed), ["proxy", "proxy_overlap"])
    assert one == other


def test_the_separation_of_a_binary_input_is_half_its_difference_of_shares():
    inside = np.arange(100) < 40
    column = np.where(inside, np.arange(100) % 4 == 0, np.arange(100) % 2 == 0).astype(float)[:, None]
    found = separation(Player(name="x", columns=(0,)), column, rows_of(inside))
    assert found.area.value == pytest.approx(0.5 + (column[inside].mean() - column[~inside].mean()) / 2)


def test_the_choice_among_inputs_widens_the_interval():
    generator = np.random.default_rng(0)
    inside = np.arange(400) < 200
    columns = np.repeat(generator.normal(size=(400, 1)), 3, axis=1)
    one = separation(Player(name="x", columns=(0,)), columns, rows_of(inside)).area
    three = separation(Player(name="x", columns=(0, 1, 2)), columns, rows_of(inside)).area
    assert one.value == three.value and three.low < one.low and three.high > one.high


def test_all_levels_of_a_feature_count_together_and_no_single_one_tells_as_much():
    generator = np.random.default_rng(1)
    inside = np.arange(3000) < 1500
    code = np.where(inside, generator.choice(6, 3000, p=[0.3, 0.3, 0.3, 0.1 / 3, 0.1 / 3, 0.1 / 3]),
                    generator.choice(6, 3000, p=[0.1 / 3, 0.1 / 3, 0.1 / 3, 0.3, 0.3, 0.3]))  # fmt: skip
    columns = np.eye(6)[code]
    together = separation(Player(name="x", columns=tuple(range(6))), columns, rows_of(inside))
    best = max(separation(Player(name="x", columns=(at,)), columns, rows_of(inside)).strength for at in range(6))
    assert together.column is None and together.area.value == pytest.approx(0.9, abs=0.02)
    assert together.strength > 0.75 > 0.3 > best


def test_levels_of_noise_tell_nothing_out_of_fold_though_they_seem_to_on_their_own_rows():
    apart, fooled = [], []
    for seed in range(40):
        generator = np.random.default_rng(seed)
        inside = generator.random(400) < 0.5
        code = generator.integers(0, 40, 400)
        found = separation(Player(name="x", columns=tuple(range(40))), np.eye(40)[code], rows_of(inside, seed))
        apart.append(found.area.value)
        share = np.bincount(code, weights=inside, minlength=40) / np.maximum(np.bincount(code, minlength=40), 1)
        fooled.append(auc(share[code], inside))
    assert abs(np.mean(apart) - 0.5) < 3 * np.std(apart, ddof=1) / np.sqrt(40)
    assert np.mean(fooled) > 0.65


def test_a_feature_that_tells_less_than_nothing_out_of_fold_has_no_strength():
    found = separation(Player(name="x", columns=(0, 1)), np.eye(2)[[0, 1] * 20], rows_of(np.arange(40) % 4 < 2))
    assert found.area.value <= 0.5 and found.strength == 0.0


def test_rows_of_one_person_are_in_one_fold_and_widen_the_interval():
    generator = np.random.default_rng(2)
    unit = np.repeat(np.arange(300), 4)
    fold = folds_of(1200, unit, generator)
    assert all(len(set(fold[unit == one])) == 1 for one in range(300)) and set(fold) == set(range(FOLDS))
    inside = (np.arange(300) < 150)[unit]
    columns = (generator.normal(size=300) + 0.5 * (np.arange(300) < 150))[unit][:, None]
    player = Player(name="x", columns=(0,))
    naive = separation(player, columns, rows_of(inside)).area
    held = separation(player, columns, Rows(inside=inside, fold=fold, unit=unit)).area
    assert naive.value == held.value and held.high - held.low > 1.7 * (naive.high - naive.low)


def test_ranks_within_folds_are_of_one_scale():
    score = np.array([1.0, 2.0, 3.0, 101.0, 102.0, 103.0])
    fold = np.array([0, 0, 0, 1, 1, 1])
    assert within_fold_ranks(score, fold) == pytest.approx([1 / 6, 1 / 2, 5 / 6] * 2)


def test_the_sensitive_feature_as_an_input_is_told_as_itself(request_with_a_planted_proxy):
    request = request_with_a_planted_proxy
    columns = np.column_stack([request.columns, request.member[1]])
    players = (*PLAYERS, Player(name="race", columns=(5,)))
    gaps = [gap(income=-0.2, race=-0.1)]
    results, _ = run_probes(
        dataclasses.replace(request, columns=columns, players=players, decompositions=gaps), ["proxy"]
    )
    itself = next(one for one in results if one.detail["feature"] == "race")
    assert itself.detail["itself"] and itself.value == 1.0 and itself.detail["strength"] == 1.0


def test_inputs_that_carry_the_gap_and_reveal_the_slice_are_named_and_ranked(request_with_a_planted_proxy):
    request = request_with_a_planted_proxy
    both = gap(marked=("district", "income"), income=-0.1, district=-0.3, shoe=0.01)
    (found,), _ = run_probes(dataclasses.replace(request, decompositions=[both]), ["proxy_overlap"])
    assert found.detail["both"] == ["district"]
    assert found.detail["share"] == pytest.approx(0.3 / 0.41)
    rows = {row["feature"]: row for row in found.detail["inputs"]}
    assert rows["district"]["reveals"] and rows["district"]["carries"] and not rows["income"]["reveals"]
    strength = [row["strength"] for row in found.detail["inputs"]]
    moved = [abs(row["contribution"]) for row in found.detail["inputs"]]
    assert found.value == pytest.approx(spearmanr(strength, moved).statistic)


def test_every_split_gap_has_its_own_overlap_and_two_inputs_have_none(request_with_a_planted_proxy):
    request = request_with_a_planted_proxy
    gaps = [gap(income=-0.2, district=-0.1, shoe=0.0), gap(income=0.1, district=0.5, shoe=0.2), gap(income=1, shoe=2)]
    results, _ = run_probes(dataclasses.replace(request, decompositions=gaps), ["proxy_overlap"])
    assert len(results) == 2 and results[0].value < results[1].value
    assert len(run_probes(dataclasses.replace(request, decompositions=gaps), ["proxy"])[0]) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"decompositions": ()}, "no gap was split"),
        ({"columns": None}, "not columns of a table"),
        ({"columns": np.zeros((600, 5, 2))}, "not columns of a table"),
    ],
)
def test_what_does_not_apply_says_why(request_with_a_planted_proxy, change, reason):
    results, left_out = run_probes(dataclasses.replace(request_with_a_planted_proxy, **change))
    assert results == []
    assert {one.what for one in left_out} == {"probe proxy", "probe proxy_overlap", "probe proxies_together"}
    assert all(reason in one.reason for one in left_out)


def test_a_slice_without_a_rest_has_nothing_to_be_told_from(request_with_a_planted_proxy):
    request = request_with_a_planted_proxy
    alone = dataclasses.replace(
        request, member=np.stack([np.zeros(600, bool), np.ones(600, bool), np.zeros(600, bool)])
    )
    assert run_probes(alone) == ([], [])


def test_a_probe_whose_capability_the_model_lacks_is_not_applicable(request_with_a_planted_proxy, monkeypatch):
    needy = Probe(name="needy", needs=frozenset({Capability.GRADIENTS}), run=lambda request: [], summary="")
    monkeypatch.setitem(PROBES._items, "needy", needy)
    results, left_out = run_probes(request_with_a_planted_proxy, ["needy"])
    assert results == [] and left_out[0].reason == "the model has no GRADIENTS"


def test_an_unknown_probe_is_a_usage_error(request_with_a_planted_proxy):
    with pytest.raises(UsageError, match="Did you mean 'proxy'"):
        run_probes(request_with_a_planted_proxy, ["proxi"])
