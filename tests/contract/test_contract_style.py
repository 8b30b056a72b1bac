"""Habits that a reader relies on, held by a test."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "dlaudit").rglob("*.py"))
SLOGANS = re.compile(r"\b(unbiased|compliant|certified|proves)\b", re.IGNORECASE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_room(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 320
    assert ast.get_docstring(ast.parse(text)), "a module says what it is"


def test_no_module_promises_later_work() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert not [path for path in MODULES if words.search(path.read_text(encoding="utf-8"))]


def test_templates_make_no_claim_about_a_model() -> None:
    pages = [*(ROOT / "reports" / "templates").rglob("*.j2"), *(ROOT / "dlaudit" / "outputs").rglob("*.py")]
    assert pages
    assert not [path for path in pages if SLOGANS.search(path.read_text(encoding="utf-8"))]


def test_no_bare_except_and_no_pickle_outside_the_screens() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.ExceptHandler) and node.type is None), path
            if isinstance(node, ast.Import):
                assert "pickle" not in {name.name for name in node.names}, path
