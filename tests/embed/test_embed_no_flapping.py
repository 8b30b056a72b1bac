"""The same model, data and configuration give the same bytes, whatever the machine is busy with."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from report_lending import lending

import dlaudit
from dlaudit.spec import AuditSpec
from dlaudit.stages.run_id import run_id

CONFIG = """
schema = 1
[model]
path = "model.pt2"
output = "probability"
[data]
path = "test.csv"
target = "y"
id = "id"
[slices]
sensitive = ["sex", "race"]
intersections = [["race", "sex"]]
[explain]
budget = "20000"
[[rule]]
metric = "selection_rate.difference"
max = 0.1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small exported net, its rows and its configuration."""
    folder, rng = tmp_path_factory.mktemp("first"), np.random.default_rng(5)
    torch.manual_seed(5)
    net = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1), torch.nn.Sigmoid())
    example = (torch.zeros(8, 4),)
    program = torch.export.export(net.eval(), example, dynamic_shapes=({0: torch.export.Dim("rows")},))
    torch.export.save(program, folder / "model.pt2")
    inputs = rng.normal(size=(700, 4)).round(3)
    lines = ["id,a,b,c,d,sex,race,y"]
    for at, row in enumerate(inputs):
        lines.append(f"r{at},{','.join(map(str, row))},{'FM'[at % 2]},{'ABC'[at % 3]},{int(row[0] + rng.normal() > 0)}")
    (folder / "test.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "dlaudit.toml").write_text(CONFIG, encoding="utf-8")
    return folder


def figures(written: str) -> str:
    """audit.json without its provenance, byte for byte otherwise."""
    document: dict[str, Any] = json.loads(written)
    del document["provenance"]
    return json.dumps(document, indent=1)


def test_threads_hash_seed_folder_and_order_of_files_change_no_byte(
    folder: Path, tmp_path: Path, dlaudit_process: Callable[..., Any]
) -> None:
    busy = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "CI": "true"}
    first = dlaudit_process("run", "--set", "run.threads=1", "--out", tmp_path / "one", "-q", cwd=folder, env=busy)
    other = tmp_path / "other"
    other.mkdir()
    for name in ("test.csv", "dlaudit.toml", "model.pt2"):
        shutil.copy(folder / name, other / name)
    alone = {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "CI": "true"}
    second = dlaudit_process("run", "--set", "run.threads=2", "--out", tmp_path / "two", "-q", cwd=other, env=alone)
    assert (first.code, second.code) == (4, 4), first.err + second.err
    texts = [(tmp_path / name / "audit.json").read_text(encoding="utf-8") for name in ("one", "two")]
    assert figures(texts[0]) == figures(texts[1])
    runs = [json.loads(one)["provenance"] for one in texts]
    assert runs[0]["run_id"] == runs[1]["run_id"] is not None
    assert runs[0]["started"] != runs[1]["started"], "the twin: provenance is where they differ"
    for name in ("predictions.parquet", "disparities.csv", "contributions.csv", "audit.sarif", "summary.md"):
        one, two = ((tmp_path / at / name).read_bytes() for at in ("one", "two"))
        assert one == two, name


def test_batch_size_seed_versions_settings_and_contents_are_part_of_the_run_id() -> None:
    audit, _ = lending()
    spec = AuditSpec()
    first = run_id(audit, spec)

    def with_run(**changed: Any) -> str | None:
        return run_id(audit.model_copy(update={"provenance": audit.provenance.model_copy(update=changed)}), spec)

    def with_data(**changed: Any) -> str | None:
        return run_id(audit.model_copy(update={"data": audit.data.model_copy(update=changed)}), spec)

    others = [
        with_run(batch_size=7),
        with_run(seed=1),
        with_run(device="cuda"),
        with_run(packages={"numpy": "9.9"}),
        with_data(sha256="0" * 64),
        with_data(rows_sha256="0" * 64),
        run_id(audit.model_copy(update={"model": audit.model.model_copy(update={"sha256": "0" * 64})}), spec),
        run_id(audit, AuditSpec.model_validate({"model": {"threshold": 0.6}})),
        run_id(audit, AuditSpec.model_validate({"slices": {"sensitive": ["sex"]}})),
    ]
    assert first is not None
    assert len({first, *others}) == len(others) + 1


def test_rules_titles_places_and_the_clock_are_not_part_of_the_run_id() -> None:
    audit, _ = lending()
    first = run_id(audit, AuditSpec())
    later = audit.provenance.model_copy(update={"started": "2031-01-01", "argv": ["run"], "seconds": {"load": 9.0}})
    assert run_id(audit.model_copy(update={"provenance": later}), AuditSpec()) == first
    for same in (
        {"rule": [{"metric": "selection_rate.ratio", "min": 0.8}]},
        {"report": {"title": "Another"}},
        {"data": {"path": "elsewhere/test.csv"}, "model": {"path": "/mnt/model.pt2"}},
        {"run": {"threads": 2}},
    ):
        assert run_id(audit, AuditSpec.model_validate(same)) == first, same


def test_a_rule_that_adds_a_metric_a_slice_or_a_split_changes_the_run_id() -> None:
    audit, _ = lending()
    last = audit.measurements[-1].metric
    fewer = [
        {"measurements": [one for one in audit.measurements if one.metric != last]},
        {"slices": audit.slices[:-1]},
        {"decompositions": audit.decompositions[:-1]},
    ]
    ids = {run_id(audit.model_copy(update=one), AuditSpec()) for one in fewer}
    assert len({*ids, run_id(audit, AuditSpec())}) == 3 + bool(audit.decompositions)


def test_an_object_without_a_digest_has_no_run_id() -> None:
    audit, _ = lending()
    model = audit.model.model_copy(update={"sha256": None, "fingerprint": None, "format": "callable"})
    assert run_id(audit.model_copy(update={"model": model}), AuditSpec()) is None


@pytest.mark.parametrize(("near", "told"), [(0, "0 rows"), (3, "3 rows; another machine")])
def test_scores_at_the_threshold_are_counted_noted_and_shown(near: int, told: str, tmp_path: Path) -> None:
    import pandas as pd

    scores = [0.5 - 4e-7] * near + [0.1, 0.9] * 30
    frame = pd.DataFrame({"p": scores, "y": [0, 1] * 30 + [1] * near, "sex": ["F"] * near + ["F", "M"] * 30})
    audit = dlaudit.audit(data=frame, scores="p", target="y", sensitive=["sex"])
    assert audit.data.near_threshold == near
    assert [one.evidence["rows"] for one in audit.findings if one.code == "DLA453"] == [near] * (near > 0)
    page = audit.to_html(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Scores within 0.000001 of the threshold" in page
    shown = page.split("Scores within 0.000001 of the threshold")[1][:300].replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert told in shown
    published = audit.without_small_cells(11)
    assert published.data.near_threshold == (None if near else 0)
    assert published.provenance.run_id is None


def test_a_task_without_a_threshold_counts_none_near_it() -> None:
    import pandas as pd

    frame = pd.DataFrame({"p": np.linspace(0, 1, 60), "y": np.linspace(0, 2, 60), "sex": ["F", "M"] * 30})
    audit = dlaudit.audit(data=frame, scores="p", target="y", sensitive=["sex"], settings={"model.task": "regression"})
    assert audit.data.near_threshold is None
