"""Scores become predictions, predictions become rows of a file, and shards stay in order."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from dlaudit.engines import Forgetful, LocalEngine, Shard, Silent
from dlaudit.engines.given import given_scores
from dlaudit.engines.scored import NEAR, PredictionsFile, Reading, ScoredBatch, scored_table
from dlaudit.errors import DataRefused


def reading(task: str, classes: list[str] | None = None, threshold: float = 0.5) -> Reading:
    return Reading(task=task, threshold=threshold, classes=classes or [])


def batch(score: np.ndarray, how: Reading) -> ScoredBatch:
    n = len(score)
    prediction = how.predict(score)
    return ScoredBatch(
        row_ids=np.array([f"r{i}" for i in range(n)], dtype=object),
        target=prediction.copy(),
        score=score,
        prediction=prediction,
        groups={"sex": np.array(["F", None] * n, dtype=object)[:n]},
        weight=np.ones(n),
        unit=None,
    )


def test_a_score_at_the_threshold_is_positive() -> None:
    score = np.array([[0.5], [0.5 - 1e-12], [0.8]])
    assert reading("binary").predict(score).tolist() == [1, 0, 1]
    assert reading("binary", threshold=0.8).predict(score).tolist() == [0, 0, 1]


def test_the_highest_class_wins() -> None:
    assert reading("multiclass").predict(np.array([[0.2, 0.5, 0.3], [0.6, 0.2, 0.2]])).tolist() == [1, 0]


def test_every_label_has_its_own_decision() -> None:
    assert reading("multilabel").predict(np.array([[0.2, 0.5], [0.6, 0.4]])).tolist() == [[0, 1], [1, 0]]


def test_a_regression_predicts_its_score() -> None:
    assert reading("regression").predict(np.array([[1.5], [-2.0]])).tolist() == [1.5, -2.0]


def test_scores_that_rounding_could_flip_are_counted() -> None:
    score = np.array([[0.5 + NEAR / 2], [0.5 - NEAR / 2], [0.5 + 2 * NEAR]])
    assert reading("binary").near_threshold(score) == 2
    assert reading("regression").near_threshold(score) == 0


def test_a_table_names_labels_and_classes() -> None:
    table = scored_table(
        batch(np.array([[0.7, 0.3], [0.1, 0.9]]), reading("multiclass", ["cat", "dog"])),
        reading("multiclass", ["cat", "dog"]),
    )
    assert table.column_names == ["row_id", "target", "score[cat]", "score[dog]", "prediction", "sex", "weight"]
    assert table["prediction"].to_pylist() == ["cat", "dog"]
    assert table["sex"].to_pylist() == ["F", None]


def test_predictions_are_written_batch_by_batch(tmp_path: Path) -> None:
    how = reading("binary", ["0", "1"])
    with PredictionsFile(tmp_path / "p.parquet", how) as file:
        for _ in range(3):
            file.write(batch(np.array([[0.2], [0.9]]), how))
    assert pq.read_table(tmp_path / "p.parquet")["prediction"].to_pylist() == ["0", "1"] * 3


def test_nothing_is_written_without_a_path(tmp_path: Path) -> None:
    with PredictionsFile(None, reading("binary")) as file:
        file.write(batch(np.array([[0.2]]), reading("binary")))
    assert not list(tmp_path.iterdir())


def test_the_local_engine_keeps_the_order_and_uses_the_journal() -> None:
    class Remembers(Forgetful):
        def recall(self, index: int) -> object:
            return "kept" if index == 1 else None

    shards = [Shard(index=i, rows=1, batch=i) for i in range(3)]
    done = LocalEngine().run(shards, lambda s: s.batch * 10, journal=Remembers(), progress=Silent())
    assert [(shard.index, state) for shard, state in done] == [(0, 0), (1, "kept"), (2, 20)]


@pytest.mark.parametrize("logit", [-800.0, -1.0, 0.0, 2.0, 800.0])
def test_logits_of_a_file_become_probabilities_without_overflow(logit: float) -> None:
    probability = given_scores(np.array([[logit]]), "binary", "logit", None)[0, 0]
    expected = 1 / (1 + np.exp(-logit)) if abs(logit) < 700 else float(logit > 0)
    assert probability == pytest.approx(expected, abs=1e-15)


def test_class_logits_become_probabilities_that_add_up() -> None:
    scores = given_scores(np.array([[1000.0, 999.0, 0.0]]), "multiclass", "logit", None)
    assert scores.sum() == pytest.approx(1)
    assert scores[0, 0] == pytest.approx(1 / (1 + np.exp(-1)))


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(DataRefused, match=r"1.5 is no probability") as fault:
        given_scores(np.array([[0.2], [1.5]]), "binary", "probability", "p.csv")
    assert fault.value.code == "DLA213"
    assert given_scores(np.array([[1.5]]), "binary", "score", None)[0, 0] == 1.5
