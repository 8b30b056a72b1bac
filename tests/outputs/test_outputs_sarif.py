"""audit.sarif: valid by the schema of SARIF 2.1.0, within GitHub's limits, each result at its rule's line."""

import json
import random
from functools import cache
from pathlib import Path

import pytest
from golden_files import assert_golden
from jsonschema import Draft202012Validator, ValidationError
from report_audits import ALL, hostile, lending
from report_policy import with_policy

from dlaudit.outputs import sarif
from dlaudit.outputs.sarif import MOST_RESULTS, render_sarif
from dlaudit.outputs.sarif_rules import unlinked

AUDITS = {**ALL, "hostile": hostile, "policy": with_policy}


@cache
def schema():
    text = (Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8-sig")
    return Draft202012Validator(json.loads(text))


def run_of(audit, verdict):
    return json.loads(render_sarif(audit, verdict))["runs"][0]


def prints(audit, verdict):
    return {one["partialFingerprints"]["dlaudit/v2"] for one in run_of(audit, verdict)["results"]}


@pytest.mark.parametrize("name", AUDITS)
def test_sarif_is_valid_by_its_schema(name):
    log = json.loads(render_sarif(*AUDITS[name]()))
    schema().validate(log)
    run = log["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        # a result that did not fail has no level (3.27.10)
        assert result["level"] == "none" or result["kind"] == "fail"


def test_the_schema_does_refuse_what_it_does_not_know():
    log = json.loads(render_sarif(*lending()))
    log["runs"][0]["results"][0]["level"] = "grave"
    with pytest.raises(ValidationError):
        schema().validate(log)


def test_sarif_is_as_it_was_last_looked_at():
    assert_golden("policy.sarif", render_sarif(*with_policy()))


@pytest.mark.parametrize("name", AUDITS)
def test_a_rule_says_what_github_asks_of_it(name):
    """Names up to 255 characters, descriptions up to 1024, 20 tags: GitHub's page on SARIF support."""
    for rule in run_of(*AUDITS[name]())["tool"]["driver"]["rules"]:
        assert rule["name"].isalnum() and len(rule["name"]) <= 255 and rule["name"] != rule["id"]
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024 and 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"] and rule["help"]["markdown"] and rule["helpUri"].startswith("https://")
        assert len(rule["properties"]["tags"]) <= 20
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}


def test_sarif_tells_failed_and_undecided_checks_apart():
    results = run_of(*lending())["results"]
    assert [(one["kind"], one["level"]) for one in results] == [("fail", "error"), ("open", "none")]
    assert [one["properties"]["level"] for one in results] == ["error", "warning"]
    assert [one["name"] for one in results[0]["locations"][0]["logicalLocations"]] == ["race=Black", "race=White"]


def test_a_result_stands_at_the_line_of_its_rule():
    places = {one["ruleId"]: (one["locations"][0]["physicalLocation"]) for one in run_of(*with_policy())["results"]}
    assert {rule: place["region"]["startLine"] for rule, place in places.items()} == {
        "selection_rate.ratio by race": 12,
        "tpr-gap": 18,
        "DLA108": 40,
    }
    assert {place["artifactLocation"]["uri"] for place in places.values()} == {"fairness/dlaudit.toml"}
    assert {place["artifactLocation"]["uriBaseId"] for place in places.values()} == {"%SRCROOT%"}


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        (None, "dlaudit.toml"),
        ("/home/somebody/repo/dlaudit.toml", "dlaudit.toml"),
        ("../org/policy.toml", "policy.toml"),
        ("a b/dläudit#1.toml", "a%20b/dl%C3%A4udit%231.toml"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
    ],
)
def test_a_path_is_relative_to_the_repository_and_a_uri(file, uri):
    audit, verdict = lending()
    checks = [one.model_copy(update={"file": file, "line": 3}) for one in verdict.checks]
    found = run_of(audit, verdict.model_copy(update={"checks": checks}))["results"][0]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize("kind", ["difference", "ratio", "value"])
def test_a_rule_on_what_got_worse_says_so(kind):
    audit, verdict = lending()
    drop = {"compare": "baseline", "kind": kind, "bound": "max", "limit": 0.02, "rule": "r max_drop 0.02"}
    checks = [verdict.checks[0].model_copy(update=drop)]
    (rule,) = run_of(audit, verdict.model_copy(update={"checks": checks}))["tool"]["driver"]["rules"]
    assert rule["id"] == "r max_drop" and "than in the earlier run" in rule["fullDescription"]["text"]
    assert rule["shortDescription"]["text"].endswith("worse by at most 0.02")


def test_a_waiver_is_an_accepted_suppression_with_its_reason_and_place():
    waived = next(one for one in run_of(*with_policy())["results"] if one["ruleId"] == "selection_rate.ratio by race")
    (one,) = waived["suppressions"]
    assert (one["kind"], one["status"]) == ("external", "accepted")
    assert one["justification"] == "41 rows in the test set; more are due (model board, until 2026-12-31)"
    assert one["location"]["physicalLocation"]["region"]["startLine"] == 31
    assert waived["level"] == "error" and waived["properties"]["level"] == "none"


def test_fingerprints_do_not_change_with_numbers_slices_limits_or_order():
    audit, verdict = lending()
    moved = [
        one.model_copy(
            update={
                "observed": 0.1,
                "low": None,
                "limit": 0.7,
                "rule": one.rule.replace(f"{one.limit:g}", "0.7"),
                "worst": "race=Other",
                "reason": "another one",
                "rows_needed": 9,
                "line": 77,
            }
        )
        for one in verdict.checks
    ]
    random.Random(1).shuffle(moved)
    assert prints(audit, verdict) == prints(audit, verdict.model_copy(update={"checks": moved}))


def test_fingerprints_tell_rules_features_and_metrics_apart():
    audit, verdict = lending()
    first = verdict.checks[0]
    others = [
        first.model_copy(update=change)
        for change in (
            {"by": ["sex"]},
            {"metric": "accuracy"},
            {"kind": "difference"},
            {"rule": "another"},
            {"rule": "selection_rate.ratio by race >= 0.9", "limit": 0.9, "level": "warning"},
        )
    ]
    assert len(prints(audit, verdict.model_copy(update={"checks": [first, *others]}))) == 6
    twice = run_of(audit, verdict.model_copy(update={"checks": [first, first]}))["results"]
    assert len({one["partialFingerprints"]["primaryLocationLineHash"] for one in twice}) == 2


def test_results_beyond_what_github_reads_are_counted(monkeypatch):
    assert MOST_RESULTS == 25_000
    monkeypatch.setattr(sarif, "MOST_RESULTS", 5)
    audit, verdict = lending()
    many = [verdict.checks[0].model_copy(update={"rule": f"rule {at}"}) for at in range(9)]
    log = json.loads(render_sarif(audit, verdict.model_copy(update={"checks": many})))
    schema().validate(log)
    (run,) = log["runs"]
    assert len(run["results"]) == 5 and run["properties"]["results_left_out"] == 4
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "4 more results are in the report only."


def test_a_name_in_a_message_is_no_link():
    assert unlinked("recall[cat] of [a](http://evil.example)") == "recall[cat] of [a] (http://evil.example)"


def test_two_audits_of_one_repository_are_two_analyses():
    audit, verdict = lending()
    other = audit.model_copy(update={"title": "Pricing model"})
    assert run_of(audit, verdict)["automationDetails"] != run_of(other, verdict)["automationDetails"]
