"""The why and the trust in it, from records alone: figures add up, marks are told, doubt stands first."""

import csv
import io
import math

import pytest
from report_audits import ALL, PAYLOADS, hostile, lending, scores_only
from report_explained import (
    BLACK,
    accuracy_gap,
    cancelling_gap,
    contribution,
    mean_score_gap,
    score_mixes,
    selection_gap,
    with_many_gaps,
)

from dlaudit.findings.explained import mostly, offset
from dlaudit.outputs.contributions import COLUMNS, render_contributions
from dlaudit.outputs.html import render_html
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.terminal import MOST_LINES, terminal_summary
from dlaudit.outputs.view.all_gaps import all_gaps
from dlaudit.outputs.view.layers import layers
from dlaudit.outputs.view.profiles import profiles
from dlaudit.outputs.view.proxies import proxies
from dlaudit.outputs.view.score_mix import score_mix
from dlaudit.outputs.view.trust import trust
from dlaudit.outputs.view.waterfall import waterfall
from dlaudit.outputs.view.why import MOST_FULL, why
from dlaudit.outputs.why_sentences import channels, gap_told, made_of, method_named, ranked, why_line
from dlaudit.outputs.words import plain
from dlaudit.record import Contribution, InputGroup, ProbeResult, Trust

PEOPLE = ("people with race = Black", "people with race = White")


def told(sentence):
    return plain(sentence).replace("\u00a0", " ").replace("\u202f", " ")


def changed(audit, **fields):
    return audit.model_copy(update=fields)


# --- sentences -----------------------------------------------------------------------------------------------


def test_a_gap_in_people_says_through_which_inputs_it_goes_and_which_parts_are_more_than_chance():
    assert told(made_of(selection_gap())) == (
        "In the model's arithmetic 31 fewer in 100 go through income (and 2 that go with it) and debt_ratio (both more "
        "than chance); 5 go the other way through late_payments (more than chance)."
    )


def test_parts_within_the_gap_are_told_as_parts_of_it():
    parts = [contribution("income", -0.09), contribution("tenure", -0.01), contribution("late_payments", 0.002)]
    one = selection_gap().model_copy(update={"gap": -0.13, "contributions": parts, "groups": []})
    assert told(made_of(one)) == (
        "In the model's arithmetic, of the 13 fewer in 100, 9 go through income (more than chance)."
    )


def test_a_gap_of_numbers_keeps_its_own_unit_and_names_no_marks_that_were_not_tested():
    untested = [part.model_copy(update={"low": None, "high": None}) for part in mean_score_gap().contributions]
    one = mean_score_gap().model_copy(update={"contributions": untested, "gap": -0.2})
    assert told(made_of(one)) == (
        "In the model's arithmetic, of the gap of 0.2 in mean score, 0.183 goes through income and debt_ratio; 0.031 "
        "goes the other way through late_payments."
    )


def test_parts_that_chance_could_show_are_said_to_be_so():
    one = selection_gap().model_copy(update={"contributions": [contribution("tenure", -0.2)], "groups": []})
    assert told(made_of(one)).endswith("20 go through tenure (which chance could show).")


def test_label_mix_is_told_with_its_own_amount():
    assert told(made_of(accuracy_gap())).endswith("; 1 comes from another mix of labels.")
    against = accuracy_gap().label_mix.model_copy(update={"value": 0.02})
    assert told(made_of(accuracy_gap().model_copy(update={"label_mix": against}))).endswith(
        "; another mix of labels takes back 2."
    )


def test_a_gap_without_parts_has_no_sentence():
    assert made_of(selection_gap().model_copy(update={"contributions": [], "groups": []})) == ()
    assert channels(selection_gap().model_copy(update={"raised": 0.0, "lowered": 0.0})) == ()


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (
            selection_gap(),
            "Of people with race = Black, 26 in 100 fewer are selected than of people with race = White.",
        ),
        (
            mean_score_gap(),
            "The mean score is 0.163 lower for people with race = Black than for people with race = White.",
        ),
        (
            mean_score_gap().model_copy(update={"gap": 0.0}),
            f"The mean score is the same for {PEOPLE[0]} as for {PEOPLE[1]}.",
        ),
    ],
)
def test_what_the_gap_is_comes_before_what_it_is_made_of(split, sentence):
    assert told(gap_told(lending()[0], split)) == sentence


