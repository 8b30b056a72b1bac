"""An organisation's own templates: what they may replace and add, and what they may not."""

from pathlib import Path

import pytest
from golden_files import section
from report_audits import hostile, lending

from dlaudit.errors import UsageError
from dlaudit.outputs.html import render_html
from dlaudit.outputs.look import Look
from dlaudit.outputs.overrides import FIXED, check_overrides, replaceable
from dlaudit.outputs.templates import asset, template_directory
from dlaudit.record.files import read
from dlaudit.stages.write import rewrite_files

SIGN_OFF = """{# Sign-off | Who answers for this model? | after: verdict #}
<section id="added-sign-off"><h2>{{ page.sections['added-sign-off'].title }}</h2>
<p>{{ audit.model.task }} on {{ audit.data.scored }} rows: {{ verdict.outcome }}, {{ page.title|name }}</p></section>
"""


def folder(tmp_path: Path, **files: str) -> Path:
    own = tmp_path / "own"
    for name, text in files.items():
        path = own / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return own


@pytest.mark.parametrize("name", sorted(FIXED))
def test_files_that_no_report_uses_are_refused_and_what_can_be_replaced_is_told(tmp_path, name):
    assert (template_directory() / name).is_file()
    with pytest.raises(UsageError) as caught:
        check_overrides(folder(tmp_path, **{name: ""}))
    assert caught.value.code == "DLA113" and "does not use this file" in caught.value.message
    assert "sections/NAME.html.j2" in str(caught.value.fix) and "report.css" in str(caught.value.fix)
    assert name not in str(caught.value.fix)


def test_every_other_file_beside_ours_is_one_that_a_report_reads():
    read = {name for name in replaceable() if "/" not in name}
    page = {"report.html.j2", "body.html.j2", "changes.html.j2", "macros.html.j2"}
    assert read == page | {"report.css", "report.js", "places.css", "examples.css"}


def test_a_template_of_the_same_name_takes_the_place_of_ours(tmp_path):
    own = folder(tmp_path, **{"sections__glossary.html.j2": '<section id="glossary"><h2>Ours</h2></section>'})
    check_overrides(own)
    html = render_html(*lending(), templates=own)
    assert section(html, "glossary") == '<section id="glossary"><h2>Ours</h2></section>\n'
    assert section(html, "verdict") == section(render_html(*lending()), "verdict")


def test_a_replacing_template_can_hold_the_one_it_replaces(tmp_path):
    source = "{% include 'dlaudit/sections/glossary.html.j2' %}<p>More words.</p>"
    own = folder(tmp_path, **{"sections__glossary.html.j2": source})
    html = render_html(*lending(), templates=own)
    assert section(html, "glossary") == section(render_html(*lending()), "glossary") and "<p>More words.</p>" in html


def test_an_added_section_stands_where_it_says_and_in_the_navigation(tmp_path):
    own = folder(tmp_path, **{"added__sign-off.html.j2": SIGN_OFF})
    check_overrides(own)
    html = render_html(*lending(), templates=own)
    assert html.index('id="verdict"') < html.index('id="added-sign-off"') < html.index('id="gaps"')
    assert '<a href="#added-sign-off">Sign-off</a>' in html
    assert "binary on " in section(html, "added-sign-off")


def test_a_section_added_after_one_that_is_not_shown_is_there_all_the_same(tmp_path):
    own = folder(tmp_path, **{"added__x.html.j2": "{# X | Y? | after: against #}\n<p>here it is</p>"})
    assert "here it is" in render_html(*lending(), templates=own)


def test_hostile_names_stay_text_in_an_added_section(tmp_path):
    own = folder(tmp_path, **{"added__sign-off.html.j2": SIGN_OFF})
    html = render_html(*hostile(), templates=own)
    assert "<img" not in html and "<script>alert" not in html


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "no such folder"),
        ({"sections__verdikt.html.j2": "x"}, "Did you mean 'sections/verdict.html.j2'?"),
        ({"added__Sign Off.html.j2": SIGN_OFF}, "small letters"),
        ({"added__x.html.j2": "<p>no head</p>"}, "first line does not say"),
        ({"added__x.html.j2": "{# X | Y? | after: nowhere #}"}, "there is no section"),
        ({"sections__gaps.html.j2": "\n{% if %}"}, "line 2"),
        ({"report.css": "p { color: red } </STYLE ><script>1</script>"}, "closing tag"),
    ],
)
def test_what_cannot_be_rendered_is_refused_before_anything_runs(tmp_path, files, told):
    with pytest.raises(UsageError, match="DLA113|") as caught:
        check_overrides(folder(tmp_path, **files) if files else tmp_path / "none")
    assert caught.value.code == "DLA113" and told in caught.value.message


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ page.__class__.__init__.__globals__ }}",
        "{{ audit.update({'model': 1}) }}",
        "{% include '../../../../etc/passwd' %}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_template_cannot_reach_outside(tmp_path, attack):
    own = folder(tmp_path, **{"added__x.html.j2": "{# X | Y? #}\n" + attack})
    with pytest.raises(UsageError) as caught:
        render_html(*lending(), templates=own)
    assert caught.value.code == "DLA113"


def test_a_template_that_fails_late_does_not_lose_the_run(tmp_path):
    own = folder(tmp_path, **{"added__x.html.j2": "{# X | Y? #}\n{{ audit.nothing_of_that_name }}"})
    check_overrides(own)
    out = tmp_path / "run"
    with pytest.raises(UsageError, match="its report by dlaudit's templates"):
        rewrite_files(out, lending(), rows_from=None, look=Look(templates=own))
    assert read(out)[0].title == lending()[0].title
    assert (out / "report.html").read_text(encoding="utf-8") == render_html(*lending())


def test_a_style_of_ones_own_has_the_policy_that_lets_it_apply(tmp_path):
    own = folder(tmp_path, **{"report.css": "p { color: red }"})
    html = render_html(*lending(), templates=own)
    assert "<style>p{color: red}" in html.replace("p{color:red}", "p{color: red}")
    assert asset("report.css") not in html
    assert "<style>p{color" not in render_html(*lending())
