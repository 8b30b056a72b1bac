"""Audits of a test session are made again when any file changes that they were made from."""

import os
from pathlib import Path
from typing import Any

import pytest
from embed_runs import write_scores

import dlaudit
from dlaudit.integrations.remembered import Remembered

NAMED = {
    "pairs.embeddings": {"pairs.identity": "who"},
    "pairs.samples": {"pairs.a": "x", "pairs.b": "y"},
    "input.text.tokenizer": {},
    "input.choices.tokenizer": {"input.choices.options": ["a", "b"], "input.choices.right": "y"},
    "input.sequence.vocabulary": {"input.sequence.column": "t", "input.sequence.max_length": 5},
    "input.sequence.array": {},
    "input.image.array": {},
    "input.table.standardize.from": {},
    "probes.swap_file": {},
    "model.code": {},
    "data.demographics": {},
    "against.model": {},
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The audits that were made, by what they were asked; none is really made."""
    made: list[dict[str, Any]] = []

    def audit(**arguments: Any) -> int:
        made.append(arguments)
        return len(made)

    monkeypatch.setattr(dlaudit, "audit", audit)
    return made


@pytest.mark.parametrize("key", NAMED)
def test_a_changed_file_that_settings_name_is_looked_at_again(
    tmp_path: Path, counted: list[dict[str, Any]], key: str
) -> None:
    file = tmp_path / "named.bin"
    file.write_bytes(b"one")
    scores = write_scores(tmp_path / "scores.csv", rows=4, gap=True)
    remembered, settings = Remembered(), {**NAMED[key], key: str(file)}
    first = remembered.audit("model.pt2", scores, settings=settings)
    assert remembered.audit("model.pt2", scores, settings=settings) == first
    file.write_bytes(b"two")
    assert remembered.audit("model.pt2", scores, settings=settings) == 2
    assert len(counted) == 2


def test_what_lies_beside_a_tokenizer_is_looked_at(tmp_path: Path, counted: list[dict[str, Any]]) -> None:
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    remembered, settings = Remembered(), {"input.text.tokenizer": str(tmp_path / "tokenizer.json")}
    assert remembered.audit("model.pt2", "x.csv", settings=settings) == 1
    (tmp_path / "special_tokens_map.json").write_text("{}", encoding="utf-8")
    assert remembered.audit("model.pt2", "x.csv", settings=settings) == 2
    assert remembered.audit("model.pt2", "x.csv", settings=settings) == 2
    assert len(counted) == 2


def test_a_changed_file_that_the_configuration_extends_is_looked_at_again(
    tmp_path: Path, counted: list[dict[str, Any]]
) -> None:
    (tmp_path / "dlaudit.toml").write_text('extend = "org.toml"\n', encoding="utf-8")
    (tmp_path / "org.toml").write_text("", encoding="utf-8")
    remembered = Remembered()
    assert remembered.audit(config=tmp_path / "dlaudit.toml") == 1
    assert remembered.audit(config=tmp_path / "dlaudit.toml") == 1
    (tmp_path / "org.toml").write_text('[[rule]]\nmetric = "accuracy"\nmin = 0.5\n', encoding="utf-8")
    assert remembered.audit(config=tmp_path / "dlaudit.toml") == 2
    assert len(counted) == 2


@pytest.mark.parametrize("column", ["image", "mask", "audio"])
@pytest.mark.parametrize("root", [True, False], ids=["root", "beside the data"])
def test_files_that_rows_name_are_known_by_name_size_and_time(
    tmp_path: Path, counted: list[dict[str, Any]], column: str, root: bool
) -> None:
    media = tmp_path / "media" if root else tmp_path
    media.mkdir(exist_ok=True)
    data = tmp_path / "data.csv"
    data.write_text("file,y\na.bin,1\nb.bin,0\n", encoding="utf-8")
    for name in ("a.bin", "b.bin", "c.bin"):
        (media / name).write_bytes(b"one")
    settings: dict[str, Any] = {f"data.{column}": "file"}
    settings |= {"data.root": str(media)} if root else {}
    remembered = Remembered()

    def asked() -> object:
        return remembered.audit("model.pt2", data, settings=settings)

    assert (asked(), asked()) == (1, 1)
    (media / "c.bin").write_bytes(b"no row names it")
    assert asked() == 1
    (media / "a.bin").write_bytes(b"longer")
    assert (asked(), asked()) == (2, 2)
    os.utime(media / "b.bin", ns=(1, 1))
    assert (asked(), asked()) == (3, 3)
    (media / "b.bin").unlink()
    assert (asked(), asked()) == (4, 4)
    assert len(counted) == 4


def test_rows_that_cannot_be_read_here_are_audited_at_every_call(tmp_path: Path, counted: list[dict[str, Any]]) -> None:
    (tmp_path / "data.bin").write_bytes(b"\x00\x01 only the code file reads it")
    remembered = Remembered()
    for made in (1, 2):
        assert remembered.audit("model.pt2", tmp_path / "data.bin", settings={"data.image": "file"}) == made
    assert len(counted) == 2
