import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.outputs import text

shares = st.floats(min_value=0, max_value=1, allow_nan=False)
numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "–"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.234, "23.4 %"),
        (0.00049, "< 0.1 %"),
        (0.0005, "0.1 %"),
        (0.9995, "> 99.9 %"),
        (0.99949, "99.9 %"),
        (-0.031, "−3.1 %"),
        (2.5, "250.0 %"),
    ],
)
def test_percent_reads_as_a_reader_expects(value, told):
    assert text.percent(value).replace(text.THIN, " ") == told


@given(shares)
def test_percent_is_0_or_100_only_where_the_share_is(value):
    assert (text.percent(value).strip(f"%{text.THIN}") in {"0", "0.0"}) == (value == 0)
    assert (text.percent(value).strip(f"%{text.THIN}") in {"100", "100.0"}) == (value == 1)


def test_a_plain_rounding_would_break_that_promise():
    assert f"{0.0004:.1%}" == "0.0%"


@given(numbers)
def test_no_number_reads_0_unless_it_is_0(value):
    for form in (text.decimal, text.change, text.points, text.ratio):
        told = form(abs(value) if form is text.ratio else value)
        assert (told.strip("+−") == "0") == (value == 0) or (form is text.ratio and value == 0 and told == "0.00")
        assert "-" not in told.replace("e-", "")


@given(numbers)
def test_decimal_keeps_three_significant_digits(value):
    told = text.decimal(value).replace("−", "-").replace(text.THIN, "")
    assert math.isclose(float(told), value, rel_tol=0.051 if 0 < abs(value) < 1e-4 else 0.0051, abs_tol=1e-300)


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0"), (24_000, "24\u202f000"), (1_234_567, "1\u202f234\u202f567"), (2.5, "2.5"), (None, "–")],
)
def test_counts_have_thin_spaces(number, told):
    assert text.count(number) == told


@pytest.mark.parametrize(
    ("low", "high", "form", "told"),
    [
        (0.39, 0.51, text.ratio, "0.39–0.51"),
        (0.39, None, text.ratio, "≥ 0.39"),
        (None, 0.51, text.ratio, "≤ 0.51"),
        (None, None, text.ratio, "–"),
        (-0.1, 0.2, text.change, "−0.1 to +0.2"),
        (0.527, 0.596, text.percent, "52.7–59.6\u202f%"),
        (0.0001, 0.2, text.percent, "< 0.1\u202f% to 20.0\u202f%"),
    ],
)
def test_intervals_are_never_ambiguous(low, high, form, told):
    assert text.span(low, high, form) == told


def test_a_value_beyond_its_limit_never_reads_like_the_limit():
    assert text.apart(0.7999, 0.8, text.ratio) == "0.7999"
    assert text.apart(0.796, 0.8, text.ratio) == "0.796"
    assert text.apart(0.8, 0.8, text.ratio) == "0.80"
    assert text.apart(0.5, 0.8, text.ratio) == "0.50"


@given(st.floats(min_value=0, max_value=1), st.floats(min_value=0.01, max_value=1))
def test_apart_differs_from_the_limit_exactly_where_the_value_does(value, limit):
    assert (text.apart(value, limit, text.ratio) == text.ratio(limit)) == (value == limit)


@pytest.mark.parametrize(
    ("share", "heads"),
    [
        (0.13, ("13", "100")),
        (-0.26, ("26", "100")),
        (0.0042, ("4", "1\u202f000")),
        (0.0002, ("2", "10\u202f000")),
        (1e-6, None),
    ],
)
def test_differences_become_people(share, heads):
    assert text.in_people(share) == heads


def test_equal_digits_stand_beside_one_another():
    written = text.changes(0.26)
    assert [written(v) for v in (0.26, -0.05, 0.0001, 0.0, None)] == ["+0.260", "−0.050", "< 0.001", "0", "–"]
    assert written(-1e-6) == "> −0.001"


def test_limits_keep_the_digits_they_were_given_in():
    assert [text.given(v) for v in (0.5, 0.8, 0.125, 100.0, 0.1 + 0.2)] == ["0.5", "0.8", "0.125", "100", "0.3"]
    assert text.given(0.8, 2) == "0.80"


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\U000e0041"])
def test_joiners_and_other_characters_that_cannot_be_seen_are_shown_by_number(joiner):
    for told in (text.name(f"ma{joiner}le"), text.prose(f"ma{joiner}le"), text.line(f"ma{joiner}le")):
        assert told != "male" and joiner not in told
        assert f"U+{ord(joiner):04X}" in told


@given(st.text(max_size=300))
def test_names_hold_no_character_that_acts(name):
    told = text.name(name)
    assert all(ord(c) >= 32 and c not in "\u202e\u2066\u200b\x7f\x9b" for c in told)
    assert len(told) <= 64


def test_names_show_what_they_hide():
    assert text.name("a\u202eb\x00\x1b[2J") == "a⟨U+202E⟩b⟨U+0000⟩⟨U+001B⟩[2J"


@pytest.mark.parametrize(("seconds", "told"), [(0.31, "0.3 s"), (41.2, "41 s"), (134, "2 min 14 s")])
def test_durations_read_plainly(seconds, told):
    assert text.seconds(seconds) == told
