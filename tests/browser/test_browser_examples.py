"""Cards of single rows in a real browser: names for everything, sounds that play, nothing that runs or asks."""

import re

import pytest
from report_audits import PAYLOADS, hostile
from report_examples import KINDS, with_cards
from report_lending import lending

from dlaudit.outputs.html import render_html

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n')
LENGTHS = """
  await page.evaluate(() => document.querySelectorAll('details').forEach(one => { one.open = true; }));
  return page.evaluate(() => Promise.all([...document.querySelectorAll('audio')].slice(0, 2).map(one =>
    new Promise(done => { one.onloadedmetadata = () => done(one.duration); one.onerror = () => done(-1);
      one.preload = 'auto'; one.load(); setTimeout(() => done(-2), 4000); }))));
"""
PICTURES = """
  await page.evaluate(() => document.querySelectorAll('details').forEach(one => { one.open = true; }));
  return page.evaluate(() => [...document.querySelectorAll('img')].map(one => [one.naturalWidth, one.alt]));
"""

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("view", ["dark", "narrow"])
def test_axe_finds_nothing_on_cards_and_nothing_is_asked_for(browser, view):
    found = browser(render_html(*few()), view)
    assert found["axe"] == []
    assert (found["console"], found["dialogs"], found["overflow"]) == ([], 0, 0)
    assert [one for one in found["requests"] if not one.startswith("data:")] == []


def few():
    """The lending audit with as many cards as there are kinds."""
    audit, verdict = lending()
    return with_cards(audit, each=2, most=2 * len(KINDS)), verdict


def test_axe_finds_nothing_on_masked_cards(browser):
    audit, verdict = lending()
    assert (
        browser(render_html(with_cards(audit, ("cells", "passage"), each=2, mode="masked"), verdict), "light")["axe"]
        == []
    )


@pytest.mark.parametrize("turn", range(0, len(PAYLOADS), 6))
def test_hostile_contents_are_inert_even_without_the_policy(browser, turn):
    audit, verdict = few()
    audit = audit.model_copy(update={"probes": []})
    html, removed = POLICY.subn("", render_html(*hostile((audit, verdict), turn=turn)))
    assert removed == 1
    found = browser(html, "light")
    assert (found["ran"], found["dialogs"], found["console"]) == (None, 0, [])
    assert [one for one in found["requests"] if not one.startswith("data:")] == []


def test_sounds_play_under_the_policy_and_not_without_leave(browser):
    html = render_html(*few())
    assert all(abs(length - 0.25) < 0.01 for length in browser(html, "light", steps=LENGTHS)["told"])
    refused = browser(html.replace("media-src data:; ", ""), "light", steps=LENGTHS)["told"]
    assert refused and all(length < 0 for length in refused)


def test_every_picture_is_drawn_and_named(browser):
    pictures = browser(render_html(*few()), "light", steps=PICTURES)["told"]
    assert len(pictures) >= 4 and all(width > 0 and "predicted" in alt for width, alt in pictures)


def test_cards_print(browser, tmp_path):
    pdf = tmp_path / "report.pdf"
    browser(render_html(*few()), "light", pdf=pdf)
    assert pdf.read_bytes().startswith(b"%PDF")
