"""The pytest plugin in test runs of its own: the engine of the command line, light to register, silent if all holds."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from embed_runs import SETTINGS, write_scores

import dlaudit
from dlaudit.errors import UsageError
from dlaudit.integrations.asserting import RuleWarning
from dlaudit.integrations.remembered import Remembered

pytest_plugins = ["pytester"]

RULE = "selection_rate.difference by sex max 0.05"


@pytest.fixture(scope="module", autouse=True)
def _libraries_are_loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Test runs inside this process forget the modules that they import, and NumPy cannot be imported twice."""
    scores = write_scores(tmp_path_factory.mktemp("loaded") / "scores.csv", rows=40, gap=True)
    audit = dlaudit.audit(data=scores, scores="p", target="y", sensitive=["sex"])
    dlaudit.judge(audit, dlaudit.Policy.from_rules(RULE))
    audit.to_html(scores.with_name("report.html"))


def ran(pytester: pytest.Pytester, body: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(body)
    plugins = ("-p", "no:cacheprovider", "-p", "no:jaxtyping")
    return pytester.runpytest_inprocess(*plugins, "-W", "default", "-q", *arguments)


def a_test(rule: str, settings: str = SETTINGS, more: str = "") -> str:
    return f"""
        from dlaudit import assert_rule

        def test_the_model(dlaudit_audit):
            assert_rule(dlaudit_audit({settings}), {rule!r}{more})
    """


def test_a_rule_that_holds_passes_and_says_nothing(pytester: pytest.Pytester) -> None:
    write_scores(pytester.path / "scores.csv", rows=4000, gap=False)
    result = ran(pytester, a_test(RULE), "-W", "error")
    result.assert_outcomes(passed=1)


def test_a_broken_rule_fails_with_the_sentence_of_the_report(pytester: pytest.Pytester) -> None:
    scores = write_scores(pytester.path / "scores.csv", rows=400, gap=True)
    result = ran(pytester, a_test(RULE))
    result.assert_outcomes(failed=1)
    audit = dlaudit.audit(data=scores, scores="p", target="y", sensitive=["sex"])
    verdict = dlaudit.judge(audit, dlaudit.Policy.from_rules(RULE))
    page = audit.to_html(pytester.path / "report.html", verdict).read_text(encoding="utf-8")
    told = str(result.stdout)
    assert verdict.checks[0].reason in told
    shown = " ".join(re.sub(r"<[^>]+>", "", page).split())
    sentence = re.search(r"AssertionError: rule broken: .*?: (People .*?you allowed[^.]*\.)", told)
    assert sentence is not None
    assert " ".join(sentence[1].split()).rstrip(".") in shown
    assert "asserting.py" not in told, "the frames of dlaudit are hidden"


def test_an_undecided_rule_fails_unless_the_call_the_flag_or_the_ini_file_says_otherwise(
    pytester: pytest.Pytester,
) -> None:
    write_scores(pytester.path / "scores.csv", rows=40, gap=False)
    ran(pytester, a_test(RULE)).assert_outcomes(failed=1)
    ran(pytester, a_test(RULE, more=', undecided="skip"')).assert_outcomes(skipped=1)
    ran(pytester, a_test(RULE), "--dlaudit-undecided", "skip").assert_outcomes(skipped=1)
    ran(pytester, a_test(RULE), "--dlaudit-undecided=pass").assert_outcomes(passed=1, warnings=1)
    pytester.makeini("[pytest]\ndlaudit_undecided = skip\n")
    skipped = ran(pytester, a_test(RULE), "-rs")
    skipped.assert_outcomes(skipped=1)
    assert "rule undecided: " in str(skipped.stdout)
    ran(pytester, a_test(RULE), "--dlaudit-undecided", "fail").assert_outcomes(failed=1)
    ran(pytester, a_test(RULE)).assert_outcomes(skipped=1)


def test_an_unknown_choice_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ndlaudit_undecided = shrug\n")
    result = ran(pytester, a_test(RULE))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "expected one of fail, skip, pass" in str(result.stderr)


def test_a_broken_rule_of_level_warning_warns_and_passes(pytester: pytest.Pytester) -> None:
    write_scores(pytester.path / "scores.csv", rows=400, gap=True)
    body = f"""
        import dlaudit

        def test_the_model(dlaudit_audit):
            rule = dlaudit.Rule(metric="selection_rate.difference", by="sex", max=0.05, level="warning")
            verdict = dlaudit.assert_rule(dlaudit_audit({SETTINGS}), rule)
            assert verdict.outcome == "none"
    """
    result = ran(pytester, body)
    result.assert_outcomes(passed=1, warnings=1)
    assert "RuleWarning" in str(result.stdout)


def test_a_finished_run_and_a_configuration_are_judged_as_the_gate_judges_them(
    pytester: pytest.Pytester, dlaudit_command: Callable[..., object]
) -> None:
    write_scores(pytester.path / "scores.csv", rows=400, gap=True)
    (pytester.path / "dlaudit.toml").write_text(
        'schema = 1\nscores = ["p"]\n[data]\npath = "scores.csv"\ntarget = "y"\n[slices]\nsensitive = ["sex"]\n'
        '[[rule]]\nmetric = "selection_rate.difference"\nby = "sex"\nmax = 0.05\n',
        encoding="utf-8",
    )
    done = dlaudit_command("run", "--out", "run", "--format", "json", cwd=pytester.path)
    assert done.code == 1, done.err
    body = """
        import json
        from pathlib import Path

        import dlaudit
        import pytest

        POLICY = dlaudit.Policy.from_toml("dlaudit.toml")

        @pytest.mark.parametrize("given", [{"run": "run"}, {"model": "run"}, {"config": "dlaudit.toml"}])
        def test_the_model(dlaudit_audit, given):
            with pytest.raises(AssertionError) as broken:
                dlaudit.assert_rule(dlaudit_audit(**given), POLICY)
            written = json.loads(Path("run/audit.json").read_text())["verdict"]
            assert written["checks"][0]["reason"] in str(broken.value)
            assert dlaudit.judge(dlaudit_audit(**given), POLICY).model_dump(mode="json") == written
    """
    ran(pytester, body).assert_outcomes(passed=3)


def test_registering_the_plugin_imports_neither_torch_nor_numpy(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import json, pathlib, sys\n\n"
        "def test_nothing():\n"
        "    pathlib.Path('modules.json').write_text(json.dumps(sorted(sys.modules)))\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "dlaudit.integrations.pytest_plugin", "-W", "error"]
    surroundings = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=tmp_path, env=surroundings, check=True, capture_output=True)
    heavy = {"torch", "numpy", "pandas", "pydantic", "scipy", "pyarrow", "jinja2", "sklearn"}
    assert not heavy & set(json.loads((tmp_path / "modules.json").read_text(encoding="utf-8")))


def test_the_plugin_is_registered_by_its_entry_point() -> None:
    from importlib.metadata import entry_points

    (found,) = [one for one in entry_points(group="pytest11") if one.name == "dlaudit"]
    assert found.load().__name__ == "dlaudit.integrations.pytest_plugin"


def test_the_same_files_are_audited_once_and_changed_files_again(tmp_path: Path) -> None:
    scores = write_scores(tmp_path / "scores.csv", rows=40, gap=True)
    remembered, given = Remembered(), {"scores": "p", "target": "y", "sensitive": ["sex"]}
    first = remembered.audit(data=scores, **given)
    assert remembered.audit(data=str(scores), **given) is not None
    assert remembered.audit(data=scores, **given) is first
    assert remembered.audit(data=scores, settings={"model.threshold": 0.95}, **given) is not first
    write_scores(scores, rows=41, gap=True)
    assert remembered.audit(data=scores, **given).data.scored == 82


def test_objects_of_the_process_are_audited_at_every_call(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.read_csv(write_scores(tmp_path / "scores.csv", rows=40, gap=True))
    remembered, given = Remembered(), {"scores": "p", "target": "y", "sensitive": ["sex"]}
    before = remembered.audit(data=frame, **given).measurement("selection_rate", "sex=F").value
    frame["p"] = 1 - frame["p"]
    assert remembered.audit(data=frame, **given).measurement("selection_rate", "sex=F").value == 1 - before


def test_a_run_is_given_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="given with other things"):
        Remembered().audit("model.pt2", run=tmp_path)


def test_without_rules_or_with_an_unknown_choice_nothing_passes(tmp_path: Path) -> None:
    scores = write_scores(tmp_path / "scores.csv", rows=40, gap=True)
    audit = dlaudit.audit(data=scores, scores="p", target="y", sensitive=["sex"])
    with pytest.raises(UsageError, match="no rule to judge by"):
        dlaudit.assert_rule(audit)
    with pytest.raises(UsageError, match="no rule to judge by"):
        dlaudit.assert_rule(audit, dlaudit.Policy())
    with pytest.raises(UsageError, match="is no way to treat"):
        dlaudit.assert_rule(audit, RULE, undecided="ignore")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="among other rules"):
        dlaudit.assert_rule(audit, RULE, dlaudit.Policy.from_rules(RULE))
    with pytest.warns(RuleWarning, match="undecided"):
        dlaudit.assert_rule(audit, "accuracy.difference by sex max 0.2", undecided="pass")


def test_a_baseline_that_cannot_be_held_against_the_run_is_a_warning_of_the_test(tmp_path: Path) -> None:
    from dlaudit.findings import finding

    scores = write_scores(tmp_path / "scores.csv", rows=400, gap=False)
    audit = dlaudit.audit(data=scores, scores="p", target="y", sensitive=["sex"])
    told = finding("DLA117", "warning", "baseline", "The run is not compared row by row.")
    with pytest.warns(RuleWarning, match="DLA117"):
        dlaudit.assert_rule(audit.model_copy(update={"findings": [told]}), "accuracy >= 0.01")
