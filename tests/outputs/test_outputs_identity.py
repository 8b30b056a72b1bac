"""Names that stay from run to run: of rules, of results, of an audit."""

import itertools

import pytest
from report_lending import lending

from dlaudit.outputs.checks import name_of
from dlaudit.outputs.identity import check_parts, distinct, findings_digest, rule_ids
from dlaudit.record import Check


def made(rule="selection_rate.ratio by race >= 0.8", limit=0.8, **more):
    _, verdict = lending()
    return verdict.checks[0].model_copy(update={"rule": rule, "limit": limit, **more})


def test_a_rule_without_an_id_is_called_after_its_words_without_its_limit():
    assert rule_ids([made()]) == {"selection_rate.ratio by race >= 0.8": "selection_rate.ratio by race"}
    other = made("selection_rate.ratio by race >= 0.9", 0.9)
    assert list(rule_ids([other]).values()) == ["selection_rate.ratio by race"]


def test_an_id_stays_as_it_is_even_where_it_ends_in_a_number():
    assert rule_ids([made("at least 0.8")]) == {"at least 0.8": "at least 0.8"}
    assert rule_ids([made("x <= 0.8")]) == {"x <= 0.8": "x <= 0.8"}, "not the sign that the rule has"


def test_rules_that_differ_in_their_limit_alone_are_numbered_errors_first_in_any_order():
    strict = made("selection_rate.ratio by race >= 0.9", 0.9, level="warning")
    loose = made()
    wanted = {loose.rule: "selection_rate.ratio by race", strict.rule: "selection_rate.ratio by race (2)"}
    for checks in itertools.permutations([strict, loose, strict]):
        assert rule_ids(checks) == wanted


@pytest.mark.parametrize(("kind", "metric"), [("difference", "selection_rate"), ("value", "accuracy")])
def test_a_rule_on_what_got_worse_is_another_one_than_that_on_the_figure(kind, metric):
    more = {"kind": kind, "metric": metric, "bound": "max"}
    now, drop = (
        made(f"{metric} by race {sign} 0.02", 0.02, compare=compare, **more)
        for sign, compare in (("<=", None), ("max_drop", "baseline"))
    )
    ids = rule_ids([now, drop])
    assert ids[now.rule] == f"{metric} by race" and ids[drop.rule] == f"{metric} by race max_drop"
    assert check_parts(now, "same id") != check_parts(drop, "same id")
    assert name_of(drop) == f"{name_of(now)} max_drop"


def test_the_second_of_two_equal_names_is_numbered():
    assert distinct([("a",), ("b",), ("a",)]) == [("a",), ("b",), ("a", "2")]


def test_a_run_is_known_by_what_was_found_not_by_when_or_where():
    audit, _ = lending()
    later = audit.provenance.model_copy(
        update={"started": "2027-01-01T00:00:00Z", "argv": ["elsewhere"], "seconds": {}}
    )
    assert findings_digest(audit) == findings_digest(audit.model_copy(update={"provenance": later}))
    assert findings_digest(audit) != findings_digest(audit.model_copy(update={"min_size": 31}))


def test_a_check_has_a_place_and_waivers_to_be_told():
    assert {"file", "line", "waivers", "compare"} <= set(Check.model_fields)
