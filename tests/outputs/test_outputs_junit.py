"""junit.xml: valid by Jenkins' schema, read by junitparser, the same cases in every run."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from golden_files import assert_golden
from junitparser import Error, Failure, JUnitXml, Skipped
from report_audits import ALL, hostile, lending, scores_only
from report_policy import with_policy

from dlaudit.outputs.junit import legal, render_junit
from dlaudit.record import Verdict

JENKINS = xmlschema.XMLSchema(str(Path(__file__).parent / "schemas" / "junit-10.xsd"))
AUDITS = {**ALL, "hostile": hostile, "policy": with_policy}


def read(audit, verdict):
    return JUnitXml.fromstring(render_junit(audit, verdict).encode())


def results(suites):
    return {case.name: [type(one) for one in case.result] for suite in suites for case in suite}


@pytest.mark.parametrize("name", AUDITS)
def test_junit_is_valid_by_the_schema_of_jenkins(name):
    JENKINS.validate(ElementTree.fromstring(render_junit(*AUDITS[name]()).encode()))


def test_the_schema_does_refuse_what_it_does_not_know():
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        JENKINS.validate("<testsuites skipped='1'/>")


@pytest.mark.parametrize("name", AUDITS)
def test_counts_of_junit_are_those_of_its_cases(name):
    root = ElementTree.fromstring(render_junit(*AUDITS[name]()).encode())
    for at in (root, *root.findall("testsuite")):
        assert int(at.get("tests")) == len(at.findall(".//testcase")) >= 1
        assert int(at.get("failures")) == len(at.findall(".//failure"))
        assert int(at.get("errors")) == len(at.findall(".//error"))
    names = [(one.get("classname"), one.get("name")) for one in root.iter("testcase")]
    assert len(set(names)) == len(names)


def test_junit_is_as_it_was_last_looked_at():
    assert_golden("policy-junit.xml", render_junit(*with_policy()))


def test_a_broken_rule_is_a_failure_and_one_that_may_be_undecided_is_skipped():
    assert results(read(*lending())) == {
        "selection_rate.ratio by race": [Failure],
        "true_positive_rate.difference by sex": [Skipped],
        "accuracy by race": [],
    }


def test_an_undecided_rule_of_level_error_is_an_error():
    audit, verdict = lending()
    strict = [one.model_copy(update={"undecided": "error"}) for one in verdict.checks]
    told = results(read(audit, verdict.model_copy(update={"checks": strict})))
    assert told["true_positive_rate.difference by sex"] == [Error]


def test_what_is_waived_is_skipped_with_its_reason_and_owner():
    case = next(one for suite in read(*with_policy()) for one in suite if one.name == "selection_rate.ratio by race")
    (skipped,) = case.result
    assert isinstance(skipped, Skipped) and skipped.type == "waived"
    assert "41 rows in the test set; more are due (model board, until 2026-12-31)" in skipped.message


def test_a_broken_rule_of_a_lesser_level_does_not_fail_but_says_what_was_found():
    audit, verdict = lending()
    lesser = [one.model_copy(update={"level": "warning"}) for one in verdict.checks]
    case = next(one for suite in read(audit, verdict.model_copy(update={"checks": lesser})) for one in suite)
    assert case.result == [] and "0.52 times as often" in case.system_out


def test_findings_about_the_policy_fail_only_where_they_are_errors():
    audit, verdict = with_policy()
    assert results(read(audit, verdict))["tpr-gap by sex"] == []
    grave = verdict.findings[0].model_copy(update={"severity": "error"})
    told = results(read(audit, verdict.model_copy(update={"findings": [grave]})))
    assert told["tpr-gap by sex"] == [Failure]


def test_the_rule_s_place_stands_where_readers_look_for_a_stack_trace():
    audit, verdict = with_policy()
    unwaived = verdict.checks[0].model_copy(update={"waived": False})
    root = ElementTree.fromstring(
        render_junit(audit, verdict.model_copy(update={"checks": [unwaived, *verdict.checks[1:]]})).encode()
    )
    assert root.find(".//failure").text.startswith("fairness/dlaudit.toml:12: ")


def test_names_do_not_change_with_numbers_limits_or_order():
    audit, verdict = lending()
    moved = [
        one.model_copy(
            update={
                "observed": 0.1,
                "limit": 0.5,
                "rule": one.rule.replace(f"{one.limit:g}", "0.5"),
                "worst": one.reference,
                "reason": "another one",
            }
        )
        for one in verdict.checks
    ]
    names = [
        {(case.classname, case.name) for suite in read(audit, Verdict(outcome="fail", checks=checks)) for case in suite}
        for checks in (verdict.checks, moved[::-1])
    ]
    assert names[0] == names[1]


def test_a_suite_names_the_run_the_model_and_the_data():
    audit, verdict = lending()
    for suite in read(audit, verdict):
        told = {one.name: one.value for one in suite.properties()}
        assert told["model.sha256"] == audit.model.sha256 and told["data.sha256"] == audit.data.sha256
        assert len(told["dlaudit.run"]) == 64
    again = audit.model_copy(update={"provenance": audit.provenance.model_copy(update={"started": "", "argv": ["x"]})})
    run = [next(iter(read(one, verdict))).properties() for one in (audit, again)]
    assert [one.value for one in run[0]] == [one.value for one in run[1]]


def test_the_whole_takes_as_long_as_the_audit_took():
    audit, verdict = lending()
    assert read(audit, verdict).time == pytest.approx(sum(audit.provenance.seconds.values()))


def test_junit_without_rules_skips():
    ((case,),) = read(*scores_only())
    (skipped,) = case.result
    assert isinstance(skipped, Skipped) and skipped.message == "Not judged: no rules were given"


def test_characters_that_xml_cannot_hold_are_replaced():
    assert legal("a\x00b\x1bc\ud800d\ufffee\tf\n") == "a�b�c�d�e\tf\n"
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring("<a>\x00</a>")
