"""Counts of boxes and tokens as rows, and average precision of detections, beside scikit-learn and a plain formula."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float, Int
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

import dlaudit
from dlaudit.data.counted import with_counted
from dlaudit.data.open import frame_table
from dlaudit.errors import DataRefused, DlauditError, UsageError
from dlaudit.metrics.detections import area_interval, curve_of, detection_average_precision
from dlaudit.metrics.registry import Undefined
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import Audit
from dlaudit.spec import load_config

COUNTS = {"tp": "tp", "fp": "fp", "fn": "fn"}
METRICS = {"precision": precision_score, "true_positive_rate": recall_score, "f1": f1_score}


def documents(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    """Entities of documents; those of a document are right or wrong together."""
    rng = np.random.default_rng(seed)
    language = rng.choice(["de", "en"], rows)
    right = np.clip(rng.beta(1.2, 0.6, rows) - 0.15 * (language == "de"), 0, 1)
    entities = rng.poisson(6, rows)
    tp = rng.binomial(entities, right)
    return pd.DataFrame(
        {"doc": [f"d{at}" for at in range(rows)], "language": language, "tp": tp,
         "fp": rng.binomial(entities, 1 - right), "fn": entities - tp}
    )  # fmt: skip


def expanded(frame: pd.DataFrame) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    there = np.concatenate([np.repeat([1, 0, 1], [row.tp, row.fp, row.fn]) for row in frame.itertuples()])
    said = np.concatenate([np.repeat([1, 1, 0], [row.tp, row.fp, row.fn]) for row in frame.itertuples()])
    return there, said


def audit(frame: pd.DataFrame, **settings: Any) -> Audit:
    return dlaudit.audit(data=frame, sensitive=["language"], settings={"metrics.counts": COUNTS, **settings})


def test_precision_recall_and_f1_are_those_of_everything_counted() -> None:
    frame = documents()
    made = audit(frame)
    for level, own in [*frame.groupby("language"), ("overall", frame)]:
        there, said = expanded(own)
        for metric, function in METRICS.items():
            slice_id = level if level == "overall" else f"language={level}"
            assert made.measurement(metric, slice_id).value == pytest.approx(function(there, said), abs=1e-12)
    assert {one.metric for one in made.measurements} == set(METRICS)
    assert {one.metric for one in made.disparities} == set(METRICS)


def test_intervals_are_those_of_a_ratio_of_sums_over_documents() -> None:
    frame = documents(400)
    found = audit(frame).measurement("precision", "overall")
    total = frame["tp"] + frame["fp"]
    ratio = frame["tp"].sum() / total.sum()
    left = (frame["tp"] - ratio * total) / total.sum()
    used = left[total > 0]
    error = float(np.sqrt((used**2).sum() * len(used) / (len(used) - 1)))
    assert found.low is not None and found.high is not None
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.05)
    said = expanded(frame)[1]
    alone = 1.96 * np.sqrt(ratio * (1 - ratio) / (said == 1).sum())
    assert alone < 0.9 * 1.96 * error  # the twin: entities of one document are not that many documents


def test_true_negatives_are_counted_where_they_are_given() -> None:
    frame = documents().assign(tn=40)
    made = audit(frame, **{"metrics.counts": {**COUNTS, "tn": "tn"}, "metrics.report": ["accuracy"]})
    right = frame["tp"].sum() + frame["tn"].sum()
    assert made.measurement("accuracy", "overall").value == pytest.approx(
        right / (frame[["tp", "fp", "fn", "tn"]].sum().sum())
    )


def test_nothing_is_said_of_what_such_counts_cannot_show() -> None:
    codes = {one.code for one in audit(documents(200)).findings}
    assert not {code for code in codes if code.startswith("DLA23")}


def test_the_command_reads_counts_and_groups_documents_by_author(
    tmp_path: Path, dlaudit_command: Callable[..., Any]
) -> None:
    frame = documents(120).assign(author=lambda one: [f"a{at // 4}" for at in range(len(one))])
    frame.to_csv(tmp_path / "counts.csv", index=False)
    (tmp_path / "dlaudit.toml").write_text(
        """
