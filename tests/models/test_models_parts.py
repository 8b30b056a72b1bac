"""The small parts: fingerprints, layer widths, batches, and what `describe_model` always says."""

import json
from pathlib import Path

import pytest
import torch
from model_cases import mlp
from torch import nn

from dlaudit.models.callables import Frozen, InBatches
from dlaudit.models.fingerprint import fingerprint
from dlaudit.models.formats import FORMATS, describe_model, format_of
from dlaudit.models.layers import ends_of
from dlaudit.models.refusals import REFUSALS


def test_a_fingerprint_sees_every_change_and_nothing_else() -> None:
    base = {"b": torch.arange(4.0), "a": torch.zeros(2, 2)}
    same = {"a": torch.zeros(2, 2), "b": torch.arange(8.0)[:4]}
    assert fingerprint(base) == fingerprint(same)
    changed = [
        {**base, "b": torch.arange(4.0) + 1e-6},
        {**base, "b": torch.arange(4.0, dtype=torch.float64)},
        {**base, "a": torch.zeros(4)},
        {"b": base["b"], "c": base["a"]},
        {"b": base["b"]},
    ]
    assert len({fingerprint(tensors) for tensors in [base, *changed]}) == 6


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.bool, torch.complex64, torch.int8])
def test_a_fingerprint_knows_every_dtype(dtype: torch.dtype) -> None:
    one, other = torch.zeros(5, dtype=dtype), torch.ones(5, dtype=dtype)
    assert fingerprint({"x": one}) != fingerprint({"x": other})
    assert fingerprint({"x": torch.tensor(1.0)}) == fingerprint({"x": torch.tensor(1.0)})


def test_a_fingerprint_is_of_the_values_not_of_the_memory() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    assert fingerprint({"x": x.t()}) == fingerprint({"x": x.t().contiguous()})
    assert fingerprint({"x": torch.ones(1).expand(3)}) == fingerprint({"x": torch.ones(3)})


@pytest.mark.parametrize(
    ("net", "ends"),
    [
        (nn.Linear(3, 1), (3, "Linear", 1)),
        (mlp(), (4, "0 (Linear)", 2)),
        (nn.Sequential(nn.BatchNorm1d(7), nn.Linear(7, 2)), (7, "0 (BatchNorm1d)", 2)),
        (nn.Sequential(nn.LayerNorm(5), nn.Linear(5, 2), nn.Sigmoid()), (5, "0 (LayerNorm)", 2)),
        (nn.ModuleDict({"net": nn.Sequential(nn.GRU(6, 4))}), (6, "net.0 (GRU)", None)),
        (nn.Sequential(nn.Conv1d(1, 4, 3), nn.Linear(4, 2)), (None, None, 2)),
        (nn.Sequential(nn.Conv2d(3, 4, 3)), (None, None, None)),
        (nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 1)), (None, None, 1)),
        (nn.ReLU(), (None, None, None)),
    ],
)
def test_the_first_and_last_layers_say_their_widths(net: nn.Module, ends: tuple[object, ...]) -> None:
    found = ends_of(net)
    assert (found.width, found.layer, found.outputs) == ends


class Exactly(nn.Module):
    """Takes exactly so many rows."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, x: torch.Tensor) -> dict[str, tuple[torch.Tensor, ...]]:
        assert x.shape[0] == self.rows
        return {"twice": (x * 2, x.sum(1))}


@pytest.mark.parametrize("rows", [0, 1, 4, 5, 9])
def test_any_number_of_rows_passes_through_fixed_batches(rows: int) -> None:
    x = torch.arange(rows * 3.0).reshape(rows, 3)
    twice, total = InBatches(Exactly(4), 4, 4)(x)["twice"]
    assert torch.equal(twice, x * 2)
    assert torch.equal(total, x.sum(1))


def test_a_least_batch_alone_is_filled_and_never_split() -> None:
    seen = []
    wrapped = InBatches(Frozen(lambda x: seen.append(len(x)) or x), 2, None)
    for rows in (1, 2, 7):
        assert len(wrapped(torch.ones(rows, 3))) == rows
    assert seen == [2, 2, 7]


def test_a_frozen_callable_survives_train_and_eval() -> None:
    frozen = Frozen(lambda x, *, y: x - y, ("y",))
    assert frozen.eval().train()(torch.tensor(3.0), torch.tensor(1.0)) == 2
    assert list(frozen.children()) == []


def test_every_kind_has_exactly_one_answer() -> None:
    kinds = [
        "pt2",
        "torchscript",
        "torch_zip",
        "torch_legacy",
        "pickle",
        "safetensors",
        "pt2_aoti",
        "torch_package",
        "onnx",
        "hdf5",
        "gguf",
        "keras",
        "html",
        "lfs_pointer",
        "empty",
        "truncated_zip",
        "zip_other",
        "hf_folder",
        "text",
        "unknown",
    ]
    for kind in kinds:
        assert (format_of(kind) is None) == (kind in REFUSALS), kind
    assert set(FORMATS) == {"pt2", "torchscript", "torch_zip", "torch_legacy", "pickle", "safetensors", "hf_folder"}


def test_every_description_is_plain_json_with_the_same_keys(files: dict[str, Path]) -> None:
    keys = {"path", "kind", "detail", "size", "sha256", "tier", "verdict", "why", "ways", "globals", "tensors"}
    for path in files.values():
        found = describe_model(path)
        assert keys <= found.keys()
        assert json.loads(json.dumps(found)) == found
        assert found["verdict"] in ("loads", "needs --code", "refused")
        assert found["why"]
        assert found["ways"] or found["verdict"] == "loads"
