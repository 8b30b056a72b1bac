"""Every slot of the record attacked, in Chromium and without the policy: nothing runs, nothing is asked for."""

import re
from functools import cache
from html import escape

import pytest
from report_audits import PAYLOADS, hostile, lending
from report_examples import lending_cards
from report_stuffed import stuffed

from dlaudit.metrics.changes import disparity_changes
from dlaudit.outputs.diff import render_diff
from dlaudit.outputs.html import render_html
from dlaudit.outputs.inventory import render_inventory
from dlaudit.outputs.notebook import render_notebook
from dlaudit.outputs.view.inventory import Run
from dlaudit.record import RunComparison, RunRef

pytestmark = pytest.mark.browser

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n')
KINDS = """
const kinds = new Set(), names = new Set(), ran = [];
for (const frame of page.frames()) {
  const told = await frame.evaluate(() => {
    const seen = [];
    const walk = root => root.querySelectorAll('*').forEach(one => {
      seen.push([one.localName, one.getAttributeNames()]);
      if (one.shadowRoot) walk(one.shadowRoot);
    });
    walk(document);
    return { seen, ran: window.__ran ?? null };
  });
  told.seen.forEach(([kind, own]) => { kinds.add(kind); own.forEach(name => names.add(name)); });
  if (told.ran !== null) ran.push(told.ran);
}
return { ran, frames: page.frames().length, kinds: [...kinds].sort(), names: [...names].sort() };"""
TURNS = range(len(PAYLOADS))


@cache
def full():
    audit, verdict = lending()
    return stuffed(audit), stuffed(verdict)


def report(audit, verdict):
    return render_html(audit, verdict)


def notebook(audit, verdict):
    page = render_notebook(audit, verdict)
    return f'<!doctype html><html lang="en"><title>n</title><body>{page}</body></html>'


def index(audit, verdict):
    read = Run(place="a", href="./a/report.html", audit=audit, verdict=verdict)
    return render_inventory([read, Run(place=audit.title, href=None, fault=audit.title)])


def diff(audit, verdict):
    ref = RunRef(place=audit.title, title=audit.title, rows=1)
    given = RunComparison(old=ref, new=ref, not_paired="n", changes=disparity_changes(audit, audit))
    return render_diff(given, audit)


PAGES = {"report": report, "notebook": notebook, "index": index, "diff": diff}


def framed(pages):
    """All the pages in one, each in a frame of its own, without their policies."""
    bare = [POLICY.sub("", page) for page in pages]
    assert not any("Content-Security-Policy" in page for page in bare)
    frames = "".join(f'<iframe title="{place}" srcdoc="{escape(page)}"></iframe>' for place, page in enumerate(bare))
    return f'<!doctype html><html lang="en"><title>frames</title><body>{frames}</body></html>'


def assert_inert(browser, clean, pages):
    """What the pages hold has added no element or attribute, run nothing and asked for nothing."""
    before = browser(framed([clean]), steps=KINDS)["told"]
    found = browser(framed(pages), steps=KINDS)
    after = found["told"]
    assert after["frames"] == 1 + len(pages) and after["ran"] == []
    assert set(after["kinds"]) <= set(before["kinds"]) and set(after["names"]) <= set(before["names"])
    assert [one for one in found["requests"] if not one.startswith(("data:", "about:"))] == []
    assert (found["console"], found["dialogs"]) == ([], 0)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_in_a_hostile_record_runs_or_becomes_an_element(browser, page):
    some = TURNS if page != "notebook" else TURNS[::5]  # the same sections as the report's
    pages = [PAGES[page](*hostile(full(), turn=turn, everything=turn % 2 == 1)) for turn in some]
    assert_inert(browser, PAGES[page](*full()), pages)


def test_nothing_in_hostile_rows_runs_or_becomes_an_element(browser):
    pages = [render_html(*hostile(lending_cards(), turn=turn)) for turn in TURNS[::3]]
    assert_inert(browser, render_html(*lending_cards()), pages)


def test_a_page_in_which_one_name_runs_would_be_noticed(browser):
    leaky = render_html(*lending()).replace("</h1>", f"</h1>{PAYLOADS[0]}")
    assert browser(framed([render_html(*lending()), leaky]), steps=KINDS)["told"]["ran"] == [1]


@pytest.mark.parametrize("page", [one for one in PAGES if one != "notebook"])
def test_the_policy_alone_would_stop_what_was_not_escaped(browser, page):
    leaks = "".join((PAYLOADS[0], '<img src=x onerror="window.__ran=2">', '<img src="http://127.0.0.1:9/leak.png">'))
    html = PAGES[page](*full()).replace("</h1>", f"</h1>{leaks}")
    assert browser(POLICY.sub("", html), steps=KINDS)["told"]["ran"] != []
    found = browser(html, steps=KINDS)
    assert found["told"]["ran"] == []
    assert found["console"] and all("Content Security Policy" in line for line in found["console"])
