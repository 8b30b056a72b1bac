"""A translation reaches every page that people read, from every command, and no file that machines read."""

from pathlib import Path

import pytest
import report_lending
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from click.testing import CliRunner, Result

from dlaudit.cli.app import app
from dlaudit.errors import UsageError
from dlaudit.integrations.conversions import write_report
from dlaudit.outputs.directory import write_run
from dlaudit.outputs.look import left_in_english, look_of
from dlaudit.stages.write import rendered, rewrite_files

BADGE = "Außerhalb der Toleranz"


@pytest.fixture
def german(tmp_path: Path) -> Path:
    path = tmp_path / "de.mo"
    with (Path(__file__).parent / "de.po").open("rb") as source, path.open("wb") as file:
        write_mo(file, read_po(source))
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    out = tmp_path / "run"
    write_run(out, rendered(*report_lending.lending()))
    return out


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_finished_run_is_written_again_in_german(run, german, tmp_path, dlaudit_command):
    out = tmp_path / "german"
    done = dlaudit_command("report", run, "--out", out, "--language", german, cwd=tmp_path)
    assert done.code == 0, done.err
    assert '<html lang="de">' in read(out / "report.html") and BADGE in read(out / "report.html")
    assert BADGE in read(out / "summary.md")
    for name in ("junit.xml", "audit.sarif", "disparities.csv", "audit.json"):
        assert read(out / name) == read(run / name), f"{name} is read by machines"
    assert "sentences of this report are not in" in done.err and str(german) in done.err


def report(*arguments: object) -> Result:
    """`dlaudit report` in this process."""
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def test_the_configuration_can_name_the_language(run, german, tmp_path, monkeypatch):
    (tmp_path / "dlaudit.toml").write_text('[report]\nlanguage = "de.mo"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = report(run, "--out", tmp_path / "german")
    assert done.exception is None, done.exception
    assert BADGE in read(tmp_path / "german" / "report.html")


def test_an_index_speaks_german_too(run, german, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = report("--index", run, "--language", german)
    assert done.exception is None, done.exception
    assert '<html lang="de">' in read(tmp_path / "dlaudit-index.html") and BADGE in read(
        tmp_path / "dlaudit-index.html"
    )


def test_a_file_that_cannot_be_used_is_told_and_nothing_is_written(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "de.mo").write_bytes(b"msgid")
    done = report(run, "--out", tmp_path / "german", "--language", "de.mo")
    assert isinstance(done.exception, UsageError) and done.exception.code == "DLA115"
    assert not (tmp_path / "german").exists()


def test_python_writes_it_as_well_and_warns_of_what_is_missing(german, tmp_path):
    audit, verdict = report_lending.lending()
    with pytest.warns(UserWarning, match="stand in English"):
        path = write_report(audit, tmp_path / "r.html", verdict, language=german)
    assert BADGE in read(path)
    with pytest.raises(UsageError, match="no such file"):
        write_report(audit, tmp_path / "r.html", verdict, language="missing.mo")


def test_a_pdf_and_own_templates_speak_it_too(german, tmp_path, monkeypatch):
    own = tmp_path / "own"
    (own / "sections").mkdir(parents=True)
    (own / "sections" / "glossary.html.j2").write_text(
        "<p>{{ _('Verdict') }} {{ page.title|name }}</p>", encoding="utf-8"
    )
    printed = []
    monkeypatch.setattr("dlaudit.stages.write.print_pdf", lambda html: printed.append(html) or b"%PDF")
    look = look_of(own, german)
    rewrite_files(tmp_path / "run", report_lending.lending(), rows_from=None, look=look, pdf=True)
    assert "<p>Urteil " in printed[0] and "<p>Urteil " in read(tmp_path / "run" / "report.html")
    assert left_in_english(look)
