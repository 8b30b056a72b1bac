"""summary.md: read by a GFM parser, in which names are text; marker, length and what is left out."""

import re

import pytest
from golden_files import assert_golden
from markdown_it import MarkdownIt
from report_audits import PAYLOADS, hostile, lending, scores_only
from report_policy import with_policy
from report_stuffed import stuffed

from dlaudit.outputs.html import render_html
from dlaudit.outputs.identity import audit_name
from dlaudit.outputs.markdown import LONGEST, MARKER, marker, render_markdown
from dlaudit.outputs.markup import escaped
from dlaudit.record import Verdict

GFM = MarkdownIt("gfm-like")
GFM.linkify.set({"fuzzy_link": False, "fuzzy_email": True})
OURS = re.compile(
    r"<!-- -->|<!-- dlaudit:[a-z0-9-]+ -->\n|<details><summary>Findings \(\d+\)</summary>\n|</details>\n?"
)
"""The only HTML of a summary."""
REFERENCE = re.compile(
    r"(?<![\w`])@[\w-]|#\d|\bGH-\d|://|\bwww\.[\w]|:[\w+-]+:|(?<![0-9a-zA-Z])[0-9a-f]{7,64}(?![0-9a-zA-Z])"
)
"""What GitHub would make a mention, a reference, a link or an emoji of, within one piece of text."""


def leaves(markdown):
    """Every token of a document, those within lines too."""
    for token in GFM.parse(markdown):
        yield token
        yield from token.children or []


def assert_harmless(markdown):
    """No link, image or HTML that is not ours, no mention and no reference."""
    for token in leaves(markdown):
        assert token.type not in {"link_open", "image", "fence", "code_block", "s_open"}, token
        if token.type in {"html_block", "html_inline"}:
            assert OURS.fullmatch(token.content), token.content
        if token.type == "text":
            assert not REFERENCE.search(token.content), token.content
        if token.type == "code_inline":
            assert token.content in {"report.html", "audit.json"}


def test_markdown_is_as_it_was_last_looked_at():
    assert_golden("lending-summary.md", render_markdown(*lending()))
    assert_golden("policy-summary.md", render_markdown(*with_policy()))


def test_a_gfm_parser_finds_one_heading_and_one_table_and_no_link():
    told = render_markdown(*lending())
    assert_harmless(told)
    kinds = [token.type for token in leaves(told)]
    assert kinds.count("heading_open") == kinds.count("table_open") == 1
    assert kinds.count("tr_open") == 4 and kinds.count("td_open") == 15


@pytest.mark.parametrize("turn", range(0, len(PAYLOADS), 4))
def test_a_hostile_audit_adds_nothing_to_the_summary_but_text(turn):
    audit, verdict = lending()
    told = render_markdown(*hostile((stuffed(audit), stuffed(verdict)), turn=turn, everything=True))
    assert_harmless(told)
    kinds = [token.type for token in leaves(told)]
    assert kinds.count("heading_open") == 1 and "ordered_list_open" not in kinds and "blockquote_open" not in kinds


def test_the_parser_does_find_what_is_not_escaped():
    for bad in ("<b>x</b>", "[a](http://b.example)", "![a](b)", "@team", "see #12", "http://evil.example", "0123abcd"):
        with pytest.raises(AssertionError):
            assert_harmless(bad)
        assert_harmless(escaped(bad))


@pytest.mark.parametrize(
    "text",
    [
        "1. one",
        "12) twelve",
        "- item",
        "# heading",
        "> quote",
        "=====",
        "~~~",
        "~~gone~~",
        "a|b",
        "GH-12 owner/repo#3 me@0123456789abcdef0123456789abcdef01234567",
        ":tada: $x^2$ www.evil.example mailto:a@b.example",
        "&lt;b&gt; &#64;team",
        "<!-- dlaudit:other -->",
        "\\[a](b)",
        "::error::x ##[error]y",
        "    indented",
        "[^1]: note",
    ],
)
def test_text_is_shown_as_it_was_written(text):
    tokens = list(leaves(escaped(text)))
    assert_harmless(escaped(text))
    assert [one.type for one in tokens if one.block] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(one.content for one in tokens if one.type == "text") == text.strip()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_escaping_leaves_no_active_character(payload):
    told = escaped(payload)
    assert "\n" not in told and "\r" not in told
    assert not re.search(r"(?<!\\)[`*_\[\]|]", told)
    assert not re.search(r"<(?!!-- -->)", told)
    assert not re.search(r"[@#](?!<!-- -->)", told)


def test_the_marker_is_the_first_line_and_the_same_in_every_run():
    audit, verdict = lending()
    assert (
        render_markdown(audit, verdict).splitlines()[0]
        == marker(audit)
        == "<!-- dlaudit:lending-model-on-the-hold-out-set -->"
    )
    assert marker(audit).startswith(MARKER)
    assert marker(scores_only()[0]) == "<!-- dlaudit:test -->", "without a title or a model, the data's name"


@pytest.mark.parametrize("title", ["--> <script>", "a\nb", "日本", "x" * 400, "Ä", ""])
def test_no_title_breaks_out_of_the_marker(title):
    audit, _ = lending()
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", audit_name(audit.model_copy(update={"title": title})))


def test_titles_that_differ_only_in_what_a_marker_cannot_hold_have_two_markers():
    audit, _ = lending()
    names = {audit_name(audit.model_copy(update={"title": title})) for title in ("日本", "中国", "x" * 70, "x" * 71)}
    assert len(names) == 4


def test_waivers_and_findings_about_the_policy_are_told():
    told = render_markdown(*with_policy())
    assert "41 rows in the test set; more are due \\(model board, until 2026-12-31\\)" in told
    assert "- **warning** DLA108 tpr-gap by sex: The waiver of tpr-gap by sex expired on 2026-01-31." in told


def test_long_summaries_say_how_much_is_left_out():
    audit, verdict = lending()
    many = [verdict.checks[0].model_copy(update={"rule": f"rule {at}"}) for at in range(80)]
    told = render_markdown(audit, Verdict(outcome="fail", checks=many))
    assert "and 30 more checks" in told
    findings = [
        audit.findings[0].model_copy(update={"message": "x" * 1200, "next_step": "y|" * 600}) for _ in range(60)
    ]
    long = render_markdown(audit.model_copy(update={"findings": findings}), verdict)
    assert len(long) <= LONGEST < 65_536
    assert re.search(r"… \d+ more lines are in `report.html`\.\n$", long)
    assert long.count("<details>") == long.count("</details>") == 1, "what is folded would hide the note"


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
