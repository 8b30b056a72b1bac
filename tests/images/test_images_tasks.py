"""Several labels, numbers and classes in pictures, from files and a configuration to the record."""

import json
import re
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from image_sets import command_here
from PIL import Image
from torch import nn

from dlaudit.attributions import attributor_named
from dlaudit.attributions.registry import ALSO_CALLED
from dlaudit.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
LABELS = ("one", "two", "three")
FEW = """
[discover]
enabled = false
[explain]
sample = 60
background = 8
evaluations = 64
second_opinion = 0
checks = false
rounds = 2
"""


def audited(folder: Path, *arguments: object) -> Any:
    """The record of the audit that `dlaudit.toml` of the folder asks for."""
    command_here(folder, "run", "--out", "out", *arguments)
    assert (folder / "out" / "report.html").is_file()
    return json.loads((folder / "out" / "audit.json").read_text())


def corners() -> nn.Sequential:
    """A network without training: each output looks for light in a corner of its own."""
    judge = nn.Linear(9, 3)
    with torch.no_grad():
        judge.weight.zero_()
        judge.bias.fill_(-4.0)
        for label, place in enumerate((0, 2, 6)):
            judge.weight[label, place] = 10.0
    return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), judge)


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures with light in some of three corners; that of the second is twice as common among M."""
    folder = tmp_path_factory.mktemp("lit")
    generator, rows = np.random.default_rng(1), []
    for at in range(120):
        sex = "FM"[at % 2]
        pixels = generator.integers(0, 40, (12, 12), dtype=np.uint8)
        labels = generator.random(3) < (0.5, 0.8 if sex == "M" else 0.4, 0.5)
        for corner, on in enumerate(labels):
            if on:
                pixels[(corner // 2) * 8 : (corner // 2) * 8 + 4, (corner % 2) * 8 : (corner % 2) * 8 + 4] += 180
        Image.fromarray(pixels).save(folder / f"{at}.png")
        light = float(pixels.mean()) / 255
        rows.append(
            {"file": f"{at}.png", "sex": sex, "light": light, **dict(zip(LABELS, labels.astype(int), strict=True))}
        )
    pd.DataFrame(rows).to_csv(folder / "rows.csv", index=False)
    return folder


def written(folder: Path, net: nn.Module, model: str, target: str, rule: str, decompose: str) -> None:
    """A model and the configuration of its audit."""
    torch.save(net, folder / "net.pt")
    (folder / "dlaudit.toml").write_text(
        f"schema = 1\n[model]\npath = 'net.pt'\n{model}\n[data]\npath = 'rows.csv'\nimage = 'file'\ntarget = {target}\n"
        f"features = ['file']\n[input.image]\nmode = 'L'\ngrid = [3, 3]\n[slices]\nsensitive = ['sex']\n{FEW}"
        f"decompose = ['{decompose}']\n[[rule]]\n{rule}\n"
    )


def value(audit: Any, metric: str, slice_id: str = "overall") -> float:
    return next(one["value"] for one in audit["measurements"] if (one["metric"], one["slice"]) == (metric, slice_id))


def test_several_labels_are_audited_by_the_command_line(lit: Path) -> None:
    written(
        lit,
        corners(),
        "task = 'multilabel'\noutput = 'logit'",
        "['one', 'two', 'three']",
        "metric = 'true_positive_rate[two].difference'\nby = 'sex'\nmax = 0.5",
        "selection_rate",
    )
    audit = audited(lit)
    assert (audit["model"]["task"], audit["data"]["modality"]) == ("multilabel", "image")
    assert [value(audit, f"true_positive_rate[{name}]") for name in LABELS] == [1.0, 1.0, 1.0]
    assert value(audit, "selection_rate[two]", "sex=M") > value(audit, "selection_rate[two]", "sex=F") + 0.2
    gaps = {one["metric"]: one for one in audit["decompositions"]}
    assert set(gaps) == {f"selection_rate[{name}]" for name in LABELS}
    two = {one["feature"]: one["value"] for one in gaps["selection_rate[two]"]["contributions"]}
    assert max(two, key=lambda name: abs(two[name])) == "rows 1-4 × columns 9-12"
    assert two["rows 1-4 × columns 9-12"] == pytest.approx(gaps["selection_rate[two]"]["gap"], abs=1e-6)


def test_a_number_is_audited_by_the_command_line(lit: Path) -> None:
    offset = nn.Sequential(nn.AvgPool2d(12), nn.Flatten(), nn.Linear(1, 1))
    with torch.no_grad():
        offset[2].weight.fill_(1.0)
        offset[2].bias.fill_(0.25)  # a quarter too bright, for everybody
    written(
        lit,
        offset,
        "task = 'regression'",
        "'light'",
        "metric = 'mean_error.difference'\nby = 'sex'\nmax = 0.1\njudge = 'interval'",
        "mean_prediction",
    )
    audit = audited(lit)
    assert audit["model"]["task"] == "regression"
    for slice_id in ("overall", "sex=F", "sex=M"):
        assert value(audit, "mean_error", slice_id) == pytest.approx(0.25, abs=1e-5)
    (gap,) = audit["decompositions"]
    parts = {one["feature"]: one["value"] for one in gap["contributions"]}
    assert max(parts, key=lambda name: abs(parts[name])) == "rows 1-4 × columns 9-12"
    assert sum(parts.values()) + gap["residual"] == pytest.approx(gap["gap"], abs=1e-6)
    assert gap["gap"] == pytest.approx(
        value(audit, "mean_prediction", gap["slice"]) - value(audit, "mean_prediction", gap["reference"]), abs=1e-6
    )


def small_net() -> nn.Sequential:
    """A small network with a `features.28`."""
    idle = [nn.Identity() for _ in range(26)]
    features = nn.Sequential(nn.Conv2d(3, 2, 16, stride=16), nn.ReLU(), *idle, nn.Conv2d(2, 4, 3, padding=1))
    judge = {"relu": nn.ReLU(), "pool": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten(), "head": nn.Linear(4, 2)}
    return nn.Sequential(OrderedDict({"features": features, **judge}))


@pytest.fixture(scope="module")
def skin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the configuration on the page about images speaks of: its text as it stands there, and small pictures."""
    folder = tmp_path_factory.mktemp("skin")
    (folder / "images").mkdir()
    generator, rows = np.random.default_rng(0), []
    for at in range(32):
        sick = at % 2
        pixels = generator.integers(0, 90, (64, 80, 3), dtype=np.uint8)
        pixels[20:44, 28:52, 0] += np.uint8(120 * sick)
        Image.fromarray(pixels).save(folder / "images" / f"{at}.jpg")
        label, place = ("benign", "malignant")[sick], {"site": "arm" if at % 3 else "back", "scanner": "ab"[at // 16]}
        people = {"patient_id": f"p{at // 2}", "sex": "FM"[at // 2 % 2], "fitzpatrick": ("I", "VI")[at // 4 % 2]}
        rows.append({"file": f"{at}.jpg", "diagnosis": label, **people, **place})
    pd.DataFrame(rows).to_csv(folder / "labels.csv", index=False)
    page = (ROOT / "docs" / "modalities" / "images.md").read_text()
    (folder / "dlaudit.toml").write_text(re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)[0])
    torch.manual_seed(0)
    torch.save(small_net(), folder / "derm.pt2")  # the kind is found by content
    return folder


def test_the_configuration_on_the_page_about_images_runs_as_it_stands(skin: Path) -> None:
    small = ["sample=12", "background=2", "steps=16", "checks=false", "second_opinion=0", "rounds=1"]
    small += ["decompose=['recall']", "layers=['captum.LayerGradCam@features.99']"]
    asked = [part for one in small for part in ("--set", f"explain.{one}")]
    audit = audited(skin, *asked, "--set", "slices.intersections='none'")
    assert audit["data"]["unit"] == "patient_id"
    assert {one["method"] for one in audit["attributions"]} == {"integrated_gradients", "captum.Occlusion"}
    assert "captum.LayerGradCam" in {one["method"] for one in audit["maps"]}, "of the layer that explain.layer names"
    told = [one["reason"] for one in audit["not_applicable"] if "LayerGradCam" in one["what"]]
    assert all("features.99" in one for one in told)
    assert told
    rate = value(audit, "recall[malignant]", "fitzpatrick=VI")
    assert 0 <= rate <= 1
    assert "true_positive_rate.difference by fitzpatrick" in (skin / "out" / "junit.xml").read_text()


def test_methods_are_known_by_the_names_that_they_have_elsewhere() -> None:
    assert {name: attributor_named(name).name for name in ALSO_CALLED} == ALSO_CALLED
    assert attributor_named("saliency").name == "saliency"
    with pytest.raises(UsageError, match="no attributor"):
        attributor_named("oclusion")
