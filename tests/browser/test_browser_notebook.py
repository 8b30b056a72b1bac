"""The report as a notebook's output: in pages that are parsed, and where a notebook sets innerHTML as theirs do."""

import json
import re

import pytest
from report_audits import hostile, lending

from dlaudit.outputs.notebook import in_shadow, render_notebook

pytestmark = pytest.mark.browser

ROUGH = """
* { color: red !important; font: 30px cursive !important; --ink: lime !important; border: 3px solid lime !important; }
table, svg, nav { display: none !important; }
[hidden] { display: none !important; }
html { font-size: 10px; }
#verdict, #explore, .room, .verdict { display: none !important; }
"""
"""Styles of a notebook that would wreck any page within their reach."""

SET = """(function () {
  const output = document.querySelector('#output%d');
  output.innerHTML = %s;
  %s
})();"""
REPLACED = """output.querySelectorAll('script').forEach(old => {
  const made = document.createElement('script');
  made.textContent = old.textContent;
  old.parentNode.replaceChild(made, old);
});"""
"""How JupyterLab and nbclassic run the scripts of an output that is trusted."""
APPENDED = """[...output.getElementsByTagName('script')].forEach(old => {
  const made = document.createElement('script');
  made.text = old.innerText;
  output.appendChild(made).parentNode.removeChild(made);
});"""
"""How VS Code runs them."""
WAYS = {"parsed": None, "replaced": REPLACED, "appended": APPENDED}


def notebook(way, *outputs, style="", body=""):
    """A page that shows the outputs as that kind of notebook does."""
    head = f'<!doctype html><html lang="en"><head><title>Notebook</title><style>{style}</style></head>'
    cells, scripts = [], []
    for place, output in enumerate(outputs):
        shown = output if way == "parsed" else ""
        cells.append(f'<p id="verdict">cell {place}</p><div id="output{place}">{shown}</div>')
        if WAYS[way] is not None:
            literal = json.dumps(output).replace("<", "\\u003c")
            scripts.append(SET % (place, literal, WAYS[way]))
    script = f"<script>{''.join(scripts)}</script>" if scripts else ""
    return f"{head}<body {body}><main><h1>Notebook</h1>{''.join(cells)}</main>{script}</body></html>"


NOTICE = "Found declarative shadowrootmode attribute"


def messages(found):
    """What was logged, but Chromium's own notice that innerHTML attaches no shadow root."""
    return [line for line in found["console"] if not line.startswith(NOTICE)]


ROOMS = "const hosts = [...document.querySelectorAll('.dlaudit-report')], rooms = hosts.map(one => one.shadowRoot);"

SEEN = f"""return page.evaluate(() => {{
  {ROOMS}
  const style = (root, what) => getComputedStyle(root.querySelector(what));
  return rooms.map(root => ({{
    ink: style(root, '.say').color, font: style(root, '.say').fontFamily, size: style(root, '.say').fontSize,
    table: style(root, 'table').display, room: style(root, '.room').display, drawn: style(root, 'svg').display,
    width: root.querySelector('.room').scrollWidth - root.querySelector('.room').clientWidth,
    check: root.querySelector('#explore-check').textContent, slider: root.querySelector('.slider').hidden,
    fallback: root.host.querySelector('p').getClientRects().length,
  }}));
}});"""


@pytest.mark.parametrize("way", WAYS)
def test_no_style_of_a_notebook_reaches_the_report(browser, way):
    found = browser(notebook(way, render_notebook(*lending()), style=ROUGH), steps=SEEN)
    (seen,) = found["told"]
    assert (seen["ink"], seen["size"]) == ("rgb(27, 29, 33)", "22.72px") and "cursive" not in seen["font"]
    assert (seen["table"], seen["room"], seen["drawn"]) == ("table", "block", "block")
    assert (seen["width"], seen["slider"], seen["fallback"]) == (0, False, 0)
    assert "equal the audited ones" in seen["check"]
    assert (found["requests"], messages(found), found["dialogs"]) == ([], [], 0)


def test_outside_a_shadow_root_the_same_styles_would_wreck_it(browser):
    bare = re.sub(r"</?template[^>]*>", "", render_notebook(*lending()))
    steps = "return page.evaluate(() => getComputedStyle(document.querySelector('table')).display)"
    assert browser(notebook("parsed", bare, style=ROUGH), steps=steps)["told"] == "none"


