"""docs/ci.md and docs/signed-record.md can be copied and pasted: every block is run, or read as its system reads it."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from embed_runs import must_fit, write_scores

import dlaudit
from dlaudit.spec import load_config

yaml = pytest.importorskip("yaml", reason="needs PyYAML")
pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
PAGES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("ci.md", "signed-record.md")}
PINNED = re.compile(r"(?:dlaudit/dlaudit@v\d+\.\d+\.\d+|[\w-]+/[\w-]+@[0-9a-f]{40})")


def blocks(page: str, language: str) -> list[str]:
    """The blocks of a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", PAGES[page], flags=re.DOTALL)


def block(page: str, language: str, begins: str) -> str:
    (found,) = [one for one in blocks(page, language) if one.startswith(begins)]
    return found


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def a_folder(folder: Path) -> str:
    """Given scores in a folder, and the page's policy over them."""
    write_scores(folder / "test.csv", rows=4000, gap=False)
    text = (
        block("ci.md", "toml", "# dlaudit.toml")
        .replace('path = "model.pt2"\n', "")
        .replace('id = "applicant_id"\n', "")
    )
    text = text.replace('target = "approved"', 'target = "y"').replace('["race", "sex"]', '["sex"]')
    return text.replace("schema = 1\n", 'schema = 1\nscores = ["p"]\n')


def test_the_configuration_is_one(tmp_path: Path) -> None:
    (tmp_path / "dlaudit.toml").write_text(block("ci.md", "toml", "# dlaudit.toml"), encoding="utf-8")
    spec = load_config(tmp_path / "dlaudit.toml").spec
    assert [one.metric for one in spec.policy.rules] == ["true_positive_rate.difference"]


def test_the_workflow_uses_the_action_as_it_is_and_pins_every_other_one() -> None:
    workflow = yaml.safe_load(block("ci.md", "yaml", "# .github/workflows"))
    action, steps = read("action.yml"), workflow["jobs"]["audit"]["steps"]
    assert all(PINNED.fullmatch(one["uses"]) for one in steps)
    (ours,) = [one for one in steps if one["uses"].startswith("dlaudit/")]
    assert set(ours["with"]) <= set(action["inputs"])
    used = set(re.findall(r"steps\.dlaudit\.outputs\.([\w-]+)", block("ci.md", "yaml", "# .github/workflows")))
    assert used
    assert used <= set(action["outputs"])
    assert workflow["permissions"] == {"contents": "read"}


def test_every_input_and_output_of_the_action_is_on_the_page() -> None:
    action = read("action.yml")
    for name in [*action["inputs"], *action["outputs"]]:
        assert f"`{name}`" in PAGES["ci.md"], name


def test_the_gitlab_file_includes_the_template_and_sets_variables_that_it_has() -> None:
    text, template = block("ci.md", "yaml", "# .gitlab-ci.yml"), read("ci/gitlab.yml")
    written = yaml.safe_load(text)
    assert written["include"][0]["remote"].endswith("/ci/gitlab.yml")
    assert set(written["dlaudit"]["variables"]) <= set(template["dlaudit"]["variables"])
    for name in template["dlaudit"]["variables"]:
        assert f"`{name}`" in PAGES["ci.md"] or name in text or not name.startswith("DLAUDIT"), name


@pytest.mark.parametrize(
    ("begins", "schema"), [("# .github/workflows", "github-workflows"), ("# .gitlab-ci.yml", "gitlab-ci")]
)
def test_the_files_fit_the_schemas_of_their_systems(begins: str, schema: str, tmp_path: Path) -> None:
    (tmp_path / "file.yml").write_text(block("ci.md", "yaml", begins), encoding="utf-8")
    must_fit(tmp_path / "file.yml", schema)


def test_the_hooks_named_are_hooks_that_there_are() -> None:
    (repository,) = yaml.safe_load(block("ci.md", "yaml", "# .pre-commit-config.yaml"))["repos"]
    known = {one["id"] for one in read(".pre-commit-hooks.yaml")}
    assert {one["id"] for one in repository["hooks"]} <= known
    for name in known:
        assert f"`{name}`" in PAGES["ci.md"] or f"id: {name}" in PAGES["ci.md"]


def test_the_tests_of_the_page_pass_where_the_rules_hold(pytester: pytest.Pytester) -> None:
    (pytester.path / "dlaudit.toml").write_text(a_folder(pytester.path), encoding="utf-8")
    (pytester.path / "test_model.py").write_text(block("ci.md", "python", "# test_model.py"), encoding="utf-8")
    result = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "-q", "-W", "error::dlaudit.integrations.asserting.RuleWarning"
    )
    result.assert_outcomes(passed=2)


def test_the_lines_for_mlflow_log_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs the extra `mlflow`")
    from report_lending import lending

    from dlaudit.record.files import dump

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    (tmp_path / "dlaudit-report").mkdir()
    (tmp_path / "dlaudit-report" / "audit.json").write_text(dump(*lending()), encoding="utf-8")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    try:
        names: dict[str, Any] = {}
        exec(block("ci.md", "python", "import dlaudit"), names)
        data = mlflow.MlflowClient().get_run(names["run"].info.run_id).data
    finally:
        mlflow.set_tracking_uri(before)
    assert {"true_positive_rate/sex-F", "selection_rate.difference/race", "selection_rate.difference/race.low"} <= set(
        data.metrics
    )
    assert {"dlaudit.outcome", "dlaudit.undefined"} <= set(data.tags)


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_have_the_flags_that_the_page_gives_them(page: str) -> None:
    from importlib import import_module

    import click

    commands = re.findall(r"^dlaudit .*$", "\n".join(blocks(page, "bash")), flags=re.MULTILINE)
    commands += re.findall(r"`(dlaudit (?:init|list|report|sign|verify) [^`]*)`", PAGES[page])
    assert commands
    for line in commands:
        _, name, *words = shlex.split(line.partition(" > ")[0])
        command = import_module(f"dlaudit.cli.{name}_command").command
        assert isinstance(command, click.Command)
        command.make_context(name, words).close()


def test_a_run_is_signed_and_verified_as_the_page_says(tmp_path: Path, dlaudit_command: Callable[..., Any]) -> None:
    (tmp_path / "dlaudit.toml").write_text(a_folder(tmp_path), encoding="utf-8")
    audit = dlaudit.audit(config=tmp_path / "dlaudit.toml", settings={"discover.enabled": False})
    verdict = dlaudit.judge(audit, dlaudit.Policy.from_toml(tmp_path / "dlaudit.toml"))
    from dlaudit.record.files import dump

    (tmp_path / "dlaudit-report").mkdir()
    (tmp_path / "dlaudit-report" / "audit.json").write_text(dump(audit, verdict), encoding="utf-8")
    for line in blocks("signed-record.md", "bash")[0].splitlines():
        done = dlaudit_command(*shlex.split(line)[1:], cwd=tmp_path)
        assert done.code == 0, done.err
