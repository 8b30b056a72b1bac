import pytest
from report_audits import degenerate, lending, multiclass, regression, scores_only

from dlaudit.outputs.gap_sentences import check_sentence, gap_of, in_people
from dlaudit.outputs.html import render_html
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.sentences import also, doubts, example_rule, headline, headline_check, widest_disparity
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.words import Name, label, people, plain, said
from dlaudit.record import Finding, Verdict


def told(sentence):
    return plain(sentence).replace("\u00a0", " ").replace("\u202f", " ")


def test_a_broken_ratio_names_both_slices_the_value_and_the_limit():
    audit, verdict = lending()
    assert told(headline(audit, verdict)) == (
        "People with race = Black are selected 0.52 times as often as people with race = White; "
        "you allowed no less than 0.80."
    )


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            "tpr-gap",
            "People with sex = F who are truly positive are predicted positive 8.6 percentage points less often than "
            "people with sex = M who are truly positive; you allowed no more than 5.",
        ),
        ("accuracy >= 0.6", "The accuracy of people with race = Black is 65.1 %; you allowed no less than 60 %."),
    ],
)
def test_every_kind_of_check_has_its_sentence(rule, sentence):
    audit, verdict = lending()
    check = next(one for one in verdict.checks if one.rule == rule)
    assert told(check_sentence(audit, check)) == sentence


def test_a_difference_of_numbers_keeps_its_own_unit():
    audit, verdict = regression()
    assert told(check_sentence(audit, verdict.checks[0])) == (
        "The mean error of people with sex = F is 32.2 lower than that of people with sex = M; "
        "you allowed no more than 100."
    )


def test_a_metric_of_one_class_names_the_class():
    audit, verdict = multiclass()
    assert told(check_sentence(audit, verdict.checks[0])) == (
        "The recall of cat of people with site = a is 20.8 percentage points lower than that of people with site = b; "
        "you allowed no more than 10."
    )


def test_a_higher_worst_slice_is_said_to_be_higher():
    audit, verdict = lending()
    check = verdict.checks[1].model_copy(update={"worst": "sex=M", "reference": "sex=F"})
    assert "percentage points more often than people with sex = F" in told(check_sentence(audit, check))


def test_a_broken_limit_never_reads_like_the_limit():
    audit, verdict = lending()
    check = verdict.checks[0].model_copy(update={"limit": 0.52})
    assert "0.5197 times" in told(check_sentence(audit, check))
    assert "no less than 0.52." in told(check_sentence(audit, check))


def test_slices_are_named_only_where_their_own_values_give_the_gap():
    audit, verdict = lending()
    other = verdict.checks[0].model_copy(update={"worst": "race=Hispanic"})
    assert "race = Black are selected 0.52 times as often as people with race = White" in told(
        check_sentence(audit, other)
    )
    unknown = verdict.checks[0].model_copy(update={"observed": 0.3, "worst": "race=Hispanic"})
    assert (
        told(check_sentence(audit, unknown))
        == "The ratio of selection rate by race is 0.30; you allowed no less than 0.80."
    )
    assert in_people(audit, gap_of(unknown))[0] is None
    single = verdict.checks[2].model_copy(update={"observed": 0.123})
    assert told(check_sentence(audit, single)).startswith("The value of accuracy by race is 12.3 %")


def test_what_a_lesser_rule_lets_pass_is_never_left_out_of_the_headline():
    audit, verdict = lending()
    failed, open_, kept = verdict.checks
    lesser = failed.model_copy(update={"level": "warning"})
    waived = failed.model_copy(update={"waived": True})
    for check in (lesser, waived):
        passed = Verdict(outcome="pass", checks=[check, open_, kept])
        assert told(headline(audit, passed)) == (
            "Every rule that must hold is shown to hold; of those that only warn or are waived, 1 is outside tolerance "
            "and 1 is undecided."
        )
    strict = open_.model_copy(update={"undecided": "error"})
    undecided = Verdict(outcome="undecided", checks=[lesser, strict, kept])
    assert told(headline(audit, undecided)) == (
        "1 of 3 checks has too little data to tell; of those that only warn or are waived, 1 is outside tolerance."
    )
    assert headline_check(undecided) == strict


def test_an_undefined_gap_is_said_to_be_undefined():
    audit, verdict = lending()
    check = verdict.checks[0].model_copy(update={"observed": None, "low": None, "high": None})
    assert told(check_sentence(audit, check)).startswith("The ratio of selection rate by race could not be computed")


