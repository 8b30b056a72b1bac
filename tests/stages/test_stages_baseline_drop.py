"""`max_drop` from two runs on: what the stages record of every slice, and what the gate says of it."""

import numpy as np
import pandas as pd
import pytest

from dlaudit.cli.app import run_cli
from dlaudit.record.files import read

ROWS = 1_500


def rows(fall: dict[str, float]) -> pd.DataFrame:
    """Scores that are lower by so much in each level; the level c has 29 rows, most of them positive."""
    generator = np.random.default_rng(4)
    place = np.where(np.arange(ROWS) < 29, "c", np.where(np.arange(ROWS) % 2 == 0, "a", "b"))
    label = (generator.random(ROWS) < np.where(place == "c", 0.9, 0.5)).astype(int)
    score = 0.5 + 0.5 * (label - 0.5) + generator.normal(0, 0.2, ROWS)
    lower = np.array([fall.get(one, 0.0) for one in place])
    return pd.DataFrame({"id": np.arange(ROWS), "y": label, "g": place, "p": (score - lower).clip(0, 1)})


def run(folder, name, fall, *more):
    rows(fall).to_csv(folder / f"{name}.csv", index=False)
    flags = ["run", "--scores", str(folder / f"{name}.csv"), "--score", "p", "--target", "y", "--sensitive", "g"]
    return run_cli([*flags, "--no-config", "-q", "--set", "data.id=id", "--out", str(folder / name), *more])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("drops")
    assert run(made, "old", {}) == 0
    return made


def checks(folder, name, fall, *rules):
    flags = [part for one in rules for part in ("--rule", one)]
    code = run(folder, name, fall, "--baseline", str(folder / "old"), *flags)
    return code, read(folder / name)[1].checks


def test_every_slice_is_recorded_and_a_fall_of_the_smallest_one_fails(folder):
    code, (recall, gap) = checks(
        folder, "small", {"c": 0.6}, "true_positive_rate by g max_drop 0.1", "selection_rate.ratio by g max_drop 0.1"
    )
    found = read(folder / "small")[0].baseline.paired
    assert {one.slice for one in found.rates} == {"g=a", "g=b", "g=c"}
    assert {name for one in found.changes for name in (one.slice, one.reference)} == {"g=a", "g=b"}
    assert code == 1 and (recall.outcome, recall.worst, recall.judge) == ("fail", "g=c", "exact")
    assert gap.outcome == "fail" and "g=c" in {gap.worst, gap.reference}


def test_the_same_scores_pass_whatever_is_asked_and_name_the_small_slice(folder):
    names = ("selection_rate", "precision", "mean_score", "auc", "selection_rate.difference", "selection_rate.ratio")
    code, found = checks(folder, "same", {}, *(f"{name} by g max_drop 0.1" for name in names))
    assert code == 0 and [one.outcome for one in found] == ["pass"] * len(names)
    assert all("g=c" in one.not_assessed for one in found)
    assert all("Nothing changed since" in one.reason for one in found)


def test_a_fall_that_no_share_of_the_same_rows_tells_is_found_in_the_paired_change(folder):
    code, found = checks(folder, "lower", {"a": 0.15}, "mean_score by g max_drop 0.05", "auc by g max_drop 0.05")
    assert code == 1 and (found[0].outcome, found[0].worst) == ("fail", "g=a")
    assert found[1].outcome == "pass", "all scores of the slice fell alike, so that their order is as it was"


def other_rows(folder, name, shift, fall):
    """A run on rows with other ids, of which `fall` of the positives of the level a are no longer selected."""
    frame = rows({})
    generator = np.random.default_rng(shift)
    frame["id"] += shift
    missed = (frame["g"] == "a") & (frame["y"] == 1) & (generator.random(ROWS) < fall)
    frame["p"] = frame["p"].where(~missed, 0.1) + generator.uniform(0, 1e-3, ROWS)
    frame.to_csv(folder / f"{name}.csv", index=False)
    flags = ["run", "--scores", str(folder / f"{name}.csv"), "--score", "p", "--target", "y", "--sensitive", "g"]
    asked = ["--baseline", str(folder / "old"), "--rule", "true_positive_rate by g max_drop 0.1"]
    code = run_cli([*flags, "--no-config", "-q", "--set", "data.id=id", "--out", str(folder / name), *asked])
    audit, verdict = read(folder / name)
    return code, audit.baseline, verdict.checks[0]


def test_rows_with_other_ids_are_two_samples_and_judged_exactly(folder):
    code, compared, found = other_rows(folder, "apart", 10_000, 0.4)
    assert compared.apart and not compared.altered and compared.values
    assert (code, found.outcome, found.worst) == (1, "fail", "g=a")
    assert (found.judge, found.guarantee) == ("exact", "finite-sample")
    assert found.fails_up_to == found.low > 0.1


def test_row_ids_are_compared_and_what_cannot_be_read_is_not_taken_for_other_rows(folder, tmp_path):
    from dlaudit.stages.joined_rows import have_no_row_in_common

    other_rows(folder, "elsewhere", 20_000, 0.0)
    old, apart = (folder / name / "predictions.parquet" for name in ("old", "elsewhere"))
    assert have_no_row_in_common(old, apart) and not have_no_row_in_common(old, old)
    (tmp_path / "torn.parquet").write_bytes(b"PAR1")
    assert not have_no_row_in_common(old, tmp_path / "torn.parquet")
    assert not have_no_row_in_common(old, tmp_path / "none.parquet")
