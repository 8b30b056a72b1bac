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


BASELINE = '[baseline]\npath = "dlaudit-baseline.json"\n'
SINCE = {
    "the baseline's own rules": BASELINE,
    "a rule on a drop": BASELINE
    + '[[rule]]\nid = "drop"\nmetric = "true_positive_rate.ratio"\nby = "sex"\nmax_drop = 0.05\n',
    "a waiver of a rule that the baseline brings": BASELINE
    + '[[waiver]]\nrule = "no-worse: true_positive_rate"\nreason = "r"\nowner = "o"\nexpires = 2027-06-30\n',
    "no rules": BASELINE + 'rules = "none"\n',
}


@pytest.fixture(scope="module")
def since(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose first run is the accepted baseline, and scores that got worse for one slice."""
    folder = tmp_path_factory.mktemp("since")
    head = HEAD.replace('target = "y"\n', 'target = "y"\nid = "id"\n')
    (folder / "dlaudit.toml").write_text(head, encoding="utf-8")
    _numbered(folder / "scores.csv", gap=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("CI", raising=False)
        assert run_cli(["run", "--out", "first", "-q"]) == 0
        assert run_cli(["baseline", "accept", "first", "-q"]) == 0
    _numbered(folder / "scores.csv", gap=True)
    return folder


def _numbered(path: Path, *, gap: bool) -> None:
    """2,000 rows with ids; with a gap every fifth positive of one slice is missed."""
    lines = ["id,sex,y,p"]
    for at in range(2_000):
        sex, label = "FM"[at % 2], at // 2 % 2
        missed = gap and sex == "F" and label and at % 5 == 0
        lines.append(f"{at},{sex},{label},{0.2 if missed or not label else 0.8}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", SINCE)
def test_a_baseline_is_judged_alike_however_it_is_asked(
    since: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(since)
    monkeypatch.delenv("CI", raising=False)
    head = HEAD.replace('target = "y"\n', 'target = "y"\nid = "id"\n')
    Path("dlaudit.toml").write_text(head + SINCE[name], encoding="utf-8")
    policy = dlaudit.Policy.from_toml("dlaudit.toml")
    audit = dlaudit.audit(config="dlaudit.toml")
    verdict = dlaudit.judge(audit, policy)
    written = to_document(audit, verdict)["verdict"]
    code, ran = told(capsys, "run", "--out", "out")
    assert (code, ran) == (CODES[verdict.outcome], written)
    assert verdict.outcome == {"no rules": "none"}.get(name, "pass" if "waiver" in name else "fail")
    if name == "no rules":
        assert run_cli(["gate", "out", "-q"]) == 2
        assert run_cli(["diff", "dlaudit-baseline.json", "out"]) == 0
        return
    assert told(capsys, "gate", "out") == (code, written)
    assert run_cli(["run", "--out", "alone", "--baseline", "none", "-q"]) == 0
    assert told(capsys, "gate", "alone") == (code, written)
    assert told(capsys, "diff", "dlaudit-baseline.json", "alone") == (code, written)
    assert of_a_test(audit, policy) == verdict.outcome
    assert run_cli(["sign", "out", "--reviewer", "Ada Example", "--role", "risk"]) == 0
    assert run_cli(["verify", "out"]) == code
    (since / "out" / "signed-record.json").unlink()
