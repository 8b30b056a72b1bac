"""Whole audits of nets over sequences: an LSTM on visits by the command line; a CNN and a transformer in Python."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import dlaudit

sys.path.insert(0, str(Path(__file__).parent))
from tiny_nets import make

ROOT = Path(__file__).resolve().parents[2]


def patients(count: int) -> pd.DataFrame:
    """Visits in no order; women have fewer of them."""
    generator = np.random.default_rng(0)
    rows = []
    for patient in range(count):
        sex = "F" if patient % 2 else "M"
        trend = generator.normal()
        for hour in range(int(generator.integers(2, 6 if sex == "F" else 10))):
            values = generator.normal(trend, 1, 2).round(3)
            rows.append((f"p{patient}", hour, *values, int(trend > 0), sex))
    frame = pd.DataFrame(rows, columns=["patient", "hour", "hr", "bp", "ill", "sex"])
    return frame.sample(frac=1, random_state=0)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ward")
    patients(120).to_csv(folder / "visits.csv", index=False)
    torch.save(make("lstm").state_dict(), folder / "lstm.pt")
    (folder / "tiny_nets.py").write_bytes((Path(__file__).parent / "tiny_nets.py").read_bytes())
    (folder / "dlaudit.toml").write_text(
        """
schema = 1
[model]
path = "lstm.pt"
code = "tiny_nets.py"
task = "binary"
output = "logit"
[data]
path = "visits.csv"
target = "ill"
unit = "patient"
[input.sequence]
id = "patient"
order = "hour"
channels = ["hr", "bp"]
max_length = 6
lengths = true
windows = 2
[slices]
sensitive = ["sex"]
[explain]
sample = 40
decompose_rows = 60
[discover]
enabled = false
"""
    )
    return folder


@pytest.fixture(scope="module")
def audited(ward: Path, dlaudit_command: Callable[..., Any]) -> dict[str, Any]:
    done = dlaudit_command("run", "--out", "out", cwd=ward)
    assert done.code == 0, done.err
    return dict(json.loads((ward / "out" / "audit.json").read_text()))


def test_an_lstm_on_visits_is_audited_row_by_patient(audited: dict[str, Any]) -> None:
    assert (audited["data"]["modality"], audited["data"]["rows"]) == ("sequence", 120)
    altered = {one["what"]: one for one in audited["data"]["altered"]}
    assert set(altered) == {"cut to the last 6 steps", "visits put in order of hour"}
    assert set(altered["cut to the last 6 steps"]["by_slice"]) == {"sex=M"}


def test_scores_are_those_of_the_model_itself(audited: dict[str, Any], ward: Path) -> None:
    net = make("lstm")
    expected = {}
    for patient, visits in patients(120).sort_values("hour").groupby("patient"):
        own = torch.tensor(visits[["hr", "bp"]].to_numpy()[-6:], dtype=torch.float32)[None]
        expected[patient] = torch.sigmoid(net(own, torch.tensor([own.shape[1]])))[0].item()
    found = pd.read_parquet(ward / "out" / "predictions.parquet")
    assert len(found) == len(expected)
    np.testing.assert_allclose(found["score"], [expected[one] for one in found["unit"]], atol=1e-5)


def test_windows_and_the_number_of_steps_carry_the_gap(audited: dict[str, Any]) -> None:
    names = {one["feature"] for one in audited["attributions"]}
    assert names == {"hr, steps 1-3", "bp, steps 1-3", "hr, steps 4-6", "bp, steps 4-6", "number of steps"}
    assert {one["method"] for one in audited["attributions"]} == {"integrated_gradients", "shapley_values"}
    (split,) = [one for one in audited["decompositions"] if one["metric"] == "selection_rate"][:1]
    whole = sum(part["value"] for part in split["contributions"])
    assert whole == pytest.approx(split["gap"], abs=1e-6)


def test_maps_over_time_are_kept_by_slice(audited: dict[str, Any]) -> None:
    maps = [one for one in audited["maps"] if one["slice"] == "sex=F"]
    assert maps
    assert (maps[0]["shape"], maps[0]["axes"], maps[0]["aligned"]) == ([6, 2], ["time", "channel"], True)


def python_audit(kind: str, frame: pd.DataFrame, **asked: Any) -> Any:
    settings: dict[str, Any] = {
        "model.task": "binary",
        "model.output": "logit",
        "input.sequence": asked,
        "explain.methods": ["integrated_gradients", "shapley_values"],
        "explain.sample": 20,
        "explain.decompose": [],
        "explain.checks": False,
        "explain.second_opinion": 0,
        "discover.enabled": False,
    }
    return dlaudit.audit(make(kind), frame, target="y", sensitive=["sex"], settings=settings)


def rows(**columns: list[Any]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({**columns, "y": [0, 1] * (count // 2), "sex": ["F", "F", "M", "M"] * (count // 4)})


def test_a_convolution_over_lists_of_a_frame() -> None:
    generator = np.random.default_rng(0)
    lists = [[generator.normal(size=length).tolist() for length in [3, 6, 8, 6] * 15] for _ in range(2)]
    audit = python_audit(
        "cnn", rows(a=lists[0], b=lists[1]), channels=["a", "b"], max_length=6, layout="NCT", windows=3
    )
    assert {one.feature for one in audit.attributions} == {
        f"{name}, steps {at}-{at + 1}" for name in "ab" for at in (1, 3, 5)
    }


def test_a_transformer_over_events_with_a_padding_mask() -> None:
    generator = np.random.default_rng(0)
    texts = ["".join(generator.choice(list("abcd"), size=length)) for length in [3, 6, 5, 6] * 15]
    audit = python_audit(
        "encoder", rows(codes=texts), name="ids", column="codes", characters="abcd", max_length=6,
        mask="src_key_padding_mask", mask_marks="padding",
    )  # fmt: skip
    names = {one.feature for one in audit.attributions}
    assert {"a", "b (first)"} <= names
    assert any(name.endswith("(last)") for name in names)
    assert {one.method for one in audit.attributions} >= {"shapley_values"}


def test_the_example_of_names_is_audited_made_small(tmp_path: Path, dlaudit_command: Callable[..., Any]) -> None:
    for package in ("ethnicolr", "genderperformr"):
        if find_spec(package) is None:
            pytest.skip(f"the package {package} is absent")
    for name in ("dlaudit.toml", "names_model.py"):
        (tmp_path / name).write_bytes((ROOT / "examples" / "names" / name).read_bytes())
    command = [sys.executable, ROOT / "examples" / "names" / "prepare.py", tmp_path / "build", "--names", "8"]
    subprocess.run(command, check=True, capture_output=True)
    done = dlaudit_command("run", "--set", "explain.enabled=false", "--out", "out", "--exit-zero", cwd=tmp_path)
    assert done.code == 0, done.err
    audit = json.loads((tmp_path / "out" / "audit.json").read_text())
    right = {one["slice"]: one["value"] for one in audit["measurements"] if one["metric"] == "accuracy"}
    assert audit["data"]["rows"] == 32
    assert right["overall"] > 0.75
