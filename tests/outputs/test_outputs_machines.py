import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest
from golden_files import assert_golden
from jsonschema import Draft202012Validator
from report_audits import ALL, PAYLOADS, degenerate, hostile, lending, scores_only

from dlaudit.outputs.checks import fingerprint
from dlaudit.outputs.csv import COLUMNS, guarded, render_csv
from dlaudit.outputs.github import render_github
from dlaudit.outputs.html import render_html
from dlaudit.outputs.junit import legal, render_junit
from dlaudit.outputs.markdown import LONGEST, MARKER, escaped, render_markdown
from dlaudit.outputs.registry import OUTPUTS
from dlaudit.outputs.sarif import render_sarif
from dlaudit.record import Verdict

_LEVELS = {"enum": ["none", "note", "warning", "error"]}
_RULE = {
    "required": ["id", "shortDescription"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "shortDescription": {"required": ["text"]},
        "defaultConfiguration": {"properties": {"level": _LEVELS}},
    },
}
_LOCATION = {
    "required": ["physicalLocation", "logicalLocations"],
    "properties": {
        "physicalLocation": {
            "required": ["artifactLocation", "region"],
            "properties": {"region": {"properties": {"startLine": {"type": "integer", "minimum": 1}}}},
        },
        "logicalLocations": {"items": {"required": ["name", "kind"], "properties": {"kind": {"const": "slice"}}}},
    },
}
_RESULT = {
    "required": ["ruleId", "ruleIndex", "message", "locations", "partialFingerprints"],
    "properties": {
        "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        "level": _LEVELS,
        "message": {"required": ["text"], "properties": {"text": {"minLength": 1}}},
        "partialFingerprints": {"additionalProperties": {"type": "string"}},
        "locations": {"minItems": 1, "items": _LOCATION},
    },
    # a result that did not fail has no level (SARIF 2.1.0, 3.27.10)
    "if": {"properties": {"kind": {"enum": ["open", "pass"]}}, "required": ["kind"]},
    "then": {"properties": {"level": {"const": "none"}}},
}
_DRIVER = {
    "required": ["name", "rules"],
    "properties": {"rules": {"type": "array", "uniqueItems": True, "items": _RULE}},
}
_RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"required": ["driver"], "properties": {"driver": _DRIVER}},
        "results": {"type": "array", "maxItems": 25_000, "items": _RESULT},
    },
}
SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "maxItems": 20, "items": _RUN}},
}
"""The parts of the SARIF 2.1.0 schema that we write."""


