"""`dlaudit init`: what it writes works at once, also in CI, and nothing is overwritten."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from dlaudit.cli.app import run_cli
from dlaudit.spec import load_config
from tests.conftest import Done

Command = Callable[..., Done]
ROWS = "id,sex,y,p\n" + "".join(f"{at},{'FM'[at % 2]},{at % 3 > 0:d},{0.1 + 0.8 * (at % 2):.1f}\n" for at in range(80))
SCORES = ("init", "--scores", "d.csv", "--score", "p", "--target", "y")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    (tmp_path / "d.csv").write_text(ROWS)
    return tmp_path


def test_the_file_pins_what_was_guessed_so_that_ci_takes_it(rows: Path, dlaudit_command: Command) -> None:
    done = dlaudit_command(*SCORES, cwd=rows)
    assert done.code == 0, done.err
    text = (rows / "dlaudit.toml").read_text()
    written = tomllib.loads(text)
    assert written["slices"] == {"sensitive": ["sex"]}
    assert written["data"] == {"path": "d.csv", "target": "y", "id": "id"}
    assert written["scores"] == ["p"]
    assert "# guessed: columns called like demographic ones\nsensitive" in text
    assert "# [[rule]]" in text, "no limit is chosen for anybody"
    run = dlaudit_command("run", "--quiet", cwd=rows, env={"CI": "true"})
    assert run.code == 0, run.err
    without = dlaudit_command("run", "--quiet", "--no-config", *SCORES[1:], cwd=rows, env={"CI": "true"})
    assert without.code == 2, "what the file pins is what CI refuses to guess"


def test_a_model_is_described_by_what_it_is(lending: Path, tmp_path: Path, dlaudit_command: Command) -> None:
    for name in ("model.pt2", "test.csv"):
        (tmp_path / name).write_bytes((lending / name).read_bytes())
    asked = ("--target", "approve", "--sensitive", "race,sex", "--set", "model.threshold=0.8")
    done = dlaudit_command("init", "model.pt2", "--data", "test.csv", *asked, cwd=tmp_path)
    assert done.code == 0, done.err
    spec = load_config(tmp_path / "dlaudit.toml").spec
    assert (spec.model.task, spec.model.output, spec.model.threshold) == ("binary", "probability", 0.8)
    assert spec.slices.sensitive == ["race", "sex"]
    checked = dlaudit_command("check", "-f", "json", cwd=tmp_path, env={"CI": "true"})
    assert checked.code == 0, checked.err
    assert checked.json["guesses"] == []


@pytest.mark.parametrize("taken", ["dlaudit.toml", ".github/workflows/dlaudit.yml"])
def test_nothing_is_overwritten_and_then_nothing_is_written(rows: Path, taken: str, dlaudit_command: Command) -> None:
    (rows / taken).parent.mkdir(parents=True, exist_ok=True)
    (rows / taken).write_text("mine")
    before = sorted(str(one) for one in rows.rglob("*"))
    done = dlaudit_command(*SCORES, "--ci", "github", cwd=rows)
    assert done.code == 2
    assert "DLA110" in done.err
    assert (rows / taken).read_text() == "mine"
    assert sorted(str(one) for one in rows.rglob("*")) == before


def test_a_fault_of_the_data_leaves_no_file(tmp_path: Path, dlaudit_command: Command) -> None:
    (tmp_path / "d.csv").write_text(ROWS + "1,F\n")
    done = dlaudit_command(*SCORES, "--sensitive", "race", cwd=tmp_path)
    assert done.code == 3
    assert [one.name for one in tmp_path.iterdir()] == ["d.csv"]


def test_names_of_columns_are_quoted_as_toml_wants_them(tmp_path: Path, dlaudit_command: Command) -> None:
    (tmp_path / "d.csv").write_text(ROWS.replace("sex", '"se""x = [\\ #"', 1))
    done = dlaudit_command(*SCORES, "--sensitive", 'se"x = [\\ #', cwd=tmp_path)
    assert done.code == 0, done.err
    assert tomllib.loads((tmp_path / "dlaudit.toml").read_text())["slices"]["sensitive"] == ['se"x = [\\ #']
    assert dlaudit_command("check", "--quiet", cwd=tmp_path).code == 0


@pytest.mark.parametrize("ci", ["github", "gitlab", "pre-commit"])
def test_files_for_ci_are_yaml_that_calls_dlaudit(rows: Path, ci: str, dlaudit_command: Command) -> None:
    done = dlaudit_command(*SCORES, "--ci", ci, cwd=rows)
    assert done.code == 0, done.err
    made = [Path(line.removeprefix("wrote ")) for line in done.out.splitlines() if line.startswith("wrote ")]
    assert len(made) == 2
    text = (rows / made[1]).read_text()
    assert yaml.safe_load(text)
    assert "dlaudit " in text
    assert "${{" not in text, "nothing of an event is put into a shell"
    judges = ci != "pre-commit"
    assert ("the job in CI" in done.out) == judges
    assert ("run without --no-rows" in text) == judges, "it says which run makes a baseline"


def test_a_file_for_ci_is_added_beside_a_dlaudit_toml_that_is_there(rows: Path, dlaudit_command: Command) -> None:
    (rows / "dlaudit.toml").write_text("schema = 1\n")
    refused = dlaudit_command(*SCORES, "--ci", "gitlab", cwd=rows)
    assert refused.code == 2 and "`dlaudit init --ci gitlab` alone" in refused.err
    done = dlaudit_command("init", "--ci", "gitlab", cwd=rows)
    assert done.code == 0 and "stays as it is" in done.out, done.err
    assert (rows / "dlaudit.toml").read_text() == "schema = 1\n" and (rows / "dlaudit.gitlab-ci.yml").exists()
    assert dlaudit_command("init", "--ci", "gitlab", cwd=rows).code == 2, "nothing is overwritten"


def test_columns_of_two_values_are_named_first_where_the_target_is_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"c{at}" for at in range(13)]
    lines = [",".join([*[str(at)] * 13, "yes" if at % 2 else "no", "" if at else "x"]) for at in range(20)]
    (tmp_path / "d.csv").write_text("\n".join([",".join([*names, "approved", "note"]), *lines]))
    monkeypatch.chdir(tmp_path)
    assert run_cli(["init", "--scores", "d.csv", "--score", "c0", "--sensitive", "approved"]) == 2
    assert "one of 'approved', 'c0', 'c1'" in capsys.readouterr().err
