"""A run that names an earlier run: compared with it before anything is written, on the same rows where there are."""

import json
import shutil
import sys

import numpy as np
import pandas as pd
import pytest

import dlaudit
from dlaudit.cli.app import run_cli
from dlaudit.errors import InputRefused, UsageError
from dlaudit.record.files import read

ROWS = 2_000


def rows(gap: float, seed: int = 1) -> pd.DataFrame:
    """Scores that are lower for women by `gap`; rows and labels depend on the seed alone."""
    generator = np.random.default_rng(seed)
    sex = np.where(generator.random(ROWS) < 0.5, "F", "M")
    label = (generator.random(ROWS) < 0.5).astype(int)
    score = 0.5 + 0.3 * (label - 0.5) + generator.normal(0, 0.2, ROWS) - gap * (sex == "F")
    return pd.DataFrame({"id": np.arange(ROWS), "y": label, "sex": sex, "p": score.clip(0, 1)})


def flags(folder, name, gap, seed=1):
    data = folder / f"{name}.csv"
    rows(gap, seed).to_csv(data, index=False)
    return ["run", "--scores", str(data), "--score", "p", "--target", "y", "--sensitive", "sex", "--no-config", "-q",
            "--set", "data.id=id"]  # fmt: skip


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """An even model's run."""
    folder = tmp_path_factory.mktemp("earlier")
    assert run_cli([*flags(folder, "even", 0.0), "--out", str(folder / "run")]) == 0
    return folder / "run"


def run_since(earlier, folder, *more, gap=0.15, seed=1):
    out = folder / "later"
    code = run_cli([*flags(folder, "later", gap, seed), "--out", str(out), "--baseline", str(earlier), *more])
    return code, out


def test_a_gap_that_came_since_is_in_the_record_and_on_the_page(earlier, tmp_path):
    code, out = run_since(earlier, tmp_path)
    assert code == 0
    found = read(out)[0].baseline
    assert found.new is None and found.old.place == str(earlier) and found.paired.rows == ROWS
    assert {one.metric: one.status for one in found.paired.changes}["selection_rate"] == "created"
    html = (out / "report.html").read_text(encoding="utf-8")
    assert 'id="base"' in html and "created" in html and "Since the last run" in html


def test_the_report_is_written_again_from_the_record_alone(earlier, tmp_path):
    _, out = run_since(earlier, tmp_path)
    before = (out / "report.html").read_text(encoding="utf-8")
    assert run_cli(["report", str(out), "--out", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "report.html").read_text(encoding="utf-8") == before


def test_rows_that_nobody_asked_for_are_compared_and_not_left_behind(earlier, tmp_path):
    code, out = run_since(earlier, tmp_path, "--no-rows")
    assert code == 0 and not (out / "predictions.parquet").exists()
    assert read(out)[0].baseline.paired.rows == ROWS


def test_the_earlier_run_is_not_the_one_that_is_replaced(earlier, tmp_path, capsys):
    """Else a run that failed would be its own baseline the next time, and pass."""
    out = tmp_path / "same"
    shutil.copytree(earlier, out)
    before = (out / "audit.json").read_bytes()
    assert run_cli([*flags(tmp_path, "later", 0.15), "--out", str(out), "--baseline", str(out)]) == 2
    assert "DLA110" in capsys.readouterr().err
    assert (out / "audit.json").read_bytes() == before


def test_other_rows_are_not_paired(earlier, tmp_path):
    _, out = run_since(earlier, tmp_path, seed=2)
    found = read(out)[0].baseline
    assert found.paired is None and "other labels" in found.not_paired
    assert [one for one in found.changes if one.metric == "selection_rate" and one.shown]


def test_a_configuration_names_it_from_its_own_folder(earlier, tmp_path):
    shutil.copytree(earlier, tmp_path / "before")
    rows(0.15).to_csv(tmp_path / "later.csv", index=False)
    config = tmp_path / "dlaudit.toml"
    config.write_text(
        'schema = 1\nscores = ["p"]\n[data]\npath = "later.csv"\ntarget = "y"\nid = "id"\n'
        '[slices]\nsensitive = ["sex"]\n[baseline]\npath = "before"\n',
        encoding="utf-8",
    )
    assert dlaudit.audit_config(config).baseline.paired.rows == ROWS


def test_the_python_api_compares_too(earlier):
    settings = {"baseline.path": str(earlier), "data.id": "id"}
    audit = dlaudit.audit(data=rows(0.15), target="y", sensitive="sex", scores="p", settings=settings)
    assert audit.baseline.paired.rows == ROWS
    assert {one.metric: one.status for one in audit.baseline.paired.changes}["selection_rate"] == "created"


def never(*_):
    raise AssertionError("the model was reached")


@pytest.mark.parametrize(
    ("damage", "code", "exit_code"),
    [
        (lambda text: "{", "DLA610", 3),
        (lambda text: text.replace('"schema_version": 1', '"schema_version": 99'), "DLA610", 3),
        (lambda text: json.dumps({"verdict": None}), "DLA610", 3),
        (None, "DLA111", 2),
    ],
)
def test_an_earlier_run_that_cannot_be_read_is_told_before_the_model_is_loaded(
    earlier, tmp_path, capsys, monkeypatch, damage, code, exit_code
):
    bad = tmp_path / "bad"
    shutil.copytree(earlier, bad)
    if damage is None:
        (bad / "audit.json").unlink()
    else:
        (bad / "audit.json").write_text(damage((bad / "audit.json").read_text(encoding="utf-8")), encoding="utf-8")
    monkeypatch.setattr(sys.modules["dlaudit.audit"], "open_host", never)
    assert run_since(bad, tmp_path)[0] == exit_code
    assert code in capsys.readouterr().err and not (tmp_path / "later").exists()
    with pytest.raises((InputRefused, UsageError)):
        dlaudit.audit(data=rows(0.0), target="y", sensitive="sex", scores="p", settings={"baseline.path": str(bad)})


def test_damaged_rows_of_the_earlier_run_are_a_reason(earlier, tmp_path):
    bad = tmp_path / "bad"
    shutil.copytree(earlier, bad)
    (bad / "predictions.parquet").write_bytes(b"PAR1 no more")
    code, out = run_since(bad, tmp_path)
    assert code == 0 and "cannot be read" in read(out)[0].baseline.not_paired


def test_small_counts_are_not_told_by_the_comparison(earlier, tmp_path):
    code, out = run_since(earlier, tmp_path, "--set", "report.small_cells=11")
    audit, _ = read(out)
    assert code == 0 and audit.baseline is None
    assert [one for one in audit.not_applicable if "the comparison with the earlier run" in one.what]
    assert "(not run)" in (out / "report.html").read_text(encoding="utf-8")


def test_an_earlier_run_without_small_counts_is_compared_by_what_it_shows(earlier, tmp_path):
    hidden = tmp_path / "hidden"
    assert run_cli([*flags(tmp_path, "h", 0.0), "--set", "report.small_cells=11", "--out", str(hidden)]) == 0
    _, out = run_since(hidden, tmp_path)
    found = read(out)[0].baseline
    assert "leaves out small counts" in found.not_paired and found.changes


def test_a_run_and_the_same_run_show_no_change(earlier, tmp_path):
    _, out = run_since(earlier, tmp_path, gap=0.0)
    found = read(out)[0].baseline
    assert not any(one.change.shown for one in found.paired.changes) and not any(one.shown for one in found.changes)
    assert "Nothing changed: the model" in (out / "report.html").read_text(encoding="utf-8")
