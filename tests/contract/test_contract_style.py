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


def test_no_bare_except() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ExceptHandler) and node.type is None), path


def test_unpickling_happens_in_one_place_and_only_for_a_trusted_digest() -> None:
    loads = re.compile(r"pickle\.loads?\(|weights_only=False|Unpickler\(")
    found = {path.name for path in MODULES if loads.search(path.read_text(encoding="utf-8"))}
    assert found == {"module_pickle.py"}
    text = (ROOT / "dlaudit" / "models" / "module_pickle.py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    callers = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and "_unpickled(request)" in ast.unparse(node)
        and node.name != "_unpickled"
    ]
    assert callers
    for node in callers:
        assert "if request.trusted" in ast.unparse(node)
