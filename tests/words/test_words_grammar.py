"""Every verdict sentence there is, as one reads it: metric by state, and what holds of all of them."""

import re

import pytest
from golden_files import assert_golden
from hypothesis import given
from hypothesis import strategies as st
from words_catalogue import FORBIDDEN
from words_gaps import A, B, Told, audit_of, check_of, disparity_of, text_of

from dlaudit.outputs import text
from dlaudit.outputs.catalogue_metrics import METRICS
from dlaudit.outputs.catalogue_rates import AMONG, RATES
from dlaudit.outputs.gap_sentences import check_sentence, gap_of, in_people
from dlaudit.outputs.nouns import PAIR_METRICS
from dlaudit.outputs.sentences import also, headline
from dlaudit.outputs.why_sentences import gap_told
from dlaudit.record import Audit, Check, Decomposition, Verdict

STATES = ("fail", "undecided", "pass", "none")
NUMBERS = [name for name, words in METRICS.items() if not words.rate]
VALUES = {True: (0.281, 0.541), False: (12.4, 44.6)}


def told_of(metric: str, kind: str, **given: object) -> Told:
    a, b = VALUES[METRICS[metric].rate]
    return Told(metric=metric, kind=kind, **{"a": a, "b": b, **given})


def people_told(audit: Audit, check: Check) -> str:
    heads, under = in_people(audit, gap_of(check))
    return f"{heads or '–'} | {text_of(under)}".replace("\u202f", " ")


def lines_of(told: Told) -> list[str]:
    """What is said of the gap as a broken rule, of the same one in people, of no gap at all and of an unknown one."""
    check, audit = check_of(told), audit_of(told)
    same = Told(**{**vars(told), "b": told.a})
    other_way = Told(**{**vars(told), "a": told.b, "b": told.a})
    unknown = Told(**{**vars(told), "a": None})
    head = f"{told.metric}.{told.kind}"
    lines = [
        f"{head}: {text_of(check_sentence(audit, check))}",
        f"{head}, in people: {people_told(audit, check)}",
        f"{head}, the other way: {text_of(check_sentence(audit_of(other_way), check_of(other_way)))}",
        f"{head}, no gap: {text_of(check_sentence(audit_of(same), check_of(same)))}",
        f"{head}, undefined: {text_of(check_sentence(audit_of(unknown), check_of(unknown)))}",
    ]
    hidden = check.model_copy(update={"observed": 0.777})
    return [*lines, f"{head}, of other slices: {text_of(check_sentence(audit, hidden))}"]


def test_every_sentence_of_a_gap_is_as_it_was_last_read():
    lines = [
        line
        for metric in METRICS
        for kind in ("difference", "ratio", "value")
        for line in lines_of(told_of(metric, kind))
    ]
    assert_golden("sentences-gaps.txt", "\n".join(lines) + "\n")


def test_every_sentence_of_pairs_and_of_other_rows_is_as_it_was_last_read():
    lines = []
    for metric in PAIR_METRICS:
        for kind in ("difference", "ratio"):
            lines += lines_of(told_of(metric, kind, pairs=True))
    for rows_are in ("texts", "pictures", "loan requests", "<b>rows</b>"):
        lines += [f"rows are {rows_are}"]
        lines += lines_of(told_of("true_positive_rate", "difference", rows_are=rows_are))[:3]
    for metric in ("recall[cat]", "macro_recall", "my_metric"):
        a, b = (0.281, 0.541)
        lines += lines_of(Told(metric=metric, kind="difference", a=a, b=b, task="multiclass"))[:3]
    assert_golden("sentences-rows.txt", "\n".join(lines) + "\n")


def test_every_explained_gap_is_as_it_was_last_read():
    lines = []
    for metric in METRICS:
        for gap in (-0.13, 0.13, -0.00004, 0.0):
            split = Decomposition(
                metric=metric, by=["g"], slice=A, reference=B, gap=gap, residual=gap, contributions=[], rows=400
            )
            lines.append(f"{metric} {gap}: {text_of(gap_told(audit_of(Told(metric=metric)), split))}")
    assert_golden("sentences-explained.txt", "\n".join(lines) + "\n")


