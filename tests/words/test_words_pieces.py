"""Pieces of sentences: what fills a slot is never read as a sentence, and lists follow the language."""

import pytest

from dlaudit.outputs.language_file import read_language
from dlaudit.outputs.translate import speaking
from dlaudit.outputs.words import Name, all_of, capitalised, enumerated, filled, lowered, plain, said

A, B, C = ((Name(one),) for one in "abc")


def test_what_fills_a_slot_is_not_read_again():
    told = filled("{one} and {other}", one=Name("{other}"), other=("{one}", Name("%s")))
    assert told == ("{other}", " and ", "{one}", "%s") and plain(told) == "{other} and {one}%s"
    with pytest.raises(KeyError):
        filled("{missing}", one="1")


def test_lists_and_conditions():
    assert [plain(enumerated(parts)) for parts in ([], [A], [A, B], [A, B, C])] == ["", "a", "a and b", "a, b and c"]
    assert [plain(all_of(parts)) for parts in ([], [A], [A, B], [A, B, C])] == ["", "a", "a and b", "a and b and c"]


def test_lists_follow_the_language(language_file):
    words = {"{some} and {last}": "{some} sowie {last}", "{one} and {other}": "{other} bei {one}"}
    with speaking(read_language(language_file(words))):
        assert plain(enumerated([A, B, C])) == "a, b sowie c" and plain(all_of([A, B])) == "b bei a"
        assert lowered(("Ein Satz",)) == ("Ein Satz",), "other languages have their own capitals"
    assert lowered(("A sentence",)) == ("a sentence",)


def test_names_keep_their_letters():
    assert capitalised((Name("a"), " b")) == ("a", " b") and lowered((Name("A"), " b")) == ("A", " b")
    assert capitalised(("a", Name("b"))) == ("A", "b") and capitalised(()) == lowered(()) == ()


def test_a_plural_needs_its_number():
    assert plain(said("others_fail", 1, count="1")) == "1 more check is outside tolerance."
    assert plain(said("others_fail", 2, count="2")) == "2 more checks are outside tolerance."
    with pytest.raises(AssertionError, match="say how many"):
        said("others_fail", count="2")
