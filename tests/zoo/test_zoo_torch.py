"""What torch itself does: fused attention that is another function, compiled and stochastic models."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from torch import nn
from zoo_models import Attending, Modules, made

from dlaudit.attributions import ATTRIBUTORS
from dlaudit.attributions.completeness import holds
from dlaudit.attributions.score import frozen, one_function, scores_of, scores_with_gradients

EVERY = sorted(name for name in ATTRIBUTORS if name.startswith(("captum.", "shap.")))


class Padded(nn.Module):
    """Half of each row is padding, which the mean over places takes in."""

    def __init__(self):
        super().__init__()
        self.inner = Attending()

    def forward(self, h):
        padding = torch.zeros(h.shape[:2], dtype=torch.bool, device=h.device)
        padding[:, h.shape[1] // 2 :] = True
        return self.inner(h, padding)


@pytest.fixture
def padded(zoo, normal):
    return zoo(made(Padded, scale=1.5), normal(4, 12, 32), normal(4, 12, 32, seed=1), steps=128)


def test_the_function_explained_is_the_one_with_gradients(padded):
    with frozen(padded.module), one_function():
        plain = scores_of(padded.score, padded.rows, padded.memory)
        with_gradients = scores_with_gradients(padded.score, padded.rows, padded.memory)
    np.testing.assert_allclose(plain, with_gradients, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_twin_fused_attention_is_another_function(padded):
    with torch.no_grad():
        fused = padded.module(padded.rows[0])[:, 0]
    other = padded.module(padded.rows[0].clone().requires_grad_())[:, 0].detach()
    assert float((fused - other).abs().max()) > 0.05


def test_contributions_add_up_to_the_change_of_that_function(padded, explained):
    assert holds(explained("captum.IntegratedGradients", padded), 0.02) is None


@pytest.mark.filterwarnings("ignore")
def test_twin_contributions_do_not_add_up_to_the_fused_change(padded):
    module, rows = padded.module, padded.rows[0]
    baseline = padded.background[0].mean(0, keepdim=True).expand_as(rows)
    found = IntegratedGradients(module).attribute(rows.clone(), baseline, target=0, n_steps=128)
    with torch.no_grad():
        change = (module(rows) - module(baseline))[:, 0]
    assert float((found.flatten(1).sum(1) - change).abs().max()) > 0.05 * float(change.abs().max())


@pytest.mark.parametrize("method", EVERY)
def test_dropout_left_on_changes_nothing(zoo, normal, method):
    from dlaudit.attributions import CannotExplainError

    module = made(lambda: nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 1))).train()
    rows, background = normal(3, 4), normal(4, 4, seed=1)
    try:
        first = ATTRIBUTORS.get(method).explain(zoo(module, rows, background))
        second = ATTRIBUTORS.get(method).explain(zoo(module.eval(), rows, background))
    except CannotExplainError:
        assert method == "captum.LayerIntegratedGradients"
        return
    np.testing.assert_allclose(first.values, second.values, atol=1e-12)


@pytest.mark.parametrize("method", EVERY)
def test_a_scripted_model_is_right_or_refused(zoo, normal, method):
    from dlaudit.attributions import CannotExplainError

    rows, background = normal(3, 10), normal(4, 10, seed=1)
    module = made(Modules)
    needs_layers = {"captum.DeepLift", "captum.DeepLiftShap", "shap.DeepExplainer", "captum.LayerIntegratedGradients"}
    asked = zoo(torch.jit.script(module), rows, background)
    if method in needs_layers:
        with pytest.raises(CannotExplainError, match="TorchScript|decimal numbers"):
            ATTRIBUTORS.get(method).explain(asked)
        return
    plain = ATTRIBUTORS.get(method).explain(zoo(module, rows, background))
    np.testing.assert_allclose(ATTRIBUTORS.get(method).explain(asked).values, plain.values, atol=1e-5)


@pytest.mark.parametrize("method", EVERY)
def test_a_model_of_inference_mode_tensors_or_no_gradients_is_right_or_refused(zoo, normal, method):
    from dlaudit.attributions import CannotExplainError

    rows, background = normal(3, 4), normal(4, 4, seed=1)
    asked = zoo(lambda x: (x[:, :1] > 0).float(), rows, background)
    try:
        found = ATTRIBUTORS.get(method).explain(asked)
    except CannotExplainError as told:
        assert str(told)
        return
    assert method in {"captum.FeatureAblation", "captum.Occlusion"} or method.startswith("shap.")
    assert np.abs(found.values[:, 1:]).max() < 1e-9
    np.testing.assert_allclose(found.values[:, 0], found.change, atol=1e-9 if method.startswith("shap.") else 1)


PROGRAM = """
import random, warnings
warnings.simplefilter("ignore")
import numpy as np, torch
from torch import nn
from dlaudit.attributions import ATTRIBUTORS, CannotExplainError, Request
from dlaudit.attributions.players import layout_of
module = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1)).eval()
rows, background = torch.randn(3, 4), torch.randn(5, 4)
done = 0
for name in [one for one in ATTRIBUTORS if "." in one]:
    request = Request(score=lambda x: module(x)[:, 0].double(), rows=(rows,), background=(background,), module=module,
                      layout=layout_of([], (rows,)), generator=np.random.default_rng(0))
    before = random.getstate()
    try:
        ATTRIBUTORS.get(name).explain(request)
    except CannotExplainError:
        pass
    assert random.getstate() == before, name
    done += 1
print(done)
"""


def test_pythons_own_generator_is_as_it_was():
    """In a process of its own, as beartype draws from this generator while tests run."""
    quick = {**os.environ, "NUMBA_DISABLE_JIT": "1"}  # SHAP's compiled loops take longer to compile than to run
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env=quick,
    )
    assert int(done.stdout) == len(EVERY)
