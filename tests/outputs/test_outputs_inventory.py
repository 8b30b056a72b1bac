"""The index over many runs."""

import re
import shutil
from pathlib import Path

import pytest
from report_audits import ALL, hostile, lending

from dlaudit.cli.app import run_cli
from dlaudit.errors import UsageError
from dlaudit.outputs.inventory import render_inventory, runs_in
from dlaudit.outputs.view.inventory import Run, inventory
from dlaudit.stages.write import rewrite_files


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder of three runs, one of them two levels down, and one that is broken."""
    root = tmp_path_factory.mktemp("models")
    rewrite_files(root / "lending", lending(), rows_from=None)
    rewrite_files(root / "team" / "a & b", ALL["multiclass"](), rows_from=None)
    rewrite_files(root / "hostile", hostile(), rows_from=None)
    (root / "broken").mkdir()
    (root / "broken" / "audit.json").write_text("{", encoding="utf-8")
    return root


def test_runs_are_found_two_levels_down_and_once_each(models):
    runs = runs_in([str(models), str(models / "lending")], models / "index.html")
    assert len(runs) == 4 and sum(run.audit is None for run in runs) == 1
    assert {run.href for run in runs} == {
        None,
        "./lending/report.html",
        "./hostile/report.html",
        "./team/a%20%26%20b/report.html",
    }


def test_what_needs_somebody_stands_first():
    made = [Run(place=name, href=None, audit=audit, verdict=verdict) for name, (audit, verdict) in cases().items()]
    rows = inventory(made).rows
    assert [row.outcome for row in rows] == sorted(
        (row.outcome for row in rows), key=["fail", "undecided", "none", "pass"].index
    )


def cases():
    return {name: make() for name, make in ALL.items()}


def test_the_page_is_safe_and_has_every_run(models):
    html = render_inventory(runs_in([str(models)], models / "index.html"))
    assert html.count('scope="row"') == 3 and "broken" in html
    assert "<img" not in html and "style=" not in html and len(re.findall(r"<script", html)) == 1


def test_the_command_says_what_could_not_be_read(models, tmp_path, capsys):
    out = tmp_path / "index.html"
    assert run_cli(["report", "--index", str(models), "--out", str(out)]) == 3
    assert "3 runs, 1 could not be read" in capsys.readouterr().out and out.is_file()


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no finished run"):
        runs_in([str(tmp_path)], tmp_path / "index.html")
    with pytest.raises(UsageError, match="no such directory"):
        runs_in([str(tmp_path / "nothing")], tmp_path / "index.html")


def test_what_cannot_be_looked_into_is_listed_with_the_reason(models, tmp_path, monkeypatch, capsys):
    (tmp_path / "locked").mkdir()
    (tmp_path / "secret" / "run").mkdir(parents=True)
    shutil.copytree(models / "lending", tmp_path / "lending")
    looked, asked = Path.iterdir, Path.is_file

    def iterdir(self):
        if self.name == "locked":
            raise PermissionError(13, "Permission denied", str(self))
        return looked(self)

    def is_file(self):
        if self.parent.name == "run":
            raise PermissionError(13, "Permission denied", str(self))
        return asked(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    monkeypatch.setattr(Path, "is_file", is_file)
    out = tmp_path / "index.html"
    assert run_cli(["report", "--index", str(tmp_path), "--out", str(out)]) == 3
    assert "1 runs, 2 could not be read" in capsys.readouterr().out
    html = out.read_text(encoding="utf-8")
    assert html.count("Permission denied") == 2 and "locked" in html and "secret" in html


def test_a_run_whose_file_is_broken_is_listed_with_the_reason(tmp_path):
    whole = {"nothing": "", "list": "[]", "newer": '{"schema_version": 99}', "half": '{"schema_version": 1'}
    for name, content in whole.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "audit.json").write_text(content, encoding="utf-8")
    (tmp_path / "latin").mkdir()
    (tmp_path / "latin" / "audit.json").write_bytes(b"\xff\xfe")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "audit.json").symlink_to(tmp_path / "gone.json")
    runs = {Path(run.place).name: run.fault for run in runs_in([str(tmp_path)], tmp_path / "index.html")}
    assert set(runs) == {*whole, "latin"} and all(runs.values())
    assert "newer" in runs["newer"] and "UTF-8" in runs["latin"]


def test_two_runs_without_index_are_refused(models, capsys):
    assert run_cli(["report", str(models / "lending"), str(models / "hostile")]) == 2
    assert "--index" in capsys.readouterr().err


def test_a_pdf_needs_a_browser_and_says_so(models, tmp_path, monkeypatch, capsys):
    run = tmp_path / "run"
    shutil.copytree(models / "lending", run)
    before = (run / "report.html").read_bytes()
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "no-such-browser"))
    assert run_cli(["report", str(run), "--pdf"]) == 2
    assert "DLA711" in capsys.readouterr().err
    assert (run / "report.html").read_bytes() == before and not (run / "report.pdf").exists()


def test_a_browser_that_fails_leaves_the_run_as_it_was(models, tmp_path, monkeypatch, capsys):
    run, browser = tmp_path / "run", tmp_path / "browser"
    shutil.copytree(models / "lending", run)
    browser.write_text("#!/bin/sh\necho 'it \x1b[31mbroke' >&2\nexit 9\n", encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(browser))
    assert run_cli(["report", str(run), "--pdf"]) == 5
    told = capsys.readouterr().err
    assert "DLA712" in told and "exit code 9" in told and "\x1b" not in told
    assert not (run / "report.pdf").exists()