def test_channels_that_cancel_are_told_even_where_nothing_is_left():
    assert told(channels(cancelling_gap())).startswith("Channels cancel: parts that raise it come to +0.046")
    unmarked = [part.model_copy(update={"marked": False}) for part in cancelling_gap().contributions]
    chance = cancelling_gap().model_copy(update={"contributions": unmarked})
    assert told(channels(chance)).startswith("Parts that raise it")
    assert told(channels(mean_score_gap())).startswith("Parts that raise it")


def test_no_sentence_about_contributions_speaks_of_causes():
    audit, verdict = lending()
    for one in audit.decompositions:
        said = told((*why_line(audit, one), *channels(one), *gap_told(audit, one))).lower()
        assert not {"cause", "causes", "mechanism", "drives", "because"} & set(said.replace(",", " ").split())
    assert "not causes" in render_markdown(audit, verdict)


def test_methods_go_by_the_names_that_readers_know():
    assert method_named("captum.DeepLift and integrated_gradients") == "Captum's DeepLift and Integrated Gradients"
    assert method_named("own.method") == "own.method"


# --- waterfall -----------------------------------------------------------------------------------------------


def test_the_metric_that_a_rule_names_comes_first_whatever_is_widest():
    audit, verdict = lending()
    assert [one.metric for one in ranked(audit, verdict)] == ["selection_rate", "accuracy", "mean_score", "mean_score"]
    assert why(audit, verdict).splits[0].bars[0].value == "−21.4"


@pytest.mark.parametrize("split", [selection_gap(), mean_score_gap(), accuracy_gap(), cancelling_gap()])
def test_bars_add_up_to_the_gap(split):
    drawn = waterfall(lending()[0], split)
    last = [bar for bar in drawn.bars if not bar.member][-1]
    gap_end = {drawn.x, f"{float(drawn.x[:-1]) + float(drawn.width[:-1]):.2f}%".rstrip("0%").rstrip(".") + "%"}
    assert any(math.isclose(float(last.end[:-1]), float(end[:-1]), abs_tol=0.02) for end in gap_end)


def test_inputs_that_go_together_are_one_bar_with_their_members_below_it():
    drawn = waterfall(lending()[0], selection_gap())
    assert [(plain(bar.name), bar.member) for bar in drawn.bars[:5]] == [
        ("income (and 2 that go with it)", False),
        ("income", True),
        ("tenure", True),
        ("employment", True),
        ("debt_ratio", False),
    ]
    members = [bar for bar in drawn.bars if bar.member]
    assert math.isclose(float(members[-1].end[:-1]), float(drawn.bars[0].end[:-1]), abs_tol=0.02)
    assert "convention" in drawn.grouped and "0.7" in drawn.grouped


def test_a_group_of_many_members_counts_those_that_are_not_drawn():
    parts = [contribution(f"x{at}", -0.02) for at in range(10)]
    whole = InputGroup(name="all", members=[part.feature for part in parts], value=-0.2)
    one = selection_gap().model_copy(update={"contributions": parts, "groups": [whole], "gap": -0.2})
    drawn = waterfall(lending()[0], one)
    assert [plain(bar.name) for bar in drawn.bars][-1] == "4 more" and len(drawn.bars) == 8
    assert drawn.bars[-1].end == drawn.bars[0].end


def test_label_mix_and_what_sampling_left_over_are_rows_of_their_own():
    rows = [plain(bar.name) for bar in waterfall(lending()[0], accuracy_gap()).bars]
    assert rows == ["income", "debt_ratio", "label mix", "left over by sampling"]


