"""What a screen reader is told: Chromium's accessibility tree of the report, everything unfolded."""

from collections import Counter
from itertools import pairwise

import pytest
from report_audits import hostile, lending
from report_examples import lending_cards
from report_kinds import kinds

from dlaudit.outputs.html import render_html

pytestmark = pytest.mark.browser

TREE = """
await page.evaluate(() => document.querySelectorAll('details').forEach(one => { one.open = true; }));
const session = await context.newCDPSession(page);
const { nodes } = await session.send('Accessibility.getFullAXTree');
const told = nodes.filter(one => !one.ignored && one.role).map(one => ({
  role: one.role.value, name: one.name?.value ?? '',
}));
const silent = await page.evaluate(() => [...document.querySelectorAll('svg[aria-hidden=true]')]
  .filter(one => !one.parentElement.closest('svg'))
  .filter(one => !/\\d|\\p{L}/u.test(one.closest('tr, li, dl, figure, .panel, .key')?.textContent ?? ''))
  .map(one => one.outerHTML.slice(0, 120)));
const pictures = await page.evaluate(() => [...document.querySelectorAll('svg:not([aria-hidden]), img, audio')]
  .filter(one => !one.parentElement.closest('svg'))
  .filter(one => !(one.getAttribute('aria-label') || one.getAttribute('alt') || one.getAttribute('aria-labelledby')))
  .map(one => one.outerHTML.slice(0, 120)));
const levels = await page.evaluate(() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
  .filter(one => one.checkVisibility()).map(one => +one.localName[1]));
return { told, silent, pictures, levels };
"""
AUDITS = {"lending": lending, "cards": lending_cards, "kinds": kinds, "hostile": hostile}


@pytest.fixture(scope="module", params=AUDITS)
def tree(browser, request):
    return browser(render_html(*AUDITS[request.param]()), steps=TREE)["told"]


def test_every_table_and_region_has_a_name_and_no_two_regions_the_same(tree):
    tables = [one["name"] for one in tree["told"] if one["role"] == "table"]
    assert tables and all(tables)
    regions = [one["name"] for one in tree["told"] if one["role"] == "region"]
    assert all(regions) and [name for name, times in Counter(regions).items() if times > 1] == []


def test_headings_never_skip_a_level(tree):
    levels = tree["levels"]
    assert len(levels) == sum(one["role"] == "heading" for one in tree["told"])
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_drawing_is_hidden_only_beside_words_and_named_where_it_is_not(tree):
    assert tree["silent"] == []
    assert tree["pictures"] == []


def test_every_control_has_a_name(tree):
    controls = [one for one in tree["told"] if one["role"] in {"button", "link", "slider", "combobox", "checkbox"}]
    assert controls and [one for one in controls if not one["name"]] == []


def test_results_are_told_in_words_and_not_by_their_signs(browser):
    steps = """return page.evaluate(() => [...document.querySelectorAll('.result, .badge')]
      .filter(one => one.checkVisibility())
      .map(one => [...one.childNodes].filter(node => node.getAttribute?.('aria-hidden') !== 'true')
        .map(node => node.textContent.trim()).join('') || one.nextSibling?.textContent))"""
    told = browser(render_html(*lending()), steps=steps)["told"]
    assert told and all(any(letter.isalpha() for letter in one or "") for one in told)
