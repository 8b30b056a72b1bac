"""One engine: command line, API, test and gate on a saved run give the same verdict for the same audit and policy."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from embed_runs import write_scores

import dlaudit
from dlaudit.cli.app import run_cli
from dlaudit.integrations.asserting import RuleWarning
from dlaudit.record.files import dump, to_document
from dlaudit.stages.signed_run import verify

AUDITS = {"gap": (400, True), "alike": (4000, False), "few": (40, False)}
HEAD = 'schema = 1\nscores = ["p"]\n[data]\npath = "scores.csv"\ntarget = "y"\n[slices]\nsensitive = ["sex"]\n'
HEAD += "[discover]\nenabled = false\n"
GAP = '[[rule]]\nid = "gap"\nmetric = "selection_rate.difference"\nby = "sex"\nmax = 0.05\n'
POLICIES = {
    "exact": GAP,
    "warning": GAP + 'level = "warning"\n',
    "undecided ignored": GAP + 'undecided = "ignore"\n',
    "point and interval": GAP
    + 'judge = "point"\n[[rule]]\nmetric = "accuracy"\nmin = 0.2\njudge = "interval"\nlevel = "note"\n',
    "waived": GAP + '[[waiver]]\nrule = "gap"\nreason = "new data"\nowner = "board"\nexpires = 2999-12-31\n',
    "waiver expired": GAP + '[[waiver]]\nrule = "gap"\nreason = "new data"\nowner = "board"\nexpires = 2020-01-01\n',
    "two rules": GAP + '[[rule]]\nmetric = "true_positive_rate.ratio"\nmin = 0.8\n',
}
CODES = {"pass": 0, "none": 0, "fail": 1, "undecided": 4}


@pytest.fixture(scope="module", params=AUDITS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with scores, and the Audit of them as a finished run."""
    folder = tmp_path_factory.mktemp(request.param)
    rows, gap = AUDITS[request.param]
    write_scores(folder / "scores.csv", rows=rows, gap=gap)
    (folder / "dlaudit.toml").write_text(HEAD, encoding="utf-8")
    (folder / "saved").mkdir()
    audit = dlaudit.audit(config=folder / "dlaudit.toml")
    (folder / "saved" / "audit.json").write_text(dump(audit, None), encoding="utf-8")
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code of a command and the verdict that it prints."""
    code = run_cli([*arguments, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)["verdict"]


def of_a_test(audit: dlaudit.Audit, policy: dlaudit.Policy) -> str:
    """What a test with that assertion would come to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuleWarning)
        try:
            dlaudit.assert_rule(audit, policy)
        except AssertionError as failed:
            return "undecided" if "undecided" in str(failed).partition(":")[0] else "fail"
    return "pass"


@pytest.mark.parametrize("name", POLICIES)
def test_every_way_to_ask_gives_the_same_verdict(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CI", raising=False)
    Path("dlaudit.toml").write_text(HEAD + POLICIES[name], encoding="utf-8")
    policy = dlaudit.Policy.from_toml("dlaudit.toml")
    saved, _ = dlaudit.read_run("saved")
    verdict = dlaudit.judge(saved, policy)
    written = to_document(saved, verdict)["verdict"]
    code, gated = told(capsys, "gate", "saved")
    assert (code, gated) == (CODES[verdict.outcome], written)
    assert of_a_test(saved, policy) == ("pass" if verdict.outcome == "none" else verdict.outcome)
    if name in {"exact", "waived"}:
        assert told(capsys, "run", "--out", "out") == (code, written)
        assert run_cli(["sign", "out", "--reviewer", "Ada Example", "--role", "risk"]) == 0
        assert run_cli(["verify", "out"]) == code
        again = to_document(saved, verify(Path("out")).verdict)["verdict"]
        assert _without_lines(again) == _without_lines(written)
        for one in Path("out").iterdir():
            one.unlink()


def _without_lines(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict without where its rules stand: a record holds the policy, not its file."""
    document: dict[str, Any] = json.loads(json.dumps(verdict))
    placed = [*document["checks"], *(waiver for check in document["checks"] for waiver in check["waivers"])]
    for one in placed:
        for key in ("file", "line"):
            del one[key]
    document.pop("findings")
    return document


def test_the_table_holds_every_outcome(folder: Path) -> None:
    audit, _ = dlaudit.read_run(folder / "saved")
    outcome = dlaudit.judge(audit, dlaudit.Policy.from_rules("selection_rate.difference by sex <= 0.05")).outcome
    assert outcome == {"gap": "fail", "alike": "pass", "few": "undecided"}[folder.name.rstrip("0123456789")]
