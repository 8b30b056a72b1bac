"""The catalogue of sentences, as the sources hold it now and as it is committed."""

import re
import tomllib
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "reports" / "templates" / "messages.pot"
KEYWORDS = {"_": None, "N_": None, "NN_": (1, 2), "ngettext": (1, 2)}

Sentence = tuple[str, ...]
"""One English sentence, or the two forms of a plural."""


@cache
def extracted() -> frozenset[Sentence]:
    """Every sentence that the sources mark."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"]["mappings"]
    methods = [(one["pattern"], one["method"]) for one in mappings]
    options = {
        one["pattern"]: {key: value for key, value in one.items() if key not in ("method", "pattern")}
        for one in mappings
    }
    found: set[Sentence] = set()
    for folder in ("dlaudit/outputs", "dlaudit/metrics", "reports/templates"):
        mapped = [
            (pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods if pattern.startswith(folder)
        ]
        given = {pattern.removeprefix(f"{folder}/"): options[pattern] for pattern, _ in methods}
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, mapped, given, keywords=KEYWORDS):
            found.add(message if isinstance(message, tuple) else (message,))
    return frozenset(found)


@cache
def committed() -> Catalog:
    """The catalogue for translators."""
    with COMMITTED.open("rb") as file:
        return read_po(file)


def sentences() -> list[Sentence]:
    """Every sentence of the committed catalogue."""
    return [one.id if isinstance(one.id, tuple) else (one.id,) for one in committed() if one.id]


FORBIDDEN = re.compile(
    r"\b(fair|fairness|unfair|unbiased|biased|compliant|compliance|certified|certifies|guarantees? that|proves?|proven)"
    r"\b",
    re.IGNORECASE,
)
"""What is never said of a model."""
