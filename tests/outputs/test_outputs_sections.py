"""Every section says what it asks, what it found and how; and every empty or degenerate state says so."""

import html as entities
import re
from functools import cache

import pytest
from golden_files import assert_golden, section
from report_audits import ALL, lending
from report_base import paired
from report_states import STATES

from dlaudit.outputs.catalogue import SECTIONS
from dlaudit.outputs.html import render_html
from dlaudit.outputs.leads import leads
from dlaudit.outputs.view.page import page
from dlaudit.outputs.view.run_name import run_name
from dlaudit.outputs.words import plain

LEAD = re.compile(r'<p class="(?:lead|say)">\s*\S')
WITHOUT_FINDING = {"glossary": "words", "standards": "its lead says that it judges nothing", "examples": "not written"}
WITHOUT_HOW = {"glossary", "standards", "method", "examples"}
"""A list of words; layouts without a method; the method itself; nothing written."""


@cache
def rendered(name):
    made = {**ALL, **STATES, "paired": paired}[name]
    return render_html(*made())


def told(name, id_):
    """The text of a section."""
    return " ".join(entities.unescape(re.sub(r"<[^>]+>", " ", section(rendered(name), id_))).split())


@pytest.mark.parametrize("id_", [key for key in SECTIONS if key != "against"])
def test_a_section_asks_finds_and_says_how(id_):
    html = section(rendered("paired"), id_)
    title, question = SECTIONS[id_]
    assert id_ == "verdict" or (entities.escape(title) in html and f'<p class="question">{question}</p>' in html)
    assert LEAD.search(html) or id_ in WITHOUT_FINDING, "no one-sentence finding"
    assert 'class="how"' in html or id_ in WITHOUT_HOW, "nowhere is said how it is computed"
    assert "<table" in html or id_ in {"glossary", "findings", "examples"}


@pytest.mark.parametrize("name", [*ALL, *STATES])
def test_no_state_leaves_a_section_without_a_word(name):
    for id_ in re.findall(r'<section id="([^"]+)"', rendered(name)):
        question = SECTIONS[id_][1] if id_ in SECTIONS else ""
        body = told(name, id_).partition(entities.unescape(question))[2]
        assert len(body) > 20, f"{id_} of {name} is empty"


@pytest.mark.parametrize("name", ["scores_only", "degenerate", "no_sensitive"])
def test_what_did_not_run_stays_in_the_list_of_sections(name):
    sections = page(*STATES[name]()).sections
    silent = [one for one in sections.values() if not one.ran]
    nav = rendered(name).partition("<nav")[2].partition("</nav>")[0]
    assert silent and nav.count("(not run)") == len(silent)
    for one in silent:
        line = next(part for part in nav.split("<li>") if f'href="#{one.id}"' in part)
        assert "(not run)" in line and '<p class="aside' in section(rendered(name), one.id)


def test_a_feature_of_many_levels_shows_those_that_tell_most_and_folds_the_rest():
    html = section(rendered("many_levels"), "gaps")
    first = html.partition('id="gaps-1"')[2]
    table, _, rest = first.partition("<details>")
    folded = rest.partition("</details>")[0]
    assert table.count('<th scope="row">site') == 15 and folded.count('<th scope="row">site') == 25
    assert "25 more slices of site" in folded
    assert "site 39" in table and "site 00" in table and "site 01" in folded


def test_a_reference_without_a_single_case_has_differences_and_no_ratio_and_that_is_said():
    assert "no ratio to a: its value is 0, so that differences stand alone" in told("nobody_selected", "gaps")
    assert "no ratio to" not in told("lending", "gaps")


def test_rows_without_a_level_are_a_row_of_their_own_and_few_rows_are_marked():
    html = section(rendered("not_recorded"), "gaps")
    assert '<th scope="row">not recorded</th>' in html
    assert "Too few to pass judgement" in told("not_recorded", "gaps")
    assert "s-few" in html


def test_a_single_level_has_nothing_to_compare():
    assert "There is nothing to compare" in told("one_level", "gaps")
    assert "There is nothing to compare" not in told("lending", "gaps")


def test_without_a_sensitive_feature_the_verdict_says_what_is_missing():
    assert "No sensitive feature was given" in told("no_sensitive", "verdict")
    assert "slices were only searched for" in told("no_sensitive", "verdict")
    assert "No sensitive feature was given" not in told("lending", "verdict")


def test_intersections_that_are_all_too_small_say_what_is_missing_nearest_first():
    html = section(rendered("all_cells_small"), "intersections")
    assert "slices where features meet have too few rows" in told("all_cells_small", "intersections")
    lacks = [int(one) for one in re.findall(r"<td>(\d+)</td></tr>", html.partition("What is missing")[2])]
    assert lacks and lacks == sorted(lacks) and max(lacks) <= 25


def test_one_feature_alone_has_no_intersections_and_that_is_a_line():
    assert "Fewer than two sensitive features were given" in told("one_level", "intersections")


def test_a_search_that_found_nothing_says_what_it_could_have_found():
    found = told("scores_only", "found")
    assert "none confirmed" in found and "would have been found" in found


def test_without_scores_no_other_threshold_is_offered():
    assert "no other threshold can be looked at" in told("degenerate", "thresholds")
    assert 'id="explore"' not in rendered("degenerate")
    assert "Without a script the table stands at the audited threshold." in told("lending", "thresholds")


def test_a_model_that_selects_nobody_has_no_table_of_selection():
    assert "the model gives a number and selects nobody" in told("regression", "standards")


def test_nothing_left_out_is_said_too():
    assert "of the file were scored" in told("nothing_left_out", "data")
    assert "Everything that was asked for was done." in told("nothing_left_out", "method")
    assert "No rule of findings had anything to report." in told("nothing_left_out", "findings")


def test_steps_that_were_not_done_are_counted_and_listed():
    audit, _ = lending()
    assert plain(leads(audit, None)["method"]).startswith(f"{len(audit.not_applicable)} steps were not done")
    for one in audit.not_applicable:
        assert one.reason[:40] in told("lending", "method")


def test_every_printed_page_has_the_run_and_its_number():
    audit, _ = lending()
    style = rendered("lending").partition("<style>")[2].partition("</style>")[0]
    assert f"dlaudit, run {run_name(audit)}" in style and 'counter(page) " / " counter(pages)' in style
    assert run_name(audit) in told("lending", "method")
    assert run_name(of_run(audit, started="2027")) != run_name(audit)


def of_run(audit, **update):
    return audit.model_copy(update={"provenance": audit.provenance.model_copy(update=update)})


def test_the_name_of_a_run_is_that_of_its_record_and_never_holds_anything_but_digits():
    audit, verdict = lending()
    assert run_name(of_run(audit, run_id="0a" * 32)) == "0a" * 6
    bad = of_run(audit, run_id='"}}</style><script>alert(1)</script>')
    assert re.fullmatch("[0-9a-f]{12}", run_name(bad)) and "<script>alert" not in render_html(bad, verdict)


def test_the_audit_is_linked_by_its_file_name_and_not_embedded():
    assert rendered("lending").count('href="audit.json"') == 1


@pytest.mark.parametrize("name", ["many_levels", "nobody_selected", "not_recorded", "one_level"])
def test_states_of_gaps_are_as_they_were_last_looked_at(name):
    html = section(rendered(name), "gaps")
    assert_golden(f"state-{name}.html", html.partition('id="gaps-2"')[0])


def test_the_state_of_small_intersections_is_as_it_was_last_looked_at():
    html = section(rendered("all_cells_small"), "intersections")
    assert_golden("state-all-cells-small.html", html.partition("<details")[0])
