import base64
import hashlib
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from golden_files import assert_golden, section
from jinja2 import UndefinedError
from report_audits import ALL, PAYLOADS, hostile, lending, multiclass

from dlaudit.outputs.html import render_html
from dlaudit.outputs.templates import environment, render, template_directory

VOID = {"meta", "br", "link", "img", "input", "hr"}
FORBIDDEN = re.compile(
    r"\b(fair|fairness|unfair|unbiased|compliant|compliance|certified|proves?|biased)\b", re.IGNORECASE
)


SECTIONS = ("verdict", "intersections", "why", "trust", "found", "thresholds", "calibration", "sensitivity")
SECTIONS += ("findings", "data", "standards", "method")


class Page(HTMLParser):
    """The tags, attributes, text and inline contents of a report; refuses tags that do not match."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self.inline, self.ids = [], [], [], {}, []
        self._open = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if self._open and self._open[-1] in {"script", "style"}:
            self.inline.setdefault(self._open[-1], []).append(data)
        else:
            self.text.append(data)


@pytest.fixture(scope="module", params=ALL)
def html(request):
    return render_html(*ALL[request.param]())


def test_nothing_in_the_page_is_styled_or_handled_inline(html):
    page = Page(html)
    names = {name for _, name, _ in page.attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    assert not {"img", "iframe", "object", "embed", "link", "base", "form", "audio", "video"} & set(page.tags)
    assert page.tags.count("input") == page.ids.count("threshold")


def test_links_stay_in_the_page(html):
    page = Page(html)
    links = [(name, value) for _, name, value in page.attributes if name in {"href", "src", "action", "xlink:href"}]
    links.remove(("href", "audit.json"))  # the file beside the page, by its name alone
    assert links and all(name == "href" and value.startswith("#") for name, value in links)
    assert {value[1:] for _, value in links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert not [value for _, _, value in page.attributes if value and re.match(r"\s*(https?:|//|javascript:)", value)]


def test_the_policy_lets_exactly_this_script_and_style_run(html):
    page = Page(html)
    policy = next(
        value for tag, name, value in page.attributes if tag == "meta" and name == "content" and "default-src" in value
    )
    assert "unsafe" not in policy and "default-src 'none'" in policy
    for tag in ("script", "style"):
        content = page.inline[tag][-1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    twin = base64.b64encode(hashlib.sha256((page.inline["script"][-1] + " ").encode()).digest()).decode()
    assert twin not in policy
    assert page.tags.count("style") == 1
    kinds = [value for tag, name, value in page.attributes if tag == "script" and name == "type"]
    assert page.tags.count("script") == 1 + len(kinds) and set(kinds) <= {"application/json"}


def test_no_control_or_direction_character_reaches_the_page(html):
    acting = {c for c in html if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs"} and c != "\n"}
    assert acting == set()


def test_the_report_never_says_more_than_it_measured(html):
    prose = " ".join(Page(html).text)
    assert FORBIDDEN.findall(prose.replace("fairlearn", "").replace("Fairlearn", "")) == []


def test_the_guard_of_words_would_notice():
    assert FORBIDDEN.findall("This model is fair and compliant; that proves it.") == ["fair", "compliant", "proves"]


def test_hostile_names_are_text_and_nothing_else():
    html = render_html(*hostile())
    page = Page(html)
    assert page.tags.count("script") == 1 + page.ids.count("explore-data") and "{{7*7}}" in html and "49{%" not in html
    shown = "".join(page.text)
    for payload in PAYLOADS[:3]:
        assert payload in shown
    assert "x" * 500 not in page.text[2]


@pytest.mark.parametrize("id_", SECTIONS)
def test_sections_are_as_they_were_last_looked_at(id_):
    assert_golden(f"lending-{id_}.html", section(render_html(*lending()), id_))


def test_gaps_are_as_they_were_last_looked_at():
    html = section(render_html(*multiclass()), "gaps")
    assert_golden("multiclass-gaps.html", re.sub(r'<p class="small">[^<]*</p>\n', "", html))


def test_every_section_has_its_anchor_and_heading(html):
    for id_ in (*SECTIONS, "gaps", "glossary"):
        assert f'href="#{id_}"' in html and f'id="{id_}"' in html


def test_tables_have_captions_and_named_regions(html):
    page = Page(html)
    assert page.tags.count("caption") == page.tags.count("table")
    labels = [value for _, name, value in page.attributes if name == "aria-label"]
    assert len(labels) == len(set(labels))


def test_the_same_audit_gives_the_same_bytes():
    assert render_html(*lending()) == render_html(*lending())


def test_the_report_stays_small():
    assert len(render_html(*lending()).encode()) < 200_000


def test_an_unknown_name_in_a_template_is_an_error():
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing_of_that_name }}").render()
    with pytest.raises(UndefinedError):
        render("sections/gaps.html.j2")


def test_templates_hold_no_inline_style_and_no_unescaped_output():
    for path in template_directory().rglob("*.j2"):
        source = path.read_text(encoding="utf-8")
        assert "|safe" not in source and "style=" not in source and "autoescape" not in source, path.name
