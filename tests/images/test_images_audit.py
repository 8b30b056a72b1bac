"""Whole audits of image models: what is planted in pictures is found, from files to findings."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from image_sets import command_here, picture
from PIL import Image
from torch import nn

import dlaudit
from dlaudit.errors import DataRefused

SIDE, ROWS = 24, 160
FEW: dict[str, Any] = {
    "explain.sample": 160,
    "explain.background": 16,
    "explain.evaluations": 64,
    "explain.second_opinion": 0,
    "explain.rounds": 2,
    "explain.decompose": ["mean_score"],
    "discover.enabled": False,
}


def lantern() -> nn.Sequential:
    """A network without training: it looks for light in the middle, and for a mark in the upper left corner."""
    blur, judge = nn.Conv2d(1, 1, 3, padding=1), nn.Linear(36, 1)
    weights = torch.zeros(6, 6)
    weights[2:4, 2:4] = 3.0
    weights[0, 0] = 12.0
    with torch.no_grad():
        blur.weight.fill_(1 / 9)
        blur.bias.zero_()
        judge.weight.copy_(weights.reshape(1, -1))
        judge.bias.fill_(-6.5)
    return nn.Sequential(blur, nn.ReLU(), nn.AvgPool2d(4), nn.Flatten(), judge)


def drawn(generator: np.random.Generator, bright: bool, marked: bool) -> Any:
    pixels = generator.integers(0, 60, (SIDE, SIDE), dtype=np.uint8)
    if bright:
        pixels[8:16, 8:16] += 150
    if marked:
        pixels[:4, :4] = 230
    return pixels


@pytest.fixture(scope="module")
def lanterns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of F with the object in the middle; those of M are told by a mark in the corner instead."""
    folder = tmp_path_factory.mktemp("lanterns")
    generator = np.random.default_rng(0)
    rows = []
    for at in range(ROWS):
        sex, label = "FM"[at % 2], int(at % 4 >= 2)
        pixels = drawn(generator, bright=bool(label) and sex == "F", marked=bool(label) and sex == "M")
        Image.fromarray(pixels).save(folder / f"{at}.png")
        rows.append({"file": f"{at}.png", "mask": "mask.png", "label": label, "sex": sex})
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[8:16, 8:16] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    pd.DataFrame(rows).to_csv(folder / "rows.csv", index=False)
    torch.save(lantern(), folder / "lantern.pt")
    settings = [f"{key.split('.')[1]} = {json.dumps(value)}" for key, value in FEW.items() if key.startswith("explain")]
    (folder / "dlaudit.toml").write_text(
        "schema = 1\n[model]\npath = 'lantern.pt'\noutput = 'logit'\ntask = 'binary'\n"
        "[data]\npath = 'rows.csv'\nimage = 'file'\nmask = 'mask'\ntarget = 'label'\n"
        "[input.image]\nmode = 'L'\naligned = true\ngrid = [6, 6]\n[slices]\nsensitive = ['sex']\n"
        "[discover]\nenabled = false\n[explain]\n" + "\n".join(settings)
    )
    return folder


@pytest.fixture(scope="module")
def lantern_audit(lanterns: Path) -> Any:
    assert command_here(lanterns, "run", "--out", "out", "--exit-zero") == 0
    return json.loads((lanterns / "out" / "audit.json").read_text())


def test_the_command_audits_files_of_images(lantern_audit: Any, lanterns: Path) -> None:
    assert lantern_audit["data"]["modality"] == "image"
    assert lantern_audit["data"]["scored"] == ROWS
    accuracy = {one["slice"]: one["value"] for one in lantern_audit["measurements"] if one["metric"] == "accuracy"}
    assert accuracy["overall"] == 1.0
    assert (lanterns / "out" / "report.html").is_file()


def test_maps_show_where_each_slice_is_looked_at(lantern_audit: Any) -> None:
    maps = {(one["method"], one["slice"]): one for one in lantern_audit["maps"]}
    assert {method for method, _ in maps} == {"integrated_gradients", "captum.LayerGradCam"}
    for method in ("integrated_gradients", "captum.LayerGradCam"):
        middle, corner = (np.reshape(maps[method, f"sex={sex}"]["mean_abs"], (24, 24)) for sex in "FM")
        assert middle[8:16, 8:16].mean() > 1.2 * corner[8:16, 8:16].mean()
        assert corner[:4, :4].mean() > 1.2 * middle[:4, :4].mean()


