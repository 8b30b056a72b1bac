"""Samples and lists as rows that are pairs: which pairs, which levels, which threshold, and what is refused."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlaudit.data.open import open_data
from dlaudit.data.pairs import with_pairs
from dlaudit.data.pairs_blocks import AllPairs
from dlaudit.data.pairs_names import PEOPLE, SAME, level_of_pair, levels_apart, people_of
from dlaudit.data.pairs_samples import Samples
from dlaudit.data.pairs_source import PairsSource
from dlaudit.data.raw import RawTable
from dlaudit.errors import DlauditError
from dlaudit.spec import AuditSpec, load_config
from dlaudit.spec.settings import nested

PEOPLE_HERE = 12
SEX = ["F", "M"] * 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two samples each of twelve people, and a list of some pairs."""
    rng = np.random.default_rng(4)
    centre = rng.normal(size=(PEOPLE_HERE, 8))
    vectors = np.concatenate([centre, centre]) + 0.3 * rng.normal(size=(2 * PEOPLE_HERE, 8))
    np.save(tmp_path / "vectors.npy", vectors)
    who = [f"p{at}" for at in range(PEOPLE_HERE)]
    table = pd.DataFrame({"file": [f"{one}-{take}" for take in "ab" for one in who], "who": who * 2, "sex": SEX * 2})
    table.to_csv(tmp_path / "samples.csv", index=False)
    table.assign(embedding=[row.tolist() for row in vectors]).to_parquet(tmp_path / "samples.parquet")
    listed = pd.DataFrame({"one": ["p0-a", "p1-a", "p2-a", "p3-b"], "two": ["p0-b", "p2-b", "p4-b", "p3-a"]})
    listed.assign(cosine=[0.9, 0.2, 0.4, 0.8]).to_csv(tmp_path / "pairs.csv", index=False)
    return tmp_path


def spec_of(folder: Path, **given: Any) -> AuditSpec:
    start = {
        "data.path": str(folder / "samples.csv"),
        "pairs.identity": "who",
        "pairs.embeddings": str(folder / "vectors.npy"),
        "slices.sensitive": ["sex"],
        "model.threshold": 0.7,
    }
    settings = start | {key.replace("__", "."): value for key, value in given.items()}
    return load_config(None, nested({key: value for key, value in settings.items() if value is not None})).spec


def rows_of(raw: RawTable, *columns: str) -> pd.DataFrame:
    batches = list(raw.batches(50, list(columns)))
    assert {batch.num_rows for batch in batches[:-1]} <= {50}
    frame: pd.DataFrame = pa.Table.from_batches(batches).to_pandas()
    return frame


def made(folder: Path, **given: Any) -> tuple[RawTable, AuditSpec]:
    spec = spec_of(folder, **given)
    return with_pairs(open_data(spec.data), spec)


LISTED = {"pairs__a": "one", "pairs__b": "two", "pairs__sample": "file"}


def listed(folder: Path, **given: Any) -> tuple[RawTable, AuditSpec]:
    names = {"data__path": str(folder / "pairs.csv"), "pairs__samples": str(folder / "samples.csv")}
    return made(folder, **{**LISTED, **names, **given})


def test_all_pairs_are_there_once_with_their_cosine(folder: Path) -> None:
    raw, spec = made(folder)
    rows = rows_of(raw, SAME, "similarity", "sex", PEOPLE)
    count = 2 * PEOPLE_HERE
    assert len(rows) == count * (count - 1) // 2
    assert rows[SAME].sum() == PEOPLE_HERE
    vectors = np.load(folder / "vectors.npy")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    first, second = np.triu_indices(count, 1)
    assert rows["similarity"].to_numpy() == pytest.approx((vectors @ vectors.T)[first, second], abs=1e-6)
    people = people_of(rows[PEOPLE].to_numpy().astype(str))
    assert np.array_equal(people, np.stack([first % PEOPLE_HERE, second % PEOPLE_HERE], axis=1))
    assert (spec.data.target, spec.data.unit, spec.scores) == (SAME, PEOPLE, ["similarity"])


def test_pairs_of_two_levels_stand_apart(folder: Path) -> None:
    raw, spec = made(folder)
    counts = rows_of(raw, "sex")["sex"].value_counts().to_dict()
    assert counts == {"F with M": 144, "F": 66, "M": 66}
    assert spec.slices.apart == {"sex": ["F with M"]}
    assert level_of_pair("M", None) is None
    assert levels_apart(["B", "A", "C"]) == ["A with B", "A with C", "B with C"]


def test_embeddings_may_stand_in_a_column(folder: Path) -> None:
    path = str(folder / "samples.parquet")
    raw, _ = made(folder, data__path=path, pairs__embeddings=None, pairs__vector="embedding")
    other, _ = made(folder)
    assert rows_of(raw, "similarity").equals(rows_of(other, "similarity"))


