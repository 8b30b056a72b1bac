"""The section on the page: its words, what the policy lets through, and that hostile contents are only text."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from golden_files import assert_golden, section
from pydantic import ValidationError
from report_audits import PAYLOADS, hostile, lending
from report_examples import KINDS, lending_cards, with_cards

from dlaudit.errors import InputRefused
from dlaudit.outputs.html import render_html
from dlaudit.outputs.templates import asset
from dlaudit.record import Content, Curve, Raster, SoundClip
from dlaudit.record.files import dump, parse
from dlaudit.record.privacy import suppressed

DATA = re.compile(r'"data:[a-z]+/[a-z]+;base64,[A-Za-z0-9+/]+={0,2}"')


def short(html):
    """The section with a digest for every picture and sound, so that a person can read it."""
    return DATA.sub(lambda found: f'"data:{hashlib.sha256(found[0].encode()).hexdigest()[:12]}"', html)


def attributes(html):
    """Names of the attributes of every tag."""
    found = set()
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: found.update((tag, name) for name, _ in attrs)
    reader.feed(html)
    return found


def page_of(kinds, mode="full", each=4):
    audit, verdict = lending()
    return render_html(with_cards(audit, kinds, mode=mode, each=each), verdict)


def policy_of(html):
    return re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]


@pytest.mark.parametrize("kind", KINDS)
def test_cards_are_as_they_were_last_looked_at(kind):
    assert_golden(f"cards-{kind}.html", short(section(page_of((kind,), each=2), "examples")))


def test_masked_cards_are_as_they_were_last_looked_at():
    assert_golden("cards-masked.html", short(section(page_of(("cells", "passage"), "masked", 2), "examples")))


def test_without_examples_the_section_says_so_and_how_to_switch_them_on():
    html = section(render_html(*lending()), "examples")
    assert "Examples were not written to this file" in html and "examples = &#34;masked&#34;" not in html
    assert 'examples = "masked"' in html
    assert 'href="#examples">Examples <span class="not-run">' in render_html(*lending())


def test_a_page_without_examples_has_neither_their_style_nor_pictures():
    html = render_html(*lending())
    assert ".cards{" not in html and "<img" not in html and "media-src" not in policy_of(html)
    assert ".cards{" in asset("examples.css")


@pytest.mark.parametrize("kind", KINDS)
def test_only_sounds_open_the_policy_for_sounds(kind):
    html = page_of((kind,))
    assert ("media-src data:;" in policy_of(html)) == (kind == "sound") == ("<audio" in html)
    assert "img-src data:;" in policy_of(html)


def test_every_picture_says_in_words_whose_it_is_and_what_was_predicted():
    html = page_of(("image", "sound"))
    alts = re.findall(r'<img[^>]* alt="([^"]*)"', html)
    assert len(alts) == html.count("<img") > 8
    for alt in alts:
        assert "true 1, predicted" in alt and "people with" in alt
    labels = re.findall(r'<audio[^>]* aria-label="([^"]*)"', html)
    assert len(labels) == html.count("<audio") == html.count("<audio controls") and "in people with" in labels[0]


def test_words_say_what_their_colour_says():
    html = section(page_of(("passage",)), "examples")
    assert 'class="word lo4"> ' not in html
    assert re.search(r'<span class="word lo4">late<span class="hidden"> \(lowers\)</span></span>', html)
    assert re.search(r'<span class="word hi2">steady<span class="hidden"> \(raises\)</span></span>', html)


@pytest.mark.parametrize("turn", range(len(PAYLOADS)))
def test_hostile_contents_are_text_and_nothing_else(turn):
    audit, verdict = lending_cards()
    audit = audit.model_copy(update={"probes": []})
    html = render_html(*hostile((audit, verdict), turn=turn))
    ours = section(html, "examples")
    calm = section(render_html(audit, verdict), "examples")
    for tag in ("<script", "<img", "<svg", "<audio", "<iframe", "<style"):
        assert ours.count(tag) == calm.count(tag), tag
    assert attributes(ours) == attributes(calm)
    assert "\u202e" not in ours and "\x00" not in ours and "\u200b" not in ours


@pytest.mark.parametrize("given", ['"><script>', "javascript:1", "iVBORw0KGgo\n", "iVBORw0KGgo<", "R0lGODlh", ""])
def test_nothing_but_a_png_or_a_wav_gets_into_a_source(given):
    with pytest.raises(ValidationError):
        Raster(name="a", of="image", png=given, width=1, height=1)
    with pytest.raises(ValidationError):
        SoundClip(name="a", wav=given, seconds=1.0, rate=8000)


def test_the_record_comes_back_as_it_was_written():
    audit, verdict = lending_cards()
    assert parse(dump(audit, verdict))[0] == audit
    assert dump(audit, verdict) == dump(*lending_cards())


def made_up(**changes):
    audit, verdict = lending_cards()
    return dump(audit.model_copy(update={"examples": audit.examples.model_copy(update=changes)}), verdict)


def test_an_audit_that_contradicts_itself_is_refused():
    audit, _ = lending_cards()
    card = audit.examples.cards[0]
    empty = card.model_copy(update={"content": Content(curves=[Curve(name="a", values=[], steps=0)])})
    elsewhere = card.model_copy(update={"slice": "race=Nobody"})
    wrong = {
        "not there": {"cards": [elsewhere]},
        "no points": {"cards": [empty]},
        "more examples": {"cards": [card] * 1_001},
        "twice": {"slices": [audit.examples.slices[0]] * 2},
        "negative": {"explained": -1},
    }
    for told, changes in wrong.items():
        with pytest.raises(InputRefused, match=told):
            parse(made_up(**changes))


def test_small_counts_and_single_rows_are_never_together():
    audit, verdict = lending_cards()
    published, told = suppressed(audit, verdict, 11)
    assert published.examples is None
    assert "showing single rows as examples" in {one.what for one in published.not_applicable}
    html = section(render_html(published, told), "examples")
    assert "<img" not in html and 'class="card' not in html and "single rows as examples" in html
    spoiled = published.model_copy(update={"examples": audit.examples})
    with pytest.raises(InputRefused, match="hides small counts"):
        parse(dump(spoiled, told))


def test_pictures_are_the_bytes_of_the_record():
    audit, verdict = lending_cards()
    html = render_html(audit, verdict)
    for card in audit.examples.cards:
        for raster in card.content.rasters:
            assert f"data:image/png;base64,{raster.png}" in html
            assert base64.b64decode(raster.png, validate=True).startswith(b"\x89PNG")