@pytest.mark.parametrize("name", ALL)
def test_sarif_is_valid(name):
    log = json.loads(render_sarif(*ALL[name]()))
    Draft202012Validator(SARIF).validate(log)
    run = log["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_tells_failed_and_undecided_checks_apart():
    results = json.loads(render_sarif(*lending()))["runs"][0]["results"]
    assert [(one["kind"], one["level"]) for one in results] == [("fail", "error"), ("open", "none")]
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "dlaudit.toml"
    assert [one["name"] for one in results[0]["locations"][0]["logicalLocations"]] == ["race=Black", "race=White"]


def test_fingerprints_tell_checks_apart_and_stay():
    _, verdict = lending()
    assert len({fingerprint(one) for one in verdict.checks}) == 3
    other = verdict.checks[0].model_copy(update={"observed": 0.1, "reason": "other"})
    assert fingerprint(other) == fingerprint(verdict.checks[0])


@pytest.mark.parametrize("name", ALL)
def test_junit_parses_and_its_counts_are_its_cases(name):
    root = ElementTree.fromstring(render_junit(*ALL[name]()))
    cases = root.findall("./testsuite/testcase")
    assert int(root.get("tests")) == len(cases) >= 1
    assert int(root.get("failures")) == len(root.findall(".//failure"))
    assert int(root.get("errors")) == len(root.findall(".//error"))
    assert int(root.get("skipped")) == len(root.findall(".//skipped"))


def test_junit_fails_only_for_what_fails_the_gate():
    audit, verdict = lending()
    root = ElementTree.fromstring(render_junit(audit, verdict))
    assert [case.get("name") for case in root.findall(".//failure/..")] == ["selection_rate.ratio by race"]
    assert [case.get("name") for case in root.findall(".//skipped/..")] == ["true_positive_rate.difference by sex"]
    strict = [one.model_copy(update={"waived": one.outcome == "fail", "undecided": "error"}) for one in verdict.checks]
    root = ElementTree.fromstring(render_junit(audit, verdict.model_copy(update={"checks": strict})))
    assert root.findall(".//failure") == []
    assert {case.get("name") for case in root.findall(".//error/..")} == {"true_positive_rate.difference by sex"}


def test_junit_without_rules_skips():
    root = ElementTree.fromstring(render_junit(*scores_only()))
    assert root.find(".//skipped").get("message") == "Not judged: no rules were given"


def test_characters_that_xml_cannot_hold_are_replaced():
    assert legal("a\x00b\x1bc\ud800d\ufffee\tf\n") == "a�b�c�d�e\tf\n"
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring("<a>\x00</a>")


def test_csv_guards_text_and_leaves_numbers():
    rows = list(csv.DictReader(io.StringIO(render_csv(*hostile()))))
    assert tuple(rows[0]) == COLUMNS
    assert float(rows[0]["value"]) > 0
    texts = [cell for row in rows for cell in row.values() if cell and not re.fullmatch(r"-?[\d.e-]+", cell)]
    assert texts and not [cell for cell in texts if cell[0] in "=+-@\t\r\n"]
    assert [cell for cell in texts if cell.startswith("'=HYPERLINK")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_every_start_of_a_formula_is_guarded(start):
    assert guarded(f"{start}1+1").startswith("'")
    assert guarded("1+1") == "1+1"


def test_markdown_is_as_it_was_last_looked_at():
    assert_golden("lending-summary.md", render_markdown(*lending()))


def test_markdown_of_a_hostile_audit_holds_no_markup_of_its_names():
    told = render_markdown(*hostile())
    assert told.startswith(MARKER)
    assert not re.search(r"<(script|img|style|/script)", told)
    assert not re.search(r"(?<!\\)`@|@team", told)
    assert "http://" not in told and "##[" not in told
    assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]
    table = [line for line in told.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {6}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_escaping_leaves_no_active_character(payload):
    told = escaped(payload)
    assert "\n" not in told and "\r" not in told
    assert not re.search(r"(?<!\\)[`*_\[\]|]", told)
    assert not re.search(r"<(?!!-- -->)", told)
    assert not re.search(r"[@#](?!<!-- -->)", told)


def test_long_summaries_say_how_much_is_left_out():
    audit, verdict = lending()
    many = [verdict.checks[0].model_copy(update={"rule": f"rule {at}"}) for at in range(80)]
    told = render_markdown(audit, Verdict(outcome="fail", checks=many))
    assert "and 30 more checks" in told
    findings = [
        audit.findings[0].model_copy(update={"message": "x" * 1200, "next_step": "y|" * 600}) for _ in range(60)
    ]
    long = render_markdown(audit.model_copy(update={"findings": findings}), verdict)
    assert len(long) < LONGEST + 500 < 65_536


def test_annotations_are_few_and_escaped():
    audit, verdict = hostile()
    told = render_github(audit, verdict)
    lines = told.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning"]
    for line in lines:
        assert re.match(r"::\w+ file=dlaudit\.toml,line=1,title=dlaudit%3A [^:,]*::", line)
    assert "##[" not in told
    many = [verdict.checks[0]] * 30
    assert len(render_github(audit, verdict.model_copy(update={"checks": many})).splitlines()) == 10
    assert render_github(*degenerate()) == ""


def test_outputs_are_registered_under_their_files():
    assert {name: output.file for name, output in OUTPUTS.items()} == {
        "html": "report.html",
        "markdown": "summary.md",
        "junit": "junit.xml",
        "sarif": "audit.sarif",
        "csv": "disparities.csv",
        "contributions": "contributions.csv",
        "github": "",
    }


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("output", ["html", "markdown", "junit", "sarif", "csv", "contributions", "github"])
def test_every_output_renders_every_audit_as_utf_8(name, output):
    OUTPUTS.get(output).render(*ALL[name]()).encode("utf-8")


def test_a_rule_over_two_features_is_never_cut_in_markdown_or_html():
    audit, verdict = lending()
    rule = "true_positive_rate.difference by race_of_applicant & sex_of_applicant <= 0.1"
    one = verdict.checks[0].model_copy(update={"rule": rule, "outcome": "undecided"})
    many = verdict.model_copy(update={"checks": [one]})
    assert escaped(rule) in render_markdown(audit, many)
    assert rule.replace("&", "&amp;").replace("<", "&lt;") in render_html(audit, many)


def test_what_is_left_out_of_markdown_is_counted_in_good_english():
    audit, verdict = lending()
    for count in (1, 2):
        checks = [verdict.checks[0]] * (50 + count)
        told = render_markdown(audit, verdict.model_copy(update={"checks": checks}))
        assert f"… and {count} more check{'s' if count > 1 else ''} in the report." in told
