"""Levels: nothing is merged silently, and what looks alike is refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.errors import DataRefused, DlauditError, UsageError
from dlaudit.record import UNKNOWN
from dlaudit.slices.bins import bin_labels
from dlaudit.slices.fold import folded, is_odd
from dlaudit.slices.levels import Levels
from dlaudit.spec import SlicesSpec


def levels(**spec: Any) -> Levels:
    return Levels("sex", SlicesSpec(**spec))


def of(texts: list[str | None], **spec: Any) -> list[str]:
    known = levels(**spec)
    return [known.of(text) for text in texts]


def test_a_text_is_its_own_level() -> None:
    assert of(["F", "M", "NA", "None", "null", "02139", "2139"]) == ["F", "M", "NA", "None", "null", "02139", "2139"]


def test_what_is_not_recorded_is_unknown() -> None:
    spec = {"unknown": ["", "Prefer not to say"]}
    assert of([None, "", "Prefer not to say", "(unknown)", "F"], **spec) == [UNKNOWN] * 4 + ["F"]


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        ("F", " F", "Clean"),
        ("F", "F ", "Clean"),
        ("F", "f", "Clean"),
        ("Male", "MALE", "Clean"),
        ("Male", "M\u0430le", "U+0430"),
        ("\u041c\u0430le", "Male", "U+041C"),
        ("Beta", "\u0392eta", "Clean"),
        ("F", "\uff26", "Clean"),
        ("F", "F\u200b", "Clean"),
        ("F", "F\u034f", "Clean"),
        ("F", "F\ufe0f", "Clean"),
        ("F", "F\u3164", "Clean"),
        ("F", "\u202eF", "Clean"),
        ("a b", "a  b", "Clean"),
        ("a b", "a\u00a0b", "Clean"),
        ("straße", "STRASSE", "Clean"),
    ],
)
def test_levels_that_look_alike_are_refused(first: str, second: str, word: str) -> None:
    with pytest.raises(DataRefused) as caught:
        of([first, "other", second])
    assert (caught.value.code, caught.value.place.column) == ("DLA406", "sex")
    assert word in caught.value.message


@pytest.mark.parametrize("pair", [("F", "M"), ("a", "b"), ("1", "2"), ("ab", "a b"), ("é", "e"), ("01", "1")])
def test_levels_that_differ_are_kept_apart(pair: tuple[str, str]) -> None:
    """The twin of the look-alikes."""
    assert of(list(pair)) == list(pair)


@pytest.mark.parametrize("text", [" ", "\u200b", "UNKNOWN", " unknown"])
def test_a_level_that_looks_like_unknown_is_refused_with_what_to_list(text: str) -> None:
    with pytest.raises(DataRefused) as caught:
        of([text], unknown=["", "unknown"])
    assert caught.value.code == "DLA406"
    assert "slices.unknown" in caught.value.fix


def test_a_number_written_in_two_ways_is_refused() -> None:
    with pytest.raises(DataRefused) as caught:
        of(["1", "0", "1.0"])
    assert caught.value.code == "DLA407"


def test_too_many_numbers_ask_for_bins() -> None:
    assert len(of([str(age) for age in range(50)])) == 50
    with pytest.raises(DataRefused) as caught:
        of([str(age) for age in range(51)])
    assert caught.value.code == "DLA408"
    assert "bins = { sex = [0, 25, 50] }" in caught.value.fix


def test_too_many_texts_ask_for_another_column() -> None:
    with pytest.raises(DataRefused) as caught:
        of(["a", "b", "c"], max_levels=2)
    assert caught.value.code == "DLA408"
    assert "max_levels" in caught.value.fix


def test_characters_that_cannot_be_seen_are_allowed_and_known() -> None:
    known = levels()
    assert [known.of(text) for text in ("F\u202e", "M", "a\x00b")] == ["F\u202e", "M", "a\x00b"]
    assert known.odd == ["F\u202e", "a\x00b"]
    assert is_odd("\u200b") and not is_odd("F é")


BINS = {"bins": {"sex": [0.0, 25.0, 40.5, 65.0]}}


def test_bins_are_left_closed_and_the_last_is_closed() -> None:
    texts: list[str | None] = ["0", "24.9", "25", "40.5", "65", "65.1", "-1", "nan", None, "1e9"]
    inside = ["[0, 25)", "[0, 25)", "[25, 40.5)", "[40.5, 65]", "[40.5, 65]"]
    assert of(texts, **BINS) == [*inside, "above 65", "below 0", UNKNOWN, UNKNOWN, "above 65"]


def test_any_number_of_distinct_values_may_be_binned() -> None:
    assert set(of([str(n / 7) for n in range(400)], **BINS)) == {"[0, 25)", "[25, 40.5)", "[40.5, 65]"}


def test_a_text_cannot_be_binned() -> None:
    with pytest.raises(DataRefused) as caught:
        of(["old"], **BINS)
    assert caught.value.code == "DLA409"


@pytest.mark.parametrize("edges", [[], [1.0], [1.0, 1.0], [2.0, 1.0], [0.0, float("nan"), 1.0]])
def test_edges_that_do_not_ascend_are_refused(edges: list[float]) -> None:
    with pytest.raises(UsageError) as caught:
        bin_labels(edges, "age")
    assert caught.value.code == "DLA409"


def test_edges_may_be_infinite() -> None:
    assert bin_labels([0.0, 40.0, float("inf")], "age") == ["[0, 40)", "[40, inf]"]


@settings(deadline=None)
@given(texts=st.lists(st.text(max_size=4), max_size=30))
def test_any_texts_are_levels_or_refused(texts: list[str]) -> None:
    known = levels()
    try:
        found = [known.of(text) for text in texts]
    except DlauditError as error:
        assert error.code in {"DLA406", "DLA407", "DLA408"}
        return
    assert all(level in {text, UNKNOWN} for text, level in zip(texts, found, strict=True))
    assert len({folded(text) for text in set(found) - {UNKNOWN}}) == len(set(found) - {UNKNOWN})
