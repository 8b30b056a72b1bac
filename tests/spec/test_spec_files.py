"""The files that a configuration names: all of them, wherever they are named."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from dlaudit.spec import AuditSpec, load_config
from dlaudit.spec.files import FILE_KEYS, named_files

NOT_PATHS = {
    ("model", "trust"),  # a digest
    ("against", "trust"),
    ("data", "image"),  # columns of names
    ("data", "mask"),
    ("data", "audio"),
    ("data", "encoding"),
    ("data", "join"),
    ("input", "image", "key"),  # a name inside an .npz file
    ("input", "sequence", "key"),
    ("pairs", "key"),
    ("input", "sequence", "order"),
    ("scores",),
    ("profiles",),
}
EXTENDED = ("extend",)
"""Read with the configuration: `Config.files`."""


def texts(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every key that may hold one text, with what is said of it."""
    for name, field in model.model_fields.items():
        key = (*above, field.alias or name)
        kinds = [field.annotation, *get_args(field.annotation)]
        for one in kinds:
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from texts(one, key)
        if str in kinds:
            yield key, field.description or ""


def test_every_key_that_is_a_file_is_in_the_list() -> None:
    said = {
        key
        for key, told in texts(AuditSpec)
        if any(word in told.lower() for word in ("file", "folder", "directory", ".json", "table of the samples"))
    }
    assert said - NOT_PATHS - {EXTENDED} <= set(FILE_KEYS)
    known = {key for key, _ in texts(AuditSpec)}
    assert set(FILE_KEYS) <= known, "a key of the list is no key any more"


@pytest.mark.parametrize("key", FILE_KEYS, ids=".".join)
def test_a_path_is_relative_to_the_configuration_and_named(tmp_path: Path, key: tuple[str, ...]) -> None:
    beside = {
        ("pairs",): 'identity = "who"\n',
        ("input", "sequence"): "max_length = 5\n" + ('channels = ["a"]\n' if "array" not in key else ""),
        ("input", "choices"): 'options = ["a", "b"]\nright = "y"\n',
    }
    *tables, name = key
    more = beside.get(tuple(tables), "") if "standardize" not in key else ""
    if key == ("pairs", "samples"):
        more = 'a = "x"\nb = "y"\n'
    if key == ("input", "sequence", "vocabulary"):
        more = 'max_length = 5\ncolumn = "t"\n'
    if key == ("input", "sequence", "standardize", "from"):
        more = f"[input.sequence]\n{beside['input', 'sequence']}"
    header = f"[{'.'.join(tables)}]\n" if "standardize" not in key else ""
    written = f'{name} = "deep/x.bin"\n' if "standardize" not in key else ""
    text = header + written + more
    if "standardize" in key:
        text = more + ("[input.table]\n" if "table" in key else "") + 'standardize = { from = "deep/x.bin" }\n'
    (tmp_path / "dlaudit.toml").write_text(text, encoding="utf-8")
    spec = load_config(tmp_path / "dlaudit.toml").spec
    assert named_files(spec) == {".".join(key): str(tmp_path / "deep" / "x.bin")}


def test_the_configuration_knows_the_files_that_it_was_read_from(tmp_path: Path) -> None:
    (tmp_path / "org.toml").write_text("", encoding="utf-8")
    (tmp_path / "dlaudit.toml").write_text('extend = "org.toml"\n', encoding="utf-8")
    config = load_config(tmp_path / "dlaudit.toml")
    assert [one.name for one in config.files] == ["dlaudit.toml", "org.toml"]
    assert load_config(None).files == ()
