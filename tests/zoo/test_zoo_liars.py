"""Gradients that are no slopes, scores that are not one number: refused, whatever adds up; models stay as they were."""

import random

import numpy as np
import pytest
import torch
from liars import LYING, UNSTEADY, Small
from torch import nn
from zoo_models import Attending, Normalised, Recurrent, made

from dlaudit.attributions import ATTRIBUTORS, CannotExplainError, Question, adding_up, explain_rows
from dlaudit.attributions.libraries.layers import layer_grad_cam
from dlaudit.models import kept_tensors
from dlaudit.models.local_host import wrap_model
from dlaudit.models.torch_state import settled_torch
from dlaudit.models.wire import tensor_table

AT_ROWS = ("saliency", "input_x_gradient", "captum.Saliency", "captum.InputXGradient")
PATHS = ("integrated_gradients", "expected_gradients", "captum.IntegratedGradients")
GAMES = ("shapley_values", "captum.FeatureAblation")
EVERY = (*AT_ROWS, *PATHS, *GAMES)
REGRESSION = Question(task="regression", output="score")


def drawn(rows, columns=5, seed=0):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


ROWS, BACKGROUND = drawn(20), drawn(12, seed=1)


def answered(module, methods=EVERY, **limits):
    tables = (tensor_table({"inputs": ROWS.numpy()}), tensor_table({"inputs": BACKGROUND.numpy()}))
    with wrap_model(module) as host:
        return explain_rows(host, REGRESSION, tables, methods, limits)


@pytest.fixture(scope="module")
def told():
    """Methods that are shown for a model, the reasons for the others, and the answer; each model is asked once."""
    known = {}

    def of(build):
        if build not in known:
            answer = answered(made(build))
            shown, withheld = adding_up(answer, 0.02)
            reasons = {
                one.what.removeprefix("attributions by "): one.reason for one in (*answer.not_applicable, *withheld)
            }
            known[build] = ({one.method: one for one in shown.methods}, reasons)
        return known[build]

    return of


@pytest.mark.parametrize("build", LYING.values(), ids=LYING)
def test_a_gradient_that_is_no_slope_is_shown_by_no_method(told, build):
    shown, reasons = told(build)
    assert set(shown) == set(GAMES)
    assert all("the gradient is not the slope of the score" in reasons[name] for name in AT_ROWS)
    assert all("the change of the score" in reasons[name] for name in PATHS)


def test_the_true_slope_is_shown_by_every_method(told):
    shown, reasons = told(Small)
    assert set(shown) | {"expected_gradients"} == set(EVERY)  # whose draws may miss by more than 2 %
    assert set(reasons) <= {"expected_gradients"}


@pytest.mark.parametrize("build", LYING.values(), ids=LYING)
def test_twin_the_gradient_is_wrong_without_a_word(build):
    """What torch gives as the gradient is not how much the score changes, and nothing says so."""
    module = made(build)
    rows = ROWS.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(module(rows).sum(), rows)
    with torch.no_grad():
        away = ROWS - BACKGROUND.mean(0)
        change = module(ROWS) - module(ROWS - 0.5 * away)
    said = 0.5 * (gradient * away).sum(1)
    (honest,) = torch.autograd.grad(made(Small)(rows).sum(), rows)
    assert torch.isfinite(gradient).all() and honest.shape == gradient.shape
    assert float((said - change).abs().mean()) > 0.05 * float(change.abs().mean())


