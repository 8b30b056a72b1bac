"""The proxy probe: planted proxies are found, harmless ones are not, and what does not apply says so."""

import dataclasses

import numpy as np
import pytest

from dlaudit.data.batch import Player
from dlaudit.errors import UsageError
from dlaudit.models.model import Capability
from dlaudit.probes import PROBES, Probe, ProbeRequest, run_probes
from dlaudit.probes.proxy import separation
from dlaudit.record import Contribution, Decomposition, Slice

PLAYERS = (
    Player(name="income", columns=(0,)),
    Player(name="district", columns=(1, 2, 3)),
    Player(name="shoe", columns=(4,)),
)


def one_slice(level, **given):
    return Slice(id=f"race={level}", by=["race"], where={"race": level}, n=200, share=0.3, kind="group", **given)


def gap(**contributions):
    return Decomposition(
        metric="mean_score",
        by=["race"],
        slice="race=B",
        reference="race=A",
        gap=sum(contributions.values()),
        contributions=[Contribution(feature=name, value=value) for name, value in contributions.items()],
        residual=0.0,
        rows=400,
    )


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
    results, left_out = run_probes(request_with_a_planted_proxy)
    assert left_out == []
    first = results[0]
    assert (first.detail["feature"], first.detail["input"]) == ("district", "district=S")
    assert first.subject == "district tracks race=B"
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
    one, _ = run_probes(request)
    other, _ = run_probes(dataclasses.replace(request, columns=changed))
    assert one == other


def test_the_separation_of_a_binary_input_is_half_its_difference_of_shares():
    inside = np.arange(100) < 40
    column = np.where(inside, np.arange(100) % 4 == 0, np.arange(100) % 2 == 0).astype(float)[:, None]
    found = separation(Player(name="x", columns=(0,)), column, inside)
    assert found.area.value == pytest.approx(0.5 + (column[inside].mean() - column[~inside].mean()) / 2)


def test_the_choice_among_inputs_widens_the_interval():
    generator = np.random.default_rng(0)
    inside = np.arange(400) < 200
    columns = np.repeat(generator.normal(size=(400, 1)), 3, axis=1)
    one = separation(Player(name="x", columns=(0,)), columns, inside).area
    three = separation(Player(name="x", columns=(0, 1, 2)), columns, inside).area
    assert one.value == three.value and three.low < one.low and three.high > one.high


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
    assert left_out[0].what == "probe proxy" and reason in left_out[0].reason


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
