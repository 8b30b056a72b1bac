"""Slices that nobody declared, from a frame of scores to the finding."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlaudit
from dlaudit.errors import DlauditError

COLUMNS = ["age", "region", "plan"]


def people(seed: int = 0, rows: int = 6_000, added: float = 0.3) -> pd.DataFrame:
    """Predictions that are wrong for one in ten, and more often for the old in the north."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, rows)
    region, plan = rng.choice(["north", "south", "west"], rows), rng.choice(["basic", "plus"], rows)
    label = rng.random(rows) < 0.4
    wrong = rng.random(rows) < 0.1 + added * ((age > 72) & (region == "north"))
    selected = label ^ wrong
    return pd.DataFrame(
        {
            "score": np.where(selected, 0.5 + 0.5 * rng.random(rows), 0.49 * rng.random(rows)),
            "label": label.astype(int),
            "sex": rng.choice(["F", "M"], rows),
            "age": age,
            "region": region,
            "plan": plan,
            "weight": rng.choice([1.0, 2.0], rows),
            "person": [f"p{number}" for number in np.arange(rows) // 2],
        }
    )


def audited(frame: pd.DataFrame, columns: Any = COLUMNS, **settings: Any) -> dlaudit.Audit:
    given = {"discover.columns": columns, **{key.replace("__", "."): value for key, value in settings.items()}}
    return dlaudit.audit(data=frame, target="label", sensitive=["sex"], scores="score", settings=given)


def reasons(audit: dlaudit.Audit) -> dict[str, str]:
    return {one.what: one.reason for one in audit.not_applicable if "slice discovery" in one.what}


@pytest.fixture(scope="module")
def planted() -> dlaudit.Audit:
    return audited(people())


def test_both_searches_find_the_planted_slice_and_a_finding_says_what_to_do(planted: dlaudit.Audit) -> None:
    exhaustive, tree = planted.discoveries
    assert (exhaustive.method, tree.method) == ("exhaustive", "error_tree")
    assert exhaustive.found[0].where == {"age": "above 72", "region": "north"}
    assert {"age", "region"} <= set(tree.found[0].where)
    assert tree.found[0].where["region"] == "north"
    told = [one for one in planted.findings if one.code == "DLA460"]
    assert told[0].subject == "age=above 72 & region=north"
    assert "people are predicted wrong" in told[0].message and "in 100 elsewhere" in told[0].message
    assert "slices.intersections" in told[0].next_step


def test_the_figures_are_those_that_pandas_gives(planted: dlaudit.Audit) -> None:
    frame = people()
    wrong = (frame["score"] >= 0.5) != (frame["label"] == 1)
    inside = (frame["age"] > 72) & (frame["region"] == "north")
    (found,) = [one for one in planted.discoveries[0].found if one.outcome == "error" and len(one.where) == 2]
    assert (found.n, found.value, found.rest) == (inside.sum(), wrong[inside].mean(), wrong[~inside].mean())


def test_the_error_rate_is_shared_by_the_two_searches(planted: dlaudit.Audit) -> None:
    assert sum(one.alpha for one in planted.discoveries) == pytest.approx(0.05)


def test_where_nothing_differs_the_record_says_what_was_searched_and_could_be_found() -> None:
    audit = audited(people(added=0.0))
    for search in audit.discoveries:
        assert search.found == [] and search.searched > 0
        assert search.smallest_findable is not None and 0 < search.smallest_findable < 0.3
    assert "DLA460" not in [one.code for one in audit.findings]


def test_the_order_of_rows_changes_nothing(planted: dlaudit.Audit) -> None:
    assert audited(people().sample(frac=1, random_state=1)).discoveries == planted.discoveries


def test_columns_of_a_predictions_file_are_combined_only_where_they_are_named() -> None:
    audit = audited(people(), columns=None)
    assert [one.columns for one in audit.discoveries] == [["sex"], ["sex"]]


def test_declared_slices_are_marked_and_make_no_finding() -> None:
    frame = people(added=0.0)
    frame.loc[frame["sex"] == "F", "score"] = 1 - frame["score"]
    audit = audited(frame, columns=["sex", "region"])
    first = audit.discoveries[0].found[0]
    assert (first.id, first.declared) == ("sex=F", True)
    assert "sex=F" not in [one.subject for one in audit.findings if one.code == "DLA460"]


def test_units_are_represented_by_one_row_each_and_it_is_said() -> None:
    audit = audited(people(), data__unit="person")
    assert all("of each of 3,000 units" in one.guarantee for one in audit.discoveries)
    assert audited(people().sample(frac=1, random_state=2), data__unit="person").discoveries == audit.discoveries


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"data__weight": "weight"}, "rows have weights"),
        ({"discover__enabled": False}, "turned off"),
        ({"discover__min_rows": 4_000}, "rows to search"),
    ],
)
def test_what_is_not_searched_is_said(settings: dict[str, Any], reason: str) -> None:
    audit = audited(people(), **settings)
    assert audit.discoveries == []
    assert reason in reasons(audit)["slice discovery"]


def test_columns_that_are_left_out_are_said() -> None:
    frame = people().assign(name=[f"n{number}" for number in range(6_000)], one="x")
    audit = audited(frame, columns=[*COLUMNS, "name", "one"])
    assert reasons(audit) == {
        "slice discovery in name": "more than 50 levels of text",
        "slice discovery in one": "all rows are alike in it",
    }


@pytest.mark.parametrize(("columns", "code"), [(["label"], "DLA308"), (["score"], "DLA308"), (["ages"], "DLA308")])
def test_labels_scores_and_unknown_columns_are_refused(columns: list[str], code: str) -> None:
    with pytest.raises(DlauditError, match="discover.columns|ages") as refused:
        audited(people(rows=200), columns=columns)
    assert refused.value.code == code


def test_large_errors_of_a_regression_are_found() -> None:
    rng = np.random.default_rng(3)
    region, sex = rng.choice(["north", "south"], 4_000), rng.choice(["F", "M"], 4_000)
    truth = rng.normal(50, 10, 4_000)
    frame = pd.DataFrame(
        {"y": truth, "said": truth + rng.normal(0, np.where(region == "north", 6, 3)), "region": region, "sex": sex}
    )
    audit = dlaudit.audit(
        data=frame,
        target="y",
        sensitive=["sex"],
        scores="said",
        settings={"discover.columns": ["region"], "model.task": "regression"},
    )
    (found, *_) = audit.discoveries[0].found
    assert (found.id, found.outcome) == ("region=north", "large_error")
    assert "among the tenth with the largest errors" in next(o.message for o in audit.findings if o.code == "DLA460")


def test_a_model_in_this_process_has_its_raw_inputs_combined() -> None:
    frame = people()
    data = frame[["label", "sex", "age", "plan"]].assign(north=(frame["region"] == "north").astype(int))
    known = frame["score"].to_numpy(dtype=np.float32)

    def model(rows: Any) -> Any:
        import torch

        return torch.from_numpy(known)[rows[:, 0].long()]

    data.insert(0, "number", np.arange(len(data)))
    audit = dlaudit.audit(
        model,
        data,
        target="label",
        sensitive=["sex"],
        settings={
            "data.features": ["number", "age", "north", "plan"],
            "input.table.onehot": {"plan": ["basic", "plus"]},
            "model.output": "probability",
            "explain.enabled": False,
        },
    )
    search = audit.discoveries[0]
    assert search.columns == ["age", "north", "number", "plan", "sex"]
    assert search.found[0].where == {"age": "above 72", "north": "1"}