def test_codes_whose_vectors_are_detached_are_refused_too(zoo, refused):
    class Codes(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.head = nn.Embedding(12, 6), nn.Linear(6, 1)

        def forward(self, ids):
            vectors = self.table(ids)
            return self.head(torch.tanh(vectors).mean(1)) + torch.sin(vectors.detach()).sum((1, 2), keepdim=True)[:, 0]

    ids = [torch.randint(0, 12, (9, 5), generator=torch.Generator().manual_seed(seed)) for seed in (0, 1)]
    for method in ("input_x_gradient", "captum.InputXGradient"):
        refused(method, zoo(made(Codes), *ids), "not the slope of the score")


def test_grad_cam_of_a_gradient_that_is_no_slope_is_refused(zoo, normal):
    def picture(lies):
        class Pictures(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv, self.head = nn.Conv2d(1, 3, 3), nn.Linear(3, 1)

            def forward(self, x):
                h = torch.tanh(self.conv(x)).mean((2, 3))
                return self.head(h * (h.detach() if lies else 1.0))

        return zoo(made(Pictures, scale=2), normal(6, 1, 6, 6), normal(5, 1, 6, 6, seed=1))

    assert layer_grad_cam(picture(lies=False)).values.shape == (6, 3)
    with pytest.raises(CannotExplainError, match="not the slope"):
        layer_grad_cam(picture(lies=True))


@pytest.mark.parametrize("build", [Recurrent, Attending])
def test_slopes_of_deep_models_are_not_refused(zoo, explained, normal, build):
    width = 32 if build is Attending else 6
    asked = zoo(made(build), normal(6, 5, width), normal(5, 5, width, seed=1))
    assert np.isfinite(explained("saliency", asked).values).all()


@pytest.mark.parametrize("build", UNSTEADY.values(), ids=UNSTEADY)
def test_a_score_that_is_not_one_number_is_split_by_no_method(told, build):
    shown, reasons = told(build)
    assert not shown
    assert all("the model gives the same rows other scores" in reasons[name] for name in EVERY)


@pytest.mark.parametrize("build", UNSTEADY.values(), ids=UNSTEADY)
def test_such_a_model_is_seen_through_before_anything_is_planned(build):
    table = tensor_table({"inputs": BACKGROUND.numpy()})
    with wrap_model(made(build)) as host:
        found, _ = host.call(
            "dlaudit.attributions.operations:look", REGRESSION.params(), {"rows": table, "background": table}
        )
    assert set(found) == {"reason"} and "other scores" in found["reason"]


def test_one_that_only_begins_to_change_while_it_is_explained_is_seen_afterwards():
    class Late(Small):
        def __init__(self):
            super().__init__()
            self.passes = 0

        def forward(self, x):
            self.passes += 1
            return super().forward(x) * (1.0 if self.passes < 8 else 2.0)

    answer = answered(made(Late), ["shapley_values"])
    assert not answer.methods and "other scores" in answer.not_applicable[0].reason


def test_twin_shapley_values_of_noise_add_up(zoo):
    """Nothing in the values of such a model shows that they mean nothing: they add up, and differ from run to run."""
    asked = [zoo(made(UNSTEADY["Dropping"]), ROWS, BACKGROUND) for _ in range(2)]
    first, second = (ATTRIBUTORS.get("shapley_values").explain(one) for one in asked)
    assert np.abs(first.completeness).max() < 1e-9 * np.abs(first.change).max()
    assert np.abs(first.values - second.values).max() > 0.1 * np.abs(first.values).max()


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64])
def test_rounding_of_other_number_types_is_no_unsteadiness(kind):
    class Other(Small):
        def forward(self, x):
            return super().forward(x.to(kind))

    answer = answered(made(Other).to(kind), ["shapley_values"])
    assert [one.method for one in answer.methods] == ["shapley_values"]


def test_a_constant_model_is_steady():
    answer = answered(
        made(lambda: nn.Sequential(nn.Linear(5, 1), nn.Hardtanh(7.0, 7.1), nn.Flatten(0))), ["shapley_values"]
    )
    assert not np.abs(answer.methods[0].values).any()


# --- an embedding's vectors are the model's own, to do with as it likes ------------------------------------------


class ScaledInPlace(nn.Module):
    """Vectors times a constant in place, as transformers have it."""

    def __init__(self, in_place=True):
        super().__init__()
        self.table, self.head, self.in_place = nn.Embedding(12, 6), nn.Linear(6, 1), in_place

    def forward(self, ids):
        vectors = self.table(ids)
        vectors = vectors.mul_(2.4) if self.in_place else vectors * 2.4
        return self.head(torch.tanh(vectors).mean(1))


