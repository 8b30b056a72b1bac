"""The report by keyboard alone."""

import pytest
from report_audits import lending

from dlaudit.outputs.html import render_html

pytestmark = pytest.mark.browser

WALK = """
const stops = [];
for (let press = 0; press < 400; press += 1) {
  await page.keyboard.press('Tab');
  const stop = await page.evaluate(() => {
    const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (one === document.body) return null;
    return {
      tag: one.tagName.toLowerCase(), id: one.id, href: one.getAttribute('href'), role: one.getAttribute('role'),
      name: one.getAttribute('aria-label') || one.textContent.trim().slice(0, 40), type: one.type || '',
      seen: box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0,
      outline: [style.outlineStyle, parseFloat(style.outlineWidth), style.outlineColor],
    };
  });
  if (!stop) break;
  stops.push(stop);
}
return stops;
"""


@pytest.fixture(scope="module")
def page():
    return render_html(*lending())


@pytest.fixture(scope="module")
def stops(browser, page):
    return browser(page, "light", steps=WALK, reducedMotion="reduce")["told"]


def test_tab_goes_through_the_page_in_reading_order_and_out_of_it(stops):
    assert (stops[0]["tag"], stops[0]["href"]) == ("a", "#verdict")
    links = [one["href"] for one in stops if one["tag"] == "a"]
    assert links[1:4] == ["#verdict", "#gaps", "#intersections"]
    ids = [one["id"] for one in stops]
    assert ids.index("theme") < ids.index("unfold") < ids.index("threshold") < ids.index("threshold-back")
    assert 40 < len(stops) < 400  # the end was reached: no stop holds the focus


def test_every_table_that_scrolls_is_a_stop_with_a_name(browser, page, stops):
    shown = browser(
        page,
        steps="""return page.evaluate(() => [...document.querySelectorAll('[role=region]')]
          .filter(one => one.checkVisibility()).map(one => one.getAttribute('aria-label')))""",
    )["told"]
    assert [one["name"] for one in stops if one["role"] == "region"] == shown and len(shown) > 5


def contrast(one, other):
    """The contrast of two colours (WCAG 2.2)."""

    def light(colour):
        parts = [float(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("view", "ground"), [("light", "rgb(251, 251, 249)"), ("dark", "rgb(20, 22, 26)")])
def test_where_the_focus_is_can_be_seen(browser, page, view, ground):
    for stop in browser(page, view, steps=WALK, reducedMotion="reduce")["told"]:
        style, width, colour = stop["outline"]
        assert stop["seen"], stop
        assert (style, width >= 2) == ("solid", True), stop
        assert contrast(colour, ground) >= 3, stop


def test_the_skip_link_leads_past_the_sections(browser, page):
    steps = """
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    return page.evaluate(() => document.activeElement.closest('#verdict') !== null);
    """
    assert browser(page, steps=steps, reducedMotion="reduce")["told"] is True


def test_folds_open_and_close_by_enter_and_space(browser, page):
    steps = """
    const fold = page.locator('summary').first(), open = () => fold.evaluate(one => one.parentElement.open);
    await fold.focus();
    const told = [await open()];
    for (const key of ['Enter', 'Enter', ' ', ' ']) { await page.keyboard.press(key); told.push(await open()); }
    return told;
    """
    assert browser(page, steps=steps)["told"] == [False, True, False, True, False]


def test_everything_unfolds_by_one_button_which_says_so(browser, page):
    steps = """
    const told = async () => page.evaluate(() => [document.querySelectorAll('details:not([open])').length,
      document.activeElement.getAttribute('aria-pressed')]);
    await page.locator('#unfold').focus();
    await page.keyboard.press('Enter');
    const open = await told();
    await page.keyboard.press('Enter');
    return [open, await told()];
    """
    (still, pressed), (folded, released) = browser(page, steps=steps)["told"]
    assert (still, pressed, released) == (0, "true", "false") and folded > 3


def test_the_slider_moves_by_keys_and_tells_its_result_once_when_they_rest(browser, page):
    steps = """
    await page.locator('#threshold').focus();
    await page.evaluate(() => {
      window.told = [];
      new MutationObserver(() => told.push(document.querySelector('#explore-said').textContent))
        .observe(document.querySelector('#explore-said'), { childList: true, characterData: true, subtree: true });
    });
    for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowRight', 'PageDown', 'Home']) await page.keyboard.press(key);
    const early = await page.evaluate(() => told.length);
    await page.waitForTimeout(500);
    return page.evaluate(early => ({
      early, told, text: document.querySelector('#threshold').getAttribute('aria-valuetext'),
      live: document.querySelector('#threshold-now').getAttribute('aria-live'),
      role: document.querySelector('#explore-said').getAttribute('role'),
    }), early);
    """
    told = browser(page, steps=steps)["told"]
    assert (told["early"], len(told["told"]), told["live"], told["role"]) == (0, 1, "off", "status")
    assert told["told"][0].startswith(f"Threshold {told['text']}: shares selected from ") and "[" not in told["told"][0]


def test_no_letter_does_anything(browser, page):
    steps = """
    const state = () => page.evaluate(() => [document.documentElement.outerHTML.length, scrollY, location.hash]);
    await page.locator('#theme').focus();
    const before = await state();
    for (const key of 'abcdefghijklmnopqrstuvwxyz0123456789?/') await page.keyboard.press(key);
    return [before, await state()];
    """
    before, after = browser(page, steps=steps)["told"]
    assert before == after


def test_nothing_moves_smoothly_for_whoever_asked_for_less_motion(browser, page):
    steps = "return page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior)"
    assert browser(page, steps=steps, reducedMotion="reduce")["told"] == "auto"
    assert browser(page, steps=steps, reducedMotion="no-preference")["told"] == "smooth"


def test_words_are_explained_by_enter_and_put_away_by_escape_with_the_focus_kept(browser, page):
    steps = """
    await page.evaluate(() => document.querySelectorAll('details').forEach(one => { one.open = true; }));
    const word = page.locator('button[popovertarget]').first(), told = [];
    const state = async () => page.evaluate(() => [document.querySelectorAll('[popover]:popover-open').length,
      document.activeElement.getAttribute('popovertarget')]);
    await word.focus();
    for (const key of ['Enter', 'Escape', ' ', 'Escape']) { await page.keyboard.press(key); told.push(await state()); }
    await page.keyboard.press('Enter');
    const box = await page.evaluate(() => {
      const at = document.querySelector('[popover]:popover-open').getBoundingClientRect();
      return at.left >= 0 && at.top >= 0 && at.right <= innerWidth && at.bottom <= innerHeight;
    });
    return { told, box };
    """
    told = browser(page, steps=steps, reducedMotion="reduce")["told"]
    assert [number for number, _ in told["told"]] == [1, 0, 1, 0]
    assert len({focus for _, focus in told["told"]}) == 1 and None not in {focus for _, focus in told["told"]}
    assert told["box"]


def test_words_are_explained_without_any_script(browser, page):
    steps = """
    await page.locator('summary').first().click();
    await page.locator('button[popovertarget]').first().click();
    return page.locator('[popover]:popover-open').count();
    """
    assert browser(page, "noscript", steps=steps)["told"] == 1


def test_every_word_that_is_explained_has_its_explanation(browser, page):
    steps = """return page.evaluate(() => [...document.querySelectorAll('[popovertarget]')]
      .filter(one => !document.getElementById(one.getAttribute('popovertarget'))?.textContent.trim())
      .map(one => one.outerHTML))"""
    assert browser(page, steps=steps)["told"] == []
