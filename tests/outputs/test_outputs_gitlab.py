"""gl-code-quality.json: the fields, values and unique fingerprints that GitLab asks for."""

import json
from pathlib import Path

import pytest
from golden_files import assert_golden
from jsonschema import Draft202012Validator
from report_audits import ALL, hostile, lending, scores_only
from report_policy import with_policy

from dlaudit.outputs.gitlab import render_gitlab

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parent / "schemas" / "gl-code-quality.json").read_text()))
AUDITS = {**ALL, "hostile": hostile, "policy": with_policy}


@pytest.mark.parametrize("name", AUDITS)
def test_the_list_is_valid_and_every_entry_has_its_own_fingerprint(name):
    text = render_gitlab(*AUDITS[name]())
    assert text.startswith("["), "GitLab reads no byte order mark"
    entries = json.loads(text)
    SCHEMA.validate(entries)
    assert len({one["fingerprint"] for one in entries}) == len(entries)


def test_the_list_is_as_it_was_last_looked_at():
    assert_golden("policy-gl-code-quality.json", render_gitlab(*with_policy()))


def test_the_list_is_empty_where_nothing_was_judged():
    assert json.loads(render_gitlab(*scores_only())) == []


def test_severities_follow_what_counts_now():
    audit, verdict = lending()
    assert [one["severity"] for one in json.loads(render_gitlab(audit, verdict))] == ["critical", "minor"]
    lesser = [one.model_copy(update={"level": "note", "undecided": "ignore"}) for one in verdict.checks]
    entries = json.loads(render_gitlab(audit, verdict.model_copy(update={"checks": lesser})))
    assert [one["severity"] for one in entries] == ["minor", "info"]
    assert [one["severity"] for one in json.loads(render_gitlab(*with_policy()))] == ["major", "minor", "info"]


def test_an_entry_stands_at_the_line_of_its_rule():
    lines = {one["check_name"]: one["location"]["lines"]["begin"] for one in json.loads(render_gitlab(*with_policy()))}
    assert lines == {"selection_rate.ratio by race": 12, "tpr-gap": 18, "DLA108": 40}
