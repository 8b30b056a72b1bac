"""What is written to disk: nothing of a row with `none`, in any file of the run, in `report`, `diff` and a notebook."""

from pathlib import Path

import pandas as pd
import pytest
from tiny_audits import SECRET, scores

from dlaudit.cli.app import run_cli
from dlaudit.integrations.notebook import repr_html

TOWN = "Bad Blumau"
ROW_FILES = {"predictions.parquet"}


@pytest.fixture
def preds(tmp_path, monkeypatch):
    """A file of scores with secrets in its cells."""
    scores(tmp_path, "none")
    frame = pd.read_csv(tmp_path / "rows.csv")
    frame.loc[3, "town"] = TOWN
    frame.to_csv(tmp_path / "rows.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*more: str) -> int:
    flags = ["--scores", "rows.csv", "--score", "p", "--target", "y", "--sensitive", "sex", "--no-config", "-q"]
    pinned = ["--set", "data.id=who", "--set", "slices.min_size=10", "--set", "discover.enabled=false"]
    return run_cli(["run", *flags, *pinned, *more])


def holding(folder: Path, secret: str) -> set[str]:
    """Files of a run that hold a text, in any case, as it stands or in a table."""
    found = set()
    for file in sorted(folder.rglob("*")):
        text = pd.read_parquet(file).to_csv() if file.suffix == ".parquet" else file.read_bytes().decode("utf-8")
        if secret.lower() in text.lower():
            found.add(file.name)
    return found


def test_with_none_no_file_holds_anything_of_a_row(preds):
    assert run("--out", "out", "--no-rows") == 0
    assert {one.name for one in (preds / "out").iterdir()} >= {"audit.json", "report.html", "summary.md"}
    assert holding(preds / "out", SECRET) == set() and holding(preds / "out", TOWN) == set()
    assert "Examples were not written to this file" in (preds / "out" / "report.html").read_text()


def test_with_none_only_the_private_tables_of_rows_hold_their_ids(preds):
    assert run("--out", "out") == 0
    assert holding(preds / "out", SECRET) == ROW_FILES
    assert all((preds / "out" / name).stat().st_mode & 0o077 == 0 for name in ROW_FILES)


def test_the_search_would_have_found_them(preds):
    assert run("--out", "out", "--no-rows", "--examples", "full") == 0
    assert holding(preds / "out", SECRET) == {"audit.json", "report.html"}


def test_masked_files_hold_no_secret(preds):
    assert run("--out", "out", "--no-rows", "--examples", "masked") == 0
    assert holding(preds / "out", SECRET) == set() and holding(preds / "out", TOWN) == set()
    assert 'class="card' in (preds / "out" / "report.html").read_text()


def test_small_counts_win_over_examples(preds):
    assert run("--out", "out", "--examples", "full", "--set", "report.small_cells=5") == 0
    assert holding(preds / "out", SECRET) == set()
    assert "count of one" in (preds / "out" / "report.html").read_text()


def test_a_report_of_a_run_with_examples_can_be_written_again_with_and_without_them(preds):
    assert run("--out", "out", "--no-rows", "--examples", "full") == 0
    assert run_cli(["report", "out", "--out", "again"]) == 0
    assert (preds / "again" / "report.html").read_bytes() == (preds / "out" / "report.html").read_bytes()
    assert run_cli(["report", "out", "--out", "bare", "--no-examples"]) == 0
    assert holding(preds / "bare", SECRET) == set()
    assert run_cli(["report", "out", "--no-examples"]) == 0
    assert holding(preds / "out", SECRET) == set()


def test_publishing_a_run_with_examples_leaves_them_out(preds):
    assert run("--out", "out", "--no-rows", "--examples", "full") == 0
    (preds / "dlaudit.toml").write_text("schema = 1\n[report]\nsmall_cells = 5\n")
    assert run_cli(["report", "out", "--out", "published"]) == 0
    assert holding(preds / "published", SECRET) == set()


def test_a_comparison_of_two_runs_holds_no_row(preds, capsys):
    assert run("--out", "old", "--examples", "full") == 0
    assert run("--out", "new", "--examples", "full") == 0
    assert run_cli(["diff", "old", "new", "--html", "changes.html"]) in {0, 1}
    assert SECRET not in (preds / "changes.html").read_text() + capsys.readouterr().out


def test_an_index_of_runs_holds_no_row(preds):
    assert run("--out", "out", "--examples", "full") == 0
    assert run_cli(["report", "--index", "out", "--out", "models.html"]) == 0
    assert SECRET not in (preds / "models.html").read_text()


def test_a_notebook_shows_what_was_asked_for_and_hides_small_counts_with_them(tmp_path):
    shown = scores(tmp_path, "full")
    assert SECRET in repr_html(shown)
    assert SECRET not in repr_html(shown.with_small_cells(5))
    assert SECRET not in repr_html(scores(tmp_path, "none"))
