"""The head's why is of the head's gap, and says by which method and how far it can be believed."""

import pytest
from report_audits import lending
from report_explained import contribution, selection_gap

from dlaudit.outputs.amounts import with_bars
from dlaudit.outputs.head_why import MANY_OUTSIDE, believed, why_told
from dlaudit.outputs.leads import gaps_lead
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.view.waterfall import waterfall
from dlaudit.outputs.why_sentences import made_of, ranked
from dlaudit.outputs.words import plain
from dlaudit.record import Trust


def by_sex(gap=-0.05):
    """A split between the sexes, narrower than that between races."""
    pair = {"by": ["sex"], "slice": "sex=F", "reference": "sex=M", "gap": gap}
    return selection_gap().model_copy(update=pair)


def judged_by_sex(*splits):
    """The lending audit with these splits, and a verdict by rules over sex alone."""
    audit, verdict = lending()
    check = verdict.checks[0].model_copy(update={"by": ["sex"], "worst": "sex=F", "reference": "sex=M"})
    audit = audit.model_copy(update={"decompositions": list(splits)})
    return audit, verdict.model_copy(update={"checks": [check]})


def trusted(*found, split=None):
    """The lending audit with these outcomes of checks: method, slice, outcome."""
    audit, verdict = lending()
    trust = [Trust(method=method, slice=one, ok=ok, reasons=[], rows=90) for method, one, ok in found]
    split = split or selection_gap().model_copy(update={"outside": None})
    state, told = believed(audit.model_copy(update={"trust": trust, "decompositions": [split]}), verdict)
    return state, plain(told).replace("\u00a0", " ").replace("\u202f", " ")


def flat(text):
    return " ".join(text.split())


# --- which gap -----------------------------------------------------------------------------------------------


def test_why_is_told_of_the_gap_of_the_headline_and_not_of_the_widest_one():
    audit, verdict = judged_by_sex(selection_gap(), by_sex())
    assert abs(selection_gap().gap) > abs(by_sex().gap)
    assert ranked(audit, verdict)[0].by == ["sex"]
    assert plain(why_told(audit, verdict)).startswith("Selection rate of sex=F against sex=M: in the model's")
    assert "why selection rate of sex=F against sex=M" in flat(terminal_summary(audit, verdict))


def test_the_two_slices_that_the_head_names_come_before_a_wider_gap_of_the_same_feature():
    audit, verdict = lending()
    other = selection_gap().model_copy(update={"slice": "race=Hispanic", "gap": -0.5})
    audit = audit.model_copy(update={"decompositions": [other, selection_gap()]})
    assert verdict.checks[0].worst == "race=Black"
    assert [one.slice for one in ranked(audit, verdict)] == ["race=Black", "race=Hispanic"]


def test_where_the_gap_of_the_head_was_not_split_that_is_said_before_another_one_is_told():
    audit, verdict = judged_by_sex(selection_gap())
    told = plain(why_told(audit, verdict))
    assert told.startswith(
        "The gap above was not split over inputs, but another was: selection rate of race=Black against race=White: "
    )
    assert told.endswith("through late_payments (more than chance).") and told.count(". ") == 0
    assert "the gap above was not split" in flat(render_markdown(audit, verdict)).lower()
    summary = flat(terminal_summary(audit, verdict))
    assert "why selection rate of race=Black" not in summary


@pytest.mark.parametrize(
    ("judged", "split"),
    [
        ("true_negative_rate", "false_positive_rate"),
        ("false_negative_rate", "true_positive_rate"),
        ("false_positive_rate", "true_negative_rate"),
    ],
)
def test_the_gap_of_a_rate_is_told_by_the_split_of_the_rate_that_is_one_minus_it(judged, split):
    mirrored = by_sex().model_copy(update={"metric": split})
    audit, verdict = judged_by_sex(selection_gap(), mirrored)
    gap = {"metric": judged, "kind": "difference", "bound": "max", "worst": "sex=F", "reference": "sex=M"}
    check = verdict.checks[0].model_copy(update=gap)
    told = plain(why_told(audit, verdict.model_copy(update={"checks": [check]})))
    assert ranked(audit, verdict.model_copy(update={"checks": [check]}))[0] == mirrored
    assert told.startswith("The gap above is the following one with the other sign, since the two rates add up to 1: ")
    assert "of sex=F against sex=M" in told
    ratio = verdict.model_copy(update={"checks": [check.model_copy(update={"kind": "ratio", "bound": "min"})]})
    assert "was not split over inputs" in plain(why_told(audit, ratio))  # a ratio of one is none of the other
    own = audit.model_copy(update={"decompositions": [mirrored, by_sex().model_copy(update={"metric": judged})]})
    assert "other sign" not in plain(why_told(own, verdict.model_copy(update={"checks": [check]})))


