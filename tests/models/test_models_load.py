"""Good files of every format give the eager model's numbers."""

from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from model_cases import Case, Code, exported, mlp, pickled, scripted
from torch import nn

from dlaudit.errors import CodeFailed, ModelRefused
from dlaudit.models.formats import load_model
from dlaudit.models.model import Capability
from dlaudit.spec import ModelSpec

TRUTH = 1e-5
PROGRAMS = [f"{case}.{kind}" for case in ("mlp", "cnn", "lstm", "text") for kind in ("pt2", "torchscript")]
GOOD = [*PROGRAMS, "mlp.traced", "mlp.static.pt2", "mlp.module", "cnn.module"]


def distance(case: Case, forward: object, rows: int) -> float:
    x = case.inputs(rows)
    with torch.no_grad():
        found = forward(x)  # type: ignore[operator]
    assert found.shape == case.outputs(x).shape
    return float((found - case.outputs(x)).abs().max()) if rows else 0.0


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("rows", [0, 1, 8, 37])
def test_outputs_are_the_eager_models(cases: dict[str, Case], files: dict[str, Path], name: str, rows: int) -> None:
    model, _ = load_model(files[name], ModelSpec(), "cpu", None)
    assert distance(cases[name.split(".")[0]], model.forward, rows) < TRUTH


