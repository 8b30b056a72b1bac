"""Gaps split over the words of texts: words are set apart, and the choice behind the split is told."""

from report_audits import lending
from report_explained import selection_gap

from dlaudit.attributions.texts.gaps import WITHOUT_WORDS as named_by_the_split
from dlaudit.outputs.amounts import WITHOUT_WORDS
from dlaudit.outputs.view.waterfall import waterfall
from dlaudit.outputs.why_sentences import made_of
from dlaudit.outputs.words import plain
from dlaudit.record import OtherReference


def words_gap(**given):
    """The gap of the selection rate, split over words instead of columns."""
    names = {"income": "rent", "debt_ratio": WITHOUT_WORDS, "late_payments": "late"}
    one = selection_gap()
    parts = [part.model_copy(update={"feature": names.get(part.feature, part.feature)}) for part in one.contributions]
    other = OtherReference(reference="[PAD] in place of every part", rows=90, moved=0.4, largest=0.03, feature="late")
    return one.model_copy(update={"contributions": parts, "groups": [], "other_reference": other, **given})


def test_words_stand_in_quotation_marks_and_what_is_no_word_does_not():
    said = plain(made_of(words_gap()))
    assert "“rent” and (the text without its words)" in said and "through “late”" in said
    assert "“" not in plain(made_of(selection_gap()))


def test_parts_of_texts_are_named_as_the_decomposition_names_them():
    assert named_by_the_split == WITHOUT_WORDS


def test_another_reference_is_told_and_is_a_caution_where_it_moves_much():
    audit, _ = lending()
    drawn = waterfall(audit, words_gap())
    assert drawn.is_far_from_it
    assert plain(drawn.other_reference) == (
        "What an absent part becomes is a choice. Against [PAD] in place of every part, contributions of 90 rows "
        "change by 40.0\u202f% of their sum of sizes, most that of late, by 3.0\u00a0points."
    )
    assert waterfall(audit, selection_gap()).other_reference == ()
    small = words_gap().other_reference.model_copy(update={"moved": 0.02})
    assert not waterfall(audit, words_gap(other_reference=small)).is_far_from_it
    unknown = words_gap().other_reference.model_copy(update={"moved": None})
    assert "changes most over 90 rows" in plain(waterfall(audit, words_gap(other_reference=unknown)).other_reference)