def test_blocks_of_any_size_give_the_same_pairs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw, _ = made(folder)
    whole = rows_of(raw, PEOPLE, SAME)
    monkeypatch.setattr("dlaudit.data.pairs_blocks._CELLS", 60)
    assert rows_of(raw, PEOPLE, SAME).equals(whole)


def test_beyond_the_limit_every_mated_pair_stays_and_others_are_sampled() -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(300), 2)
    vectors = rng.normal(size=(600, 4)).astype(np.float32)
    samples = Samples(person=person, levels={}, vectors=vectors)
    pairs = AllPairs(samples=samples, most=20_000, seed=1)
    first, second = (np.concatenate(side) for side in zip(*[block[:2] for block in pairs.blocks()], strict=True))
    mated = person[first] == person[second]
    assert mated.sum() == samples.mated == 300
    expected = 19_700
    assert abs((~mated).sum() - expected) < 5 * np.sqrt(expected)
    again = np.concatenate([block[0] for block in pairs.blocks()])
    assert np.array_equal(first, again)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_the_threshold_lets_at_most_that_share_of_non_mated_pairs_match(folder: Path, share: float) -> None:
    raw, spec = made(folder, pairs__target_fmr=share, model__threshold=None)
    rows = rows_of(raw, SAME, "similarity")
    other = rows.loc[rows[SAME] == 0, "similarity"]
    found = (other >= spec.model.threshold).sum()
    assert found == int(share * len(other))
    assert isinstance(raw.source, PairsSource)
    info = raw.source.info
    assert info.threshold_low is not None and info.threshold_high is not None
    assert info.threshold_low <= spec.model.threshold <= info.threshold_high


def test_a_list_takes_identities_levels_and_embeddings_of_its_samples(folder: Path) -> None:
    raw, _ = listed(folder)
    rows = rows_of(raw, "one", SAME, "sex", "similarity", "cosine")
    assert rows["one"].tolist() == ["p0-a", "p1-a", "p2-a", "p3-b"]
    assert rows[SAME].tolist() == [1, 0, 0, 1]
    assert rows["sex"].tolist() == ["F", "F with M", "F", "M"]
    assert rows["cosine"].astype(float).tolist() == [0.9, 0.2, 0.4, 0.8]
    assert rows["similarity"].between(-1, 1).all()