def test_the_label_of_a_regression_is_said_to_be_the_truth():
    parts = [Contribution(feature="label", value=-0.2), Contribution(feature="income", value=-0.06)]
    one = selection_gap().model_copy(update={"contributions": parts, "groups": []})
    assert [bar.note for bar in waterfall(lending()[0], one).bars] == ["the true value itself", ""]


def test_marks_say_which_bars_are_more_than_chance_and_the_others_are_pale():
    bars = {plain(bar.name): bar for bar in waterfall(lending()[0], selection_gap()).bars}
    assert (bars["debt_ratio"].mark, bars["debt_ratio"].pale) == ("yes", False)
    assert (bars["tenure"].mark, bars["tenure"].pale) == ("no", True)


def test_marked_inputs_are_split_into_other_values_and_another_effect():
    table = waterfall(lending()[0], selection_gap()).context
    assert [row.feature for row in table.rows] == ["income", "debt_ratio", "late_payments"]
    assert [piece and piece.value for piece in table.rows[0].pieces] == ["−15.0", "−5.0", None]
    assert waterfall(lending()[0], mean_score_gap()).context is None


def test_many_mixtures_outside_the_data_are_a_caution():
    drawn = waterfall(lending()[0], selection_gap())
    assert drawn.is_far_outside and drawn.outside.startswith("34.0")
    few = waterfall(lending()[0], selection_gap().model_copy(update={"outside": 0.1}))
    assert few.outside and not few.is_far_outside


# --- the section ---------------------------------------------------------------------------------------------


def test_sixty_gaps_do_not_make_sixty_screens():
    audit, verdict = lending()
    many = with_many_gaps(audit)
    section = why(many, verdict)
    assert len(section.splits) == 1 + MOST_FULL
    assert sum(len(block.lines) for block in section.table) + section.left_out == 60
    assert all(len(line.chips) == 3 for block in section.table for line in block.lines)
    assert len(render_html(many, verdict).encode()) < 300_000


def test_every_pair_has_its_lines_in_the_table_of_gaps():
    audit, verdict = lending()
    blocks, left_out = all_gaps(audit, ranked(audit, verdict))
    assert [(plain(one.title), len(one.lines)) for one in blocks] == [("Black against White", 3), ("F against M", 1)]
    assert left_out == 0 and blocks[0].lines[1].mix == "−1.4" and blocks[1].lines[0].cancels


def test_what_was_not_explained_says_why():
    assert why(*scores_only()).reasons == [
        ("attributions", "no model: the scores were given"),
        ("decompositions", "no model: the scores were given"),
    ]


def test_what_is_not_trustworthy_stands_above_the_explanation_it_concerns():
    html = render_html(*lending())
    banner = html.index("Explanation not trustworthy for ")
    assert banner < html.index("Contribution to the gap")
    assert "by Integrated Gradients: faithfulness 0.31 is below" in html
    audit, verdict = lending()
    fine = changed(audit, trust=[one.model_copy(update={"ok": True, "reasons": []}) for one in audit.trust])
    assert "not trustworthy" not in render_html(fine, verdict)


def doubted(audit):
    return changed(audit, trust=[Trust(method="m", slice=BLACK, ok=False, reasons=["r"], rows=5)])


def test_bars_are_pale_only_where_no_method_is_trustworthy():
    audit, _ = lending()
    assert not waterfall(audit, selection_gap()).distrust and not waterfall(audit, selection_gap()).is_doubted
    none = doubted(audit)
    assert waterfall(none, selection_gap()).is_doubted
    assert "read the order of the bars" in told(waterfall(none, selection_gap()).distrust)
    assert not waterfall(none, cancelling_gap()).distrust


