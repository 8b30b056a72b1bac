"""dlaudit.toml: every fault at once, with its line, its key and what to do."""

from pathlib import Path

import pytest

from dlaudit.errors import UsageError
from dlaudit.spec import find_config, load_config
from dlaudit.spec.settings import nested, setting
from dlaudit.spec.toml_file import key_lines


def written(folder: Path, text: str) -> Path:
    path = folder / "dlaudit.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[model]\npath = "m.pt2"\n[data]\npath = "../test.csv"\n')
    spec = load_config(path).spec
    assert spec.model.path == str(tmp_path / "m.pt2")
    assert spec.data.path == str(tmp_path.parent / "test.csv")


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[model]\nthreshold = 0.5\npositive = "yes"\n')
    spec = load_config(path, {"model": {"threshold": 0.8}}).spec
    assert (spec.model.threshold, spec.model.positive) == (0.8, "yes")


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[model]\ntsak = "binary"\nthreshold = "0.5"\n[[rule]]\nmetric = "a.ratio"\nmin = 80\n'
        '[[rule]]\nmetric = "a.ratio"\nmin = 0.8\nlevel = "eror"\n[slices]\nsensitive = "sex"\n',
    )
    with pytest.raises(UsageError) as fault:
        load_config(path)
    told = fault.value.message
    assert fault.value.code == "DLA102"
    for line in (
        "dlaudit.toml:2: model.tsak: unknown key 'tsak'. Did you mean 'task'?",
        "dlaudit.toml:3: model.threshold: must be a number, not the text '0.5': remove the quotes",
        "dlaudit.toml:4: rule[0]: the min of a ratio lies in 0..1; 80 % is 0.8",
        "dlaudit.toml:10: rule[1].level: 'eror' is not one of 'error', 'warning' or 'note'. Did you mean 'error'?",
        "dlaudit.toml:12: slices.sensitive: must be a list in [brackets], not the text 'sex'",
    ):
        assert line in told


def test_one_fault_carries_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as fault:
        load_config(written(tmp_path, "\n[slices]\nmin_size = -3\n"))
    assert (fault.value.code, fault.value.place.line, fault.value.place.key) == (
        "DLA101",
        3,
        "slices.min_size",
    )


def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not valid TOML") as fault:
        load_config(written(tmp_path, "[model]\npath = m.pt\n"))
    assert (fault.value.code, fault.value.place.line) == ("DLA103", 2)


def test_a_newer_schema_asks_for_an_upgrade(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="newer than this dlaudit") as fault:
        load_config(written(tmp_path, "schema = 2\n"))
    assert fault.value.code == "DLA112"


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    written(tmp_path, "")
    with pytest.raises(UsageError, match="Did you mean 'dlaudit.toml'") as fault:
        load_config(tmp_path / "dlaudti.toml")
    assert fault.value.code == "DLA111"


def test_the_file_is_found_upwards_but_not_above_the_repository(tmp_path: Path) -> None:
    written(tmp_path, "")
    inner = tmp_path / "project" / "sub"
    inner.mkdir(parents=True)
    assert find_config(inner) == tmp_path / "dlaudit.toml"
    (tmp_path / "project" / ".git").mkdir()
    assert find_config(inner) is None


def test_key_lines_see_tables_arrays_and_dotted_keys() -> None:
    lines = key_lines('a.b = 1\n[x.y]\n"k k" = 2\n[[rule]]\nid = 1\n[[rule]]\nid = 2\n')
    assert lines[("a", "b")] == 1
    assert lines[("x", "y", "k k")] == 3
    assert (lines[("rule", 0, "id")], lines[("rule", 1, "id")]) == (5, 7)


@pytest.mark.parametrize(
    ("text", "value"),
    [("a.b=0.8", 0.8), ("a.b=true", True), ('a.b=["x"]', ["x"]), ("a.b=>50K", ">50K"), ("a.b=", "")],
)
def test_a_setting_is_toml_or_plain_text(text: str, value: object) -> None:
    assert setting(text) == ("a.b", value)


def test_a_setting_without_a_sign_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="KEY=VALUE"):
        setting("model.threshold")


def test_dotted_keys_nest() -> None:
    assert nested({"a.b": 1, "a.c": 2}) == {"a": {"b": 1, "c": 2}}
    with pytest.raises(UsageError):
        nested({"a": 1, "a.b": 2})


@pytest.mark.parametrize("key", ["rule", "waiver", "profiles", "extend", "rule.0"])
def test_a_flag_does_not_put_the_policy_of_a_file_aside(key: str) -> None:
    with pytest.raises(UsageError, match="--rule") as fault:
        setting(f"{key}=[]")
    assert fault.value.code == "DLA101"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_of_windows_is_no_part_of_the_file_and_lines_stay_right(tmp_path: Path, end: str) -> None:
    path = tmp_path / "dlaudit.toml"
    path.write_bytes(end.join(["[slices]", 'sensitive = ["sex"]', ""]).encode("utf-8-sig"))
    assert load_config(path).spec.slices.sensitive == ["sex"]
    path.write_bytes(end.join(["[slices]", "min_size = -3", ""]).encode("utf-8-sig"))
    with pytest.raises(UsageError) as fault:
        load_config(path)
    assert fault.value.place.line == 2
    path.write_bytes(end.join(["[slices]", "sensitive = sex", ""]).encode("utf-8-sig"))
    with pytest.raises(UsageError) as fault:
        load_config(path)
    assert (fault.value.code, fault.value.place.line) == ("DLA103", 2)


@pytest.mark.parametrize("key", ["max_drop = 0.05", 'rules = "none"'])
@pytest.mark.parametrize(("text", "line"), [("\n[baseline]\n{key}\n", 2), ("\n\nbaseline.{key}\n", 3)])
def test_a_limit_on_a_drop_without_a_baseline_is_refused_with_its_line(
    tmp_path: Path, key: str, text: str, line: int
) -> None:
    path = written(tmp_path, text.format(key=key))
    with pytest.raises(UsageError) as fault:
        load_config(path)
    assert (fault.value.code, fault.value.place.line) == ("DLA101", line)
    assert f"{key.split()[0]} does nothing without path" in fault.value.message


def test_a_flag_may_name_the_baseline_of_a_limit_or_put_it_aside(tmp_path: Path) -> None:
    path = written(tmp_path, "[baseline]\nmax_drop = 0.05\n")
    assert load_config(path, {"baseline": {"path": "before"}}).spec.baseline.max_drop == 0.05
    assert load_config(path, {"baseline": {"path": None}}).spec.baseline.path is None


def test_a_drop_in_per_cent_is_told_as_the_share_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must be a share less than 1, not 5: 5 % is 0\.05"):
        load_config(written(tmp_path, '[baseline]\npath = "b"\nmax_drop = 5\n'))