def test_the_comparison_would_notice_another_model(cases: dict[str, Case], tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(pickled(mlp().eval()))
    model, _ = load_model(tmp_path / "other", ModelSpec(), "cpu", None)
    assert distance(cases["mlp"], model.forward, 8) > TRUTH


@pytest.mark.parametrize("name", GOOD)
def test_what_is_loaded_is_said(files: dict[str, Path], name: str) -> None:
    model, loaded = load_model(files[name], ModelSpec(), "cpu", None)
    assert len(loaded.sha256 or "") == len(loaded.fingerprint or "") == 64
    assert not loaded.trusted
    assert loaded.sandbox == {}
    assert loaded.loading.endswith(".")
    assert set(loaded.capabilities) == set(model.capabilities)
    assert all(type(name) is str for name in loaded.capabilities)
    assert asdict(loaded)["parameters"] == sum(
        t.numel() for n, t in model.tensors.items() if "running" not in n and "num_batches" not in n and n != "mask"
    )


def test_formats_and_safety_tiers_are_named(files: dict[str, Path]) -> None:
    said = {
        name: load_model(files[name], ModelSpec(), "cpu", None)[1]
        for name in ("mlp.pt2", "mlp.torchscript", "mlp.module")
    }
    assert [loaded.format for loaded in said.values()] == ["pt2", "torchscript", "module_pickle"]
    assert "not proven safe" in said["mlp.pt2"].loading
    assert "not proven safe" in said["mlp.torchscript"].loading
    assert "allow-list" in said["mlp.module"].loading


def test_widths_come_from_the_first_layer_or_the_signature(files: dict[str, Path]) -> None:
    ends = {name: load_model(files[name], ModelSpec(), "cpu", None)[1] for name in GOOD}
    widths = {name: (loaded.input_width, loaded.input_layer, loaded.outputs) for name, loaded in ends.items()}
    assert widths["mlp.pt2"] == (4, "the exported signature", 2)
    assert widths["mlp.module"] == widths["mlp.torchscript"] == widths["mlp.traced"] == (4, "0 (Linear)", 2)
    assert widths["lstm.torchscript"] == (5, "lstm (LSTM)", 2)
    assert widths["text.torchscript"] == widths["text.pt2"] == (None, None, 3)
    assert widths["cnn.module"] == (None, None, 2)


def test_capabilities_are_what_each_format_can_do(files: dict[str, Path]) -> None:
    def can(name: str) -> set[Capability]:
        return set(load_model(files[name], ModelSpec(), "cpu", None)[0].capabilities)

    everywhere = {Capability.GRADIENTS, Capability.DYNAMIC_BATCH}
    assert can("mlp.torchscript") == everywhere
    assert can("mlp.module") == can("mlp.pt2") == everywhere | {Capability.HOOKS}
    assert can("text.pt2") == everywhere | {Capability.HOOKS, Capability.EMBEDDINGS}
    assert can("mlp.static.pt2") == {Capability.GRADIENTS}


@pytest.mark.parametrize("name", ["mlp.pt2", "cnn.pt2", "text.pt2"])
def test_the_explained_module_has_the_same_outputs_and_real_submodules(
    cases: dict[str, Case], files: dict[str, Path], name: str
) -> None:
    model, _ = load_model(files[name], ModelSpec(), "cpu", None)
    case, seen = cases[name.split(".")[0]], []
    assert model.explain_module is not None
    layer = next(m for _, m in model.explain_module.named_children())
    handle = layer.register_forward_hook(lambda *call: seen.append(call))
    assert distance(case, model.explain_module.eval(), 5) < TRUTH
    handle.remove()
    assert seen


def test_activations_are_real_modules_again_unless_their_settings_differ(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.LeakyReLU(0.3), nn.Linear(8, 1)).eval()
    (tmp_path / "m").write_bytes(exported(net, torch.randn(8, 4)))
    model, _ = load_model(tmp_path / "m", ModelSpec(), "cpu", None)
    kinds = [type(m) for m in model.explain_module.children()]  # type: ignore[union-attr]
    assert nn.ReLU in kinds
    assert nn.LeakyReLU not in kinds


@pytest.mark.parametrize("form", ["pt2", "module", "torchscript"])
def test_a_model_saved_in_training_mode_is_evaluated(cases: dict[str, Case], tmp_path: Path, form: str) -> None:
    net = mlp()
    net.load_state_dict(cases["mlp"].model.state_dict())
    net.train()
    x = cases["mlp"].inputs(8)
    data = {"pt2": lambda: exported(net, x), "module": lambda: pickled(net), "torchscript": lambda: scripted(net)}[
        form
    ]()
    (tmp_path / "m").write_bytes(data)
    model, loaded = load_model(tmp_path / "m", ModelSpec(), "cpu", None)
    before = {name: t.clone() for name, t in model.tensors.items()}
    assert distance(cases["mlp"], model.forward, 8) < 1e-4
    assert distance(cases["mlp"], model.forward, 1) < 1e-4
    assert all(torch.equal(before[name], t) for name, t in model.tensors.items())
    assert "training mode" in loaded.loading


def test_a_trace_in_training_mode_is_refused(tmp_path: Path) -> None:
    traced = torch.jit.trace(nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5)), torch.randn(2, 4), check_trace=False)
    (tmp_path / "m").write_bytes(scripted(traced))
    with pytest.raises(ModelRefused, match=r"model\.eval\(\) before torch\.jit\.trace") as refused:
        load_model(tmp_path / "m", ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA210"


def test_gradients_pass_through_split_and_filled_batches(cases: dict[str, Case], files: dict[str, Path]) -> None:
    model, _ = load_model(files["mlp.static.pt2"], ModelSpec(), "cpu", None)
    x, y = (cases["mlp"].inputs(11).requires_grad_() for _ in range(2))
    model.forward(x)[:, 0].sum().backward()
    cases["mlp"].model(y)[:, 0].sum().backward()
    assert torch.allclose(x.grad, y.grad, atol=TRUTH)  # type: ignore[arg-type]
    assert not torch.allclose(x.grad, y.grad + 1, atol=TRUTH)  # type: ignore[operator,arg-type]


def test_inputs_given_by_keyword_at_export_are_given_by_position(tmp_path: Path) -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(3, 1), nn.Linear(2, 1)

        def forward(self, x: torch.Tensor, *, z: torch.Tensor) -> torch.Tensor:
            return self.a(x) - self.b(z)

    net, n = Two().eval(), torch.export.Dim("n")
    x, z = torch.randn(4, 3), torch.randn(4, 2)
    program = torch.export.export(net, (x,), {"z": z}, dynamic_shapes={"x": {0: n}, "z": {0: n}})
    torch.export.save(program, tmp_path / "m.pt2")
    model, _ = load_model(tmp_path / "m.pt2", ModelSpec(), "cpu", None)
    assert torch.allclose(model.forward(x[:3], z[:3]), net(x[:3], z=z[:3]))
    assert model.explain_module is not None
    assert torch.allclose(model.explain_module(x, z), net(x, z=z))


def test_non_finite_weights_are_refused_unless_allowed(tmp_path: Path) -> None:
    net = mlp()
    with torch.no_grad():
        net[0].weight[0, :3] = float("nan")
    (tmp_path / "m").write_bytes(pickled(net))
    with pytest.raises(ModelRefused, match=r"0\.weight' \(3 of its elements\)") as refused:
        load_model(tmp_path / "m", ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA209"
    load_model(tmp_path / "m", ModelSpec(allow_nonfinite_weights=True), "cpu", None)


def test_the_fingerprint_is_of_the_weights_not_of_the_file(files: dict[str, Path]) -> None:
    prints = {
        n: load_model(files[n], ModelSpec(), "cpu", None)[1].fingerprint
        for n in ("mlp.pt2", "mlp.torchscript", "mlp.module")
    }
    assert len(set(prints.values())) == 1
    assert load_model(files["cnn.module"], ModelSpec(), "cpu", None)[1].fingerprint not in prints.values()


@pytest.mark.parametrize("name", ["mlp.state_dict", "mlp.checkpoint", "mlp.safetensors", "mlp.state_dict.legacy"])
def test_weights_without_code_say_what_they_are(files: dict[str, Path], name: str) -> None:
    with pytest.raises(ModelRefused, match=r"weights only.*9 tensors, first 0\.(weight|bias) \[8") as refused:
        load_model(files[name], ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA204"
    assert ("under 'state_dict'" in refused.value.message) == (name == "mlp.checkpoint")


def read_weights(path: str) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    found = load_file(path) if path.endswith("safetensors") else torch.load(path, weights_only=True)
    return found.get("state_dict", found)


def own(path: str, device: str) -> nn.Module:
    net = mlp().to(device)
    net.load_state_dict(read_weights(path))
    return net


@pytest.mark.parametrize("name", ["mlp.state_dict", "mlp.checkpoint", "mlp.safetensors", "mlp.state_dict.legacy"])
def test_weights_with_code_load(cases: dict[str, Case], files: dict[str, Path], name: str) -> None:
    model, loaded = load_model(files[name], ModelSpec(), "cpu", Code(load_model=own))  # type: ignore[arg-type]
    assert distance(cases["mlp"], model.forward, 8) < TRUTH
    assert loaded.format == ("safetensors" if name == "mlp.safetensors" else "state_dict")
    assert "load_model of your file" in loaded.loading
    assert loaded.input_layer == "0 (Linear)"


def test_weights_of_another_architecture_are_listed(files: dict[str, Path]) -> None:
    def wrong(path: str, device: str) -> nn.Module:
        net = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 2), nn.Linear(2, 2))
        net.load_state_dict(read_weights(path))
        return net

    with pytest.raises(ModelRefused, match=r"missing '2\.weight'.*unexpected .*other shapes: .*\[8, 4\]") as refused:
        load_model(files["mlp.state_dict"], ModelSpec(), "cpu", Code(load_model=wrong))  # type: ignore[arg-type]
    assert refused.value.code == "DLA205"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (lambda path, device: 1 / 0, "raised ZeroDivisionError"),
        (lambda path, device: exit(0), "raised SystemExit"),
        (lambda path, device: {"a": 1}, "returned a dict"),
    ],
)
def test_user_code_that_fails_is_told_so(files: dict[str, Path], body: object, said: str) -> None:
    with pytest.raises(CodeFailed, match=said) as failed:
        load_model(files["mlp.state_dict"], ModelSpec(), "cpu", Code(load_model=body))  # type: ignore[arg-type]
    assert failed.value.code == "DLA222"
    assert failed.value.exit_code == 3


