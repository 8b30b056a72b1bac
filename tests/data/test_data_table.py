"""Rows with decoded labels and encoded inputs, streamed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from dlaudit.data.batch import Batch, Player
from dlaudit.data.ids import DistinctIds
from dlaudit.data.labels import Labels, resolve_labels
from dlaudit.data.modalities import MODALITIES
from dlaudit.data.open import add_demographics, arrow_table, open_data
from dlaudit.data.raw import RawTable
from dlaudit.data.roles import resolve_roles
from dlaudit.data.showing import Showing
from dlaudit.data.table import TableSet, inputs_of, table_set
from dlaudit.data.table_inputs import table_inputs
from dlaudit.errors import DataRefused, DlauditError, UsageError
from dlaudit.record import Rejected
from dlaudit.spec import AuditSpec

PEOPLE: dict[str, Any] = {
    "id": ["a", "b", "c", "d"],
    "age": [20, 30, 40, 50],
    "work": ["Gov", "Self", "Gov", "Private"],
    "sex": ["F", "M", None, "F"],
    "y": [0, 1, 1, 0],
}
ONEHOT = {"onehot": {"work": ["Private", "Gov", "Self"]}}


def spec(**sections: Any) -> AuditSpec:
    sections.setdefault("slices", {"sensitive": ["sex"]})
    return AuditSpec.model_validate(sections)


def opened(raw: RawTable, asked: AuditSpec, encode: bool = True) -> TableSet:
    roles, _ = resolve_roles(raw, asked, None, not encode, None)
    inputs = inputs_of(raw, roles, asked, has_preprocess=not encode)
    return table_set(raw, roles, asked, resolve_labels(raw, roles, asked, 1), inputs)


def people(asked: AuditSpec, **changes: Any) -> TableSet:
    return opened(arrow_table(pa.table({**PEOPLE, **changes}), "people.csv"), asked)


def whole(rows: TableSet, n: int = 100) -> Batch:
    (batch,) = rows.batches(n)
    return batch


def refused(rows: TableSet) -> DlauditError:
    with pytest.raises(DlauditError) as caught:
        list(rows.batches(2))
    return caught.value


def test_a_batch_holds_every_part_of_its_rows() -> None:
    rows = people(spec(input={"table": ONEHOT}))
    batch = whole(rows)
    np.testing.assert_array_equal(batch.inputs, [[20, 0, 1, 0], [30, 0, 0, 1], [40, 0, 1, 0], [50, 1, 0, 0]])
    assert batch.inputs.dtype == np.float32
    assert batch.target.tolist() == [0, 1, 1, 0]
    assert batch.groups["sex"].tolist() == ["F", "M", None, "F"]
    assert batch.row_ids.tolist() == ["a", "b", "c", "d"]
    assert batch.rows.tolist() == [1, 2, 3, 4]
    assert (batch.weight, batch.unit, batch.first_row) == (None, None, 1)
    assert rows.features_encoded == ["age", "work=Private", "work=Gov", "work=Self"]
    assert rows.feature_groups == [Player(name="age", columns=(0,)), Player(name="work", columns=(1, 2, 3))]
    assert rows.rejected() == []


def test_records_can_be_shown_in_any_order() -> None:
    rows = people(spec(input={"table": ONEHOT}))
    how = Showing(masked=False, file=arrow_table(pa.table(PEOPLE)))
    shown = rows.preview(np.array([3, 1]), how)
    assert [[(cell.name, cell.value) for cell in one.cells] for one in shown] == [
        [("age", "40"), ("work", "Gov")],
        [("age", "20"), ("work", "Gov")],
    ]
    with pytest.raises(IndexError):
        rows.preview(np.array([5]), how)


def test_before_labels_are_known_inputs_can_be_seen() -> None:
    raw = arrow_table(pa.table({**PEOPLE, "y": ["?", None, "x", "z"]}))
    asked = spec(input={"table": ONEHOT})
    roles, _ = resolve_roles(raw, asked, None, False, None)
    batch = next(table_set(raw, roles, asked, Labels.none(), inputs_of(raw, roles, asked)).batches(2))
    assert (len(batch), batch.target.tolist()) == (2, [0, 0])


def test_columns_are_standardised_in_the_units_of_training(tmp_path: Path) -> None:
    moments = {"mean": {"age": 30}, "std": {"age": 10}}
    inline = people(
        spec(input={"table": {**ONEHOT, "standardize": {k: {"age": float(v["age"])} for k, v in moments.items()}}})
    )
    file = tmp_path / "stats.json"
    file.write_text(json.dumps(moments))
    stored = people(spec(input={"table": {**ONEHOT, "standardize": {"from": str(file)}}}))
    for rows in (inline, stored):
        assert whole(rows).inputs[:, 0].tolist() == [-1, 0, 1, 2]


def test_a_missing_input_is_filled_before_it_is_standardised() -> None:
    table = {**ONEHOT, "fill": {"age": 30.0}, "standardize": {"mean": {"age": 20.0}, "std": {"age": 10.0}}}
    rows = people(spec(input={"table": table}), age=[20, None, 40, 50])
    assert whole(rows).inputs[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("unseen", "hot"), [("ignore", [0, 0]), ("other", [0, 1])])
def test_an_unseen_level_is_all_zeros_or_other(unseen: str, hot: list[int]) -> None:
    table = {"onehot": {"work": ["Gov", "other"]}, "unseen": unseen}
    assert whole(people(spec(input={"table": table}))).inputs[1, 1:].tolist() == hot


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({"onehot": {"work": ["Gov"]}, "unseen": "other"}, "DLA325"),
        ({"onehot": {"work": ["Gov", "Gov"]}}, "DLA107"),
        ({"onehot": {"work": []}}, "DLA107"),
        ({**ONEHOT, "standardize": {"from": "absent.json"}}, "DLA111"),
        ({**ONEHOT, "standardize": {"mean": {"age": 1.0}, "std": {}}}, "DLA107"),
        ({**ONEHOT, "standardize": {"mean": {"age": 1.0}, "std": {"age": 0.0}}}, "DLA107"),
        ({**ONEHOT, "standardize": {"mean": {"a": 1.0}, "std": {"a": 1.0}}}, "DLA308"),
        ({**ONEHOT, "fill": {"a": 1.0}}, "DLA308"),
    ],
)
def test_an_encoding_that_cannot_be_used_is_refused(table: dict[str, Any], code: str) -> None:
    with pytest.raises(DlauditError) as caught:
        people(spec(input={"table": table}))
    assert caught.value.code == code


def test_moments_of_another_shape_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "stats.json"
    for content in ("{", "[]", '{"mean": {"age": "x"}, "std": {}}', '{"mean": 1, "std": 2}'):
        file.write_text(content)
        with pytest.raises(UsageError) as caught:
            people(spec(input={"table": {**ONEHOT, "standardize": {"from": str(file)}}}))
        assert caught.value.code == "DLA103"


@pytest.mark.parametrize(
    ("changes", "data", "code", "row", "column", "words"),
    [
        ({"age": [20, 30, None, 50]}, {}, "DLA312", 3, "age", ["missing", "fill", "on_bad=reject"]),
        ({"age": ["20", "30", "40", "5O"]}, {}, "DLA312", 4, "age", ["'5O'"]),
        ({"age": ["20", "1e400", "40", "50"]}, {}, "DLA313", 2, "age", ["'1e400'"]),
        ({"work": ["Gov", "Gov", "gov", "gov"]}, {}, "DLA325", 3, "work", ["'gov'", "2 record(s)", "unseen"]),
        ({"work": ["Gov", None, "Gov", "Gov"]}, {}, "DLA325", 2, "work", ["missing"]),
        ({"y": [0, 1, None, 1]}, {}, "DLA311", 3, "y", ["1 record(s)"]),
        ({"y": [0, 1, 0, 1], "id": ["a", "b", "a", "b"]}, {}, "DLA321", 3, "id", ["'a'", "1, 3", "1 more"]),
        ({"w": [1.0, -0.5, 1, 1]}, {"weight": "w"}, "DLA414", 2, "w", ["-0.5"]),
        ({"w": [1.0, 1, 1, None]}, {"weight": "w"}, "DLA414", 4, "w", ["missing"]),
        ({"w": [1.0, 1, float("nan"), 1]}, {"weight": "w"}, "DLA414", 3, "w", ["missing"]),
        ({"w": [float("inf"), 1, 1, 1]}, {"weight": "w"}, "DLA414", 1, "w", ["inf"]),
        ({"w": [0, 0, 0, 0]}, {"weight": "w"}, "DLA414", None, "w", ["all weights are 0"]),
    ],
)
def test_a_faulty_row_is_refused_with_its_record(
    changes: dict[str, Any], data: dict[str, Any], code: str, row: int | None, column: str, words: list[str]
) -> None:
    error = refused(people(spec(input={"table": ONEHOT}, data=data), **changes))
    assert (error.code, error.place.row, error.place.column) == (code, row, column), error
    assert isinstance(error, DataRefused)
    for word in words:
        assert word in error.message, error.message


def test_a_fault_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text('x,note,sex,y\n1,"two\nlines",F,0\n2,b,M,1\n12%,c,F,0\n')
    asked = spec(data={"path": str(path), "features": ["x"]})
    error = refused(opened(open_data(asked.data), asked))
    assert (error.place.line, error.place.row, error.place.column) == (5, 3, "x")


def test_rows_that_may_be_rejected_are_counted_by_reason_and_slice() -> None:
    asked = spec(data={"on_bad": "reject"}, input={"table": ONEHOT})
    rows = people(asked, age=[None, 1e39, 40, 50], y=[0, 1, None, 0])
    batch = whole(rows)
    assert batch.rows.tolist() == [4]
    assert batch.row_ids.tolist() == ["d"]
    assert rows.rejected() == [
        Rejected(reason="no label", rows=1, by_slice={"sex=(unknown)": 1}),
        Rejected(reason="a model input is missing", rows=1, by_slice={"sex=F": 1}),
        Rejected(reason="a model input is not finite", rows=1, by_slice={"sex=M": 1}),
    ]
    named = rows.rejected(lambda feature, text: "known" if text else "not known")
    assert [reason.by_slice for reason in named] == [{"sex=not known": 1}, {"sex=known": 1}, {"sex=known": 1}]


def test_a_second_pass_counts_rejected_rows_afresh() -> None:
    rows = people(spec(data={"on_bad": "reject"}, input={"table": ONEHOT}), y=[0, 1, None, 0])
    for _ in range(2):
        list(rows.batches(2))
    assert [reason.rows for reason in rows.rejected()] == [1]


def test_no_empty_batch_is_made_of_rejected_rows() -> None:
    rows = people(spec(data={"on_bad": "reject"}, input={"table": ONEHOT}), y=[None, None, 1, 0])
    assert [batch.rows.tolist() for batch in rows.batches(2)] == [[3, 4]]


def test_text_is_an_error_even_where_rows_may_be_rejected() -> None:
    asked = spec(data={"on_bad": "reject"}, input={"table": ONEHOT})
    assert refused(people(asked, age=["20", "30", "40", "x"])).code == "DLA312"


def test_weights_and_units_stand_beside_the_rows() -> None:
    asked = spec(data={"weight": "w", "unit": "patient"}, input={"table": ONEHOT})
    batch = whole(people(asked, w=[1, 2, 0, 0.5], patient=["p", "p", None, "q"]))
    assert batch.weight is not None and batch.unit is not None
    assert batch.weight.tolist() == [1, 2, 0, 0.5]
    assert batch.unit.tolist() == ["p", "p", "(record 3)", "q"]


def test_a_row_without_id_is_named_by_its_record_and_no_duplicate() -> None:
    batch = whole(people(spec(input={"table": ONEHOT}), id=["a", None, "", "b"]))
    assert batch.row_ids.tolist() == ["a", "(record 2)", "(record 3)", "b"]


def test_score_columns_are_the_inputs_of_a_predictions_file() -> None:
    raw = arrow_table(pa.table({"p": ["0.25", "1"], "q": [0.75, 0.0], "sex": ["F", "M"], "y": [0, 1]}))
    batch = whole(opened(raw, spec(scores=["p", "q"])))
    assert batch.inputs.dtype == np.float64
    assert batch.inputs.tolist() == [[0.25, 0.75], [1, 0]]


def test_a_missing_score_is_refused_or_rejected() -> None:
    raw = arrow_table(pa.table({"p": ["0.25", ""], "sex": ["F", "M"], "y": [0, 1]}))
    assert refused(opened(raw, spec(scores=["p"]))).code == "DLA312"
    rows = opened(raw, spec(scores=["p"], data={"on_bad": "reject"}))
    assert len(whole(rows)) == 1


def test_raw_rows_have_the_types_that_the_file_shows(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("n,x,zip,word,gone,sex,y\n1,0.5,02139,NA,,F,0\n,2,00501,b,,M,1\n")
    asked = spec(data={"path": str(path)})
    rows = opened(open_data(asked.data), asked, encode=False)
    table = whole(rows).inputs
    assert isinstance(table, pa.Table)
    assert table.to_pydict() == {
        "n": [1, None],
        "x": [0.5, 2.0],
        "zip": ["02139", "00501"],
        "word": ["NA", "b"],
        "gone": [None, None],
    }
    assert [str(kind) for kind in table.schema.types] == ["int64", "double", "string", "string", "string"]
    assert rows.features_encoded == ["n", "x", "zip", "word", "gone"]


def test_raw_rows_whose_type_changes_late_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    for late in ("0.5", "x", "1e20"):
        path.write_text("n,sex,y\n" + "1,F,0\n" * 120_000 + f"{late},M,1\n")
        asked = spec(data={"path": str(path)})
        with pytest.raises(DataRefused) as caught:
            list(opened(open_data(asked.data), asked, encode=False).batches(65_536))
        assert (caught.value.code, caught.value.place.line) == ("DLA312", 120_002)


def test_rejected_raw_rows_are_taken_out_of_their_table() -> None:
    raw = arrow_table(pa.table({**PEOPLE, "y": [0, None, 1, 0]}))
    batch = whole(opened(raw, spec(data={"on_bad": "reject"}), encode=False))
    assert batch.inputs.to_pydict() == {"age": [20, 40, 50], "work": ["Gov", "Gov", "Private"]}


def test_two_encodings_of_the_same_rows_are_refused() -> None:
    raw = arrow_table(pa.table(PEOPLE))
    with pytest.raises(UsageError) as caught:
        opened(raw, spec(input={"table": ONEHOT}), encode=False)
    assert caught.value.code == "DLA107"


def test_the_table_is_a_registered_modality() -> None:
    assert MODALITIES.get("table").make is table_inputs


DEMOGRAPHICS = {"id": ["d", "b", "x"], "race": ["White", "Black", "Asian"]}


def joined(theirs: dict[str, Any], tmp_path: Path, **data: Any) -> RawTable:
    pq.write_table(pa.table(theirs), tmp_path / "who.parquet")
    (tmp_path / "test.csv").write_text("id,age,sex,y\na,20,F,0\nb,30,M,1\nc,40,F,1\nd,50,M,0\n")
    data = {"join": "id", **data}
    return open_data(
        spec(data={"path": str(tmp_path / "test.csv"), "demographics": str(tmp_path / "who.parquet"), **data}).data
    )


def test_demographics_are_joined_by_id_in_file_order(tmp_path: Path) -> None:
    raw = joined(DEMOGRAPHICS, tmp_path)
    asked = spec(data={"join": "id"}, slices={"sensitive": ["sex", "race"]})
    rows = opened(raw, asked)
    for n in (1, 3, 100):
        batches = list(rows.batches(n))
        assert [text for batch in batches for text in batch.groups["race"]] == [None, "Black", None, "White"]
        assert rows.unmatched == 2
    assert rows.features_encoded == ["age"], "a column of the demographics is no input"
    assert raw.unchanged()
    (tmp_path / "who.parquet").write_bytes(b"PAR1")
    assert not raw.unchanged()


def test_numbers_of_ids_are_compared_as_text(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("id,age,y\n1,20,0\n02,30,1\n")
    raw = open_data(spec(data={"path": str(tmp_path / "test.csv")}).data)
    pq.write_table(pa.table({"id": [1.0, 2.0], "race": ["A", "B"]}), tmp_path / "who.parquet")
    asked = spec(data={"demographics": str(tmp_path / "who.parquet"), "join": "id"}, slices={"sensitive": ["race"]})
    batch = whole(opened(add_demographics(raw, asked.data), asked))
    assert batch.groups["race"].tolist() == ["A", None]


@pytest.mark.parametrize(
    ("theirs", "data", "code", "words"),
    [
        ({"id": ["a", "b", "a"], "race": ["x", "y", "z"]}, {}, "DLA321", ["records 1 and 3"]),
        ({"id": ["a", None], "race": ["x", "y"]}, {}, "DLA321", ["no id"]),
        ({"id": ["a"], "sex": ["x"]}, {}, "DLA306", ["both files"]),
        ({"key": ["a"], "race": ["x"]}, {}, "DLA308", ["data.join", "who.parquet"]),
        ({"id": ["a"], "race": ["x"]}, {"join": "key"}, "DLA308", ["test.csv"]),
        ({"id": ["a"], "race": ["x"]}, {"join": None}, "DLA308", ["--join"]),
    ],
)
def test_demographics_that_cannot_be_joined_are_refused(
    theirs: dict[str, Any], data: dict[str, Any], code: str, words: list[str], tmp_path: Path
) -> None:
    with pytest.raises(DlauditError) as caught:
        joined(theirs, tmp_path, **data)
    assert caught.value.code == code
    for word in words:
        assert word in caught.value.message, caught.value.message


def planted(n: int) -> pa.Table:
    generator = np.random.default_rng(7)
    return pa.table(
        {
            "x1": generator.integers(-5, 5, n).astype(np.float64) / 4,
            "x2": generator.integers(0, 100, n),
            "flag": generator.random(n) < 0.5,
            "work": generator.choice(["Gov", "Self", "Private"], n),
            "sex": generator.choice(["F", "M", ""], n),
            "y": generator.integers(0, 2, n),
            "id": np.arange(n),
        }
    )


def write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    elif path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=77)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))


def stream(path: Path, n: int) -> Batch:
    asked = spec(data={"path": str(path)}, input={"table": ONEHOT})
    batches = list(opened(open_data(asked.data), asked).batches(n))
    return Batch(
        first_row=1,
        rows=np.concatenate([b.rows for b in batches]),
        row_ids=np.concatenate([b.row_ids for b in batches]),
        inputs=np.concatenate([b.inputs for b in batches]),
        target=np.concatenate([b.target for b in batches]),
        groups={"sex": np.concatenate([b.groups["sex"] for b in batches])},
    )


@pytest.mark.parametrize("n", [1, 64, 10_000])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_table_reads_the_same_from_every_format_in_chunks_of_any_size(suffix: str, n: int, tmp_path: Path) -> None:
    table = planted(300)
    write(table, tmp_path / f"test{suffix}")
    got = stream(tmp_path / f"test{suffix}", n)
    expected = np.stack(
        [
            *(np.asarray(table[name]).astype(np.float32) for name in ("x1", "x2", "flag")),
            *((np.asarray(table["work"]) == level).astype(np.float32) for level in ("Private", "Gov", "Self")),
        ],
        axis=1,
    )
    np.testing.assert_array_equal(got.inputs, expected)
    np.testing.assert_array_equal(got.target, table["y"])
    assert got.groups["sex"].tolist() == [text or None for text in table["sex"].to_pylist()]
    assert got.row_ids.tolist() == [str(number) for number in range(300)]
    assert got.rows.tolist() == list(range(1, 301))


def test_a_hundred_thousand_rows_stream_and_late_duplicates_are_found(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    table = planted(100_000)
    write(table, path)
    assert len(stream(path, 8_192)) == 100_000
    ids = np.arange(100_000)
    ids[-1] = 17
    write(table.set_column(table.schema.get_field_index("id"), "id", pa.array(ids)), path)
    with pytest.raises(DataRefused) as caught:
        stream(path, 8_192)
    assert (caught.value.code, caught.value.place.row) == ("DLA321", 100_000)
    assert "records 18, 100000" in caught.value.what


def test_duplicates_are_told_before_the_file_ends() -> None:
    ids = pa.array(np.append(7, np.arange(140_000)))
    raw = arrow_table(pa.table({"id": ids}))
    distinct = DistinctIds(raw, spec().data, "id")
    with pytest.raises(DataRefused) as caught:
        distinct.add(ids)
    assert "records 1, 9" in caught.value.what


def test_ids_that_differ_only_late_are_no_duplicates() -> None:
    """Equal hashes are candidates; the ids themselves decide."""
    ids = pa.array(["x" * 300 + end for end in "ab"])
    distinct = DistinctIds(arrow_table(pa.table({"id": ids})), spec().data, "id")
    distinct.add(ids)
    distinct.check()
    DistinctIds(arrow_table(pa.table({"id": ids})), spec().data, "id").check()


def test_a_standardised_input_that_overflows_is_refused() -> None:
    table = {**ONEHOT, "standardize": {"mean": {"age": 0.0}, "std": {"age": 1e-38}}}
    error = refused(people(spec(input={"table": table}), age=[0.0, 1.0, 10.0, 0.0]))
    assert (error.code, error.place.row) == ("DLA313", 3)


def test_a_rejected_row_may_lack_a_level() -> None:
    rows = people(spec(data={"on_bad": "reject"}, input={"table": ONEHOT}), work=["Gov", None, "Self", "Gov"])
    assert whole(rows).rows.tolist() == [1, 3, 4]
    assert refused(people(spec(data={"on_bad": "reject"}, input={"table": ONEHOT}), work=["x"] * 4)).code == "DLA325"


ANSWERS = {"label": ["a", "b", "c", "a"], "said": ["a", "c", "c", "b"], "sex": ["F", "M", "F", "M"]}


def answers(model: dict[str, Any], **changes: Any) -> TableSet:
    asked = spec(model=model, data={"target": "label"}, scores=["said"])
    return opened(arrow_table(pa.table({**ANSWERS, **changes}), "said.csv"), asked)


def test_a_column_of_predicted_labels_is_read_as_one_certain_class_each() -> None:
    batch = whole(answers({"output": "label"}))
    np.testing.assert_array_equal(batch.inputs, np.eye(3)[[0, 2, 2, 1]])
    np.testing.assert_array_equal(batch.target, [0, 1, 2, 0])


def test_a_class_that_only_the_predictions_name_is_a_class() -> None:
    batch = whole(answers({"output": "label"}, said=["a", "d", "c", "b"]))
    assert batch.inputs.shape == (4, 4)
    assert batch.inputs[1].tolist() == [0, 0, 0, 1]


def test_two_predicted_labels_are_scores_of_the_positive_one() -> None:
    texts = {"label": ["yes", "no", "yes", "no"], "said": ["yes", "yes", "no", "no"]}
    batch = whole(answers({"output": "label", "positive": "yes"}, **texts))
    np.testing.assert_array_equal(batch.inputs, [[1.0], [1.0], [0.0], [0.0]])
    np.testing.assert_array_equal(batch.target, [1, 0, 1, 0])


def test_a_missing_predicted_label_is_refused() -> None:
    assert refused(answers({"output": "label"}, said=["a", None, "c", "b"])).code == "DLA312"


@pytest.mark.parametrize(
    "changes",
    [{}, {"label": [0, 1, 2, 0], "said": [0, 2, 2, 1]}, {"label": ["y", "n"] * 2, "said": ["y", "y", "n", "n"]}],
)
def test_labels_in_a_score_column_are_asked_about_and_not_taken_for_quantities(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        answers({}, **changes)
    assert caught.value.code == "DLA309"
    assert "model.output=label" in caught.value.message


def test_scores_of_other_numbers_than_the_labels_are_quantities() -> None:
    batch = whole(answers({}, label=[1, 2, 3, 1], said=[1.1, 2, 1.5, 3]))
    np.testing.assert_array_equal(batch.inputs[:, 0], [1.1, 2, 1.5, 3])