MOVED = f"""
await page.evaluate(() => {{
  {ROOMS}
  rooms[1].querySelector('#threshold').focus();
}});
for (let step = 0; step < 9; step += 1) await page.keyboard.press('ArrowLeft');
return page.evaluate(() => {{
  {ROOMS}
  const table = root => [...root.querySelectorAll('#explore td + td')].map(one => one.textContent).join();
  rooms[1].querySelector('#theme').click();
  rooms[0].querySelector('nav a[href="#glossary"]').click();
  rooms[0].querySelector('#unfold').click();
  return {{
    at: rooms.map(root => root.querySelector('#threshold').value), same: table(rooms[0]) === table(rooms[1]),
    scheme: rooms.map(root => getComputedStyle(root.querySelector('.room')).colorScheme),
    open: rooms.map(root => root.querySelectorAll('details[open]').length > 3),
    focus: [rooms[0].activeElement?.id ?? null, rooms[1].activeElement?.id ?? null], address: location.hash,
  }};
}});"""


@pytest.mark.parametrize("way", WAYS)
def test_two_reports_in_one_notebook_leave_each_other_alone(browser, way):
    report = render_notebook(*lending())
    found = browser(notebook(way, report, report), steps=MOVED)
    told = found["told"]
    assert int(told["at"][0]) - int(told["at"][1]) == 9 and not told["same"]
    assert told["scheme"] == ["light dark", "dark"]
    assert told["open"] == [True, False]
    assert told["focus"] == ["glossary", None] and told["address"] == ""
    assert messages(found) == []


LINKS = f"""return page.evaluate(async () => {{
  {ROOMS}
  const [root] = rooms, room = root.querySelector('.room'), lost = [];
  for (const link of root.querySelectorAll('a[href^="#"]')) {{
    const part = root.getElementById(link.hash.slice(1));
    if (!part) {{ lost.push(link.hash); continue; }}
    link.click();
    const [at, frame] = [part.getBoundingClientRect(), room.getBoundingClientRect()];
    if (at.bottom < frame.top || at.top > frame.bottom) lost.push(link.hash);
  }}
  return lost;
}});"""


def test_every_link_leads_to_its_place_in_the_report(browser):
    found = browser(notebook("replaced", render_notebook(*lending())), steps=LINKS, reducedMotion="reduce")
    assert (found["told"], messages(found)) == ([], [])


@pytest.mark.parametrize(("ground", "scheme"), [("#111", "dark"), ("#fff", "light")])
def test_the_report_is_as_dark_as_the_notebook(browser, ground, scheme):
    page = notebook("replaced", render_notebook(*lending()), body=f'style="background:{ground}"')
    steps = f"""return page.evaluate(() => {{
      {ROOMS}
      return getComputedStyle(rooms[0].querySelector('.room')).colorScheme;
    }})"""
    for view in ("light", "dark"):
        assert browser(page, view, steps=steps)["told"] == scheme


@pytest.mark.parametrize("view", ["light", "dark", "narrow", "forced"])
def test_axe_finds_nothing_in_a_notebook(browser, view):
    found = browser(notebook("parsed", render_notebook(*lending())), view, steps="return axe(page)")
    assert (found["told"], messages(found)) == ([], [])


@pytest.mark.parametrize("way", WAYS)
def test_hostile_names_are_inert_where_there_is_no_policy(browser, way):
    steps = f"""return page.evaluate(() => {{
      {ROOMS}
      return {{ ran: window.__ran ?? null, images: rooms[0].querySelectorAll('img').length + document.images.length,
        scripts: rooms[0].querySelectorAll('script:not([type="application/json"])').length }};
    }})"""
    found = browser(notebook(way, render_notebook(*hostile())), steps=steps)
    assert found["told"] == {"ran": None, "images": 0, "scripts": 0}
    assert (found["requests"], messages(found), found["dialogs"]) == ([], [], 0)


def test_without_scripts_a_parsed_notebook_shows_the_report_and_another_says_what_to_do(browser):
    steps = """return [await page.locator('.room').isVisible(), await page.locator('.dlaudit-report > p').isVisible(),
      await page.locator('.dlaudit-report > p').innerText()]"""
    report = render_notebook(*lending())
    room, told, _ = browser(notebook("parsed", report, style=ROUGH), "noscript", steps=steps)["told"]
    assert (room, told) == (True, False)
    cleaned = re.sub(r"<(style|script)[^>]*>.*?</\1>|</?(template|svg)[^>]*>", "", report, flags=re.DOTALL)
    room, told, text = browser(notebook("parsed", cleaned), "noscript", steps=steps)["told"]
    assert (room, told) == (False, True)
    assert "Outside tolerance" in text and "0.52 times as often" in text and 'audit.to_html("report.html")' in text


def test_the_sheet_of_a_page_becomes_that_of_a_room():
    css = ":root{--a:1}@page{size:A4;@bottom-left{content:'x'}}html{a:b}@media (max-width:62rem){body{font-size:.5rem}}"
    assert in_shadow(css) == ".room{--a:1}.room{a:b}@container (max-width:992px){.room{font-size:8px}}"
    assert in_shadow(".anybody{x:1rem}tbody{x:0.25rem}") == ".anybody{x:16px}tbody{x:4px}"
