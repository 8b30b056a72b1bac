"""One attack on all outputs at once: any mixture of what readers obey, in every field that holds text."""

import csv
import io
import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import report_hostile
import xmlschema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from report_policy import with_policy
from report_stuffed import stuffed
from test_outputs_github import parsed
from test_outputs_markdown import assert_harmless, leaves

from dlaudit.outputs.registry import OUTPUTS
from dlaudit.outputs.step_summary import step_summary
from dlaudit.outputs.terminal import terminal_summary

SCHEMAS = Path(__file__).parent / "schemas"
ATOMS = [
    *("::error::", "::set-output name=x::y", "##[error]", "##vso[task.x]", "::", "%0A", "\r\n", "\n", "\r"),
    *("=", "+", "-", "@", "\t", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example")', ",", ";", '"', "'"),
    *("@team", "#12", "GH-12", "owner/repo#3", "http://evil.example", "www.evil.example", "a@evil.example"),
    *("![a](b)", "[a](b)", "[a]: b", "](", "`", "```", "|", "*", "_", "~~", "$x$", ":tada:", "deadbeef01"),
    *("<img src=x>", "<!--", "-->", "]]>", "</details>", "&amp;", "&#64;team", "{{7*7}}", "{0}", "%s", "\\"),
    *("\x1b[31m", "\x9b31m", "\x1b]0;x\x07", "\x00", "\ufffe", "\u202e", "\u2066", "\u200b", "\u2028", "\x85"),
    *("1. ", "# ", "> ", "- ", "    ", "race", "Black", "é", "日本", "😀"),
]
PAYLOAD = st.lists(st.sampled_from(ATOMS) | st.text(max_size=3), min_size=1, max_size=6).map("".join)
UNSAFE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


@cache
def full():
    """An audit and a verdict with something in every field."""
    audit, verdict = with_policy()
    return stuffed(audit), stuffed(verdict)


@cache
def validators():
    sarif = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    gitlab = json.loads((SCHEMAS / "gl-code-quality.json").read_text())
    return {
        "sarif": Draft202012Validator(sarif).validate,
        "gitlab": Draft202012Validator(gitlab).validate,
        "junit": xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd")).validate,
    }


def assert_nothing_to_obey(lines):
    """No line begins a command, none holds one, and nothing moves a cursor or turns the text round."""
    for line in lines:
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line and "##vso" not in line, line
        assert not [one for one in line if unicodedata.category(one) in UNSAFE], line


def texts(node):
    """Every text of a JSON document, keys too."""
    if isinstance(node, dict):
        return [one for key, value in node.items() for one in (key, *texts(value))]
    if isinstance(node, list):
        return [one for value in node for one in texts(value)]
    return [node] if isinstance(node, str) else []


def messages(node):
    """Every plain message of a SARIF log."""
    if isinstance(node, dict):
        own = [node[key] for key in ("text", "justification") if isinstance(node.get(key), str)]
        return own + [one for value in node.values() for one in messages(value)]
    return [one for value in node for one in messages(value)] if isinstance(node, list) else []


def check_markdown(told):
    assert_nothing_to_obey(told.splitlines())
    assert_harmless(told)
    kinds = [token.type for token in leaves(told)]
    assert kinds.count("heading_open") == 1 and kinds.count("table_open") <= 1
    assert not {"ordered_list_open", "blockquote_open", "hr"} & set(kinds)


def check_card(told):
    """The card's text; its front matter is YAML, in which every text is quoted as JSON quotes it."""
    _, front, body = told.split("---\n", 2)
    assert_nothing_to_obey(told.splitlines())
    assert_harmless(body)
    names = [line for line in front.splitlines() if line.startswith("- name: ")]
    assert all(json.loads(line.removeprefix("- name: ")) for line in names)


def check_junit(told):
    root = ElementTree.fromstring(told.encode("utf-8"))
    validators()["junit"](root)
    data = [text for one in root.iter() for text in (*one.attrib.values(), (one.text or "").strip("\n "))]
    assert_nothing_to_obey(line for text in data for line in text.split("\n"))


def check_json(name, told):
    document = json.loads(told)
    validators()[name](document)
    assert_nothing_to_obey(line for text in texts(document) for line in text.split("\n"))
    assert not [one for one in messages(document) if "](" in one], "a plain message of SARIF has links too"


def check_csv(told):
    rows = list(csv.reader(io.StringIO(told, newline=""), strict=True))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    assert_nothing_to_obey(cells)
    assert not [
        one for one in cells if one.lstrip()[:1] in {"=", "+", "-", "@"} and not re.fullmatch(r"-?[\d.e+-]+", one)
    ]


def check_github(told):
    for line in told.splitlines():
        command = parsed(line)
        assert command is not None or re.fullmatch(r"\d+ more ha(s|ve) no annotation; the report has them all\.", line)
        if command is not None:
            assert command[0] in {"error", "warning", "notice"} and set(command[1]) == {"file", "line", "title"}
            assert_nothing_to_obey([command[2], command[1]["title"], line.lstrip(":")])


@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(PAYLOAD, min_size=1, max_size=4).map(tuple), st.booleans())
def test_no_mixture_of_payloads_in_any_field_is_obeyed_by_any_reader(payloads, everything):
    before, report_hostile.PAYLOADS = report_hostile.PAYLOADS, payloads
    try:
        audit, verdict = report_hostile.hostile(full(), everything=everything)
    finally:
        report_hostile.PAYLOADS = before
    told = {name: OUTPUTS.get(name).render(audit, verdict) for name in OUTPUTS if name != "html"}
    check_markdown(told["markdown"])
    check_markdown(step_summary(audit, verdict))
    check_card(told["model-card"])
    check_junit(told["junit"])
    check_json("sarif", told["sarif"])
    check_json("gitlab", told["gitlab"])
    check_csv(told["csv"])
    check_csv(told["contributions"])
    check_github(told["github"])
    assert_nothing_to_obey(terminal_summary(audit, verdict).splitlines())


def test_the_attack_reaches_every_output():
    """Each output shows some field that was spoiled: the search above is not one of empty pages (report.html has its
    own, in test_outputs_hostile.py)."""
    before, report_hostile.PAYLOADS = report_hostile.PAYLOADS, ("Marked",)
    try:
        audit, verdict = report_hostile.hostile(full())
    finally:
        report_hostile.PAYLOADS = before
    for name in set(OUTPUTS) - {"html"}:
        assert "Marked" in OUTPUTS.get(name).render(audit, verdict), name
