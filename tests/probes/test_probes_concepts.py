"""TCAV with Captum: directions inside the model that tell slices apart, and whether they move the score."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from dlaudit.attributions import Question
from dlaudit.attributions.libraries.concepts import CONTROLS, Space
from dlaudit.models.child_host import open_model
from dlaudit.models.local_host import wrap_model
from dlaudit.probes import PROBES, CannotProbeError, ProbeRequest, run_probes
from dlaudit.probes.concepts import concepts
from dlaudit.record.measured import Slice
from dlaudit.spec import ModelSpec, RunSpec

NAME = "captum.TCAV"


def sliced(*levels):
    return [
        Slice(id=f"{by}={level}", by=[by], where={by: level}, n=100, share=0.5, kind="group") for by, level in levels
    ]


class Planted(nn.Module):
    """Two hidden units know a sex (the first input) and a hobby (the second); the score hangs on `used` of them."""

    def __init__(self, used):
        super().__init__()
        self.hidden, self.act, self.head = nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 1)
        with torch.no_grad():
            self.hidden.weight.copy_(0.6 * torch.eye(6))
            self.hidden.bias.zero_()
            self.head.weight.zero_()
            self.head.bias.zero_()
            self.head.weight[0, used] = 2.0

    def forward(self, x):
        return self.head(self.act(self.hidden(x)))


def asked(module, *, rows=600, layers=(NAME,), seed=0):
    generator = np.random.default_rng(7)
    columns = generator.normal(size=(rows, 6)).astype(np.float32)
    member = np.stack([columns[:, 0] > 0, columns[:, 1] > 0, generator.random(rows) < 0.5])
    return ProbeRequest(
        slices=sliced(("sex", "F"), ("hobby", "chess"), ("coin", "heads")),
        member=member,
        columns=columns,
        host=wrap_model(module),
        seed=seed,
        layers=layers,
        question=Question(task="binary", output="logit").params(),
    )


@pytest.fixture(scope="module")
def found():
    return {one.detail["slice"]: one for one in concepts(asked(Planted(used=0)))}


def test_a_direction_that_moves_the_score_is_found(found):
    sex = found["sex=F"]
    assert sex.detail["found"] and sex.detail["p_holm"] <= 0.01
    assert sex.detail["accuracy"] > 0.9 and sex.detail["positive"] == 1.0
    assert sex.low < sex.value < sex.high and sex.low > 0.1
    assert sex.subject == "sex=F at what enters head (Linear)"


def test_a_direction_that_is_known_but_not_used_is_not_found(found):
    hobby = found["hobby=chess"]
    assert hobby.detail["accuracy"] > 0.9
    assert not hobby.detail["found"] and hobby.detail["p_holm"] > 0.05


def test_a_slice_that_the_model_does_not_know_has_chance_accuracy(found):
    coin = found["coin=heads"]
    assert coin.detail["accuracy_low"] < 0.5 < coin.detail["accuracy_high"]
    assert not coin.detail["found"]


def test_the_size_is_the_change_of_the_score_for_a_standard_deviation(found):
    """The direction is the unit that knows sex: its s.d. times the mean slope, by hand."""
    request = asked(Planted(used=0))
    hidden = np.tanh(0.6 * request.columns)
    probability = 1 / (1 + np.exp(-2.0 * hidden[:, 0]))
    by_hand = hidden[:, 0].std() * 2.0 * (probability * (1 - probability)).mean()
    assert found["sex=F"].value == pytest.approx(by_hand, rel=0.1)


def test_two_runs_agree_and_another_seed_does_not():
    first, second, other = (concepts(asked(Planted(used=0), seed=seed)) for seed in (0, 0, 1))
    assert first == second
    assert first != other


def test_captum_leaves_no_files_and_the_model_as_it_was(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    module = Planted(used=0)
    before = {name: one.clone() for name, one in module.state_dict().items()}
    kinds = [type(part) for part in module.modules()]
    concepts(asked(module))
    assert os.listdir(tmp_path) == []
    assert all(torch.equal(before[name], one) for name, one in module.state_dict().items())
    assert list(module.state_dict()) == list(before) and [type(part) for part in module.modules()] == kinds


def test_captums_own_scores_are_those_of_the_probe():
    """Captum's sign count and magnitude are what a matrix product of gradients and direction gives."""
    from dlaudit.attributions.layout import Layout
    from dlaudit.attributions.libraries import concepts as inner
    from dlaudit.attributions.request import Request

    request = asked(Planted(used=0))
    rows = torch.from_numpy(request.columns)
    module = Planted(used=0).eval()
    game = Request(
        score=lambda x: module(x)[:, 0].double().sigmoid(),
        rows=(rows,),
        background=(rows[:8],),
        layout=Layout(names=tuple("abcdef"), owner=(torch.arange(6)[None],)),
        generator=np.random.default_rng(0),
        module=module,
    )
    fitted = np.arange(600) % 2 == 0
    layer, (one,) = inner.concepts(replace(game, layer="act"), request.member[:1].T, inner.Halves(fitted=fitted))
    assert layer == "act (Tanh)"
    hidden = module.act(module.hidden(rows)).detach().numpy().astype(float)
    slope = module(rows).double().sigmoid().detach().numpy()[~fitted]
    gradients = slope * (1 - slope) * module.head.weight.detach().numpy()
    space = Space.of(hidden[fitted], hidden[~fitted], gradients)
    direction = space.directions(request.member[0][fitted][:, None].astype(float))[0]
    assert one.effect == pytest.approx((gradients @ direction).mean(), abs=1e-6)
    assert one.positive == (gradients @ direction > 0).mean()


