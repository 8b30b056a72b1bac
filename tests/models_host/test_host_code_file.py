"""The user's own file: what it may hold, and how its faults are told."""

import sys
from pathlib import Path

import pytest

from dlaudit.errors import CodeFailed, DlauditError, UsageError
from dlaudit.models.code_file import load_user_code


def code(folder: Path, text: str) -> Path:
    path = folder / "audit_io.py"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def same_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_functions_are_found_by_name_and_the_rest_is_none(tmp_path: Path) -> None:
    path = code(tmp_path, "def preprocess(rows):\n    return rows + 1\nfeature_names = ['a', 'b']\n")
    found = load_user_code(path)
    assert found.preprocess is not None
    assert found.preprocess(1) == 2
    assert found.feature_names == ["a", "b"]
    assert found.load_model is found.read_data is found.postprocess is None
    assert len(found.sha256) == 64


def test_a_file_sees_its_neighbours_and_its_own_classes(tmp_path: Path) -> None:
    (tmp_path / "beside_it_only.py").write_text("ANSWER = 42\n")
    path = code(
        tmp_path,
        "from dataclasses import dataclass\nimport beside_it_only\n"
        "@dataclass\nclass Pair:\n    a: int\n"
        "def feature_names():\n    return [str(Pair(beside_it_only.ANSWER).a)]\n",
    )
    assert load_user_code(path).feature_names == ["42"]


def test_a_generator_of_frames_is_read_inside_the_guard(tmp_path: Path) -> None:
    path = code(tmp_path, "def read_data(path):\n    yield 1\n    raise ValueError('half way')\n")
    read = load_user_code(path).read_data
    assert read is not None
    with pytest.raises(CodeFailed, match="line 3: read_data raised ValueError: half way"):
        read("x")


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("def preprocess(rows):\n    return rows['age']\n", 2, "preprocess raised KeyError: 'age'"),
        ("import sys\ndef preprocess(rows):\n    sys.exit(0)\n", 3, r"preprocess ended the program \(sys.exit\(0\)\)"),
        ("def preprocess(rows):\n    raise KeyboardInterrupt\n", 2, "KeyboardInterrupt"),
        ("def preprocess(rows):\n    raise ValueError('\\x1b[31mred')\n", 2, r"⟨U\+001B⟩"),
    ],
)
def test_what_a_function_raises_is_told_with_its_line(tmp_path: Path, body: str, line: int, message: str) -> None:
    preprocess = load_user_code(code(tmp_path, body)).preprocess
    assert preprocess is not None
    with pytest.raises(CodeFailed, match=message) as failed:
        preprocess({})
    assert (failed.value.code, failed.value.place.line) == ("DLA222", line)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("x = 1\nraise SystemExit(0)\n", "line 2: the file ended the program"),
        ("import no_such_module_at_all\n", "line 1: the file raised ModuleNotFoundError"),
        ("def preprocess(rows:\n    pass\n", "line 1: the file is not valid Python"),
        ("", "defines none of the functions"),
        ("def preproces(rows):\n    return rows\n", "'preproces'.*Did you mean 'preprocess'"),
        ("def loadModel(path, device):\n    pass\n", "'loadModel'.*Did you mean 'load_model'"),
        ("preprocess = 3\n", "preprocess|function"),
        ("feature_names = 'ab'\n", "not a list of names"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(CodeFailed, match=message) as failed:
        load_user_code(code(tmp_path, body))
    assert failed.value.code == "DLA222"


def test_helpers_with_other_names_and_imported_ones_are_no_slips(tmp_path: Path) -> None:
    load_user_code(
        code(
            tmp_path,
            "from os.path import join as preproces\n"
            "def load_model(path, device):\n    return None\n"
            "def load_models(paths):\n    return []\n"
            "def clean(rows):\n    return rows\n",
        )
    )


def test_memory_errors_pass_so_that_they_are_told_as_such(tmp_path: Path) -> None:
    preprocess = load_user_code(code(tmp_path, "def preprocess(rows):\n    raise MemoryError\n")).preprocess
    assert preprocess is not None
    with pytest.raises(MemoryError):
        preprocess({})


def test_a_missing_file_is_named_with_the_nearest(tmp_path: Path) -> None:
    code(tmp_path, "")
    with pytest.raises(UsageError, match=r"Did you mean 'audit_io.py'") as failed:
        load_user_code(tmp_path / "audit_i0.py")
    assert isinstance(failed.value, DlauditError)
    assert failed.value.code == "DLA111"
