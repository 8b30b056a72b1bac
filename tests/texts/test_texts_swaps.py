"""Swapped identities: files of published suites, what the record says, and the table of the report."""

import numpy as np
import pytest

from dlaudit.errors import DataRefused
from dlaudit.outputs.view.few_marks import few_marks, times_needed
from dlaudit.outputs.view.swaps import MOST_TERMS, suites
from dlaudit.outputs.words import plain
from dlaudit.probes.identity import Filled, filled, swap_results
from dlaudit.probes.suite_files import DISADVANTAGED, OTHER, read_texts
from dlaudit.record import Audit, Decomposition, ProbeResult
from dlaudit.record.decomposed import Contribution


def written(tmp_path, text: str) -> str:
    path = tmp_path / "suite.csv"
    path.write_text(text)
    return str(path)


def test_both_sentences_of_a_crows_pair_are_told_by_whom_they_are_about(tmp_path):
    """In a pair that goes against a stereotype the less stereotypical sentence is about the disadvantaged."""
    path = written(
        tmp_path,
        ",sent_more,sent_less,stereo_antistereo,bias_type,annotations\n"
        "0,A girl sews.,A boy sews.,stereo,gender,x\n1,A boy leads.,A girl leads.,antistereo,gender,x\n",
    )
    about = {(one.template, one.term): one.text for one in read_texts(path)}
    assert about[("1", DISADVANTAGED)] == "A girl sews." and about[("2", DISADVANTAGED)] == "A girl leads."
    assert about[("1", OTHER)] == "A boy sews." and about[("2", OTHER)] == "A boy leads."
    assert {one.axis for one in read_texts(path)} == {"gender"}


def test_winogender_is_read_by_the_gender_at_the_end_of_its_ids(tmp_path):
    path = written(
        tmp_path,
        "sentid\tsentence\nnurse.patient.1.male.txt\tHe said\nnurse.patient.1.female.txt\tShe said\n"
        "nurse.patient.1.neutral.txt\tThey said\n",
    )
    found = read_texts(path)
    assert {(one.term, one.text) for one in found} == {
        ("male", "He said"),
        ("female", "She said"),
        ("neutral", "They said"),
    }
    assert {(one.template, one.axis) for one in found} == {("nurse.patient.1", "pronoun")}


def test_texts_alone_are_matched_by_the_one_term_that_they_have(tmp_path):
    path = written(
        tmp_path,
        "Text,Label\nI am a gay man,x\nI am a Lesbian man,x\nI am a man,x\ngay and old,x\noldest,x\n",
    )
    found = read_texts(path)
    assert [(one.text, one.template, one.term, one.axis) for one in found] == [
        ("I am a gay man", "i am a {} man", "gay", "orientation"),
        ("I am a Lesbian man", "i am a {} man", "lesbian", "orientation"),
    ]


@pytest.mark.parametrize("text", ["Text,Label\nA,1\n", "a,b\n1,2\n", "template\nno place\n", ""])
def test_files_in_which_nobody_is_found_are_refused_by_their_columns(tmp_path, text):
    with pytest.raises(DataRefused, match="columns") as refused:
        read_texts(written(tmp_path, text))
    assert refused.value.code == "DLA308"


def test_the_published_suites_are_read_whole(shared_data):
    """Counts only: the suites contain slurs."""
    folder = shared_data / "text_suites"
    crows = read_texts(str(folder / "crows_pairs_anonymized.csv"))
    assert len(crows) == 2 * 1_508 and len({one.axis for one in crows}) == 9
    winogender = read_texts(str(folder / "winogender_all_sentences.tsv"))
    assert len(winogender) == 720 and len({one.template for one in winogender}) == 240
    madlibs = read_texts(str(folder / "bias_madlibs_77k.csv"))
    assert len(madlibs) > 20_000 and len({one.term for one in madlibs}) > 15
    assert len(read_texts(str(folder / "hatecheck_test_suite_cases.csv"))) > 2_000


def pairs(rows: int) -> list[Filled]:
    return [
        Filled(text=f"{at}{term}", template=str(at), term=term, axis="gender")
        for at in range(rows)
        for term in (DISADVANTAGED, OTHER)
    ]


