"""Messages are safe and helpful; registries know what they hold."""

import pytest

from dlaudit.errors import DataRefused, Place, UsageError, listed, nearest, shown
from dlaudit.registry import Registry


def test_hostile_text_cannot_move_the_cursor() -> None:
    assert shown("a\x1b[2J\u202eb\x00") == "'a⟨U+001B⟩[2J⟨U+202E⟩b⟨U+0000⟩'"


def test_long_text_is_cut_in_the_middle() -> None:
    cut = shown("x" * 100 + "END", quote=False)
    assert len(cut) <= 40
    assert cut.endswith("END")
    assert "…" in cut


def test_an_error_says_what_where_expected_and_fix() -> None:
    fault = DataRefused(
        "DLA312",
        "'0,5' is no number",
        place=Place(file="t.csv", line=3, row=2, column="age"),
        expected="a number",
        fix="Write 0.5.",
    )
    assert fault.message == "t.csv, line 3 (record 2), column 'age': '0,5' is no number; expected a number. Write 0.5."
    assert fault.as_dict()["row"] == 2
    assert fault.exit_code == 3


def test_lists_tell_how_many_more() -> None:
    assert listed(["a", "b", "c"], most=2) == "'a', 'b' and 1 more"


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("Sexx", ["sex", "race"]) == " Did you mean 'sex'?"
    assert nearest("zzz", ["sex"]) == ""


def test_an_unknown_name_tells_what_is_known() -> None:
    known: Registry[int] = Registry("metric")
    known.add("accuracy", 1)
    with pytest.raises(UsageError, match="no metric 'acuracy'.*Known metrics: accuracy.*Did you mean 'accuracy'"):
        known.get("acuracy")


def test_a_name_can_be_taken_once() -> None:
    known: Registry[int] = Registry("metric")
    known.register("a")(1)
    with pytest.raises(AssertionError, match="two items"):
        known.add("a", 2)
