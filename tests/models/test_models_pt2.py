"""Every known way to run code from a `.pt2`, crafted from a good file; none runs, each is named."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from model_cases import Evil, edited_json, exported, pickled, rewritten, scripted
from torch import nn

from dlaudit.errors import ModelRefused
from dlaudit.models.formats import describe_model, load_model
from dlaudit.models.pt2_expressions import expression_fault, guard_fault
from dlaudit.spec import ModelSpec

PROGRAM = "models/model.json"
WEIGHTS = "data/weights/model_weights_config.json"
CONSTANTS = "data/constants/model_constants_config.json"
SAMPLES = "data/sample_inputs/model.pt"
Change = Callable[[dict[str, bytes]], None]


def command(marker: Path) -> str:
    return f"__import__('os').system('touch {marker}')"


def program(change: Callable[[dict[str, Any]], None]) -> Change:
    return edited_json(PROGRAM, change)


def node(document: dict[str, Any]) -> dict[str, Any]:
    return document["graph_module"]["graph"]["nodes"][0]


def signature(document: dict[str, Any]) -> dict[str, Any]:
    return document["graph_module"]["module_call_graph"][0]["signature"]


def tree(kind: str, context: str) -> str:
    return json.dumps([1, {"type": kind, "context": context, "children_spec": []}])


def pickled_weight(marker: Path) -> Change:
    def change(entries: dict[str, bytes]) -> None:
        edited_json(WEIGHTS, lambda d: d["config"]["0.weight"].update(use_pickle=True))(entries)
        entries["data/weights/weight_0"] = pickled(Evil(marker))

    return change


def constant(name: str, marker: Path) -> Change:
    def change(entries: dict[str, bytes]) -> None:
        entry = {"path_name": name, "is_param": False, "use_pickle": True, "tensor_meta": None}
        edited_json(CONSTANTS, lambda d: d["config"].update(c=entry))(entries)
        entries[f"data/constants/{name}"] = pickle.dumps(Evil(marker))

    return change


def symbol(document: dict[str, Any]) -> dict[str, Any]:
    return document["graph_module"]["graph"]["tensor_values"]["input"]["sizes"][0]["as_expr"]


ATTACKS: dict[str, tuple[Callable[[Path], Change], str]] = {
    "sample inputs, zip": (lambda m: lambda e: e.update({SAMPLES: pickled(Evil(m))}), "sample_inputs"),
    "sample inputs, bare": (lambda m: lambda e: e.update({SAMPLES: pickle.dumps(Evil(m))}), "sample_inputs"),
    "sample inputs, legacy": (lambda m: lambda e: e.update({SAMPLES: pickled(Evil(m), legacy=True)}), "sample_inputs"),
    "sample inputs, script": (
        lambda m: lambda e: e.update({SAMPLES: scripted(nn.Linear(1, 1))}),
        "sample_inputs",
    ),
    "sample inputs, torch.load": (
        lambda m: lambda e: e.update({SAMPLES: pickled(torch.load)}),
        "torch.serialization.load",
    ),
    "pickled weight": (pickled_weight, "use_pickle"),
    "opaque constant": (lambda m: constant("opaque_obj_0", m), "unexpected entries"),
    "custom object": (lambda m: constant("custom_obj_0", m), "unexpected entries"),
    "constant called tensor": (lambda m: constant("tensor_0", m), "use_pickle"),
    "size expression": (lambda m: program(lambda d: symbol(d).update(expr_str=command(m))), "expr_str"),
    "size expression, call": (
        lambda m: program(lambda d: symbol(d).update(expr_str="Symbol('s0').__class__.mro()")),
        "expr_str",
    ),
    "guard": (lambda m: program(lambda d: d.update(guards_code=[f"{command(m)} == 0"])), "guards_code"),
    "guard, two lines": (
        lambda m: program(lambda d: d.update(guards_code=[f"L['input'].size()[0] > 0)\n  {command(m)}\n  (0"])),
        "guards_code",
    ),
    "argument name": (
        lambda m: program(lambda d: signature(d).update(forward_arg_names=[f"input={command(m)}"])),
        "would become source text",
    ),
    "node name": (lambda m: program(lambda d: node(d).update(name=f"x\n    {command(m)}\n")), "source text"),
    "parameter name": (
        lambda m: program(
            lambda d: d["graph_module"]["signature"]["input_specs"][0]["parameter"].update(
                parameter_name=f'a"); {command(m)}; ("'
            )
        ),
        "source text",
    ),
    "weight name": (
        lambda m: edited_json(WEIGHTS, lambda d: d["config"].update({'a"b': d["config"]["0.weight"]})),
        "source text",
    ),
    "module stack": (
        lambda m: program(lambda d: node(d)["metadata"].update(nn_module_stack=f'a,b"{command(m)}",c')),
        "nn_module_stack",
    ),
    "operator, system": (lambda m: program(lambda d: node(d).update(target="torch.os.system")), "torch.os.system"),
    "operator, file": (
        lambda m: program(lambda d: node(d).update(target="torch.ops.aten.from_file.default")),
        "from_file",
    ),
    "operator, custom": (lambda m: program(lambda d: node(d).update(target="torch.ops.mine.op.default")), "mine"),
    "operator, extension": (lambda m: program(lambda d: node(d).update(target="#x:y")), "#x:y"),
    "operator, caller": (lambda m: program(lambda d: node(d).update(target="_operator.methodcaller")), "methodcaller"),
    "tree, import": (
        lambda m: program(
            lambda d: signature(d).update(
                in_spec=tree("collections.defaultdict", '{"default_factory_module": "antigravity"}')
            )
        ),
        "in_spec",
    ),
    "tree, enum": (
        lambda m: program(
            lambda d: signature(d).update(
                out_spec=tree("builtins.dict", '[{"__enum__": true, "fqn": "antigravity:x", "name": "y"}]')
            )
        ),
        "out_spec",
    ),
    "custom object argument": (
        lambda m: program(
            lambda d: node(d)["inputs"][0].update(arg={"as_custom_obj": {"name": "x", "class_fqn": "y"}})
        ),
        "custom or opaque",
    ),
    "unexpected entry": (lambda m: lambda e: e.update({"data/weights/model.pt": pickled(Evil(m))}), "unexpected"),
    "second model": (lambda m: lambda e: e.update({"models/other.json": e[PROGRAM]}), "unexpected entries"),
}


@pytest.fixture
def good(files: dict[str, Path]) -> bytes:
    return files["mlp.pt2"].read_bytes()


def refused(path: Path) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        load_model(path, ModelSpec(), "cpu", None)
    return caught.value


def written(tmp_path: Path, data: bytes) -> Path:
    (tmp_path / "m.pt2").write_bytes(data)
    return tmp_path / "m.pt2"


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_named_before_torch_sees_the_file(
    good: bytes, tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make, said = ATTACKS[name]
    path = written(tmp_path, rewritten(good, make(marker)))
    monkeypatch.setattr(torch.export, "load", lambda *a, **k: pytest.fail("torch saw the file"))
    error = refused(path)
    assert error.code == "DLA202"
    assert said in error.message
    assert describe_model(path)["verdict"] == "refused"
    assert not marker.exists()


@pytest.mark.parametrize("name", ["sample inputs, zip", "pickled weight", "size expression"])
def test_the_attacks_are_real(good: bytes, marker: Path, name: str) -> None:
    from dlaudit.models.quiet import quiet_torch

    with quiet_torch():
        try:
            torch.export.load(io.BytesIO(rewritten(good, ATTACKS[name][0](marker))))
        except Exception as failed:
            assert failed  # after the payload has run, torch usually stumbles over its result
    assert marker.exists()


def test_rewriting_alone_keeps_a_file_loadable(good: bytes, tmp_path: Path) -> None:
    _, loaded = load_model(written(tmp_path, rewritten(good, lambda entries: None)), ModelSpec(), "cpu", None)
    assert loaded.format == "pt2"


def test_a_trusted_program_loads_though_the_screen_objects(good: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, rewritten(good, lambda e: e.update({"extra/a b": b"note"})))
    digest = describe_model(path)["sha256"]
    model, loaded = load_model(path, ModelSpec(trust=digest), "cpu", None)
    assert "would have refused it" in loaded.loading
    assert model.forward(torch.ones(2, 4)).shape == (2, 2)


def zipped(entries: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def entries_of(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_that_two_readers_could_read_differently_are_refused(good: bytes, tmp_path: Path) -> None:
    entries = entries_of(good)
    root = entries[0][0].split("/")[0]
    ambiguous = [
        zipped([*entries, (f"{root}/{PROGRAM}", b"{}")]),
        zipped([*entries, (f"{root}/MODELS/model.json", b"{}")]),
        zipped([*entries, (f"{root}/../x", b"{}")]),
        good + b"trailing",
        b"PK\x03\x04" + good,
    ]
    for data in ambiguous:
        assert refused(written(tmp_path, data)).code == "DLA206"


def test_a_deflate_bomb_is_refused_unread(good: bytes, tmp_path: Path) -> None:
    entries = entries_of(good)
    root = entries[0][0].split("/")[0]
    data = zipped([*entries, (f"{root}/extra/x", bytes(300 * 2**20))], zipfile.ZIP_DEFLATED)
    assert len(data) < 10**6
    assert refused(written(tmp_path, data)).code == "DLA207"


def huge(document: dict[str, Any]) -> None:
    meta = document["config"]["0.weight"]["tensor_meta"]
    meta["sizes"], meta["strides"] = [{"as_int": 10**12}, {"as_int": 1}], [{"as_int": 0}, {"as_int": 1}]


def test_weights_that_claim_more_than_they_hold_are_refused(good: bytes, tmp_path: Path) -> None:
    def emptied(entries: dict[str, bytes]) -> None:
        edited_json(WEIGHTS, huge)(entries)
        entries["data/weights/weight_0"] = b""

    def short(entries: dict[str, bytes]) -> None:
        entries["data/weights/weight_0"] = entries["data/weights/weight_0"][:-4]

    for change in (edited_json(WEIGHTS, huge), emptied, short):
        assert refused(written(tmp_path, rewritten(good, change))).code == "DLA207"


def test_inputs_and_outputs_are_described_without_loading(files: dict[str, Path]) -> None:
    found = describe_model(files["mlp.pt2"])
    assert found["verdict"] == "loads"
    assert found["tier"] == "checked program"
    assert found["inputs"][0]["dtype"] == "float32"
    assert found["inputs"][0]["dims"][1] == "4"
    assert found["torch_version"] == torch.__version__
    assert found["tensors"]["count"] == 9
    assert found["tensors"]["first"][0] == {"name": "0.weight", "dtype": "float32", "shape": [8, 4]}


def test_inputs_may_have_the_names_of_schema_fields(tmp_path: Path) -> None:
    class Named(nn.Module):
        def forward(self, target: torch.Tensor, name: torch.Tensor, metadata: torch.Tensor) -> torch.Tensor:
            return target + name * metadata

    n = torch.export.Dim("n")
    inputs = tuple(torch.ones(4, 2) for _ in range(3))
    torch.export.save(
        torch.export.export(Named(), inputs, dynamic_shapes=tuple({0: n} for _ in inputs)), tmp_path / "m.pt2"
    )
    model, _ = load_model(tmp_path / "m.pt2", ModelSpec(), "cpu", None)
    assert model.forward(*inputs).tolist() == [[2, 2]] * 4


def test_programs_with_control_flow_and_symbolic_sizes_pass(tmp_path: Path) -> None:
    class Sized(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(3, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            with torch.no_grad():
                shift = torch.arange(x.shape[1]).sum() / (x.shape[1] ** 2)
            return self.fc(torch.einsum("bts->bs", x) + shift)

    shapes = ({0: torch.export.Dim("n"), 1: torch.export.Dim("t", min=2, max=64)},)
    program = torch.export.export(Sized(), (torch.ones(4, 5, 3),), dynamic_shapes=shapes)
    torch.export.save(program, tmp_path / "m.pt2")
    model, _ = load_model(tmp_path / "m.pt2", ModelSpec(), "cpu", None)
    assert model.forward(torch.ones(2, 7, 3)).shape == (2, 2)


@pytest.mark.parametrize(
    "text",
    [
        "Symbol('s23', positive=True, integer=True)",
        "Min(Integer(16), Mul(Integer(16), Symbol('s23', positive=True, integer=True)))",
        "8*s0 + FloorDiv(s1, 2)**2",
        "Pow(Symbol('s0'), Integer(2))",
    ],
)
def test_arithmetic_of_sizes_passes(text: str) -> None:
    assert expression_fault(text) == ""


@pytest.mark.parametrize(
    "text",
    ["10**10**10", "Pow(Integer(10), Integer(999999999))", "(lambda: 0)()", "[x for x in s0]", "open('x')", "s0.x",
     "f'{s0}'", "'a'*9", "Symbol('__import__')", "s0[0]", "9" * 40, "x := 1", "", "é", "(" * 300 + ")" * 300, 3],
)  # fmt: skip
def test_anything_else_as_a_size_does_not(text: object) -> None:
    assert expression_fault(text)


def test_guards_compare_sizes_and_nothing_else() -> None:
    assert guard_fault("L['x'].size()[0] == L['z'].size()[0]") == ""
    assert guard_fault("math.floor(L['x'].size()[0] / 2) <= 1024") == ""
    for text in ("L['x'].tolist()", "L.__class__", "math.sys.exit()", "L['x'].size().__class__", "torch.load('x')"):
        assert guard_fault(text)


def test_a_program_of_many_outputs_says_its_first(tmp_path: Path) -> None:
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"logits": self.fc(x), "norm": x.norm(dim=1)}

    path = written(tmp_path, exported(Pair().eval(), torch.randn(4, 4), dynamic=False))
    model, loaded = load_model(path, ModelSpec(), "cpu", None)
    assert loaded.outputs == 3
    found: Any = model.forward(torch.randn(9, 4))
    assert found["logits"].shape == (9, 3)
    assert found["norm"].shape == (9,)