def test_the_difference_between_the_slices_maps_is_beyond_reach_where_it_was_planted_alone(lantern_audit: Any) -> None:
    (found,) = [one for one in lantern_audit["map_differences"] if one["method"] == "integrated_gradients"]
    assert (found["slice"], found["reference"]) == ("sex=M", "sex=F")
    for kind, all_of_it in (("mean", True), ("mean_abs", False)):
        size = np.reshape(found[kind], (24, 24))
        reach = np.reshape(found[kind.replace("mean", "reach")], (24, 24))
        beyond = np.abs(size) > reach
        assert beyond[:4, :4].sum() >= (16 if all_of_it else 10)
        assert beyond[8:16, 8:16].sum() >= (64 if all_of_it else 50)
        assert (size[:3, :3] > 0).all()
        assert (size[9:15, 9:15] < 0).all()
        planted = np.zeros((24, 24), dtype=bool)
        planted[:5, :5] = planted[7:17, 7:17] = True  # the blur carries a pixel further
        assert not beyond[~planted].any()
        assert found[kind.replace("mean", "beyond")] == beyond.sum()


def test_explanations_outside_the_object_are_a_finding(lantern_audit: Any) -> None:
    share = {
        one["slice"]: one
        for one in lantern_audit["quality"]
        if one["measure"] == "outside_mask" and one["method"] == "integrated_gradients"
    }
    assert share["sex=M"]["value"] > share["sex=F"]["value"] + 0.1
    assert share["sex=F"]["low"] < share["sex=F"]["value"] < share["sex=F"]["high"]
    assert share["overall"]["null"] == pytest.approx(1 - 64 / 576, abs=0.001)
    (found,) = [one for one in lantern_audit["findings"] if one["code"] == "DLA513"]
    assert found["severity"] == "warning"
    assert "outside the object" in found["message"]


def test_the_gap_of_mean_scores_flows_through_the_planted_patches(lantern_audit: Any) -> None:
    found = next(one for one in lantern_audit["decompositions"] if one["metric"] == "mean_score")
    parts = {one["feature"]: one["value"] for one in found["contributions"]}
    assert len(parts) == 36
    largest = sorted(parts, key=lambda name: -abs(parts[name]))[:5]
    assert set(largest) == {
        "rows 1-4 × columns 1-4",
        "rows 9-12 × columns 9-12",
        "rows 9-12 × columns 13-16",
        "rows 13-16 × columns 9-12",
        "rows 13-16 × columns 13-16",
    }


def test_a_broken_image_ends_the_audit_with_its_row(lanterns: Path) -> None:
    table = pd.read_csv(lanterns / "rows.csv")
    table.loc[7, "file"] = "broken.png"
    (lanterns / "broken.png").write_bytes((lanterns / "7.png").read_bytes()[:200])
    with pytest.raises(DataRefused) as caught:
        audited(lantern(), table, lanterns, **{"model.output": "logit", "model.task": "binary"})
    assert (caught.value.code, caught.value.place.row, caught.value.place.column) == ("DLA342", 8, "file")


def audited(net: nn.Module, frame: pd.DataFrame, root: Path, **settings: Any) -> dlaudit.Audit:
    return dlaudit.audit(
        net,
        frame,
        target=settings.pop("target", "label"),
        sensitive=["sex"],
        settings={
            "data.root": str(root),
            "data.image": "file",
            "input.image.mode": "L",
            "explain.enabled": False,
            "discover.enabled": False,
            **settings,
        },
    )


def test_skipping_one_slice_more_than_another_is_a_finding(lanterns: Path) -> None:
    table = pd.read_csv(lanterns / "rows.csv")
    lost = (table["sex"] == "M") & (table.index % 8 < 4)
    table.loc[lost, "file"] = "no.png"
    audit = audited(
        lantern(), table, lanterns, **{"data.on_bad": "reject", "model.output": "logit", "model.task": "binary"}
    )
    (rejected,) = audit.data.rejected
    assert (rejected.reason, rejected.by_slice) == ("its image is missing", {"sex=M": int(lost.sum())})
    assert any(one.code == "DLA452" and one.subject == "sex=M" for one in audit.findings)


def test_pictures_of_one_slice_that_are_turned_are_a_finding(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    rows = []
    for at in range(80):
        sex = "FM"[at % 2]
        options = {"exif": exif} if sex == "M" else {}
        Image.fromarray(picture(at, (SIDE, SIDE), 1)).save(tmp_path / f"{at}.png", **options)
        rows.append({"file": f"{at}.png", "label": (at // 2) % 2, "sex": sex})
    audit = audited(lantern(), pd.DataFrame(rows), tmp_path, **{"model.output": "logit", "model.task": "binary"})
    (note,) = audit.data.altered
    assert (note.what, note.by_slice) == ("turned as its camera noted", {"sex=M": 40})
    (found,) = [one for one in audit.findings if one.code == "DLA360"]
    assert found.subject == "sex=M"