@pytest.mark.parametrize("method", ["integrated_gradients", "expected_gradients", "captum.IntegratedGradients"])
def test_vectors_scaled_in_place_are_explained_as_if_they_were_not(zoo, explained, method):
    ids = [torch.randint(0, 12, (9, 5), generator=torch.Generator().manual_seed(seed)) for seed in (0, 1)]
    found, same = (explained(method, zoo(made(lambda at=at: ScaledInPlace(at)), *ids)) for at in (True, False))
    np.testing.assert_allclose(found.values, same.values, atol=1e-9)


# --- the caller's model afterwards -------------------------------------------------------------------------------


class MaxNorm(nn.Module):
    """Its weights are scaled down as they are looked up."""

    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(12, 6, max_norm=1.0), nn.Linear(6, 1)

    def forward(self, x):
        return self.head(torch.tanh(self.table(x.abs().long().clamp(max=11))).mean(1))[:, 0]


class Replacing(Small):
    """A buffer that each pass replaces by another one."""

    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        self.seen = self.seen + len(x)
        return super().forward(x)


def whole(module):
    """Every number, object and flag of a module that an audit could change."""
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    return {
        "numbers": {
            name: one.detach().reshape(-1).view(torch.uint8).numpy().tobytes() for name, one in tensors.items()
        },
        "objects": {name: id(one) for name, one in tensors.items()},
        "gradients": {name: (one.requires_grad, id(one.grad)) for name, one in module.named_parameters()},
        "modes": [part.training for part in module.modules()],
        "hooks": [
            [list(getattr(part, book)) for book in ("_forward_hooks", "_backward_hooks")] for part in module.modules()
        ],
    }


def generators():
    kind, numbers, *rest = np.random.get_state()  # noqa: NPY002
    return torch.get_rng_state().numpy().tobytes(), (kind, numbers.tobytes(), *rest)


@pytest.mark.parametrize(
    "build",
    [MaxNorm, Replacing, UNSTEADY["Running"], UNSTEADY["Noisy"], lambda: nn.Sequential(Normalised(), nn.Linear(2, 1))],
)
def test_a_model_that_changes_itself_is_given_back_as_it_was(build):
    module = made(build).train()
    columns = 10 if isinstance(module, nn.Sequential) else 5
    first = next(module.parameters())
    first.requires_grad_(False)
    last = list(module.parameters())[-1]
    last.grad = torch.ones_like(last)
    table = tensor_table({"inputs": (2 * drawn(20, columns)).numpy()})
    before, drawing = whole(module), generators()
    with wrap_model(module) as host:
        host.call(
            "dlaudit.models.operations:score",
            {"task": "regression", "output": "score", "batch_size": 7},
            {"inputs": table},
        )
        explain_rows(host, REGRESSION, (table, table), ["shapley_values", "integrated_gradients"], {"opinions": 3})
    assert whole(module) == before and generators() == drawing


@pytest.mark.parametrize("build", [MaxNorm, Replacing])
def test_twin_such_a_model_changes_when_it_is_called(build):
    module = made(build)
    before = whole(module)
    with torch.no_grad():
        module(2 * ROWS)
    assert whole(module)["numbers"] != before["numbers"]


def test_an_operation_seeds_all_generators_and_gives_them_back():
    def drawn_inside():
        with settled_torch(seed=0):
            return random.random(), np.random.random(), float(torch.rand(()))  # noqa: NPY002

    before = random.getstate(), generators()
    first = drawn_inside()
    assert (random.getstate(), generators()) == before
    random.seed(7)
    assert drawn_inside() == first


def test_copies_are_not_made_of_very_large_parameters(monkeypatch):
    monkeypatch.setattr(kept_tensors, "MOST_BYTES", 8)
    module = made(UNSTEADY["Running"])
    kept = kept_tensors.KeptTensors.of(module.modules())
    assert [one.shape for _, one in kept.copies] == [(8,)]  # the buffer alone