def test_a_pass_says_how_many_slices_it_speaks_about():
    audit, verdict = lending()
    passed = Verdict(outcome="pass", checks=[verdict.checks[2]])
    assert told(headline(audit, passed)) == (
        "Every gap that was judged is shown to lie within your limits, for 2 of 3 slices; "
        "the others are too small or undefined."
    )
    whole = Verdict(outcome="pass", checks=[verdict.checks[2].model_copy(update={"not_assessed": []})])
    assert told(headline(audit, whole)) == "Every gap that was judged is shown to lie within your limits."


def test_undecided_counts_the_open_checks():
    audit, verdict = multiclass()
    assert told(headline(audit, verdict)) == (
        "No gap is shown to exceed your limits, but the one check has too little data to tell."
    )


def test_without_rules_nothing_is_judged_and_the_widest_gap_is_told():
    audit, verdict = scores_only()
    assert told(headline(audit, verdict)) == "Nothing was judged: no rules were given."
    assert told(also(audit, verdict)[0]) == (
        "The widest gap measured: people with race = Black are selected 26.0 percentage points less often than "
        "people with race = White."
    )
    assert widest_disparity(audit).id == "selection_rate.difference by race"


def test_the_headline_is_the_most_serious_check():
    _, verdict = lending()
    assert headline_check(verdict).rule == "selection_rate.ratio by race >= 0.8"
    waived = [verdict.checks[0].model_copy(update={"waived": True}), *verdict.checks[1:]]
    assert headline_check(verdict.model_copy(update={"checks": waived})).waived
    assert headline_check(None) is None


def test_gaps_are_told_in_people():
    audit, verdict = lending()
    heads, words = in_people(audit, gap_of(verdict.checks[0]))
    assert heads == "26 in 100"
    assert told(words) == "fewer people with race = Black are selected (28.1 % of 590, against 54.1 %)"


def test_what_is_no_share_of_people_is_not_told_in_people():
    audit, verdict = regression()
    assert in_people(audit, gap_of(verdict.checks[0]))[0] is None
    assert in_people(audit, None)[0] is None


def test_an_audit_without_anything_still_has_its_sentence():
    audit, verdict = degenerate()
    assert told(headline(audit, verdict)) == "Nothing was judged: no rules were given."
    assert also(audit, verdict) == []


def test_what_fills_a_slot_is_never_read_as_a_template():
    assert plain(said("people", rows="people", where=Name("{value} %s {0}"))) == "people with {value} %s {0}"


def test_data_in_a_sentence_is_marked_as_data():
    audit, _ = lending()
    assert [piece for piece in people(audit, "race=Black & sex=F") if isinstance(piece, Name)] == [
        "race",
        "Black",
        "sex",
        "F",
    ]
    assert [piece for piece in label("recall[<b>]") if isinstance(piece, Name)] == ["<b>"]
    assert told(people(audit, None)) == "everyone"


def test_a_warning_about_the_model_is_read_before_any_gap():
    audit, verdict = scores_only()
    weak = Finding(code="DLA230", severity="warning", subject="model", message="The AUC is 0.454.", next_step="Look.")
    audit = audit.model_copy(update={"findings": [weak]})
    assert told(also(audit, verdict)[0]) == "The AUC is 0.454."
    assert "The AUC is 0.454." in terminal_summary(audit, verdict)
    assert "The AUC is 0.454." in render_markdown(audit, verdict)
    assert doubts(audit.model_copy(update={"findings": [weak.model_copy(update={"severity": "note"})]})) == []


def test_a_gap_that_may_be_none_is_said_to_be_so():
    audit, _ = regression()
    assert told(also(audit, None)[-1]).endswith("; its interval includes no gap at all.")


def test_the_rule_proposed_is_one_that_this_audit_can_be_judged_by():
    audit, _ = regression()
    assert example_rule(audit) == "mean_error.difference by sex <= 0.1"
    assert example_rule(degenerate()[0]) == ""
    assert "mean_error.difference by sex &lt;= 0.1" in render_html(audit, None)


def test_weighted_people_are_not_said_to_be_rows():
    audit, _ = lending()
    weighted = audit.model_copy(update={"data": audit.data.model_copy(update={"weight": "w"})})
    gap = widest_disparity(weighted)
    assert gap is not None
    assert " of a weight of " in told(in_people(weighted, gap_of(gap))[1])
