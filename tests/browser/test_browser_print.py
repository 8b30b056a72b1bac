"""The report on paper: nothing cut, no heading left alone, the audited threshold, and what it is at its foot."""

import re
import shutil
import subprocess

import pytest
from report_audits import hostile, lending
from report_examples import lending_cards

from dlaudit.outputs.html import render_html

pytestmark = pytest.mark.browser

CUT = """
await page.emulateMedia({ media: 'print' });
await page.setViewportSize({ width: 695, height: 1000 });
return page.evaluate(() => [...document.querySelectorAll('main *')].filter(one => one.checkVisibility())
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('svg'))
  .map(one => one.outerHTML.slice(0, 120)).slice(0, 3));
"""
"""695 pixels are the 184 mm between the margins of A4."""


@pytest.mark.parametrize("made", [lending, lending_cards, hostile])
def test_nothing_is_cut_at_the_right_edge(browser, made):
    assert browser(render_html(*made()), steps=CUT)["told"] == []


def test_controls_are_not_printed_and_words_are(browser):
    steps = """
    await page.emulateMedia({ media: 'print' });
    return page.evaluate(() => ['nav, .slider, #theme, .skip', '.term']
      .map(what => [...document.querySelectorAll(what)].map(one => getComputedStyle(one).display)));
    """
    controls, words = browser(render_html(*lending()), steps=steps)["told"]
    assert set(controls) == {"none"} and "none" not in words


def test_the_slider_stands_at_the_audited_threshold_on_paper(browser):
    steps = """
    const [before, slider] = [await page.locator('#explore table').innerText(), page.locator('#threshold')];
    await slider.focus();
    await page.keyboard.press('Home');
    const moved = await page.locator('#explore table').innerText();
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    return [before, moved, await page.locator('#explore table').innerText()];
    """
    before, moved, printed = browser(render_html(*lending()), steps=steps)["told"]
    assert before != moved and before == printed and "NaN" not in moved


@pytest.fixture(scope="module")
def pages(browser, tmp_path_factory):
    """The text of every printed page, top to bottom."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    file = tmp_path_factory.mktemp("print") / "report.pdf"
    steps = f"await page.pdf({{ path: '{file}', preferCSSPageSize: true, printBackground: true }});"
    browser(render_html(*lending()), steps=steps)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], check=True, capture_output=True, text=True)
    return [page for page in done.stdout.split("\f") if page.strip()]


def test_every_page_says_which_run_it_is_of_and_its_number(pages):
    for number, page in enumerate(pages, 1):
        foot = page.strip().splitlines()[-1]
        assert re.search(r"dlaudit, run [0-9a-f]{12}", foot), foot
        assert foot.split()[-3:] == [str(number), "/", str(len(pages))]


def test_no_page_ends_with_a_heading(pages):
    html = render_html(*lending())
    headings = {
        re.sub(r"<[^>]*>", "", one).rstrip("#").strip() for one in re.findall(r"<h[23][^>]*>(.*?)</h[23]>", html)
    }
    assert "Gaps by slice" in headings
    for page in pages[:-1]:
        last = [line.strip() for line in page.strip().splitlines()[:-1] if line.strip()][-1]
        assert last not in headings
