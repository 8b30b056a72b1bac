"""Labels, predictions and scores on the cards of every task; audits without labels say why there are no cards."""

import numpy as np
import pandas as pd
import pytest
from tiny_audits import ROWS, people

import dlaudit
from dlaudit.outputs.html import render_html

SETTINGS = {"report.examples": "full", "slices.min_size": 10, "discover.enabled": False, "data.id": "who"}


def audited(folder, frame, **given):
    frame.to_csv(folder / "rows.csv", index=False)
    settings = SETTINGS | given.pop("settings", {})
    return dlaudit.audit(None, str(folder / "rows.csv"), sensitive=["sex"], settings=settings, **given)


def test_several_classes_tell_the_score_of_the_predicted_one(tmp_path):
    rows, draws = people(), np.random.default_rng(0)
    scores = draws.dirichlet(np.ones(3), ROWS).round(3)
    rows["y"] = draws.choice(["cat", "dog", "owl"], ROWS)
    for at, name in enumerate(("cat", "dog", "owl")):
        rows[name] = scores[:, at]
    settings = {"model.classes": ["cat", "dog", "owl"], "model.task": "multiclass"}
    audit = audited(tmp_path, rows, scores=["cat", "dog", "owl"], target="y", settings=settings)
    by_id = rows.set_index("who")
    for card in audit.examples.cards:
        row = by_id.loc[card.id]
        assert card.label == row["y"] and card.scored == card.prediction
        assert card.score == row[card.prediction] == max(row["cat"], row["dog"], row["owl"])
    assert "whose predicted label has the score farthest above" in render_html(audit, None)


def test_several_labels_tell_the_one_in_doubt(tmp_path):
    rows, draws = people(), np.random.default_rng(1)
    for name in ("spam", "rude"):
        rows[name] = draws.integers(0, 2, ROWS)
        rows[f"p_{name}"] = draws.random(ROWS).round(3)
    audit = audited(tmp_path, rows.drop(columns="y"), scores=["p_spam", "p_rude"], target=["spam", "rude"])
    by_id = rows.set_index("who")
    for card in audit.examples.cards:
        row = by_id.loc[card.id]
        held = [name for name in ("spam", "rude") if row[name]]
        assert card.label == (", ".join(held) or "–")
        wrong = [name for name in ("spam", "rude") if (row[f"p_{name}"] >= 0.5) != bool(row[name])]
        assert (card.why == "worst") == bool(wrong)
        if wrong:
            assert card.scored == max(wrong, key=lambda name: abs(row[f"p_{name}"] - 0.5))
            assert card.score == row[f"p_{card.scored}"]
    assert "with a label predicted wrong" in render_html(audit, None)


def test_numbers_have_large_and_usual_errors(tmp_path):
    rows, draws = people(), np.random.default_rng(2)
    rows["y"] = draws.normal(50, 9, ROWS).round(2)
    rows["p"] = (rows["y"] + draws.normal(0, 5, ROWS)).round(2)
    audit = audited(tmp_path, rows, scores="p", target="y", settings={"model.task": "regression"})
    html = render_html(audit, None)
    error = (rows["p"] - rows["y"]).abs()
    largest = set(rows.loc[error[rows["sex"] == "F"].nlargest(3).index, "who"])
    assert {one.id for one in audit.examples.cards if one.slice == "sex=F" and one.why == "worst"} == largest
    assert (
        "Large error" in html and "Usual error" in html and "predicted wrong" not in html[html.index('id="examples"') :]
    )


@pytest.mark.parametrize("settings", [{"metrics.values": "dice"}])
def test_values_without_labels_have_no_errors_to_show(tmp_path, settings):
    rows = people().drop(columns="y")
    rows["dice"] = np.random.default_rng(3).random(ROWS)
    audit = audited(tmp_path, rows, settings=settings)
    assert audit.examples is None
    assert ("examples", "no label is read, so no row is right or wrong") in {
        (one.what, one.reason) for one in audit.not_applicable
    }
    assert "no label is read" in render_html(audit, None)


def test_rows_that_were_left_out_are_never_shown_and_numbers_are_those_of_the_file(tmp_path):
    rows = people()
    rows["p"] = np.random.default_rng(4).random(ROWS).round(2)
    rows["y"] = rows["y"].astype(object)
    rows.loc[[0, 7, 20], "y"] = None
    audit = audited(tmp_path, rows, scores="p", target="y", settings={"data.on_bad": "reject"})
    for card in audit.examples.cards:
        assert rows["who"][card.row - 1] == card.id and card.row not in {1, 8, 21}


def test_weights_and_several_features_are_no_trouble(tmp_path):
    rows, draws = people(), np.random.default_rng(5)
    rows["p"], rows["w"] = draws.random(ROWS).round(2), draws.random(ROWS)
    rows["town"] = draws.choice(["a", "b"], ROWS)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    audit = dlaudit.audit(
        None,
        str(tmp_path / "rows.csv"),
        scores="p",
        target="y",
        sensitive=["sex", "town"],
        settings=SETTINGS | {"data.weight": "w"},
    )
    ids = [card.id for card in audit.examples.cards]
    assert len(set(ids)) == len(ids)
    assert {card.slice for card in audit.examples.cards} == {"sex=F", "sex=M", "town=a", "town=b"}
    assert pd.Series([one.worst + one.typical for one in audit.examples.slices]).sum() == len(ids)