def test_it_is_off_unless_asked_for():
    assert concepts(asked(Planted(used=0), layers=())) == []
    assert concepts(asked(Planted(used=0), layers=("captum.LayerConductance",))) == []
    assert PROBES.get(NAME).summary.endswith(".")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"columns": None}, "encoded beside the model"),
        ({"host": None}, "no model"),
        ({"layers": ("captum.TCAV@nowhere",)}, "no layer 'nowhere'"),
    ],
)
def test_what_does_not_apply_says_why(change, reason):
    request = replace(asked(Planted(used=0), rows=60), **change)
    with pytest.raises(CannotProbeError, match=reason):
        concepts(request)
    results, left_out = run_probes(request, [NAME])
    assert results == [] and reason in left_out[0].reason


def test_slices_with_few_rows_have_no_direction():
    request = asked(Planted(used=0), rows=120)
    few = request.member.copy()
    few[0] = np.arange(120) < 8
    assert [one.detail["slice"] for one in concepts(replace(request, member=few))] == ["hobby=chess", "coin=heads"]


def test_a_module_of_one_linear_layer_has_nothing_inside():
    with pytest.raises(CannotProbeError, match="one linear layer"):
        concepts(asked(nn.Linear(6, 1), rows=80))


def test_chance_alone_is_found_as_rarely_as_promised():
    """Slices drawn at random on a model that uses every unit: 60 of them, marked at 0.05 without correction."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 1))
    generator = np.random.default_rng(1)
    request = asked(module, rows=240)
    random = generator.random((60, 240)) < 0.5
    slices = sliced(*((f"coin{at}", "heads") for at in range(60)))
    results = concepts(replace(request, slices=slices, member=random))
    small = np.mean([one.detail["p"] <= 0.05 for one in results])
    assert len(results) == 60
    assert small <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    assert not any(one.detail["found"] for one in results)


def people_of_slices(units):
    """40 slices drawn at random among 60 people of 10 rows that are much alike."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 1))
    generator = np.random.default_rng(0)
    unit = np.repeat(np.arange(60), 10)
    columns = (generator.normal(size=(60, 6))[unit] + 0.1 * generator.normal(size=(600, 6))).astype(np.float32)
    member = (generator.random((40, 60)) < 0.5)[:, unit]
    slices = sliced(*((f"coin{at}", "heads") for at in range(40)))
    request = replace(asked(module), columns=columns, member=member, slices=slices, unit=unit if units else None)
    return concepts(request)


def test_people_are_recognised_unless_all_their_rows_are_in_one_half():
    known = people_of_slices(units=True)
    recognised = np.mean([one.detail["accuracy_low"] > 0.5 for one in known])
    assert recognised <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 40)
    assert np.mean([one.detail["p"] <= 0.05 for one in known]) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)
    naive = people_of_slices(units=False)
    assert np.mean([one.detail["accuracy_low"] > 0.5 for one in naive]) > 0.5
    widths = [np.mean([one.high - one.low for one in some]) for some in (known, naive)]
    assert widths[0] > 1.5 * widths[1]


def test_it_runs_in_a_confined_process_that_may_write_no_file(tmp_path):
    torch.save(nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 1)), tmp_path / "model.pt")
    request = asked(Planted(used=0), rows=80)
    with open_model(ModelSpec(path=str(tmp_path / "model.pt")), RunSpec(memory_limit="3GiB")) as host:
        results = concepts(replace(request, host=host))
    assert len(results) == 3


def test_the_controls_are_many_enough_for_holm():
    assert 20 / (CONTROLS + 1) <= 0.05