def test_where_nothing_goes_the_way_of_another_gap_only_that_it_was_not_split_is_said():
    other = selection_gap().model_copy(update={"contributions": [], "groups": []})
    assert plain(why_told(*judged_by_sex(other))) == "The gap above was not split over inputs."
    assert plain(why_told(*judged_by_sex())) == "Nothing was explained."


# --- how far it can be believed ------------------------------------------------------------------------------


def test_checks_that_disagree_name_the_method_that_failed_and_what_was_left_open():
    state, told = trusted(
        ("integrated_gradients", "race=White", False),
        ("shapley_values", "race=White", True),
        ("shapley_values", "race=Black", True),
        ("shapley_values", "sex=F", None),
    )
    assert state == "unknown" and told == (
        "In part: contributions in single rows failed their checks for people with race = White by Integrated "
        "Gradients, by another method they passed; too little was checked for people with sex = F."
    )


def test_a_slice_where_every_method_failed_is_distrusted_by_name():
    state, told = trusted(("integrated_gradients", "race=White", False), ("shapley_values", "sex=F", None))
    assert state == "distrusted" and told == (
        "Contributions in single rows failed their checks for people with race = White, by Integrated Gradients; too "
        "little was checked for people with sex = F."
    )


def test_what_passed_is_the_contributions_in_single_rows():
    state, told = trusted(("shapley_values", "race=White", True))
    assert (state, told) == (
        "trusted",
        "Contributions in single rows passed their checks for people with race = White.",
    )


@pytest.mark.parametrize(("share", "state"), [(0.197, "trusted"), (MANY_OUTSIDE, "unknown")])
def test_the_caution_of_the_split_itself_is_told_in_a_second_sentence(share, state):
    split = selection_gap().model_copy(update={"outside": share})
    found, told = trusted(("shapley_values", "race=White", True), split=split)
    assert found == state and told.count(". ") == 1
    assert told.endswith(
        f"Of the mixtures of two people that the split of the gap rests on, {share:.1%} lie outside the data.".replace(
            "%", " %"
        )
    )


# --- inputs with a bar, gaps that count once -----------------------------------------------------------------


def test_no_input_is_named_that_the_waterfall_adds_up_with_others():
    parts = [contribution("income", -0.09), *(contribution(f"x{at}", -0.03 + 0.001 * at) for at in range(10))]
    parts += [contribution("y", 0.007), contribution("z", 0.0065)]
    split = selection_gap().model_copy(update={"gap": -0.26, "contributions": parts, "groups": []})
    bars = [plain(bar.name) for bar in waterfall(lending()[0], split).bars]
    assert "y" not in bars and "3 other inputs" in bars
    assert " y " not in plain(made_of(split)) and "goes the other way" not in plain(made_of(split))
    assert {part.feature for part in with_bars(split)} == set(bars[:-1])


def test_a_gap_and_its_complement_count_once_and_prevalence_is_not_the_models():
    audit, _ = lending()
    one = next(each for each in audit.disparities if each.metric == "selection_rate" and each.by == ["race"])
    one = one.model_copy(update={"p_adjusted": 0.001, "kind": "difference", "within": {}})
    metrics = ["selection_rate", "true_positive_rate", "false_negative_rate", "true_negative_rate", "prevalence"]
    found = [one.model_copy(update={"metric": metric}) for metric in metrics]
    told = plain(gaps_lead(audit.model_copy(update={"disparities": found})))
    assert "Of 3 gaps over single features, 3 are wider" in told