schema = 1
[data]
path = "counts.csv"
unit = "author"
[slices]
sensitive = ["language"]
[metrics.counts]
tp = "tp"
fp = "fp"
fn = "fn"
[[rule]]
metric = "f1"
by = "language"
min = 0.99
"""
    )
    done = dlaudit_command("run", "--config", tmp_path / "dlaudit.toml", "--out", tmp_path / "out")
    assert done.code == 1, done.err  # the rule is broken
    made = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert made["data"]["scored"] == int(frame[["tp", "fp", "fn"]].sum().sum())
    assert {one["metric"] for one in made["measurements"]} == set(METRICS)


@pytest.mark.parametrize(("cell", "said"), [(-1, "below 0"), (1.5, "no whole number"), (1e9, "above"), (None, "tp")])
def test_counts_that_are_none_are_refused_with_their_row(cell: Any, said: str) -> None:
    frame = documents().astype({"tp": float})
    frame.loc[7, "tp"] = cell
    with pytest.raises(DataRefused, match=said if cell is not None else None) as refused:
        audit(frame)
    assert refused.value.place is not None and refused.value.place.row == 8


@pytest.mark.parametrize(
    "more",
    [{"scores": ["other"]}, {"model": {"path": "net.pt"}}, {"data": {"target": "x"}}, {"pairs": {"identity": "w"}}],
)
def test_a_model_or_labels_beside_counts_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"metrics\.counts says what was right"):
        load_config(None, {"metrics": {"counts": COUNTS}, **more})


def test_counts_of_nothing_and_absent_columns_are_refused() -> None:
    with pytest.raises(DataRefused, match="every count is 0"):
        audit(documents().assign(tp=0, fp=0, fn=0))
    with pytest.raises(DlauditError) as refused:
        audit(documents().drop(columns="fn"))
    assert refused.value.code == "DLA308"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=12), st.integers(1, 9))
def test_every_thing_is_one_row_of_its_record(counts: list[tuple[int, int, int]], rows: int) -> None:
    frame = pd.DataFrame(counts, columns=["tp", "fp", "fn"]).assign(number=range(len(counts)))
    if not frame[["tp", "fp", "fn"]].to_numpy().any():
        return
    spec = load_config(None, {"metrics": {"counts": COUNTS}, "slices": {"sensitive": ["number"]}}).spec
    table = with_counted(frame_table(frame), spec)
    read = [batch.to_pandas() for batch in table.batches(rows, ["number", "there", "said", "counted thing"])]
    whole = pd.concat(read)
    assert all(len(one) == rows for one in read[:-1]) and whole["counted thing"].is_unique
    for kind, (there, said) in {"tp": ("1", "1"), "fp": ("0", "1"), "fn": ("1", "0")}.items():
        own = whole[(whole["there"] == there) & (whole["said"] == said)]
        assert own.groupby("number").size().reindex(frame["number"], fill_value=0).tolist() == frame[kind].tolist()


# --- average precision of detections -------------------------------------------------------------------------


def rows_of(target: Int[np.ndarray, " n"], score: Float[np.ndarray, " n"], unit: Any = None) -> ScoredRows:
    return ScoredRows(
        atom=np.zeros(len(target), dtype=np.int64), target=target, score=score[:, None],
        prediction=(score >= 0.5).astype(np.int64), unit=unit, task="binary",
    )  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 6)), min_size=1, max_size=30),
    st.integers(0, 5),
)
def test_average_precision_is_that_of_scikit_learn_times_the_share_of_objects_found(
    detections: list[tuple[int, int]], missed: int
) -> None:
    target = np.array([one for one, _ in detections] + [1] * missed)
    score = np.array([at / 7 for _, at in detections] + [0.0] * missed)
    if not target.any():
        with pytest.raises(Undefined):
            detection_average_precision(rows_of(target, score))
        return
    found = target[: len(detections)]
    known = average_precision_score(found, score[: len(detections)]) if found.any() else 0.0
    expected = known * found.sum() / target.sum()
    assert detection_average_precision(rows_of(target, score)) == pytest.approx(expected, abs=1e-12)


def detections(images: int, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Detections of images that are easy or hard as a whole; a tenth of the objects is missed."""
    target, score, unit = [], [], []
    for image in range(images):
        hard, objects = rng.normal(), 1 + rng.poisson(5)
        for _ in range(objects):
            target.append(1)
            score.append(0.0 if rng.random() < 0.1 else float(1 / (1 + np.exp(-rng.normal(1 - 1.2 * hard)))))
            unit.append(image)
        for _ in range(rng.poisson(4 * np.exp(0.7 * hard))):
            target.append(0)
            score.append(float(1 / (1 + np.exp(-rng.normal(-0.5 + hard)))))
            unit.append(image)
    return np.array(target), np.array(score), np.array(unit)


