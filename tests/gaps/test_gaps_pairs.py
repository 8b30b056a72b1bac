"""Which gaps are split, for several metrics at once."""

from dlaudit.attributions.gaps.pairs import pairs_to_explain
from dlaudit.record import Measurement, Slice
from dlaudit.slices.make import Comparison

SLICES = [
    Slice(id=f"race={level}", by=["race"], where={"race": level}, n=n, share=0.1, kind="group")
    for level, n in (("A", 500), ("B", 100), ("C", 200))
]
BY_RACE = [Comparison(by=["race"], within={}, slices=[0, 1, 2])]


def measured(**values):
    return [
        Measurement(metric=metric, slice=one.id, value=value)
        for metric, some in values.items()
        for one, value in zip(SLICES, some, strict=True)
    ]


def test_two_slices_keep_their_places_for_every_metric():
    found = pairs_to_explain(
        measured(mean_score=(0.5, 0.3, 0.6), log_loss=(0.2, 0.9, 0.1)),
        SLICES,
        BY_RACE,
        metric=("mean_score", "log_loss"),
    )
    by_metric = {
        metric: {(one.slice, one.reference) for one in found if one.metric == metric}
        for metric in ("mean_score", "log_loss")
    }
    assert by_metric["mean_score"] == {("race=B", "race=C"), ("race=B", "race=A"), ("race=C", "race=A")}
    assert by_metric["log_loss"] == by_metric["mean_score"]


def test_alone_the_second_metric_would_start_from_its_own_lowest_slice():
    found = pairs_to_explain(measured(log_loss=(0.2, 0.9, 0.1)), SLICES, BY_RACE, metric="log_loss")
    assert (found[0].slice, found[0].reference) == ("race=C", "race=B")


def test_a_metric_of_a_class_is_found_by_its_whole_name_and_one_that_was_not_measured_has_no_pairs():
    told = measured(**{"recall[cat]": (0.5, 0.3, 0.6)})
    assert len(pairs_to_explain(told, SLICES, BY_RACE, metric="recall[cat]")) == 3
    assert pairs_to_explain(told, SLICES, BY_RACE, metric="recall[dog]") == []


def test_the_widest_gap_is_one_of_all_and_the_others_are_picked_only_where_some_are_left_out():
    told = measured(mean_score=(0.5, 0.3, 0.6))
    found = pairs_to_explain(told, SLICES, BY_RACE, metric="mean_score")
    assert [(one.slice, one.reference, one.chosen_from) for one in found] == [
        ("race=B", "race=C", 3),
        ("race=B", "race=A", 1),
        ("race=C", "race=A", 1),
    ]
    assert [one.chosen_from for one in pairs_to_explain(told, SLICES, BY_RACE, metric="mean_score", most=2)] == [3, 2]
    two = [Comparison(by=["race"], within={}, slices=[0, 1])]
    assert [one.chosen_from for one in pairs_to_explain(told, SLICES, two, metric="mean_score")] == [1]