def verdicts() -> list[tuple[str, Verdict]]:
    """One to three checks in every state, some of them lesser ones."""
    made = []
    for outcomes in [(one,) for one in STATES] + [(a, b, "pass") for a in STATES for b in STATES]:
        for lesser in (False, True):
            checks = [
                check_of(
                    Told(),
                    outcome=outcome,
                    level="warning" if lesser and outcome == "fail" else "error",
                    not_assessed=["g=c"] if outcome == "pass" and len(outcomes) == 3 else [],
                )
                for outcome in outcomes
            ]
            judged = [one.outcome for one in checks if not (lesser and one.outcome == "fail")]
            whole = next((one for one in ("fail", "undecided", "pass", "none") if one in judged), "pass")
            made.append((f"{', '.join(outcomes)}{', lesser' if lesser else ''}", Verdict(outcome=whole, checks=checks)))
    return made


def test_every_headline_is_as_it_was_last_read():
    audit = audit_of(Told())
    lines = []
    for name, verdict in verdicts():
        lines.append(f"{name}: {text_of(headline(audit, verdict))}")
        lines += [f"  {text_of(line)}" for line in also(audit, verdict)]
    for low in (0.05, -0.05, None):
        measured = audit_of(Told(), disparities=[disparity_of(Told(), low=low, high=0.4)])
        lines += [f"no rules, from {low}: {text_of(headline(measured, None))}"]
        lines += [f"  {text_of(line)}" for line in also(measured, None)]
    assert_golden("sentences-headlines.txt", "\n".join(lines) + "\n")


def test_every_clause_has_its_sentences():
    clauses = {words.clause for words in METRICS.values()} | {clause for clause, _ in PAIR_METRICS.values()}
    assert clauses - {""} == set(RATES)
    among = {words.among for words in METRICS.values()} | {among for _, among in PAIR_METRICS.values()}
    assert among - {""} <= set(AMONG)
    assert {one.replace(" who ", " that ") for one in among} - {""} <= set(AMONG)


# --- what holds of every sentence ------------------------------------------------------------------------------

rates = st.one_of(st.floats(0, 1, allow_subnormal=False), st.sampled_from([0.0, 1.0, 0.5, 1e-5]))
numbers = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6)
nouns = st.sampled_from(["people", "texts", "loan requests", "\u202e{label}\n", "{0} %s"])


@st.composite
def gaps(draw) -> Told:
    metric = draw(st.sampled_from([*METRICS, "recall[{label}]", "my_metric"]))
    words = METRICS.get(metric.partition("[")[0])
    values = rates if words is not None and words.rate else numbers
    pairs = draw(st.booleans())
    told = Told(metric, "difference", draw(values), draw(values), "people" if pairs else draw(nouns), pairs)
    kind = draw(st.sampled_from(["difference", "ratio", "value"]))
    if kind == "ratio" and (told.a is None or not told.b or told.a < 0 or told.b < 0):
        kind = "difference"
    return Told(told.metric, kind, told.a, told.b, told.rows_are, told.pairs)


def is_well_formed(sentence: str) -> None:
    """A capital (or data) at the start, one full stop at the end, nothing left open, nothing that claims too much."""
    assert sentence[0].isupper() or not sentence[0].isalpha() or sentence.startswith("my metric"), sentence
    assert sentence.endswith(".") and not sentence.endswith(".."), sentence
    assert "  " not in sentence and " ." not in sentence and " ," not in sentence, sentence
    assert not re.search(r"\b(NaN|nan|inf|None)\b", sentence), sentence
    assert not FORBIDDEN.search(sentence), sentence
    assert not re.search(r"[+−]0(?![\d.,])", sentence), f"nothing has a sign: {sentence}"
    ours = sentence.replace("{label}", "").replace("{0}", "")
    assert "{" not in ours and "}" not in ours, sentence
    assert not any(ord(one) < 32 or one == "\u202e" for one in sentence), sentence