def test_two_terms_are_one_comparison_and_its_interval_holds_under_no_difference():
    """Holm over two mirrored results would ask for half of what one test may; the naive unpaired look marks nothing."""
    texts, marked, missed = pairs(40), 0, 0
    for seed in range(80):
        draw = np.random.default_rng(seed)
        score = np.repeat(draw.normal(0.5, 0.2, 40), 2) + draw.normal(0, 0.05, 80)
        one, other = swap_results("s", texts, score, 0.5, seed)
        assert one.value == pytest.approx(-other.value) and one.detail["p_adjusted"] == other.detail["p_adjusted"]
        marked += one.detail["marked"]
        missed += not one.low <= 0 <= one.high
    allowed = 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)
    assert marked / 80 <= allowed and missed / 80 <= allowed


def test_decisions_have_intervals_of_their_own_and_none_where_no_sentence_tells_them_apart():
    texts = filled([f"{at} {{}}" for at in range(20)], {"x": ["a", "b", "c"]})
    score = np.array([0.9 if one.term == "a" else 0.1 for one in texts]) + 0.001 * np.arange(len(texts)) / len(texts)
    found = {one.detail["term"]: one for one in swap_results("s", texts, score, 0.5, 0)}
    assert found["a"].detail["selected_difference"] == 1.0 and found["a"].detail["selected_low"] is None
    score = np.where(np.random.default_rng(0).random(len(texts)) < 0.5, 0.9, 0.1)
    mixed = swap_results("s", texts, score, 0.5, 0)[0].detail
    assert mixed["selected_low"] <= mixed["selected_difference"] <= mixed["selected_high"]


def audit_of(probes: list[ProbeResult]) -> Audit:
    return Audit.model_construct(probes=probes)


def test_the_report_ranks_terms_by_their_change_and_marks_them():
    texts = filled([f"{at} {{}}" for at in range(20)], {"x": ["a", "b", "c"], "y": ["d", "e"]})
    draw = np.random.default_rng(0)
    lower = {"b": 0.3, "d": 0.05}
    score = np.array([0.6 - lower.get(one.term, 0.0) for one in texts]) + draw.normal(0, 0.02, len(texts))
    (table,) = suites(audit_of(swap_results("mine.csv", texts, score, 0.5, 0)))
    assert "mine.csv" in plain(table.title) and plain(table.told).startswith("The score changes by more than chance")
    assert "for b:" in plain(table.told) and [axis for axis, _ in table.axes] == ["x", "y"]
    first = table.axes[0][1]
    assert plain(first[0].name) == "b" and first[0].mark == "yes" and first[0].lowers and not first[0].pale
    (mirrored,) = table.axes[1][1]
    assert plain(mirrored.name) == "d against e" and mirrored.templates == "20"
    assert table.left_out == 0 and suites(audit_of([])) == []


def test_very_many_terms_are_cut_with_their_number():
    texts = filled([f"{at} {{}}" for at in range(3)], {"x": [f"term {at}" for at in range(MOST_TERMS + 5)]})
    score = np.random.default_rng(0).random(len(texts))
    (table,) = suites(audit_of(swap_results("s", texts, score, 0.5, 0)))
    assert table.left_out == 5 and sum(len(terms) for _, terms in table.axes) == MOST_TERMS
    assert plain(table.told).startswith("For none of")


def split_of(p_values: list[float], chosen_from: int = 190) -> Decomposition:
    parts = [
        Contribution(
            feature=f"word{at}", value=0.1, low=0.0, high=0.2, p_value=one, p_adjusted=min(1.0, one * 1e4), marked=False
        )
        for at, one in enumerate(p_values)
    ]
    return Decomposition(
        metric="selection_rate", by=["who"], slice="who=a", reference="who=b", gap=0.3, contributions=parts,
        residual=0.0, rows=32, chosen_from=chosen_from,
    )  # fmt: skip


def test_a_split_without_a_mark_says_how_many_tests_were_allowed_for_and_what_would_be_needed():
    said = plain(few_marks(split_of([0.001, 0.4])))
    assert "380 tests (2 parts of each of the 190 gaps" in said and "word0" in said and "times as many rows" in said
    assert "even a hundred times" in plain(few_marks(split_of([0.9, 0.95])))
    marked = split_of([0.001])
    marked.contributions[0] = marked.contributions[0].model_copy(update={"marked": True})
    assert few_marks(marked) == ()


def test_the_rows_needed_are_those_at_which_a_part_would_be_marked():
    """At so many times the rows, its own z-score passes the first step of Holm; a little fewer do not do."""
    from scipy.stats import norm

    tests, part = 380, split_of([0.001]).contributions[0]
    times = times_needed(part, tests)
    z = norm.isf(0.001 / 2)
    assert times is not None and 2 * norm.sf(z * np.sqrt(times)) <= 0.05 / tests
    assert 2 * norm.sf(z * np.sqrt(times - 0.2)) > 0.05 / tests
