"""A model of the caller in the caller's process: read rightly, left as it was."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from torch import nn

from dlaudit.errors import CodeFailed, ModelRefused, Stopped, UsageError
from dlaudit.models.host import Host
from dlaudit.models.inputs import encoded
from dlaudit.models.local_host import wrap_model
from dlaudit.models.model import Model
from dlaudit.models.wire import ndarray_of, tensor_table

ROWS = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
INPUTS = {"inputs": tensor_table({"inputs": ROWS})}
OPERATION = "dlaudit.models.operations"


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))


def scores(host: Host, inputs: dict[str, pa.Table] = INPUTS, **params: Any) -> np.ndarray[Any, Any]:
    asked = {"task": "binary", "output": "logit", "batch_size": 16} | params
    _, tables = host.call(f"{OPERATION}:score", asked, inputs)
    return ndarray_of(tables["scores"], "scores")


def dry(model: Any, **given: Any) -> dict[str, Any]:
    with wrap_model(model, **given) as host:
        return host.call(f"{OPERATION}:dry_run", {}, INPUTS)[0]


def test_a_model_left_in_training_mode_is_scored_in_evaluation_mode_and_given_back() -> None:
    model = net()
    model[3].eval()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    flags = [part.training for part in model.modules()]
    with wrap_model(model) as host:
        assert not any(part.training for part in model.modules())
        found = scores(host)
        after, _ = host.call(f"{OPERATION}:fingerprint", {})
    assert after == {"fingerprint": host.loaded.fingerprint, "training": False}
    assert [part.training for part in model.modules()] == flags
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())
    with torch.no_grad():
        expected = torch.sigmoid(model.eval()(torch.from_numpy(ROWS)).double())
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_scores_differ_in_training_mode() -> None:
    """The twin: the comparison above would notice a model that was not switched."""
    model = net()
    with wrap_model(net()) as host, torch.no_grad():
        found = scores(host)
        assert np.abs(found - torch.sigmoid(model(torch.from_numpy(ROWS)).double()).numpy()).max() > 0.01


def test_hooks_gradient_flags_and_torch_switches_are_as_before() -> None:
    model = net()
    model[0].weight.requires_grad_(False)
    mine = model[2].register_forward_hook(lambda *_: None)
    torch.manual_seed(7)
    state = torch.get_rng_state()
    with wrap_model(model) as host:
        model[0].register_forward_hook(lambda *_: None)
        scores(host)
    assert torch.equal(torch.get_rng_state(), state)
    assert list(model[2]._forward_hooks) == [mine.id]
    assert not model[0]._forward_hooks
    assert [p.requires_grad for p in model.parameters()] == [False, True, True, True, True, True]
    assert torch.backends.mha.get_fastpath_enabled()
    assert not torch.are_deterministic_algorithms_enabled()
    host.close()


@pytest.mark.parametrize(
    ("last", "ends_in"),
    [
        (nn.Sigmoid(), "sigmoid"),
        (nn.Sequential(nn.Sigmoid(), nn.Flatten(0)), "sigmoid"),
        (nn.Softmax(dim=1), "softmax"),
        (nn.LogSoftmax(dim=1), "log_softmax"),
        (nn.Identity(), None),
        (nn.Tanh(), None),
        (nn.Sequential(nn.Sigmoid(), nn.Threshold(0.5, 0.0)), None),
    ],
)
def test_the_dry_run_sees_the_last_activation(last: nn.Module, ends_in: str | None) -> None:
    width = 3 if ends_in and "softmax" in ends_in else 1
    result = dry(nn.Sequential(nn.Linear(4, width), last))
    assert result["ends_in"] == ends_in
    assert result["outputs"] == width
    assert result["rows_sum_to_one"] == (ends_in == "softmax")
    assert result["deterministic_max_diff"] == 0
    assert result["row_independence_max_diff"] < 1e-6


def test_the_dry_run_notices_chance_and_rows_that_look_at_each_other() -> None:
    assert dry(lambda x: torch.rand(len(x)))["deterministic_max_diff"] > 0
    mixed = dry(lambda x: x[:, 0] - x[:, 0].mean())
    assert mixed["deterministic_max_diff"] == 0
    assert mixed["row_independence_max_diff"] > 0.1


@pytest.mark.parametrize(("scale", "apart"), [(lambda rows: rows / 4, False), (lambda rows: rows / rows.max(), True)])
def test_the_dry_run_notices_a_preprocess_that_is_fitted_on_the_rows_at_hand(scale: Any, apart: bool) -> None:
    table = pa.table({"a": np.arange(1.0, 9.0), "b": np.ones(8)})
    encode = lambda rows: torch.tensor(scale(rows).to_numpy())  # noqa: E731
    with wrap_model(lambda x: x.sum(dim=1), preprocess=encode) as host:
        result, _ = host.call("dlaudit.models.operations:dry_run", {}, {"inputs": table})
    assert (result["row_independence_max_diff"] > 0.1) is apart


def test_the_dry_run_has_no_numbers_where_there_are_none() -> None:
    result = dry(lambda x: x[:, 0] * float("nan"))
    assert (result["least"], result["most"], result["not_finite"]) == (None, None, 50)
    assert result["deterministic_max_diff"] == result["row_independence_max_diff"] == 0


def test_a_single_row_may_be_squeezed() -> None:
    assert dry(lambda x: x[:, :1].squeeze())["row_independence_max_diff"] == 0
    assert dry(lambda x: x[:, :3].squeeze())["outputs"] == 3


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda out: {"hidden": out * 0, "logits": out},
        lambda out: (out, out * 0),
        lambda out: [out],
        lambda out: SimpleNamespace(logits=out, loss=None),
        lambda out: out.detach().numpy(),
    ],
)
def test_outputs_of_other_forms_are_read(wrapped: Any) -> None:
    with wrap_model(lambda x: wrapped(x[:, :1])) as host:
        np.testing.assert_allclose(scores(host, output="score"), ROWS[:, :1])


def test_outputs_without_a_tensor_or_of_other_rows_are_refused() -> None:
    for model in (lambda x: "yes", lambda x: {}, lambda x: x[:3], lambda x: x.sum()):
        with wrap_model(model) as host, pytest.raises(ModelRefused) as refused:
            scores(host)
        assert refused.value.code == "DLA211"


def test_scripted_and_exported_models_score_as_the_eager_one() -> None:
    eager = net().eval()
    batch = torch.export.Dim("batch", min=1)
    program = torch.export.export(eager, (torch.from_numpy(ROWS),), dynamic_shapes=({0: batch},))
    with wrap_model(eager) as host:
        expected = scores(host)
    for model in (torch.jit.script(eager), program):
        with wrap_model(model) as host:
            np.testing.assert_allclose(scores(host), expected, atol=1e-7)
            assert (host.loaded.format, host.loaded.input_width, host.loaded.path) == ("callable", 4, None)


def test_what_is_known_of_a_module() -> None:
    loaded = wrap_model(net(), feature_names=["a", "b", "c", "d"]).loaded
    assert (loaded.input_width, loaded.input_layer, loaded.outputs) == (4, "0 (Linear)", 1)
    assert loaded.parameters == 65
    assert loaded.feature_names == ["a", "b", "c", "d"]
    assert set(loaded.capabilities) == {"GRADIENTS", "HOOKS", "DYNAMIC_BATCH"}
    assert wrap_model(lambda x: x).loaded.fingerprint is None


def test_what_is_no_model_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="int"):
        wrap_model(3)
    with pytest.raises(UsageError, match="'cuda:99'"):
        wrap_model(lambda x: x, device="cuda:99")


def frame_preprocess(rows: pd.DataFrame) -> torch.Tensor:
    return torch.tensor((rows["sex"] == "F").to_numpy() * 2.0 + rows["age"].to_numpy()).float()[:, None]


RAW = {"inputs": pa.table({"sex": ["F", "M", "NA", "F"], "age": [1.0, 2.0, 3.0, 4.0]})}


@pytest.mark.parametrize(
    "made",
    [
        lambda x: x,
        lambda x: x.double().numpy(),
        lambda x: pd.DataFrame(x.numpy()),
        lambda x: (x, x),
        lambda x: {"b": x, "a": x * 0},
    ],
)
def test_preprocess_may_return_tensors_arrays_tuples_and_dicts(made: Any) -> None:
    def model(a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
        return a if b is None else a / 2 + b * (0.5 if a.any() else 1)

    with wrap_model(nn.Linear(1, 1), preprocess=lambda rows: None) as host:
        assert host.loaded.has_preprocess
    with wrap_model(model, preprocess=lambda rows: made(frame_preprocess(rows))) as host:
        found = scores(host, RAW, output="score", batch_size=3)
    np.testing.assert_allclose(found[:, 0], [3, 2, 3, 6])


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda rows: rows, "returned"),
        (lambda rows: None, "returned NoneType"),
        (lambda rows: (), "returned nothing"),
        (lambda rows: torch.zeros(1, 4), r"returned float32 \[1, 4\] for 4 rows"),
        (lambda rows: torch.tensor(1.0), "for 4 rows"),
        (lambda rows: rows["agee"], "preprocess raised KeyError: 'agee'"),
    ],
)
def test_what_preprocess_gets_wrong_is_told(made: Any, message: str) -> None:
    with wrap_model(lambda x: x, preprocess=made) as host, pytest.raises(CodeFailed, match=message) as failed:
        scores(host, RAW)
    assert failed.value.code == "DLA222"


def test_raw_rows_without_preprocess_are_refused() -> None:
    with wrap_model(lambda x: x) as host, pytest.raises(ModelRefused, match="'sex', 'age'"):
        scores(host, RAW)


def test_encoded_inputs_take_the_floating_type_of_the_model() -> None:
    half = Model(forward=lambda x: x, tensors={"w": torch.zeros(1, dtype=torch.bfloat16)})
    assert encoded(half, INPUTS["inputs"])[0].dtype == torch.bfloat16
    assert encoded(Model(forward=lambda x: x), INPUTS["inputs"])[0].dtype == torch.float32
    codes = tensor_table({"inputs": np.array([[1], [2]])})
    assert encoded(half, codes)[0].dtype == torch.int64


def test_a_model_may_write_into_its_inputs() -> None:
    with wrap_model(lambda x: x.add_(1)[:, 0]) as host:
        np.testing.assert_allclose(scores(host, output="score")[:, 0], ROWS[:, 0] + 1)


def test_postprocess_sees_the_raw_outputs() -> None:
    def post(outputs: dict[str, torch.Tensor]) -> torch.Tensor:
        return outputs["b"]

    with wrap_model(lambda x: {"a": x[:, :1], "b": x[:, 1]}, postprocess=post) as host:
        assert host.loaded.has_postprocess
        np.testing.assert_allclose(scores(host, output="score")[:, 0], ROWS[:, 1])
        result, _ = host.call(f"{OPERATION}:dry_run", {}, INPUTS)
        assert result["shape"] == [50]


def test_memory_that_runs_out_is_a_limit_and_bugs_stay_bugs() -> None:
    def greedy(x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    with wrap_model(greedy) as host, pytest.raises(Stopped, match="batch_size") as stopped:
        scores(host)
    assert stopped.value.code == "DLA218"
    with wrap_model(net()) as host:
        with pytest.raises(KeyError):
            host.call(f"{OPERATION}:score", {}, INPUTS)
        with pytest.raises(ValueError, match="names no operation"):
            host.call("os:system", {})


def test_a_model_that_switches_itself_to_training_is_refused() -> None:
    class Restless(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.train()
            return x[:, 0]

    with wrap_model(Restless()) as host, pytest.raises(ModelRefused, match="training mode") as refused:
        scores(host)
    assert refused.value.code == "DLA210"


def test_no_rows_give_no_scores() -> None:
    with wrap_model(net()) as host:
        empty = {"inputs": tensor_table({"inputs": ROWS[:0]})}
        assert scores(host, empty).shape == (0, 1)