def test_contributions_that_do_not_add_up_are_not_shown():
    audit, verdict = lending()
    missed = [
        one.model_copy(update={"ok": False, "value": 0.4}) if one.measure.startswith("completeness") else one
        for one in audit.quality
    ]
    on_black = changed(audit, quality=[one for one in missed if one.slice == BLACK])
    table = profiles(on_black).first[0]
    assert [column.doubt for column in table.columns] == ["", "withheld", ""]
    assert all(means[1] is None and means[0] is not None for _, means in table.rows)
    everywhere = profiles(changed(audit, quality=missed)).first[0]
    assert {column.doubt for column in everywhere.columns} == {"withheld"}
    assert "do not add up to the change of the score" in render_html(on_black, verdict)


def test_the_method_chosen_first_is_shown_and_the_others_are_folded():
    audit, _ = lending()
    shown = profiles(audit)
    assert [one.method for one in shown.first] == ["Integrated Gradients"] * 2
    assert [one.method for one in shown.more] == ["Shapley values"] * 2
    assert shown.first[0].columns[1].doubt == "not trustworthy"


# --- score mix, proxies, layers ------------------------------------------------------------------------------


def test_a_gap_is_mostly_score_mix_or_mostly_calibration_or_both_pull_apart():
    first, second, third = score_mixes()
    assert (mostly(first), mostly(second), mostly(third)) == ("mix", None, "calibration")
    assert (offset(first), offset(second), offset(third)) == (False, True, False)


def test_score_mix_bars_share_a_scale_among_rates_only():
    rows = {plain(row.label): row for row in score_mix(*lending(), None).first[0].rows}
    tpr, fpr, loss = (rows[name].parts for name in ("true positive rate", "false positive rate", "log loss"))
    assert tpr[0].width == "50.00%" and 41 < float(fpr[0].width[:-1]) < 42
    assert loss[1].width == "50.00%" and loss[2] is not None and tpr[2] is None


def test_inputs_that_reveal_and_carry_come_first_and_all_inputs_stand_below():
    audit, verdict = lending()
    (table,) = proxies(audit, ranked(audit, verdict)).first
    assert [(row.feature, row.both) for row in table.rows][:2] == [("income", True), ("debt_ratio", True)]
    assert [(row.feature, row.reveals) for row in table.together] == [
        ("all inputs together", "0.62"),
        ("the score alone", "0.40"),
    ]
    assert table.rows[0].carries == "−19.3" and "81.0 % of all movement" in told(table.overlap)


def test_experiments_of_another_kind_are_listed():
    audit, verdict = lending()
    tcav = ProbeResult(probe="tcav", subject="stripes at conv2", value=0.7, low=0.5, high=0.9)
    section = why(changed(audit, probes=[*audit.probes, tcav]), verdict)
    assert [(one.probe, one.value) for one in section.others] == [("tcav", "0.7")]


def test_units_of_a_layer_are_sorted_by_size_and_the_rest_is_counted():
    (table,) = layers(lending()[0])
    assert [unit.name for unit in table.units][:3] == ["0", "1", "2"] and table.others == 2
    assert "Captum's LayerConductance at net.2 (Linear)" in told(table.title)


# --- trust ---------------------------------------------------------------------------------------------------


def test_trust_is_told_for_every_slice_and_method_with_the_reasons():
    view = trust(lending()[0])
    cells = {slice_: [cell.state if cell else None for cell in cells] for slice_, cells in view.verdicts}
    assert list(cells)[:2] == ["all rows", "race = Black"]
    assert cells["race = Black"] == ["distrusted", "trusted"] and cells["race = Hispanic"] == ["unknown", None]


def test_checks_stand_beside_their_level_and_what_a_worthless_explanation_would_score():
    view = trust(lending()[0])
    row = next(one for one in view.checks if one.measure.startswith("predicts"))
    assert (row.value, row.required, row.null, row.interval) == ("0.82", "0.35", "0.12", "0.77–0.87")
    table = next(one for one in view.by_slice if one.method == "Integrated Gradients")
    assert [(measure, one.state) for measure, (one,) in table.rows][1] == (
        "predicts what exchanging inputs does",
        "fail",
    )


