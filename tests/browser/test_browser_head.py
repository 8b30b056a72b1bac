"""The head of the report on one screen: may we ship, how sure are we, why, and can the why be believed."""

import pytest
from report_audits import lending, multiclass, scores_only
from report_kinds import kinds

from dlaudit.outputs.html import render_html

pytestmark = pytest.mark.browser

HEAD = """return page.evaluate(() => {
  const low = what => [...document.querySelectorAll(`#verdict ${what}`)].map(one => one.getBoundingClientRect().bottom);
  return { badge: low('.badge'), say: low('.say'), numbers: low('.three .big'), under: low('.three .small'),
    asked: low('.asked dd'), wide: document.documentElement.scrollWidth - innerWidth };
})"""


@pytest.mark.parametrize("made", [lending, kinds, multiclass, scores_only])
def test_verdict_numbers_why_and_belief_are_on_the_first_screen(browser, made):
    told = browser(render_html(*made()), "light", steps=HEAD)["told"]
    assert [len(told[what]) for what in ("badge", "say", "numbers", "asked")] == [1, 1, 3, 2]
    assert max(told[what][-1] for what in ("badge", "say", "numbers", "under", "asked")) <= 900


@pytest.mark.parametrize("made", [lending, kinds, multiclass, scores_only])
def test_on_a_telephone_the_verdict_and_the_gap_in_people_are_on_the_first_screen(browser, made):
    told = browser(render_html(*made()), "narrow", steps=HEAD)["told"]
    assert max(told["badge"][0], told["say"][0], told["numbers"][1]) <= 844 and told["wide"] <= 0
