"""Two finished runs compared: row by row where they scored the same rows, else from their figures."""

import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from report_audits import hostile, lending

from dlaudit.audit import run
from dlaudit.cli.app import run_cli
from dlaudit.metrics.changes import disparity_changes
from dlaudit.outputs.diff import diff_text, render_diff
from dlaudit.record.files import read
from dlaudit.spec import load_config
from dlaudit.stages.diff import compare_runs

ROWS = 3_000


def scored(path, *, gap: float, seed: int = 1, rows: int = ROWS):
    """Scores of a model that gives women less by `gap`; the rows and labels depend on the seed alone."""
    generator = np.random.default_rng(seed)
    sex = np.where(generator.random(rows) < 0.5, "F", "M")
    label = (generator.random(rows) < 0.5).astype(int)
    score = 0.5 + 0.3 * (label - 0.5) + generator.normal(0, 0.2, rows) - gap * (sex == "F")
    frame = pd.DataFrame({"id": np.arange(rows), "y": label, "sex": sex, "p": score.clip(0, 1)})
    frame.to_csv(path, index=False)


def audited(folder, name, **how):
    data, out = folder / f"{name}.csv", folder / name
    scored(data, **how)
    flags = ["--scores", str(data), "--score", "p", "--target", "y", "--sensitive", "sex", "--set", "data.id=id"]
    assert run_cli(["run", *flags, "--no-config", "--out", str(out), "-q"]) == 0
    return str(out)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """An even model, one that gives women less, and both again on other rows."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        "even": audited(folder, "even", gap=0.0),
        "odd": audited(folder, "odd", gap=0.15),
        "elsewhere": audited(folder, "elsewhere", gap=0.15, seed=2),
        "few": audited(folder, "few", gap=0.15, rows=300),
    }


def compared(old, new):
    return compare_runs(old, new, load_config(None, {}).spec, run)


def test_a_gap_that_came_is_created_and_one_that_went_is_removed(runs):
    came, went = compared(runs["even"], runs["odd"]), compared(runs["odd"], runs["even"])
    assert came.not_paired == "" and came.paired.rows == ROWS and (came.only_old, came.only_new) == (0, 0)
    status = {one.metric: one.status for one in came.paired.changes}
    assert status["selection_rate"] == "created"
    assert {one.metric: one.status for one in went.paired.changes}["selection_rate"] == "removed"


def test_the_same_run_twice_shows_no_change(runs):
    same = compared(runs["even"], runs["even"])
    assert all(one.change.value == 0 for one in same.paired.changes)
    assert not any(one.change.shown for one in same.paired.changes)
    assert same.settings == [] and same.findings_new == [] and same.findings_gone == []
    assert not any(one.shown for one in same.changes)


def test_the_paired_change_is_that_of_the_rows_counted_by_hand(runs):
    before, after = (pq.read_table(f"{runs[name]}/predictions.parquet").to_pandas() for name in ("even", "odd"))
    rate = [frame.groupby("sex")["prediction"].apply(lambda one: (one == "1").mean()) for frame in (before, after)]
    change = compared(runs["even"], runs["odd"]).paired.changes
    (found,) = [one for one in change if one.metric == "selection_rate"]
    sign = 1 if found.slice == "sex=F" else -1
    for estimate, by in zip((found.base, found.tuned), rate, strict=True):
        assert estimate.value == pytest.approx(sign * (by["F"] - by["M"]), abs=1e-12)


def test_labels_that_changed_are_said_and_nothing_is_paired(runs, tmp_path):
    found = compared(runs["odd"], runs["elsewhere"])
    assert found.paired is None and "other labels" in found.not_paired
    assert [one for one in found.changes if one.metric == "selection_rate"]


def test_rows_that_only_one_run_has_are_counted(runs):
    smaller = tmp_copy(runs["odd"], rows=1_000)
    found = compared(runs["even"], smaller)
    assert (found.only_old, found.only_new, found.paired.rows) == (ROWS - 1_000, 0, 1_000)


def tmp_copy(run, *, rows):
    out = f"{run}-smaller"
    shutil.copytree(run, out)
    path = f"{out}/predictions.parquet"
    pq.write_table(pq.read_table(path).slice(0, rows), path)
    return out


def test_a_run_without_rows_is_compared_by_its_figures(runs, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(runs["odd"], bare)
    (bare / "predictions.parquet").unlink()
    found = compared(runs["even"], str(bare))
    assert "kept no rows" in found.not_paired
    (gap,) = [one for one in found.changes if one.metric == "selection_rate" and one.kind == "difference"]
    assert gap.shown and gap.change.low > 0
    paired = [one for one in compared(runs["even"], runs["odd"]).paired.changes if one.metric == "selection_rate"]
    assert paired[0].change.high - paired[0].change.low < gap.change.high - gap.change.low


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-200])


def not_parquet(path):
    path.write_bytes(b"not a table at all")


def other_types(path):
    table = pq.read_table(path)
    at = table.column_names.index("score")
    pq.write_table(table.set_column(at, "score", pa.array(["no number"] * len(table))), path)


def lists_for_ids(path):
    table = pq.read_table(path)
    at = table.column_names.index("row_id")
    pq.write_table(table.set_column(at, "row_id", pa.array([[1]] * len(table))), path)


def without(name):
    def damage(path):
        pq.write_table(pq.read_table(path).drop_columns([name]), path)

    return damage


def no_rows_at_all(path):
    pq.write_table(pq.read_table(path).slice(0, 0), path)


def turned_levels(path):
    table = pq.read_table(path)
    at = table.column_names.index("sex")
    pq.write_table(table.set_column(at, "sex", pa.array(["F"] * len(table))), path)


def numbers_that_are_none(path):
    table = pq.read_table(path)
    at = table.column_names.index("score")
    pq.write_table(table.set_column(at, "score", pa.array([float("nan")] * len(table))), path)


DAMAGES = {
    "cut short": (cut_short, "cannot be read"),
    "not a table": (not_parquet, "cannot be read"),
    "scores that are text": (other_types, "do not fit together"),
    "ids that are lists": (lists_for_ids, "do not fit together"),
    "no scores": (without("score"), "other columns"),
    "no labels": (without("target"), "other columns"),
    "no ids": (without("row_id"), "other columns"),
    "no rows": (no_rows_at_all, "no row id"),
    "other levels": (turned_levels, "other sensitive features"),
    "scores that are no numbers": (numbers_that_are_none, ""),
}


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize("name", DAMAGES)
def test_kept_rows_that_are_damaged_are_a_reason_and_no_fault(runs, tmp_path, name, side):
    damage, told = DAMAGES[name]
    bad = tmp_path / "bad"
    shutil.copytree(runs["odd"], bad)
    damage(bad / "predictions.parquet")
    pair = (str(bad), runs["even"]) if side == "old" else (runs["even"], str(bad))
    found = compared(*pair)
    assert found.paired is None and told in found.not_paired
    assert [one for one in found.changes if one.metric == "selection_rate"]


def test_labels_in_other_chunks_and_without_a_number_are_still_the_same(runs, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(runs["odd"], again)
    pq.write_table(pq.read_table(runs["odd"] + "/predictions.parquet"), again / "predictions.parquet", row_group_size=7)
    assert compared(runs["even"], str(again)).paired.rows == ROWS


def test_row_ids_twice_are_not_paired(runs, tmp_path):
    twice = tmp_path / "twice"
    shutil.copytree(runs["odd"], twice)
    table = pq.read_table(twice / "predictions.parquet")
    at = table.column_names.index("row_id")
    ids = pc.if_else(pa.array(np.arange(len(table)) < 2), "1", table["row_id"])
    pq.write_table(table.set_column(at, "row_id", ids), twice / "predictions.parquet")
    assert "not unique" in compared(runs["even"], str(twice)).not_paired


def test_two_small_runs_show_nothing_where_a_large_one_does(runs):
    few = disparity_changes(read(runs["few"])[0], read(runs["few"])[0])
    assert few and not any(one.shown for one in few)
    assert all(one.change.value == 0 for one in few if one.change.value is not None)


def test_undefined_is_not_nought():
    audit = lending()[0]
    nothing = {"value": None, "low": None, "high": None, "undefined": "no positives"}
    other = audit.model_copy(update={"disparities": [one.model_copy(update=nothing) for one in audit.disparities]})
    for one in disparity_changes(other, audit):
        assert one.change.value is None and "earlier" in one.change.undefined and not one.shown


def test_the_command_tells_and_writes_a_page(runs, tmp_path, capsys):
    page = tmp_path / "diff.html"
    assert run_cli(["diff", runs["even"], runs["odd"], "--html", str(page)]) == 0
    told = capsys.readouterr().out
    assert "created" in told and "selection rate" in told and str(page) in told
    html = page.read_text(encoding="utf-8")
    assert "Content-Security-Policy" in html and "created" in html and "style=" not in html


def test_json_is_the_record(runs, capsys):
    assert run_cli(["diff", runs["even"], runs["odd"], "-f", "json"]) == 0
    assert '"paired"' in capsys.readouterr().out


def test_there_must_be_two_runs(runs, tmp_path, capsys):
    assert run_cli(["diff", runs["even"], str(tmp_path / "none")]) == 2
    assert "DLA111" in capsys.readouterr().err


def test_hostile_names_stay_text(runs):
    audit, _ = hostile()
    found = compared(runs["even"], runs["odd"])
    changed = found.model_copy(
        update={
            "new": found.new.model_copy(update={"title": "<img src=x onerror=alert(1)>\u202e", "place": "\x1b[2J"}),
            "changes": disparity_changes(audit, audit),
            "slices_new": [one.id for one in audit.slices],
        }
    )
    html = render_diff(changed, audit)
    assert "<img" not in html and "\u202e" not in html and "\x1b" not in html
    assert "\x1b" not in diff_text(changed, audit)