def test_a_list_may_bring_its_own_scores_labels_and_levels_of_both_sides(tmp_path: Path) -> None:
    table = {"a": ["x", "x", "y"], "b": ["x", "y", "z"], "score": [3.0, 1.0, 2.0], "same": [1, 0, 0]}
    table |= {"sex_a": ["F", "F", "M"], "sex_b": ["F", "M", ""]}
    pd.DataFrame(table).to_csv(tmp_path / "pairs.csv", index=False)
    settings = {
        "data.path": str(tmp_path / "pairs.csv"), "data.target": "same", "scores": ["score"], "pairs.a": "a",
        "pairs.b": "b", "slices.sensitive": ["sex"], "model.threshold": 2.5,
    }  # fmt: skip
    spec = load_config(None, nested(settings)).spec
    raw, made_spec = with_pairs(open_data(spec.data), spec)
    rows = rows_of(raw, "same", "score", "sex", PEOPLE)
    assert rows["sex"].tolist()[:2] == ["F", "F with M"] and rows["sex"].isna().tolist()[2]
    assert rows[PEOPLE].tolist() == ["0&0", "0&1", "1&2"]
    assert (made_spec.data.target, made_spec.scores) == ("same", ["score"])


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"model__threshold": None}, "DLA107", "no threshold is given"),
        ({"pairs__embeddings": None}, "DLA107", "their embeddings are not given"),
        ({"pairs__identity": "person"}, "DLA308", "person"),
        ({"slices__sensitive": None}, "DLA308", "not guessed"),
        ({"data__unit": "who"}, "DLA107", "data.unit"),
        ({"slices__bins": {"sex": [0.0, 1.0]}}, "DLA107", "slices.bins"),
        ({"pairs__embeddings": "absent.npy"}, "DLA111", "pairs.embeddings"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_key(
    folder: Path, given: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(DlauditError) as caught:
        made(folder, **given)
    assert caught.value.code == code
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("table", "vectors", "words"),
    [
        ({"who": ["a", ""], "sex": ["F", "M"]}, np.eye(2), "line 3 (record 2), column 'who'"),
        ({"who": ["a", "b"], "sex": ["F", "M"]}, np.eye(3), "3 embeddings and 2 samples"),
        ({"who": ["a", "b"], "sex": ["F", "M"]}, np.zeros((2, 2)), "2 embeddings are all 0"),
        ({"who": ["a", "b"], "sex": ["F", "M"]}, np.zeros((2, 2, 2)), "the shape [2, 2, 2]"),
    ],
)
def test_samples_that_do_not_fit_are_refused_with_their_place(
    tmp_path: Path, table: dict[str, list[str]], vectors: Any, words: str
) -> None:
    pd.DataFrame(table).to_csv(tmp_path / "samples.csv", index=False)
    np.save(tmp_path / "vectors.npy", vectors)
    with pytest.raises(DlauditError) as caught:
        made(tmp_path)
    assert caught.value.code == "DLA361"
    assert words in str(caught.value)


def test_a_name_that_no_sample_has_is_refused_with_its_line(folder: Path) -> None:
    pd.DataFrame({"one": ["p0-a", "p77"], "two": ["p0-b", "p1-a"]}).to_csv(folder / "pairs.csv", index=False)
    with pytest.raises(DlauditError, match="no sample called 'p77'") as caught:
        listed(folder)
    assert "line 3" in str(caught.value)


def test_two_samples_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(DlauditError, match="two samples are called 'p0'"):
        listed(folder, pairs__sample="who")


def test_without_pairs_nothing_changes(folder: Path) -> None:
    spec = load_config(None, nested({"data.path": str(folder / "samples.csv")})).spec
    raw = open_data(spec.data)
    assert with_pairs(raw, spec) == (raw, spec)
    assert dataclasses.is_dataclass(raw)


def test_a_pair_twice_or_mirrored_is_counted_as_it_stands_and_told(folder: Path) -> None:
    table = pd.DataFrame({"one": ["p0-a", "p1-a", "p2-b", "p0-b"], "two": ["p0-b", "p2-b", "p1-a", "p0-a"]})
    table.to_csv(folder / "pairs.csv", index=False)
    raw, _ = listed(folder)
    assert isinstance(raw.source, PairsSource)
    assert (raw.source.info.repeated, raw.source.info.mated, raw.source.info.nonmated) == (2, 2, 2)
    pd.DataFrame({"a": ["x", "x"], "b": ["y", "y"], "score": [1.0, 2.0], "sex_a": "F", "sex_b": "F"}).to_csv(
        folder / "own.csv", index=False
    )
    settings = {
        "data.path": str(folder / "own.csv"), "scores": ["score"], "pairs.a": "a", "pairs.b": "b",
        "slices.sensitive": ["sex"], "model.threshold": 1.5,
    }  # fmt: skip
    spec = load_config(None, nested(settings)).spec
    source = with_pairs(open_data(spec.data), spec)[0].source
    assert isinstance(source, PairsSource)
    assert source.info.repeated == 0  # two samples of each of two people, as far as the list says


def test_a_sample_compared_with_itself_is_refused_with_its_line(folder: Path) -> None:
    pd.DataFrame({"one": ["p0-a", "p1-a"], "two": ["p0-b", "p1-a"]}).to_csv(folder / "pairs.csv", index=False)
    with pytest.raises(DlauditError, match="compare a sample with itself") as caught:
        listed(folder)
    assert "line 3" in str(caught.value)


def test_a_person_with_one_sample_is_in_pairs_of_two_people_only(tmp_path: Path) -> None:
    who = ["a", "a", "b", "c"]
    pd.DataFrame({"who": who, "sex": ["F", "F", "M", "M"]}).to_csv(tmp_path / "samples.csv", index=False)
    np.save(tmp_path / "vectors.npy", np.eye(4))
    raw, _ = made(tmp_path)
    assert isinstance(raw.source, PairsSource)
    assert (raw.source.info.alone, raw.source.info.mated, raw.source.info.nonmated) == (2, 1, 5)


def test_more_pairs_than_can_be_compared_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DlauditError, match="12 pairs are of one person") as caught:
        made(folder, pairs__max_pairs=11)
    assert "pairs.max_pairs = 11" in str(caught.value)
    monkeypatch.setattr("dlaudit.data.pairs.MOST_COMPARED", 200)
    with pytest.raises(DlauditError, match="24 samples have 276 pairs"):
        made(folder)


@pytest.mark.parametrize(
    ("embedding", "words"),
    [
        ([[1.0, 2.0], [1.0], [2.0, 1.0]], "an embedding has 1 numbers, the first has 2"),
        ([[1.0, 2.0], None, [2.0, 1.0]], "an embedding has 0 numbers, the first has 2"),
        ([[1.0, 2.0], [float("nan"), 1.0], [2.0, 1.0]], "row 2"),
    ],
)
def test_lists_that_are_no_embeddings_are_refused(tmp_path: Path, embedding: Any, words: str) -> None:
    table = pa.table({"who": ["a", "b", "c"], "sex": ["F", "M", "F"], "embedding": embedding})
    pq.write_table(table, tmp_path / "samples.parquet")
    path = str(tmp_path / "samples.parquet")
    with pytest.raises(DlauditError) as caught:
        made(tmp_path, data__path=path, pairs__embeddings=None, pairs__vector="embedding")
    assert words in str(caught.value) or "record 2" in str(caught.value)


def test_the_threshold_is_a_number_of_few_digits(folder: Path) -> None:
    _, spec = made(folder, pairs__target_fmr=0.05, model__threshold=None)
    assert len(str(spec.model.threshold)) <= 6
