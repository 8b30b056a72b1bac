"""junit.xml: one test case for every check, as CI systems read it."""

import re
from xml.etree import ElementTree

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import BADGES
from dlaudit.outputs.checks import level_of, name_of, told
from dlaudit.record import Audit, Check, Verdict

_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(audit: Audit, verdict: Verdict | None) -> str:
    """The checks as JUnit XML: a suite for each set of features, a case for each check.

    A failed rule of level `warning` or `note`, a waived one and an undecided one that may be undecided do not fail;
    what was found stands in the case's output.
    """
    root = ElementTree.Element("testsuites", name="dlaudit")
    suites: dict[str, list[Check]] = {}
    for check in verdict.checks if verdict else []:
        suites.setdefault(" & ".join(check.by) or "all", []).append(check)
    for name, checks in suites.items():
        _suite(root, name, [_case(audit, check) for check in checks])
    if not suites:
        case = ElementTree.Element("testcase", classname="dlaudit", name="policy")
        ElementTree.SubElement(case, "skipped", message=f"{BADGES['none']}: no rules were given")
        _suite(root, "dlaudit", [case])
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False, short_empty_elements=True) + "\n"


def legal(data: str) -> str:
    """The text without the characters that XML 1.0 cannot hold; each becomes U+FFFD."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", data)


def _line(data: str) -> str:
    """Data text on one line: CI systems print it to their logs, and obey what starts a line there."""
    return legal(text.prose(data))


def _suite(root: ElementTree.Element, name: str, cases: list[ElementTree.Element]) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_line(name), tests=str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    suite.extend(cases)


def _case(audit: Audit, check: Check) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=_line(f"dlaudit.{check.rule}"), name=_line(name_of(check)))
    message, level = _line(told(audit, check)), level_of(check)
    where = _line(f"slice {check.worst or 'none'}, reference {check.reference or 'none'}")
    if check.outcome == "fail" and level == "error":
        ElementTree.SubElement(case, "failure", type="gate", message=message).text = where
    elif check.outcome == "undecided" and level == "error":
        ElementTree.SubElement(case, "error", type="undecided", message=message).text = where
    elif check.outcome in {"undecided", "none"}:
        ElementTree.SubElement(case, "skipped", message=message)
    ElementTree.SubElement(case, "system-out").text = message
    return case