def test_second_opinions_and_unequal_faithfulness_are_whole_sentences():
    lines = [told(line) for _, line in trust(lending()[0]).opinions]
    assert lines[0] == "Second opinion: Captum agrees with Integrated Gradients to 1e-06 on 16 rows."
    assert "predict the effect of changing inputs worse than those of the other slices" in lines[1]
    assert "of the feature, by 0.14 in correlation," in lines[1]
    assert lines[2].startswith("No other difference") and lines[3].startswith("Where scores")


def test_what_was_left_out_and_what_was_reduced_is_told():
    view = trust(lending()[0])
    assert [what for what, _ in view.left_out][-2:] == ["captum.DeepLift", "shap.DeepExplainer"]
    assert view.plan.reduced and "1\u202f024" in view.plan.halved and view.plan.methods[2].spent == "–"


# --- terminal, Markdown, CSV ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_terminal_says_why_and_what_is_not_trustworthy(width):
    audit, verdict = lending()
    assert "not trustworthy" not in terminal_summary(audit, verdict, width=width), "another method is trusted there"
    said = terminal_summary(doubted(audit), verdict, width=width)
    assert "\nwhy      selection rate of race=Black against race=White:" in said
    assert "(explanations not trustworthy for" in said and len(said.splitlines()) <= MOST_LINES


def test_markdown_says_why_for_the_first_gaps_and_counts_the_others():
    audit, verdict = lending()
    told_ = render_markdown(doubted(audit), verdict)
    assert "not trustworthy" not in render_markdown(audit, verdict)
    assert "- Selection rate of race=Black against race=White: in the model's arithmetic" in told_
    assert "**Explanations not trustworthy for people with race" in told_ and "… and 1 more gap in the report." in told_


def rows_of(audit, verdict):
    return list(csv.DictReader(io.StringIO(render_contributions(audit, verdict))))


def test_contributions_of_one_kind_add_up_to_the_gap_in_the_file():
    for kinds in ({"input", "label mix", "residual"}, {"input group", "label mix", "residual"}):
        for metric, slice_ in (("selection_rate", BLACK), ("accuracy", BLACK), ("mean_score", "sex=F")):
            rows = [row for row in rows_of(*lending()) if row["metric"] == metric and row["slice"] == slice_]
            parts = [float(row["value"]) for row in rows if row["kind"] in kinds]
            gap = next(float(row["value"]) for row in rows if row["kind"] == "gap")
            if any(row["kind"] == "input group" for row in rows) or "input" in kinds:
                assert math.isclose(math.fsum(parts), gap, abs_tol=1e-9)


def test_the_file_of_contributions_is_safe_and_rectangular():
    for name in ALL:
        lines = list(csv.reader(io.StringIO(render_contributions(*ALL[name]()))))
        assert {len(line) for line in lines} == {len(COLUMNS)}
    assert not [row["slice"] for row in rows_of(*hostile()) if row["slice"][:1] in "=+-@"]
    assert "\x1b" not in render_contributions(*hostile())
    assert any(PAYLOADS[10] in value for row in rows_of(*hostile()) for value in row.values())


def test_twins_of_a_metric_are_not_split_twice():
    audit, verdict = lending()
    twin = score_mixes()[0].model_copy(update={"metric": "false_negative_rate"})
    rows = score_mix(changed(audit, score_mixes=[*audit.score_mixes, twin]), verdict, None).first[0].rows
    assert "false negative rate" not in [plain(row.label) for row in rows]
    alone = score_mix(changed(audit, score_mixes=[twin]), verdict, None).first[0].rows
    assert [plain(row.label) for row in alone] == ["false negative rate"]


def test_a_marked_part_is_drawn_however_small_it_is():
    parts = [contribution(f"x{at}", -0.01, marked=False, p_adjusted=1.0) for at in range(14)]
    tiny = contribution("late_payments", 0.001)
    one = selection_gap().model_copy(update={"contributions": [*parts, tiny], "groups": [], "gap": -0.139})
    names = [plain(bar.name) for bar in waterfall(lending()[0], one).bars]
    assert "late_payments" in names and names[-1] == "4 other inputs"