def test_its_interval_rests_on_images_and_covers_where_that_of_boxes_does_not() -> None:
    rng = np.random.default_rng(5)
    true = detection_average_precision(rows_of(*detections(8_000, rng)[:2]))
    covered = alone = 0
    repeats = 200
    for _ in range(repeats):
        target, score, unit = detections(40, rng)
        by_image, by_box = (area_interval(rows_of(target, score, one), 0.95) for one in (unit, None))
        assert by_image.low is not None and by_image.high is not None
        assert by_box.low is not None and by_box.high is not None
        covered += by_image.low <= true <= by_image.high
        alone += by_box.low <= true <= by_box.high
    spread = 3 * np.sqrt(0.95 * 0.05 / repeats)
    assert covered / repeats >= 0.95 - spread - 0.02  # of 40 images it covers 93 % (docs/modalities/tasks.md)
    assert alone / repeats < 0.8  # the twin


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_influence_of_a_row_is_the_derivative_by_its_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    target, score = rng.integers(0, 2, 12), rng.integers(0, 5, 12) / 4
    target[0], weight = 1, rng.uniform(0.5, 2, 12)
    rows = rows_of(target, score)
    curve = curve_of(replace(rows, weight=weight))
    influence = (target * (curve.precision - curve.area) + curve.moved) / curve.objects
    step = 1e-6
    for at in range(12):
        up, down = (
            curve_of(replace(rows, weight=weight + side * step * (np.arange(12) == at))).area for side in (1, -1)
        )
        assert influence[at] == pytest.approx((up - down) / (2 * step), abs=1e-7)


def test_where_every_detection_is_right_or_wrong_there_is_no_interval() -> None:
    for target, score in (([1, 1, 1], [0.9, 0.8, 0.7]), ([1, 0, 0], [0.0, 0.8, 0.7])):
        assert area_interval(rows_of(np.array(target), np.array(score)), 0.95).low is None


def test_average_precision_is_measured_by_slice_with_images_as_units() -> None:
    target, score, unit = detections(80, np.random.default_rng(2))
    frame = pd.DataFrame({"matched": target, "score": score, "image": [f"i{at}" for at in unit]})
    frame["skin"] = np.where(unit % 2, "dark", "light")
    made = dlaudit.audit(
        data=frame, scores="score", target="matched", sensitive=["skin"],
        settings={"metrics.report": ["detection_average_precision"], "data.unit": "image", "discover.enabled": False},
    )  # fmt: skip
    for level, own in frame.groupby("skin"):
        found = made.measurement("detection_average_precision", f"skin={level}")
        expected = detection_average_precision(rows_of(own["matched"].to_numpy(), own["score"].to_numpy()))
        assert found.value == pytest.approx(expected) and found.low is not None and found.high is not None
    assert any(one.metric == "detection_average_precision" for one in made.disparities)
