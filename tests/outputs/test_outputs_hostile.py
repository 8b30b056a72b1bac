"""Every slot of the record that can hold text, attacked in every output; tests/browser opens the same pages."""

import re
import unicodedata
from functools import cache
from html.parser import HTMLParser

import pytest
from report_audits import ALL, PAYLOADS, hostile, lending
from report_examples import lending_cards
from report_hostile import filled, slots
from report_stuffed import stuffed

from dlaudit.metrics.changes import disparity_changes, value_changes
from dlaudit.outputs.github import render_github
from dlaudit.outputs.html import render_html
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.notebook import render_notebook
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.record import Accepted, Audit, RunComparison, RunRef, Verdict

TURNS = range(len(PAYLOADS))
OURS = ("#", "data:image/png;base64,", "data:audio/wav;base64,", "audit.json")
"""How addresses in a page begin."""
ACTING = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Categories of characters that do something rather than show something."""
RUN = re.compile(r"run [0-9a-f]{12}")
"""The run's mark at the foot of printed pages, made from the record itself."""


@cache
def full():
    """Lending with something in every field."""
    audit, verdict = lending()
    return stuffed(audit), stuffed(verdict)


@cache
def compared():
    """A comparison of two runs with something in every field."""
    audit, _ = full()
    ref = RunRef(place="a", title="t", rows=1)
    taken = Accepted(at="2026-11-21T09:00:00+00:00", reason="r", sha256="0" * 64)
    values = value_changes(audit, audit, {"selection_rate"})
    changes = disparity_changes(audit, audit)
    return stuffed(RunComparison(old=ref, new=ref, accepted=taken, not_paired="n", changes=changes, values=values))


class Shape(HTMLParser):
    """Which elements, attributes and addresses a page has, and what stands in its scripts and styles."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.names, self.addresses, self.inline, self._within = set(), set(), set(), [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        addresses = {value for name, value in attrs if name in {"href", "src", "action", "xlink:href", "srcdoc"}}
        self.addresses |= addresses - {"audit.json"}  # the file beside the page, by its name alone
        self._within = tag

    def handle_data(self, data):
        if self._within in {"style", "script"} and data.strip():
            self.inline.append(RUN.sub("run", data))

    def handle_endtag(self, tag):
        self._within = ""


def test_every_slot_that_can_hold_text_is_attacked():
    audits = [*(given for name in ALL for given in ALL[name]()), *full(), compared(), lending_cards()[0]]
    held = set().union(*(filled(one) for one in audits if one is not None))
    missing = slots(Audit, Verdict, RunComparison) - held
    assert missing == set(), "a new field of the record that no hand-made audit fills"


def test_a_slot_that_nobody_fills_would_be_noticed():
    held = filled(*lending())
    assert ("Declared", "owner") in slots(Audit) and ("Declared", "owner") not in held


def test_text_becomes_a_payload_unless_the_record_refuses_it():
    audit, verdict = full()
    spoilt, _ = hostile((audit, verdict), everything=True)
    kept = {"overall", "unknown", ""}
    left = [one.id for one in spoilt.slices if one.id not in kept and not any(p[:4] in one.id for p in PAYLOADS)]
    assert left == []
    assert spoilt.title != audit.title and spoilt.provenance.dlaudit != audit.provenance.dlaudit


def test_every_slot_meets_every_payload():
    met = {hostile(turn=turn)[0].title.rpartition(" ")[0] for turn in TURNS}
    assert met == set(PAYLOADS)


@cache
def clean_shape(render):
    return Shape(render(*full()))


@pytest.mark.parametrize(
    ("render", "turn"), [*((render_html, turn) for turn in TURNS), *((render_notebook, turn) for turn in TURNS[::5])]
)
def test_a_hostile_record_adds_no_element_attribute_or_address(render, turn):
    clean = clean_shape(render)
    page = Shape(render(*hostile(full(), turn=turn, everything=turn % 2 == 1)))
    assert page.tags <= clean.tags and page.names <= clean.names
    assert all(one.startswith(OURS) for one in page.addresses)
    assert unnamed(page.inline[0]) == unnamed(clean.inline[0]) and page.inline[-1] == clean.inline[-1]


def unnamed(style):
    """The style sheet without the run's name, which is twelve digits and nothing else."""
    return re.sub(r'(?<="dlaudit, run )[0-9a-f]{12}(?="}})', "", style)


def test_a_page_that_escapes_nothing_would_be_noticed():
    clean, page = render_html(*full()), render_html(*full()).replace("</h1>", f"{PAYLOADS[1]}</h1>")
    assert Shape(page).tags - Shape(clean).tags == {"img"}


@pytest.mark.parametrize("turn", TURNS)
def test_markdown_shows_no_element_link_or_mention_of_the_data(turn):
    told = render_markdown(*hostile(full(), turn=turn, everything=turn % 2 == 1))
    assert not re.search(r"(?<!\\)<(?!(/?(details|summary|sub|br)\b|!--))[a-z/!]", told, re.IGNORECASE)
    assert "](javascript:" not in told and "](http://evil" not in told and "![a]" not in told


@pytest.mark.parametrize("turn", TURNS[::4])
@pytest.mark.parametrize("given", [lending_cards, lambda: (lending()[0], None)])
def test_cards_of_hostile_rows_and_an_audit_without_rules_add_nothing_either(given, turn):
    clean, page = Shape(render_html(*given())), Shape(render_html(*hostile(given(), turn=turn)))
    assert page.tags <= clean.tags and page.names <= clean.names
    assert all(one.startswith(OURS) for one in page.addresses)


@pytest.mark.parametrize("turn", TURNS)
def test_no_acting_character_reaches_a_terminal_a_log_or_a_page(turn):
    audit, verdict = hostile(full(), turn=turn, everything=turn % 2 == 1)
    for told in (
        terminal_summary(audit, verdict, width=80),
        render_github(audit, verdict),
        render_html(audit, verdict),
        render_markdown(audit, verdict),
    ):
        assert {c for c in told if unicodedata.category(c) in ACTING and c != "\n"} == set()
