"""What rows are called: people of a table, pictures, or as the user says; a name from the user is data."""

import pytest
from report_audits import lending

from dlaudit.data.modalities import rows_called
from dlaudit.findings import find
from dlaudit.outputs.html import render_html
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.words import people, plain


@pytest.mark.parametrize(
    ("modality", "asked", "called"),
    [
        ("table", None, "people"),
        ("image", None, "pictures"),
        ("text", None, "texts"),
        ("audio", None, "recordings"),
        ("sequence", None, "rows"),
        ("table + image", None, "rows"),
        ("image", "drawings", "drawings"),
    ],
)
def test_rows_are_called_after_their_kind_or_as_the_user_says(modality, asked, called):
    from dlaudit.data.kinds_of_input import BUILT_IN

    assert BUILT_IN and rows_called(modality, asked) == called


def called(noun):
    audit, verdict = lending()
    return audit.model_copy(update={"data": audit.data.model_copy(update={"rows_are": noun})}), verdict


def test_no_sentence_calls_drawings_people():
    audit, verdict = called("drawings")
    audit = audit.model_copy(update={"findings": list(find(audit).findings)})
    assert "people with" not in render_html(audit, verdict) and "drawings with" in render_html(audit, verdict)
    assert "people with" not in terminal_summary(audit, verdict, width=80)
    assert not [one.message for one in audit.findings if " people " in one.message or "{" in one.message]
    assert [one for one in audit.findings if one.code == "DLA460" and " drawings " in one.message]
    twin = lending()
    assert "people with" in render_html(*twin)


def test_everybody_is_everyone_only_of_people():
    assert plain(people(called("people")[0], None)) == "everyone"
    assert plain(people(called("names")[0], None)) == "all names"


def test_a_hostile_noun_is_text():
    html = render_html(*called("<img src=x>\u202e"))
    assert "<img" not in html and "\u202e" not in html