@pytest.mark.parametrize("name", ["modèle (2).pt", "a b+c=d.pt", "..pt", "日本語"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    torch.save(nn.Linear(2, 1), tmp_path / name)  # torch names the folder inside the archive after the file
    assert load_model(tmp_path / name, ModelSpec(), "cpu", None)[1].input_width == 2


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_running_out_of_memory_is_not_blamed_on_the_file(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def exhausted(*given: object, **named: object) -> None:
        raise error

    monkeypatch.setattr(torch, "load", exhausted)
    monkeypatch.setattr(torch.export, "load", exhausted)
    monkeypatch.setattr(torch.jit, "load", exhausted)
    for name in ("mlp.module", "mlp.pt2", "mlp.torchscript"):
        with pytest.raises(type(error)):
            load_model(files[name], ModelSpec(), "cpu", None)
    with pytest.raises(type(error)):
        load_model(files["mlp.state_dict"], ModelSpec(), "cpu", Code(load_model=exhausted))  # type: ignore[arg-type]


def test_a_function_is_a_model_too(files: dict[str, Path]) -> None:
    code = Code(load_model=lambda path, device: lambda x: x.sum(1))
    model, loaded = load_model(files["mlp.state_dict"], ModelSpec(), "cpu", code)  # type: ignore[arg-type]
    assert model.forward(torch.ones(3, 4)).tolist() == [4, 4, 4]
    assert loaded.parameters is None


def test_a_file_that_changes_while_it_loads_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(files["mlp.state_dict"].read_bytes())

    def swaps(given: str, device: str) -> nn.Module:
        Path(given).write_bytes(b"something else")
        return mlp()

    with pytest.raises(ModelRefused) as refused:
        load_model(path, ModelSpec(), "cpu", Code(load_model=swaps))  # type: ignore[arg-type]
    assert refused.value.code == "DLA219"
