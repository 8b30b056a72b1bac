"""An ordinary audit has a dozen findings: a few of each kind have their own, the others share one."""

from dlaudit.findings import find
from dlaudit.findings.discovery_rules import worth_telling
from dlaudit.findings.few import counts_others, subjects_of
from dlaudit.record import (
    Audit,
    DataInfo,
    DiscoveredSlice,
    Discovery,
    Disparity,
    Measurement,
    ModelInfo,
    Provenance,
    Sensitivity,
)


def audit(**given):
    return Audit(
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(format="pt2", threshold=0.5),
        data=DataInfo(rows=1000, scored=1000, sensitive=["sex"], target="y"),
        slices=[],
        **given,
    )


def told(code, **given):
    return [one for one in find(audit(**given)).findings if one.code == code]


def gap(metric, by, low=0.06):
    name = " & ".join(by)
    ends = {"worst": f"{name}=a", "reference": f"{name}=b"}
    found = {"kind": "difference", "by": by, "value": 0.2, "low": low, "high": 0.3, **ends}
    return Disparity(id=f"{metric}.difference by {name}", metric=metric, slices=list(ends.values()), **found)


def test_six_gaps_are_told_and_the_others_are_counted_in_one_note():
    metrics = ["selection_rate", "accuracy", "precision"]
    gaps = [gap(metric, [by], low=0.06 + at / 100) for metric in metrics for at, by in enumerate("pqr")]
    found = told("DLA450", disparities=gaps)
    assert len(found) == 7
    assert found[-1].subject == "3 more gaps" and found[-1].severity == "note"
    assert "selection_rate.difference by p" in found[-1].message
    assert found[-1].evidence["subjects"] == [f"{metric}.difference by p" for metric in metrics]


def test_one_gap_more_is_told_rather_than_counted():
    assert len(told("DLA450", disparities=[gap("accuracy", [by]) for by in "abcdefg"])) == 7


def test_what_only_an_intersection_shows_comes_before_what_its_features_show():
    gaps = [gap("accuracy", [by]) for by in "abcdef"] + [gap("accuracy", ["a", "b"], low=0.1)]
    gaps += [gap("selection_rate", ["a", "b"], low=0.07), gap("precision[x]", ["c"]), gap("prevalence", ["a"], low=0.2)]
    found = [one.subject for one in told("DLA450", disparities=gaps)]
    assert "selection_rate.difference by a & b" in found
    assert not {"accuracy.difference by a & b", "prevalence.difference by a", "precision[x].difference by c"} & {*found}


def test_slices_of_gaps_that_are_hidden_stay_out_of_the_shared_note():
    """A measurement has no part in it: the note holds names of gaps alone."""
    gaps = [gap("accuracy", [by]) for by in "abcdefgh"]
    shared = told("DLA450", disparities=gaps, measurements=[Measurement(metric="accuracy", slice="a=a", value=0.5)])[-1]
    assert "0." not in shared.message and set(shared.evidence) == {"subjects"}


def slice_(where, *, declared=False, outcome="error"):
    name = " & ".join(f"{column}={level}" for column, level in where.items())
    figures = {"value": 0.4, "rest": 0.1, "difference": 0.3, "p_value": 1e-9, "p_adjusted": 1e-6}
    return DiscoveredSlice(id=name, where=where, n=200, outcome=outcome, declared=declared, **figures)


def search(found, method="exhaustive"):
    given = {"columns": ["age"], "outcomes": ["error"], "searched": 90, "tested": 40, "depth": 3, "min_rows": 50}
    return Discovery(method=method, found=found, alpha=0.025, **given)


def test_found_slices_that_share_a_condition_are_told_once():
    found = [
        slice_({"age": "old", "town": "N"}),
        slice_({"age": "old", "plan": "x", "town": "N"}),
        slice_({"town": "N"}, outcome="false_positive"),
        slice_({"hours": "many"}),
    ]
    told_, other, shared = told("DLA460", discoveries=[search(found)])
    assert (told_.subject, other.subject) == ("age=old & town=N", "hours=many")
    assert shared.severity == "note" and shared.message.startswith(
        "2 more found slices with more errors than elsewhere, told by age, plan, town"
    )
    assert shared.evidence["slices"] == ["age=old & plan=x & town=N", "town=N"]


def test_a_leaf_that_cuts_up_what_the_exhaustive_search_confirmed_is_not_told_again():
    declared = [slice_({"context": "ambiguous"}, declared=True), slice_({"topic": "age"}, declared=True)]
    leaf = slice_({"context": "ambiguous", "topic": "not age"})
    fresh = slice_({"length": "above 12.5", "context": "ambiguous"})
    given = audit(discoveries=[search(declared), search([leaf, fresh], "error_tree")])
    assert [one.id for _, one in worth_telling(given)] == [fresh.id]
    (first, shared) = told("DLA460", discoveries=given.discoveries)
    assert (first.subject, shared.subject) == (fresh.id, "1 more found slice")


def test_every_cluster_is_a_slice_of_its_own():
    clusters = [slice_({"cluster": "1"}), slice_({"cluster": "4"})]
    found = told("DLA460", discoveries=[search(clusters, "embedding_clusters")])
    assert [one.subject for one in found] == ["cluster=1", "cluster=4"]


def test_searches_that_confirm_declared_slices_alone_make_no_finding():
    assert told("DLA460", discoveries=[search([slice_({"sex": "F"}, declared=True)])]) == []


def test_the_next_step_names_only_columns_that_are_not_declared_yet():
    one, both = slice_({"sex": "F", "town": "N"}), slice_({"sex": "F"})
    assert "name town in slices.control" in told("DLA460", discoveries=[search([one])])[0].next_step
    assert "slices.intersections" in told("DLA460", discoveries=[search([one])])[0].next_step
    assert "slices.control" not in told("DLA460", discoveries=[search([both])])[0].next_step


def test_leaves_alone_are_no_more_than_a_note():
    declared = [slice_({"context": "ambiguous"}, declared=True), slice_({"topic": "age"}, declared=True)]
    leaf = slice_({"context": "ambiguous", "topic": "not age"})
    (found,) = told("DLA460", discoveries=[search(declared), search([leaf], "error_tree")])
    assert (found.severity, found.subject) == ("note", "1 found slice")
    assert "declared ones" in found.message and "more found" not in found.message


def test_doubts_of_many_gaps_and_sweeps_of_many_rates_share_a_note_too():
    gaps = [gap("true_positive_rate", [by]) for by in "abcdefg"]
    doubts = [
        Sensitivity(metric="true_positive_rate", by=[by], kind="target_labels", share=0.03, observed=0.2, low=0, high=1)
        for by in "abcdefg"
    ]
    found = told("DLA457", disparities=gaps, sensitivity=doubts)
    assert len(found) == 4 and found[-1].message.startswith("A doubt could also close: true_positive_rate.difference")


def test_what_is_counted_among_others_is_known_by_its_subject():
    gaps = [
        gap(metric, [by], low=0.06 + at / 100) for metric in ("accuracy", "precision") for at, by in enumerate("pqrst")
    ]
    found = told("DLA450", disparities=gaps)
    assert [counts_others(one) for one in found] == [False] * 6 + [True]
    assert {subject for one in found for subject in subjects_of(one)} >= {one.id for one in gaps}
