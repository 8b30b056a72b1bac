"""Tests of words use the hand-made audits of the outputs, and translations made on the spot."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

sys.path.insert(0, str(Path(__file__).parent.parent / "outputs"))

Made = Callable[..., Path]


@pytest.fixture
def language_file(tmp_path: Path) -> Made:
    """`language_file({"Verdict": "Urteil"}, locale="de")`: a compiled file of translations."""

    def make(sentences: Mapping[str | tuple[str, str], str | tuple[str, ...]], locale: str | None = "de") -> Path:
        catalogue = Catalog(locale=locale, charset="utf-8")
        for english, said in sentences.items():
            catalogue.add(english, said)
        path = tmp_path / f"{locale}.mo"
        with path.open("wb") as file:
            write_mo(file, catalogue)
        return path

    return make
