"""Tables in the layout that rules on selection ask for: the examples of the rule itself."""

import pytest
from report_audits import ALL, lending

from dlaudit.outputs.view.standards import standards
from dlaudit.record import OVERALL, Audit, Measurement, Slice

RULE = {"Hispanic or Latino": (204, 408, "0.97"), "White": (412, 797, "1.00"), "Black": (170, 390, "0.84")}
"""Selected, rows and impact ratio, 6 RCNY 5-301 (New York City, Local Law 144)."""


def selection(counts: dict[str, tuple[int, int]]) -> Audit:
    audit = lending()[0]
    rows = sum(n for _, n in counts.values())
    made = [
        Slice(id=f"race={name}", by=["race"], where={"race": name}, n=n, share=n / rows, kind="group")
        for name, (_, n) in counts.items()
    ]
    rates = [
        Measurement(metric="selection_rate", slice=f"race={name}", value=k / n, numerator=k, denominator=n, n=n)
        for name, (k, n) in counts.items()
    ]
    whole = Slice(id=OVERALL, by=[], where={}, n=rows, share=1.0, kind="overall")
    return audit.model_copy(update={"slices": [whole, *made], "measurements": rates})


def test_impact_ratios_are_those_of_the_rules_own_example():
    audit = selection({name: (k, n) for name, (k, n, _) in RULE.items()})
    (table,) = standards(audit, ["gaps"]).tables
    assert {one.name: one.ratio for one in table.categories} == {name: ratio for name, (_, _, ratio) in RULE.items()}


def test_a_category_of_less_than_two_percent_is_marked_and_kept():
    (table,) = standards(selection({"A": (500, 981), "B": (9, 19)}), ["gaps"]).tables
    assert [one.is_small for one in table.categories] == [False, True]
    (twin,) = standards(selection({"A": (500, 980), "B": (9, 20)}), ["gaps"]).tables
    assert [one.is_small for one in twin.categories] == [False, False]


def test_nobody_selected_has_no_ratio():
    (table,) = standards(selection({"A": (0, 50), "B": (0, 60)}), ["gaps"]).tables
    assert {one.ratio for one in table.categories} == {"–"}


@pytest.mark.parametrize("name", ["regression", "multiclass"])
def test_what_selects_nobody_has_no_table_and_says_why(name):
    made = standards(ALL[name]()[0], [])
    assert made.tables == [] and made.reason
    assert all(topic.anchors == [] for topic in made.topics)
