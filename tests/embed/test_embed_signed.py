"""A signed run: what changes after signing is noticed, and a record that was tampered with leads nowhere."""

import datetime
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from embed_runs import write_scores

import dlaudit
from dlaudit.errors import InputRefused, Place, UsageError
from dlaudit.findings import finding
from dlaudit.outputs.directory import check_out
from dlaudit.record.files import dump
from dlaudit.record.signed import SIGNED_FILE, Signature, parse_signed
from dlaudit.spec import Loosened, Policy, Rule, Waiver
from dlaudit.spec.change_gate import ChangeGate
from dlaudit.stages.signed_policy import policy_differences, policy_read, policy_written
from dlaudit.stages.signed_run import sign, verify

RULE = "selection_rate.difference by sex <= 0.05"
ADA = Signature(reviewer="Ada Example", role="model risk", date="2026-11-21T12:00:00+00:00", note="ticket 812")


def a_run(folder: Path, *, gap: bool = False, rule: str = RULE, least: int = 0) -> Policy:
    """A finished run of scores, and the policy that it was judged by."""
    folder.mkdir()
    scores = write_scores(folder.parent / "scores.csv", rows=400, gap=gap)
    quick = {"discover.enabled": False}
    audit = dlaudit.audit(data=scores, scores="p", target="y", sensitive=["sex"], settings=quick)
    policy = Policy.from_rules(rule) if rule else Policy()
    verdict = dlaudit.judge(audit, policy)
    if least:
        audit = audit.without_small_cells(least)
    (folder / "audit.json").write_text(dump(audit, verdict), encoding="utf-8")
    (folder / "report.html").write_text("<html></html>", encoding="utf-8")
    return policy


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that Ada has signed; tests get a copy of it."""
    folder = tmp_path_factory.mktemp("signed") / "run"
    sign(folder, a_run(folder, gap=True), ADA)
    return folder


@pytest.fixture
def run(signed: Path, tmp_path: Path) -> Path:
    """A copy of the run that Ada has signed."""
    return Path(shutil.copytree(signed, tmp_path / "run"))


def rewritten(run: Path, **changed: Any) -> None:
    """signed-record.json with other values of some keys."""
    document = json.loads((run / SIGNED_FILE).read_text(encoding="utf-8"))
    (run / SIGNED_FILE).write_text(json.dumps(document | changed), encoding="utf-8")


def listed(run: Path) -> list[dict[str, Any]]:
    return json.loads((run / SIGNED_FILE).read_text(encoding="utf-8"))["files"]


def test_a_signed_run_verifies_with_its_verdict_and_its_reviewers(run: Path) -> None:
    found = verify(run)
    assert found.verdict.outcome == found.record.outcome == "fail"
    assert found.judged_again
    assert [one.reviewer for one in found.record.signatures] == ["Ada Example"]
    bob = Signature(reviewer="Bob", role="owner", date="2026-11-22T00:00:00+00:00")
    sign(run, Policy.from_rules(RULE), bob)
    assert [one.reviewer for one in verify(run).record.signatures] == ["Ada Example", "Bob"]


def test_who_signs_next_signs_the_policy_that_holds_now(tmp_path: Path, run: Path) -> None:
    """A second name does not go under rules that were loosened, or taken away, since the first."""
    looser = Policy.from_rules("selection_rate.difference by sex <= 0.04").rules[0]
    waiver = {"rule": RULE, "reason": "r", "owner": "o", "expires": datetime.date(2999, 1, 1)}
    rule = Policy.from_rules(RULE).rules[0]
    for other, told in (
        (Policy(), "is no longer there"),
        (Policy(rules=[rule.model_copy(update={"max": 0.04})]), "selection_rate.difference"),
        (Policy(rules=[rule, looser]), "was not there"),
        (Policy.model_validate({"rules": [rule], "waivers": [waiver]}), "waiver"),
        (Policy(rules=[rule], profiles=["four-fifths"]), "profiles are 'four-fifths', not none"),
    ):
        with pytest.raises(UsageError, match=told) as fault:
            sign(run, other, ADA)
        assert fault.value.code == "DLA633"
    with pytest.raises(UsageError, match="not as of 2026-01-01"):
        sign(run, Policy(rules=[rule]), ADA, datetime.date(2026, 1, 1))
    assert len(verify(run).record.signatures) == 1
    moved = rule.written_at(Place(file="elsewhere.toml", line=9))
    assert len(sign(run, Policy(rules=[moved], change=ChangeGate(max_drop=0.5)), ADA).signatures) == 2


def test_what_keeps_a_run_from_its_baseline_is_told_when_it_is_verified(tmp_path: Path) -> None:
    policy = a_run(tmp_path / "run", gap=True)
    audit, verdict = dlaudit.read_run(tmp_path / "run")
    unpaired = finding("DLA117", "warning", "baseline", "The run is not compared row by row.")
    known = audit.model_copy(update={"findings": [*audit.findings, unpaired]})
    (tmp_path / "run" / "audit.json").write_text(dump(known, verdict), encoding="utf-8")
    sign(tmp_path / "run", policy, ADA)
    assert [one.code for one in verify(tmp_path / "run").findings] == ["DLA117"]


def test_changed_missing_and_added_files_are_named(run: Path) -> None:
    (run / "report.html").write_text("<html>!</html>", encoding="utf-8")
    (run / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"changed: 'report.html'; added: 'notes.txt'") as fault:
        verify(run)
    assert (fault.value.code, fault.value.exit_code) == ("DLA631", 3)
    (run / "report.html").unlink()
    with pytest.raises(InputRefused, match=r"missing: 'report.html'; added: 'notes.txt'"):
        verify(run)
    with pytest.raises(InputRefused, match="missing"):
        sign(run, Policy(), ADA)


def test_one_changed_byte_of_the_same_length_is_noticed(run: Path) -> None:
    content = bytearray((run / "report.html").read_bytes())
    content[1] ^= 1
    (run / "report.html").write_bytes(content)
    with pytest.raises(InputRefused, match="changed"):
        verify(run)


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "link to itself"])
def test_what_is_no_plain_file_is_not_followed_read_or_waited_for(run: Path, tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes((run / "report.html").read_bytes())
    (run / "report.html").unlink()
    match kind:
        case "link":
            (run / "report.html").symlink_to(secret)
        case "folder":
            (run / "report.html").mkdir()
        case "pipe":
            os.mkfifo(run / "report.html")
        case _:
            (run / "report.html").symlink_to(run / "report.html")
    with pytest.raises(InputRefused, match="no plain file"):
        verify(run)


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/b", "..", ".", "", "a\0b", "a\nb", SIGNED_FILE, "A" * 200, "C:\\x"]
)
def test_names_that_lead_elsewhere_are_refused(run: Path, name: str) -> None:
    files = listed(run)
    rewritten(run, files=[*files, {**files[0], "name": name}])
    with pytest.raises(InputRefused, match="not the plain name") as fault:
        verify(run)
    assert fault.value.code == "DLA632"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"record_version": 2}',
        b'{"record_version": 1, "record_version": 1}',
        b"[" * 100_000,
        b'{"files": NaN}',
        b" " * (1 << 20) + b"{}",
    ],
    ids=["empty", "cut", "list", "null", "not utf-8", "newer", "a key twice", "deep", "nan", "long"],
)
def test_a_damaged_record_is_refused(run: Path, content: bytes) -> None:
    with pytest.raises(InputRefused) as fault:
        parse_signed(content, run / SIGNED_FILE)
    assert fault.value.code == "DLA632"
    (run / SIGNED_FILE).write_bytes(content)
    with pytest.raises(InputRefused):
        verify(run)


@pytest.mark.parametrize(
    "changed",
    [
        {"outcome": "pass"},
        {"checks": ["pass"]},
        {"checks": []},
        {"policy": None},
        {"policy": {"rules": [{"metric": "selection_rate.difference", "by": "sex", "max": 0.5}]}},
    ],
    ids=["outcome", "check", "no checks", "no policy", "another limit"],
)
def test_another_verdict_than_the_signed_one_is_noticed(run: Path, changed: dict[str, Any]) -> None:
    rewritten(run, **changed)
    with pytest.raises(InputRefused) as fault:
        verify(run)
    assert fault.value.code == "DLA633"


@pytest.mark.parametrize(
    "changed",
    [
        {"policy": {"rules": [{"metric": 5}]}},
        {"policy": {"rulez": []}},
        {"judged_on": "soon"},
        {"signatures": []},
        {"files": []},
        {"extra": 1},
        {"files": [{"name": "audit.json", "bytes": -1, "sha256": "0" * 64}]},
        {"files": [{"name": "audit.json", "bytes": 1, "sha256": "../" * 21 + "a"}]},
    ],
)
def test_a_record_of_another_shape_is_refused(run: Path, changed: dict[str, Any]) -> None:
    if changed.get("files"):
        changed = {"files": [*listed(run)[1:], *changed["files"]]}
    rewritten(run, **changed)
    with pytest.raises(InputRefused) as fault:
        verify(run)
    assert fault.value.code == "DLA632"


def test_a_file_named_twice_is_refused(run: Path) -> None:
    files = listed(run)
    rewritten(run, files=[*files, {**files[0], "name": files[0]["name"].upper()}])
    with pytest.raises(InputRefused, match="named twice"):
        verify(run)


def test_a_run_is_signed_with_the_policy_that_it_was_judged_by(tmp_path: Path) -> None:
    a_run(tmp_path / "run", gap=True)
    for other in (Policy(), Policy.from_rules("selection_rate.difference by sex <= 0.6")):
        with pytest.raises(UsageError, match="do not give the verdict"):
            sign(tmp_path / "run", other, ADA)
    assert not (tmp_path / "run" / SIGNED_FILE).exists()


def test_a_waiver_is_judged_as_of_the_day_of_the_run(tmp_path: Path) -> None:
    policy = a_run(tmp_path / "run", gap=True)
    waiver = {"rule": RULE, "reason": "new data", "owner": "board", "expires": datetime.date(2026, 12, 31)}
    waived = Policy.model_validate({"rules": policy.rules, "waivers": [waiver]})
    audit, _ = dlaudit.read_run(tmp_path / "run")
    day = datetime.date(2026, 12, 1)
    verdict = dlaudit.judge(audit, waived, today=day)
    (tmp_path / "run" / "audit.json").write_text(dump(audit, verdict), encoding="utf-8")
    record = sign(tmp_path / "run", waived, ADA)
    assert (record.outcome, record.judged_on) == ("pass", "2026-12-01")
    assert verify(tmp_path / "run").verdict.outcome == "pass"
    assert dlaudit.judge(audit, waived, today=datetime.date(2027, 1, 1)).outcome == "fail"


def test_an_audit_without_small_counts_keeps_the_verdict_that_it_was_written_with(tmp_path: Path) -> None:
    policy = a_run(tmp_path / "run", gap=True, least=11)
    sign(tmp_path / "run", policy, ADA)
    found = verify(tmp_path / "run")
    assert found.verdict.outcome == "fail"
    assert not found.judged_again


def test_a_signed_run_is_not_written_over_and_a_detached_signature_may_lie_beside(run: Path) -> None:
    with pytest.raises(UsageError, match="holds a signed record"):
        check_out(run, [])
    (run / f"{SIGNED_FILE}.sig").write_text("by another tool", encoding="utf-8")
    assert verify(run)


def test_the_commands_follow_the_contract_of_exit_codes(tmp_path: Path, dlaudit_command: Callable[..., Any]) -> None:
    a_run(tmp_path / "run", gap=True)
    missing = dlaudit_command("verify", "run", cwd=tmp_path)
    assert (missing.code, "no signed record" in missing.err) == (2, True)
    hostile = "Ada\x1b[31m\n::error::x"
    named = ("--reviewer", hostile, "--role", "model risk")
    assert dlaudit_command("sign", "run", *named, cwd=tmp_path).code == 2, "another policy"
    signed = dlaudit_command("sign", "run", *named, "--rule", RULE, cwd=tmp_path)
    assert signed.code == 0, signed.err
    assert "no cryptographic signature" in signed.out
    again = dlaudit_command("verify", "run", cwd=tmp_path)
    assert again.code == 1
    assert "no cryptographic signature" in again.out
    assert "\x1b" not in again.out
    assert "\n::" not in again.out
    told = dlaudit_command("verify", "run", "--format", "json", "--exit-zero", cwd=tmp_path)
    assert (told.code, told.json["outcome"], told.json["judged_again"]) == (0, "fail", True)
    assert told.json["signatures"][0]["reviewer"] == hostile
    (tmp_path / "run" / "report.html").write_text("changed", encoding="utf-8")
    broken = dlaudit_command("verify", "run", "--format", "json", cwd=tmp_path)
    assert (broken.code, broken.json["error"]["code"]) == (3, "DLA631")
    assert dlaudit_command("sign", "run", "--reviewer", "", "--role", "x", cwd=tmp_path).code == 2


ORGANISATION = '[[rule]]\nid = "parity"\nmetric = "selection_rate.difference"\nby = "sex"\nmax = 0.05\n'
LOOSER = """
schema = 1
extend = "org.toml"
[[rule]]
id = "parity"
max = 0.6
[[waiver]]
rule = "parity"
reason = "moved"
owner = "board"
expires = 2099-01-01
"""


def test_verify_gives_the_findings_and_the_places_that_were_signed(
    tmp_path: Path, dlaudit_command: Callable[..., Any]
) -> None:
    write_scores(tmp_path / "scores.csv", rows=400, gap=True)
    (tmp_path / "org.toml").write_text(ORGANISATION, encoding="utf-8")
    (tmp_path / "dlaudit.toml").write_text(LOOSER, encoding="utf-8")
    flags = ("--score", "p", "--target", "y", "--sensitive", "sex", "--set", "discover.enabled=false", "--out", "run")
    done = dlaudit_command("run", "--scores", "scores.csv", *flags, cwd=tmp_path)
    assert done.code == 0, done.err
    signed = dlaudit_command("sign", "run", "--reviewer", "Ada", "--role", "owner", cwd=tmp_path)
    assert signed.code == 0, signed.err
    for name in ("org.toml", "dlaudit.toml"):
        (tmp_path / name).unlink()
    found = verify(tmp_path / "run")
    _, written = dlaudit.read_run(tmp_path / "run")
    assert found.verdict == written
    assert {one.code for one in found.verdict.findings} == {"DLA108", "DLA114"}
    assert [(one.file, one.line) for one in found.verdict.checks] == [("dlaudit.toml", 4)]
    told = dlaudit_command("verify", "run", cwd=tmp_path)
    assert "DLA114 dlaudit.toml, line 4: this rule is looser" in told.out
    again = dlaudit_command("verify", "run", "--format", "json", cwd=tmp_path)
    assert sorted({one["code"] for one in again.json["findings"]}) == ["DLA108", "DLA114"]


@pytest.mark.parametrize("given", [("--profile", "four-fifths"), ("--profile", "four-fifths", "--rule", RULE)])
def test_a_run_is_signed_with_the_flags_that_it_was_judged_with(
    tmp_path: Path, given: tuple[str, ...], dlaudit_command: Callable[..., Any]
) -> None:
    write_scores(tmp_path / "scores.csv", rows=400, gap=True)
    flags = ("--score", "p", "--target", "y", "--sensitive", "sex", "--set", "discover.enabled=false", "--out", "run")
    done = dlaudit_command("run", "--scores", "scores.csv", *flags, *given, cwd=tmp_path)
    assert done.code == 1, done.err
    named = ("--reviewer", "Ada", "--role", "owner")
    without = dlaudit_command("sign", "run", *named, cwd=tmp_path)
    assert without.code == 2
    assert "--profile" in without.err, "the message names what is missing"
    assert dlaudit_command("sign", "run", *named, *given, cwd=tmp_path).code == 0
    found = verify(tmp_path / "run")
    assert found.verdict == dlaudit.read_run(tmp_path / "run")[1]
    assert found.record.policy is not None
    assert found.record.policy["profiles"] == ["four-fifths"]


def test_a_run_is_signed_as_of_the_day_that_it_was_judged_on(tmp_path: Path) -> None:
    policy = a_run(tmp_path / "run", gap=True)
    waiver = {"rule": RULE, "reason": "new data", "owner": "board", "expires": datetime.date(2026, 12, 31)}
    waived = Policy.model_validate({"rules": policy.rules, "waivers": [waiver]})
    audit, _ = dlaudit.read_run(tmp_path / "run")
    verdict = dlaudit.judge(audit, waived, today=datetime.date(2026, 12, 1))
    (tmp_path / "run" / "audit.json").write_text(dump(audit, verdict), encoding="utf-8")
    with pytest.raises(UsageError, match="judged as of 2026-12-01, not as of 2026-12-02") as fault:
        sign(tmp_path / "run", waived, ADA, datetime.date(2026, 12, 2))
    assert fault.value.code == "DLA633"
    assert sign(tmp_path / "run", waived, ADA, datetime.date(2026, 12, 1)).judged_on == "2026-12-01"


def test_a_record_without_places_is_read_and_one_with_wrong_ones_is_not(run: Path) -> None:
    document = json.loads((run / SIGNED_FILE).read_text(encoding="utf-8"))
    plain = {"rules": document["policy"]["rules"], "waivers": [], "profiles": []}
    rewritten(run, policy=plain)
    assert verify(run).verdict.outcome == "fail"
    for wrong in ({"file": 5, "line": 1}, {"file": "a"}, {"file": "a", "line": True}, "a", {"line": 1, "key": "x"}):
        rewritten(run, policy={"rules": [{**one, "place": wrong} for one in plain["rules"]]})
        with pytest.raises(InputRefused) as fault:
            verify(run)
        assert fault.value.code == "DLA632"
    for other in ({"loosened": "x"}, {"loosened": [5]}, {"loosened": [{"rule": 5}]}, {"rules": 5}, {"rules": [5]}):
        rewritten(run, policy=other)
        with pytest.raises(InputRefused) as fault:
            verify(run)
        assert fault.value.code == "DLA632"


def test_another_verdict_says_what_to_do(run: Path) -> None:
    rewritten(run, outcome="pass")
    with pytest.raises(InputRefused, match="take the directory from where it was") as fault:
        verify(run)
    assert "dlaudit gate DIR --config FILE" in str(fault.value)
    rewritten(run, outcome="pass", dlaudit="0.0.1")
    with pytest.raises(InputRefused, match=r"Verify it with dlaudit 0\.0\.1"):
        verify(run)


def test_a_policy_comes_back_from_a_record_as_it_was() -> None:
    here, there = Place(file="dlaudit.toml", line=3), Place(file="org.toml", line=7)
    waiver = {"metric": "accuracy", "reason": "r", "owner": "o", "expires": datetime.date(2026, 12, 31)}
    policy = Policy(
        rules=[Rule.parse(RULE).written_at(here), Rule.parse("accuracy >= 0.5")],
        waivers=[Waiver.model_validate(waiver).written_at(there)],
        loosened=[Loosened(rule="parity", changes=["max 0.05 to 0.1"], inherited=there, here=None)],
        profiles=["four-fifths"],
        change=ChangeGate(max_drop=0.03).written_at(there),
    )
    back = policy_read(json.loads(json.dumps(policy_written(policy))))
    assert back == policy
    assert back.change is not None
    assert [one.place for one in [*back.rules, *back.waivers, back.change]] == [here, None, there, there]
    assert policy_written(Policy()) is None
    assert policy_read(None) == Policy()


def test_another_policy_is_told_by_key_and_both_values_and_once() -> None:
    def policy(limit: float, loosened: str, **more: Any) -> Policy:
        rule = {"id": "tpr-gap", "metric": "true_positive_rate.difference", "by": "sex", "max": limit, **more}
        bare = Policy.model_validate({"rules": [rule]})
        return bare.model_copy(update={"loosened": [Loosened(rule="tpr-gap", changes=[loosened])]})

    signed = policy(0.1, "max 0.05 to 0.1")
    told = policy_differences(signed, policy(0.2, "max 0.05 to 0.2"), held_against=False)
    assert told == ["rule 'tpr-gap': max is 0.2, not 0.1"]
    told = policy_differences(signed, policy(0.1, "max 0.05 to 0.1", slices=["sex=F"]), held_against=False)
    assert told == ["rule 'tpr-gap': slices is 'sex=F', and was not given"]
    told = policy_differences(signed, policy(0.1, "max 0.02 to 0.1"), held_against=False)
    assert told == ["loosened rule 'tpr-gap': what it allows is 'max 0.02 to 0.1', not 'max 0.05 to 0.1'"]
