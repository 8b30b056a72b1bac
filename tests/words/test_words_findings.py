"""Findings of gaps as one reads them, metric by direction, and what holds of every one."""

import re

from golden_files import assert_golden
from hypothesis import given
from hypothesis import strategies as st
from words_catalogue import FORBIDDEN
from words_gaps import Told, audit_of, disparity_of

from dlaudit.findings import find
from dlaudit.findings.words import in_hundred
from dlaudit.outputs.catalogue_metrics import METRICS
from dlaudit.record import Finding

KINDS = ("difference", "ratio")


def findings_of(told: Told, low: float = 0.01) -> list[Finding]:
    """What the rules say of an audit that has this gap alone."""
    gap = disparity_of(told, low=low, high=0.9, p_value=1e-6, p_adjusted=1e-5)
    return find(audit_of(told, disparities=[gap])).findings


def is_a_finding(one: Finding) -> None:
    """Whole sentences, a next step, no claim, no number that is none."""
    for sentence in (one.message, one.next_step):
        assert sentence and sentence == sentence.strip(), one
        assert sentence.endswith("."), one
        assert "  " not in sentence and not FORBIDDEN.search(sentence), one
        assert not re.search(r"\b(NaN|nan|None|inf)\b", sentence), one
        assert not re.search(r"[{}]", sentence), one
        assert not re.search(r"[+-]0(\.0*)?(?![\d.e])", sentence), f"nothing has a sign: {sentence}"


def test_every_finding_of_a_gap_is_as_it_was_last_read():
    lines = []
    for metric, words in METRICS.items():
        a, b = (0.281, 0.541) if words.rate else (12.4, 44.6)
        for kind in KINDS:
            for rows_are, pairs in (("people", False), ("texts", False), ("people", True)):
                for one, other in ((a, b), (b, a)):
                    told = Told(metric, kind, one, other, rows_are, pairs)
                    lines += [f"{found.code} {found.severity}: {found.message}" for found in findings_of(told)]
    assert_golden("sentences-findings.txt", "\n".join(dict.fromkeys(lines)) + "\n")


@given(
    st.sampled_from([*METRICS, "recall[cat]", "my_metric"]),
    st.sampled_from(KINDS),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["people", "texts"]),
    st.booleans(),
)
def test_a_finding_is_well_formed_and_agrees_with_the_values(metric, kind, a, b, rows_are, pairs):
    if kind == "ratio" and b < 1e-9:
        kind = "difference"
    for one in findings_of(Told(metric, kind, a, b, rows_are, pairs)):
        is_a_finding(one)
        if one.code == "DLA450" and " in 100 " in one.message:
            assert in_hundred(a - b) in one.message
            assert (" more " in one.message.split(":")[0]) == (a > b)
            assert (" fewer " in one.message.split(":")[0]) == (a <= b)


@given(st.floats(-1, 1))
def test_heads_of_a_hundred_agree_with_the_share(share):
    number = float(in_hundred(share).removesuffix(" in 100"))
    assert number >= 0 and abs(number - abs(share) * 100) <= max(0.5, 0.5 * abs(share) * 100)


def test_a_gap_whose_interval_reaches_nothing_is_no_finding():
    assert not [one for one in findings_of(Told(), low=-0.01) if one.code == "DLA450"]
