"""Maps, words and changed rows in the report: places lie where they belong, and nothing is said that is not shown."""

import re

import numpy as np
import pytest
from golden_files import assert_golden, section
from hypothesis import given, settings
from hypothesis import strategies as st
from report_audits import hostile, lending
from report_kinds import BLACK, WHAT, WHITE, a_difference, a_map, kinds, places, words_of

from dlaudit.outputs.html import render_html
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.view.altered import altered
from dlaudit.outputs.view.maps import MOST_LINES, MOST_SLICES, maps
from dlaudit.outputs.view.places import Canvas, paths, shades
from dlaudit.outputs.view.words import MOST_WORDS, word_tables
from dlaudit.outputs.words import plain
from dlaudit.record import AttributionQuality
from dlaudit.record.privacy import suppressed

CELLS = st.lists(st.integers(-4, 4), min_size=1, max_size=60)
PIECE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z")


def changed(audit, **fields):
    return audit.model_copy(update=fields)


def told(line):
    return [plain(one).replace("\N{NO-BREAK SPACE}", " ") for one in line.told]


# --- geometry ------------------------------------------------------------------------------------------------


@given(CELLS, st.integers(1, 8))
def test_pieces_of_paths_cover_every_square_once_with_its_shade(values, wide):
    shade = np.resize(np.array(values), (-(-len(values) // wide), wide))
    drawn = np.zeros_like(shade)
    for of, path in paths(shade):
        assert "".join(match.group() for match in PIECE.finditer(path)) == path
        for right, top, width, height, back in (map(int, found.groups()) for found in PIECE.finditer(path)):
            assert width == back
            assert not drawn[top : top + height, right : right + width].any()
            drawn[top : top + height, right : right + width] = of
    assert np.array_equal(drawn, shade)


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 300))
def test_squares_are_few_enough_and_add_up_to_the_places(down, right, most):
    canvas = Canvas(axes=("row", "column"), shape=(down, right), most=most)
    values = np.arange(down * right, dtype=float)
    squares = canvas.summed(values.tolist())
    assert squares.size <= most
    assert squares.sum() == pytest.approx(values.sum())
    assert squares.size == values.size or down * right > most


@pytest.mark.parametrize(
    ("axes", "shape", "place", "square", "name"),
    [
        (("row", "column"), (4, 4), 6, (1, 2), "row 2, column 3"),
        (("time", "channel"), (6, 2), 9, (1, 4), "time 5, channel 2"),
        (("channel", "time"), (2, 6), 9, (1, 3), "channel 2, time 4"),
        (("time", "band"), (6, 3), 3, (2, 1), "time 2, band 1"),
        (("band", "time"), (3, 6), 1, (2, 1), "band 1, time 2"),
        (("time",), (6,), 4, (0, 4), "time 5"),
    ],
)
def test_time_runs_to_the_right_and_bands_upwards(axes, shape, place, square, name):
    canvas = Canvas(axes=axes, shape=shape)
    assert (canvas.square(place), canvas.named(place)) == (square, name)


def test_squares_of_several_places_hold_the_place_that_is_told():
    canvas = Canvas(axes=("row", "column"), shape=(32, 32), most=256)
    assert canvas.together == (2, 2)
    assert canvas.square(5 * 32 + 20) == (2, 10)


def test_the_largest_square_has_the_strongest_shade_and_zero_has_none():
    assert shades(np.array([[-2.0, 0.0, 1.0]]), 2.0).tolist() == [[-4, 0, 2]]
    assert shades(np.zeros((1, 2)), 0.0).tolist() == [[0, 0]]


def test_thin_maps_are_stretched_and_square_ones_are_not():
    assert Canvas(axes=("row", "column"), shape=(8, 8)).stretch == (1.0, 1.0)
    across, up = Canvas(axes=("time", "channel"), shape=(50, 2)).stretch
    assert across == 1.0 and 2 * up / 50 == pytest.approx(0.4)


# --- maps ----------------------------------------------------------------------------------------------------


def test_slices_share_a_scale_and_the_strongest_place_is_framed_and_told():
    (line,) = maps(kinds()[0]).first
    black, white = sorted(line.means.pictures, key=lambda one: plain(one.name))
    assert (plain(black.name), black.frame) == ("Black", (1, 2))
    assert (plain(white.name), white.frame) == ("White", (1, 1))
    assert plain(black.strongest) == "strongest: row 3, column 2, −0.04"
    assert (line.means.scale.low, line.means.scale.high) == ("−0.04", "+0.04")
    assert dict(black.layers)["lo4"] == "M1 2h1v1h-1z" and "hi2" in dict(white.layers)
    assert next(one.place for one in line.strong if one.slice == "White") == "row 2, column 2"


def test_only_places_beyond_chance_are_coloured_and_counted():
    (line,) = maps(kinds()[0]).first
    (apart,) = line.apart.pictures
    squares = sum(int(w) * int(h) for _, path in apart.layers for _, _, w, h, _ in PIECE.findall(path))
    assert squares == 2
    assert told(line) == [
        "Between people with race = Black and people with race = White, 2 of 16 places differ by more than chance "
        "moves them; the widest is row 3, column 2, by −0.039, where chance reaches 0.01. Sizes of contributions, "
        "whichever way they point, differ at 2 of them."
    ]


def test_maps_that_do_not_differ_are_not_drawn_and_not_called_alike():
    audit, _ = kinds()
    (line,) = maps(changed(audit, map_differences=[a_difference(places(9, -0.06), 0.2)])).first
    assert line.apart.pictures == []
    assert "no place differs by more than chance moves it, which is up to 0.2" in told(line)[0]
    assert "smaller differences do not show" in told(line)[0]


def test_places_that_are_not_aligned_say_why_nothing_is_compared():
    audit, _ = kinds()
    loose = [one.model_copy(update={"aligned": False}) for one in audit.maps]
    (line,) = maps(changed(audit, maps=loose, map_differences=[])).first
    assert len(told(line)) == 1 and "aligned = true" in told(line)[0]
    (few,) = maps(changed(audit, map_differences=[])).first
    assert "too few people" in told(few)[0]


def test_a_method_that_only_ranks_places_is_said_to():
    shown = maps(kinds()[0])
    assert "do not add up" in shown.more[0].caption and "do not add up" not in shown.first[0].caption
    assert shown.more[0].sizes.pictures == []  # nothing lowers the score: the means are the sizes


def test_maps_that_do_not_add_up_are_not_drawn():
    audit, _ = kinds()
    missed = AttributionQuality(
        method="integrated_gradients", slice=BLACK, measure="completeness_error_p95", value=0.4, ok=False, meaning="m"
    )
    (line,) = maps(changed(audit, quality=[missed])).first
    assert [plain(one.name) for one in line.means.pictures] == ["White"] and line.apart.pictures == []


def test_maps_of_many_places_and_slices_stay_small():
    audit, verdict = lending()
    generator = np.random.default_rng(0)
    noisy = [
        a_map(one.id, generator.normal(size=1024).tolist(), shape=[32, 32], method=method)
        for one in audit.slices
        for method in ("integrated_gradients", "saliency", "captum.LayerGradCam")
    ]
    many = changed(audit, maps=noisy)
    shown = maps(many)
    assert all(len(line.means.pictures) <= MOST_SLICES for line in [*shown.first, *shown.more])
    assert len(shown.first) + len(shown.more) <= 2 * MOST_LINES
    assert "sums up 4 places" in shown.more[0].caption
    assert len(render_html(many, verdict).encode()) < 350_000


def test_every_picture_has_words_of_its_own():
    html = render_html(*kinds()).replace("\N{NO-BREAK SPACE}", " ")
    alts = re.findall(r'<svg role="img" aria-label="(Picture[^"]*)"', html)
    assert len(alts) == len(set(alts)) == 7
    assert "of places for people with race = Black, image, by Integrated Gradients; 16 places; strongest:" in html


# --- words ---------------------------------------------------------------------------------------------------


def test_words_of_a_slice_are_told_by_side_with_intervals():
    table = next(one for one in word_tables(kinds()[0]).first if plain(one.slice).endswith("White"))
    sides = {title: [(word.word, word.value, word.bucket) for word in words] for title, words in table.sides}
    assert sides["Raise the score"] == [("steady", "+0.0800", "hi4")]
    assert sides["Lower the score"] == [("late", "−0.0500", "lo2"), ("rent", "−0.0100", "lo1")]
    assert sides["The rest"][0][0] == "(other words)"
    assert table.sides[0][1][0].interval == "+0.0600 to +0.1000"


def test_inputs_that_are_no_text_have_no_tables_of_words():
    audit, verdict = lending()
    assert word_tables(audit).first == [] and "Words that move" not in render_html(audit, verdict)


def test_columns_of_a_table_beside_a_text_are_no_words():
    audit, _ = kinds()
    beside = audit.data.model_copy(update={"modality": "table + text", "features": ["steady", "letter"]})
    words = [
        word.word for one in word_tables(changed(audit, data=beside)).first for _, side in one.sides for word in side
    ]
    assert "late" in words and "steady" not in words


def test_many_words_are_cut_and_slices_without_intervals_are_counted():
    audit, _ = kinds()
    first = words_of(WHITE, 0.0)[1]
    many = [first.model_copy(update={"feature": f"w{at}", "mean": 0.1 + at}) for at in range(30)]
    bare = [one.model_copy(update={"low": None, "high": None}) for one in words_of(BLACK, 0.0)]
    shown = word_tables(changed(audit, attributions=[*many, *bare]))
    assert [len(words) for _, words in shown.first[0].sides] == [MOST_WORDS]
    assert shown.first[0].sides[0][1][0].word == "w29" and (len(shown.first), shown.few) == (1, 1)


# --- rows changed --------------------------------------------------------------------------------------------


def test_changed_rows_are_counted_by_slice_and_uneven_shares_are_told():
    view = altered(kinds()[0])
    assert [one.what for one in view.changes] == [WHAT, "turned upright"]
    assert view.changes[0].where[0] == (BLACK, "40.0\u202f%")
    assert told(view) == [
        f"{WHAT}: 40.0\u202f% of the rows of people with race = Black, against 0\u202f% of those of people with race = "
        "Hispanic. A gap between them may come from that."
    ]


def test_shares_that_chance_could_make_are_not_told():
    audit, _ = kinds()
    assert altered(changed(audit, findings=[])).told == []
    assert altered(lending()[0]).changes == []


# --- the page and the short outputs --------------------------------------------------------------------------


def test_maps_words_and_changed_rows_are_as_they_were_last_looked_at():
    html = render_html(*kinds())
    why = section(html, "why")
    assert_golden("kinds-maps-and-words.html", why[why.index("<h3>Where the score") : why.index("<h3>What moves")])
    assert_golden("kinds-data.html", section(html, "data"))


def test_names_from_hostile_files_are_text_in_pictures_too():
    html = render_html(*hostile(kinds()))
    assert "Picture 1." in html and "<img" not in html and "\x1b" not in html


def test_the_short_outputs_have_a_line_each():
    audit, verdict = kinds()
    markdown = render_markdown(audit, verdict)
    assert "- race=Black against race=White: 2 of 16 places differ" in markdown
    assert f"Changed on the way to the model: {WHAT} (" in markdown and "turned upright (3 rows)" in markdown
    plain_markdown = render_markdown(*lending())
    assert "Where the model looks" not in plain_markdown and "Changed on the way" not in plain_markdown
    bare = changed(audit, findings=[one for one in audit.findings if one.code == "DLA360"], guesses=[])
    said = terminal_summary(bare, verdict, width=120)
    assert (
        "\nwhere    Where the model looks" not in said and "\nwhere    race=Black against race=White: 2 of 16" in said
    )
    assert "\nchanged  texts cut after 128 tokens: 40.0" in said


def test_maps_that_are_held_back_are_said_to_be():
    audit, verdict = kinds()
    least, _ = suppressed(audit, verdict, 11)
    assert maps(least).first == [] and [one.what for one in altered(least).changes] == [WHAT]
    lacks = [one.what for one in least.not_applicable]
    assert "showing maps of places" in lacks and "showing rows changed by slice" in lacks
    assert "showing maps of places" not in [one.what for one in suppressed(*lending(), 11)[0].not_applicable]
