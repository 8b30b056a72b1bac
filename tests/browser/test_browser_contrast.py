"""The report where the system chooses the colours, and where more contrast is wanted: shapes tell what colour told."""

import pytest
from report_audits import lending
from report_examples import lending_cards
from report_kinds import kinds

from dlaudit.outputs.html import render_html

pytestmark = pytest.mark.browser

PAINT = """return page.evaluate(() => {
  document.querySelectorAll('details').forEach(one => { one.open = true; });
  const probe = document.createElement('i'), ground = {};
  document.body.append(probe);
  for (const name of ['Canvas', 'CanvasText', 'GrayText', 'LinkText']) {
    probe.style.color = name;
    ground[name] = getComputedStyle(probe).color;
  }
  const shown = what => [...document.querySelectorAll(what)].filter(one => one.checkVisibility());
  const paint = one => {
    const style = getComputedStyle(one);
    return [style.fill, style.stroke, parseFloat(style.strokeWidth), style.strokeDasharray, one.localName];
  };
  const drawn = what => [...new Set(shown(what).map(one => JSON.stringify(paint(one))))].map(one => JSON.parse(one));
  const box = what => shown(what).map(one => {
    const style = getComputedStyle(one);
    return [style.outlineStyle, style.outlineColor, style.backgroundColor, style.color, one.className];
  });
  return {
    ground, body: getComputedStyle(document.body).backgroundColor,
    marks: Object.fromEntries(['fail', 'pass', 'undecided', 'few', 'none', 'ref'].map(state =>
      [state, drawn(`.s-${state} :is(.mark, circle)`)])),
    intervals: drawn('.forest .line line:not([class])'), bands: drawn('.band'),
    bars: drawn('.bar'), chance: drawn('.span'),
    cells: box('.heat tbody td'), chips: box('.chip'), tiles: box('.tile'),
    current: box('nav a[aria-current]').length, badge: box('.badge'), text: box('h1, p, td, th'),
  };
})"""
NOTHING = {"none", "rgba(0, 0, 0, 0)", "transparent"}


@pytest.fixture(scope="module")
def page():
    return render_html(*lending())


def seen(paint, ground):
    """Whether something painted so can be seen on that ground."""
    fill, stroke, width, _, _ = paint
    return fill not in NOTHING | {ground} or (stroke not in NOTHING | {ground} and width > 0)


@pytest.mark.parametrize("view", ["forced", "forced-dark", "contrast"])
def test_every_mark_interval_band_and_bar_is_painted(browser, page, view):
    told = browser(page, view, steps=PAINT)["told"]
    for what in ("intervals", "bands", "bars", "chance"):
        assert told[what], what
        assert all(seen(one, told["body"]) for one in told[what]), (what, told[what])
    for state, painted in told["marks"].items():
        assert all(seen(one, told["body"]) for one in painted), (state, painted)


@pytest.mark.parametrize("view", ["forced", "forced-dark"])
def test_marks_differ_by_shape_where_colour_is_the_systems(browser, page, view):
    told = browser(page, view, steps=PAINT)["told"]
    ink, ground = told["ground"]["CanvasText"], told["body"]
    assert ground == told["ground"]["Canvas"]
    assert {one[4] for one in told["marks"]["fail"]} <= {"path", "rect"}
    assert {one[4] for state in ("pass", "undecided") for one in told["marks"][state]} == {"circle"}
    assert {one[0] for state in ("fail", "pass") for one in told["marks"][state]} == {ink}
    assert {one[0] for one in told["marks"]["undecided"]} == {ground}  # hollow
    assert {one[1] for one in told["marks"]["undecided"]} == {ink}
    assert any(one[3] != "none" for one in told["bands"])  # the band is an outline


@pytest.mark.parametrize("view", ["forced", "contrast"])
def test_cells_and_chips_have_outlines_and_text_that_is_not_their_ground(browser, page, view):
    told = browser(page, view, steps=PAINT)["told"]
    assert told["cells"]
    for style, outline, ground, ink, name in (*told["cells"], *told["chips"], *told["tiles"]):
        assert style == "solid" and outline not in NOTHING and ink != ground, name


def test_only_cells_of_colour_keep_their_own_colours(browser, page):
    steps = """return page.evaluate(() => [...new Set([...document.querySelectorAll('*')]
      .filter(one => getComputedStyle(one).forcedColorAdjust === 'none')
      .filter(one => !one.closest('.heat, .chip, .word, .tile, .scale, .map, .picture'))
      .map(one => one.className))])"""
    assert browser(page, "forced", steps=steps)["told"] == []


@pytest.mark.parametrize("view", ["forced", "forced-dark"])
@pytest.mark.parametrize("made", [lending_cards, kinds])
def test_axe_finds_nothing_there_either(browser, made, view):
    assert browser(render_html(*made()), view, steps="return axe(page)", bypassCSP=True)["told"] == []
