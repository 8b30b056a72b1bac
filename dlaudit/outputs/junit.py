"""junit.xml: one test case for every check, as GitHub's reporters, GitLab and Jenkins read it."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import BADGES
from dlaudit.outputs.checks import level_of, name_of, told, waivers_told
from dlaudit.outputs.identity import check_parts, distinct, findings_digest, rule_ids
from dlaudit.outputs.issues import named, place_of
from dlaudit.outputs.policy_told import policy_findings
from dlaudit.record import Audit, Check, Finding, Verdict

_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COUNTED = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test case."""

    classname: str
    name: str
    output: str
    """What was found, whatever came of it."""
    result: str = ""
    """`failure`, `error` or `skipped`; empty where the case holds."""
    kind: str = ""
    """Why, in one word."""
    where: str = ""
    """The rule's place, as readers find it in a stack trace."""


def render_junit(audit: Audit, verdict: Verdict | None) -> str:
    """The checks as JUnit XML: a suite for each set of features, a case for each check.

    A rule of level `error` that is broken is a failure, one that is undecided an error; what may be undecided and what
    is waived is skipped, with its reason. A broken rule of a lesser level does not fail: what was found stands in the
    case's output. Findings about the policy and its baseline are cases of the suite `policy`.
    """
    root = ElementTree.Element("testsuites", name="dlaudit")
    for name, cases in _suites(audit, verdict).items():
        _suite(root, name, cases, audit)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    # rules are judged in no time that could be measured; the whole is what the audit took
    root.set("time", f"{sum(audit.provenance.seconds.values()):.3f}")
    ElementTree.indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def legal(data: str) -> str:
    """The text without the characters that XML 1.0 cannot hold; each becomes U+FFFD."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", data)


def _suites(audit: Audit, verdict: Verdict | None) -> dict[str, list[Case]]:
    checks = verdict.checks if verdict else []
    ids = rule_ids(checks)
    # two checks of one name would be one case to a reader; the second is numbered
    names = distinct([check_parts(one, ids[one.rule]) for one in checks])
    suites: dict[str, list[Case]] = {}
    for check, parts in zip(checks, names, strict=True):
        number = f" ({parts[4]})" if len(parts) > 4 else ""
        case = _of_check(audit, check, (ids[check.rule], name_of(check) + number))
        suites.setdefault(" & ".join(check.by) or "all", []).append(case)
    policy = [_of_finding(one) for one in policy_findings(audit, verdict)]
    if not checks:
        told_none = f"{BADGES['none']}: no rules were given"
        policy.append(Case(classname="dlaudit.policy", name="rules", output=told_none, result="skipped", kind="none"))
    return suites | ({"policy": policy} if policy else {})


def _of_check(audit: Audit, check: Check, names: tuple[str, str]) -> Case:
    rule, name = names
    message, level = told(audit, check), level_of(check)
    result, kind = "", str(check.outcome)
    if check.waived:
        result, kind = "skipped", "waived"
        message = f"waived: {waivers_told(check.waivers)} {message}"
    elif check.outcome == "fail" and level == "error":
        result, kind = "failure", "gate"
    elif check.outcome == "undecided":
        result = "error" if level == "error" else "skipped"
    elif check.outcome == "none":
        result = "skipped"
    place = place_of(check.file, check.line)
    sides = f"slice {text.name(check.worst or text.NONE)}"
    if check.reference or check.compare is None:  # a slice is compared with itself before
        sides += f", reference {text.name(check.reference or text.NONE)}"
    return Case(
        classname=f"dlaudit.{named(rule)}",
        name=text.name(name, limit=200),
        output=message,
        result=result,
        kind=kind,
        where=f"{place.file}:{place.line}: {sides}",
    )


def _of_finding(finding: Finding) -> Case:
    place = place_of(finding.evidence.get("file"), finding.evidence.get("line"))
    return Case(
        classname=f"dlaudit.{text.name(finding.code)}",
        name=text.name(finding.subject, limit=200),
        output=f"{text.prose(finding.message)} {text.prose(finding.next_step)}",
        result="failure" if finding.severity == "error" else "",
        kind="policy",
        where=f"{place.file}:{place.line}: {text.name(finding.code)}",
    )


def _suite(root: ElementTree.Element, name: str, cases: list[Case], audit: Audit) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_line(name), tests=str(len(cases)))
    for key, tag in _COUNTED:
        suite.set(key, str(sum(case.result == tag for case in cases)))
    suite.set("time", "0")
    if audit.provenance.started:
        suite.set("timestamp", _line(audit.provenance.started))
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in _properties(audit).items():
        ElementTree.SubElement(properties, "property", name=key, value=_line(value))
    suite.extend(map(_element, cases))


def _properties(audit: Audit) -> dict[str, str]:
    """What was audited, so that a result can be traced to its run."""
    known = {
        "dlaudit.run": findings_digest(audit),
        "dlaudit.version": audit.provenance.dlaudit,
        "model.sha256": audit.model.sha256,
        "model.fingerprint": audit.model.fingerprint,
        "data.sha256": audit.data.sha256,
    }
    return {key: value for key, value in known.items() if value}


def _element(case: Case) -> ElementTree.Element:
    made = ElementTree.Element("testcase", classname=_line(case.classname), name=_line(case.name), time="0")
    if case.result:
        found = ElementTree.SubElement(made, case.result, type=case.kind, message=_line(case.output))
        found.text = _line(case.where)
    ElementTree.SubElement(made, "system-out").text = _line(case.output)
    return made


def _line(data: str) -> str:
    """Data text on one line: CI systems print it to their logs, and obey what starts a line there."""
    return legal(text.line(data))