@given(gaps(), st.floats(0, 1))
def test_a_sentence_of_a_check_is_well_formed_whatever_fills_it(told, limit):
    sentence = text_of(check_sentence(audit_of(told), check_of(told, limit=limit)))
    is_well_formed(sentence)


@given(gaps())
def test_more_and_less_agree_with_the_values(told):
    sentence = text_of(check_sentence(audit_of(told), check_of(told)))
    assert told.a is not None and told.b is not None
    fewer = re.search(r" (less often than|lower than) .*g = b", sentence)
    more = re.search(r" (more often than|higher than) .*g = b", sentence)
    if told.kind == "difference" and "g = a" in sentence:
        assert not (told.a < told.b and more) and not (told.a > told.b and fewer)
        if told.a == told.b:
            assert not fewer and not more, "no gap is neither more nor less"
    else:
        assert not fewer and not more


@given(gaps())
def test_numbers_of_people_agree_with_the_gap(told):
    check = check_of(told)
    heads, under = in_people(audit_of(told), gap_of(check))
    sentence = text_of(under)
    assert told.a is not None and told.b is not None
    if heads is None:
        return is_well_formed(sentence)
    found = re.fullmatch(r"([\d\u202f]+) in ([\d\u202f]+)", heads)
    assert found
    many, of = (int(one.replace("\u202f", "")) for one in found.groups())
    assert many > 0 and of in (100, 1_000, 10_000)
    gap = told.a if told.kind == "value" else abs(told.a - told.b)
    assert abs(many / of - gap) <= 0.5 / of + 1e-12
    assert sentence.startswith("fewer " if told.a < told.b else "more ") == (told.kind != "value")
    return None


@given(st.floats(-1, 1))
def test_people_are_never_rounded_to_more_than_half_a_head(share):
    heads = text.in_people(share)
    if heads is None:
        assert abs(share) < 1.5 / 10_000
    else:
        many, of = (int(one.replace("\u202f", "")) for one in heads)
        assert abs(many / of - abs(share)) <= 0.5 / of + 1e-12


@given(
    st.lists(st.sampled_from(STATES), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from(["error", "warning", "note"]),
)
def test_a_headline_is_well_formed_and_leaves_nothing_out(outcomes, waived, level):
    checks = [check_of(Told(), outcome=one, level=level, waived=waived) for one in outcomes]
    deciding = [one.outcome for one in checks if not (one.outcome == "fail" and (waived or level != "error"))]
    whole = next(
        (one for one in ("fail", "undecided", "pass") if one in deciding), "none" if "none" in deciding else "pass"
    )
    verdict, audit = Verdict(outcome=whole, checks=checks), audit_of(Told())
    sentence = text_of(headline(audit, verdict))
    is_well_formed(sentence)
    if "fail" in outcomes and whole != "none":
        assert "outside tolerance" in sentence or "you allowed" in sentence
    if "undecided" in outcomes and whole in ("undecided", "pass"):
        assert "undecided" in sentence or "too little data to tell" in sentence
    if whole != "pass":
        assert "is shown to lie within" not in sentence


@given(gaps(), st.sampled_from([None, -1.0, 0.0, 0.01]))
def test_nothing_claims_more_than_the_interval_shows(told, low):
    """Without rules a gap whose interval reaches nothing is never told without saying so."""
    kind = "difference"
    told = Told(told.metric, kind, told.a, told.b, told.rows_are, told.pairs)
    audit = audit_of(told, disparities=[disparity_of(told, low=low, high=2.0e6)])
    for line in also(audit, None):
        sentence = text_of(line)
        is_well_formed(sentence)
        assert ("includes no gap at all" in sentence) == (low is not None and low <= 0)


def test_the_checks_of_this_file_catch_what_they_are_for():
    for wrong in (
        "no capital.",
        "No stop",
        "Two stops..",
        "A  blank.",
        "Of {slice}.",
        "It is nan.",
        "It is +0 higher.",
        "It is fair.",
    ):
        with pytest.raises(AssertionError):
            is_well_formed(wrong)
