"""What each column is: given, guessed by name, or refused with what to set."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dlaudit.data.open import arrow_table, open_data
from dlaudit.data.roles import Roles, resolve_roles
from dlaudit.errors import DataRefused, DlauditError, UsageError
from dlaudit.record import Guess
from dlaudit.spec import AuditSpec

PEOPLE = {
    "row_id": ["a", "b", "c"],
    "income": [1.0, 2.0, 3.0],
    "tenure": [4, 5, 6],
    "region": ["N", "S", "N"],
    "sex": ["F", "M", "F"],
    "w": [1, 1, 2],
    "label": [0, 1, 0],
}

ROWS_WITH_KEYS = {
    "key": [f"p{at}" for at in range(20)],
    "tenure": [*range(20)],
    "sex": ["F", "M"] * 10,
    "y": [0, 1] * 10,
}


def spec(**sections: Any) -> AuditSpec:
    return AuditSpec.model_validate(sections)


def resolve(
    asked: AuditSpec, columns: dict[str, Any] | None = None, width: int | None = None
) -> tuple[Roles, list[Guess]]:
    raw = arrow_table(pa.table(columns or PEOPLE), "people.csv")
    return resolve_roles(raw, asked, width, False, "net.0 (Linear)" if width else None)


def refused(asked: AuditSpec, columns: dict[str, Any] | None = None, width: int | None = None) -> DlauditError:
    with pytest.raises(DlauditError) as caught:
        resolve(asked, columns, width)
    return caught.value


def test_everything_without_another_role_is_an_input_in_file_order() -> None:
    asked = spec(data={"weight": "w"}, input={"table": {"onehot": {"region": ["N", "S"]}}})
    roles, guesses = resolve(asked)
    assert roles.features == ["income", "tenure", "region"]
    assert (roles.target, roles.sensitive, roles.id, roles.weight) == (["label"], ["sex"], "row_id", "w")
    assert [guess.what for guess in guesses] == ["data.target", "slices.sensitive", "data.id"]
    assert [guess.toml for guess in guesses] == [
        '[data]\ntarget = "label"',
        '[slices]\nsensitive = ["sex"]',
        '[data]\nid = "row_id"',
    ]


def test_what_is_given_is_no_guess() -> None:
    asked = spec(
        data={"target": "label", "id": "row_id", "features": ["tenure", "income"]}, slices={"sensitive": ["sex"]}
    )
    roles, guesses = resolve(asked)
    assert (roles.features, guesses) == (["tenure", "income"], [])


def test_a_sensitive_column_is_an_input_only_where_features_name_it() -> None:
    columns = {**PEOPLE, "sex": [0, 1, 0]}
    assert resolve(spec(data={"features": ["income", "sex"]}), columns)[0].features == ["income", "sex"]


def test_a_control_feature_stays_an_input() -> None:
    asked = spec(data={"weight": "w"}, slices={"sensitive": ["sex"], "control": ["tenure"]})
    columns = {name: cells for name, cells in PEOPLE.items() if name != "region"}
    assert resolve(asked, columns)[0].features == ["income", "tenure"]


def test_the_model_files_name_can_tell_the_target() -> None:
    columns = {"approved": [0, 1], "income": [1, 2], "sex": ["F", "M"]}
    assert resolve(spec(model={"path": "models/approved.pt"}), columns)[0].target == ["approved"]


def test_age_in_years_is_no_guess_without_bins() -> None:
    columns = {"age": list(range(100)), "sex": ["F"] * 100, "y": [0, 1] * 50, "x": [1.0] * 100}
    assert resolve(spec(), columns)[0].sensitive == ["sex"]
    bins = spec(slices={"bins": {"age": [0.0, 50.0, 100.0]}})
    assert resolve(bins, columns)[0].sensitive == ["age", "sex"]


def test_with_scores_there_are_no_inputs() -> None:
    columns = {"p": [0.5], "y": [1], "sex": ["F"], "name": ["x"]}
    roles, _ = resolve(spec(scores=["p"]), columns)
    assert (roles.features, roles.scores) == ([], ["p"])


@pytest.mark.parametrize(
    ("asked", "columns", "code", "kind", "words"),
    [
        (spec(), {"a": [1], "sex": ["F"]}, "DLA308", UsageError, ["--target COLUMN", "no column is called"]),
        (spec(), {"y": [1], "label": [1], "sex": ["F"]}, "DLA308", UsageError, ["'y', 'label'"]),
        (spec(), {"a": [1], "y": [1]}, "DLA308", UsageError, ["--sensitive", "--demographics"]),
        (spec(slices={"sensitive": []}), None, "DLA308", UsageError, ["nothing to compare"]),
        (spec(data={"target": "lable"}), None, "DLA308", DataRefused, ["Did you mean 'label'", "data.target"]),
        (spec(slices={"sensitive": ["Sex"]}), None, "DLA308", DataRefused, ["Did you mean 'sex'"]),
        (spec(data={"id": "ID"}), None, "DLA308", DataRefused, ["data.id"]),
        (spec(data={"features": ["inc"]}), None, "DLA308", DataRefused, ["data.features"]),
        (spec(scores=["p"]), None, "DLA308", DataRefused, ["scores names"]),
        (spec(data={"features": ["label"]}), None, "DLA324", UsageError, ["target"]),
        (spec(), {"y": [1], "sex": ["F"]}, "DLA324", UsageError, ["no column is left"]),
        (spec(), None, "DLA312", DataRefused, ["'region'", "onehot", '["N", "S"]', "features ="]),
        (spec(), ROWS_WITH_KEYS, "DLA312", DataRefused, ["No row repeats it", "--set data.id=key", "features ="]),
        (
            spec(input={"table": {"onehot": {"regoin": ["N"]}}}),
            None,
            "DLA308",
            DataRefused,
            ["input.table.onehot", "'region'"],
        ),
    ],
)
def test_what_cannot_be_known_is_refused_with_what_to_set(
    asked: AuditSpec, columns: dict[str, Any] | None, code: str, kind: type[DlauditError], words: list[str]
) -> None:
    error = refused(asked, columns)
    assert (error.code, type(error)) == (code, kind), error
    for word in words:
        assert word in error.message, error.message


NUMERIC = {"id": [1, 2], "a": [1, 2], "b": [3, 4], "sex": [0, 1], "race": [0, 1], "y": [0, 1]}


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (3, ["takes 3 columns", "has 2 numeric columns", "with 'id' as input", 'features = ["id", "a", "b"]']),
        (5, ["takes 5 columns", "'id', 'sex', 'race'", 'features = ["id", "a", "b", "sex", "race"]']),
        (9, ["takes 9 columns", "[data] features = [...]"]),
    ],
)
def test_a_model_of_another_width_is_told_with_the_setting_that_fits(width: int, words: list[str]) -> None:
    error = refused(spec(), NUMERIC, width)
    assert error.code == "DLA324"
    assert "net.0 (Linear)" in error.message
    for word in words:
        assert word in error.message, error.message
    assert resolve(spec(), NUMERIC, 2)[0].features == ["a", "b"]


def test_a_text_column_that_is_one_too_many_is_told_so() -> None:
    error = refused(spec(data={"weight": "w"}), None, 2)
    assert 'which fits the model: [data] features = ["income", "tenure"]' in error.message


def test_numbers_with_a_decimal_comma_are_told_as_such() -> None:
    error = refused(spec(), {"x": ["1,5", "2,25"], "sex": ["F", "M"], "y": [0, 1]})
    assert (error.code, error.place.column) == ("DLA312", "x")
    assert "decimal comma, as '1,5'" in error.message
    assert "onehot" not in error.message


def test_one_hot_levels_count_towards_the_width() -> None:
    asked = spec(data={"weight": "w"}, input={"table": {"onehot": {"region": ["N", "S", "W"]}}})
    assert resolve(asked, None, 5)[0].features == ["income", "tenure", "region"]
    assert refused(asked, None, 4).code == "DLA324"


def test_a_single_bad_cell_is_left_to_the_reader_that_knows_its_line(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("x,sex,y\n1,F,0\n2,M,1\n12%,F,0\n")
    raw = open_data(spec(data={"path": str(path)}).data)
    assert resolve_roles(raw, spec(), None, False, None)[0].features == ["x"]


def test_text_inputs_are_the_users_own_where_their_code_encodes_them() -> None:
    raw = arrow_table(pa.table(PEOPLE))
    roles, _ = resolve_roles(raw, spec(), 7, True, "net.0 (Linear)")
    assert roles.features == ["income", "tenure", "region", "w"]
