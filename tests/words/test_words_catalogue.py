"""One catalogue holds every sentence; nothing in it claims too much, and nothing is left out of it."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from words_catalogue import FORBIDDEN, ROOT, extracted, sentences

from dlaudit.findings.codes import CODES

TEMPLATES = sorted((ROOT / "reports" / "templates").rglob("*.j2"))


def test_the_committed_catalogue_holds_the_sentences_of_the_sources():
    listed = set(sentences())
    assert not extracted() - listed, "`make words` writes reports/templates/messages.pot"
    assert not listed - extracted(), "`make words` writes reports/templates/messages.pot"


def test_the_catalogue_is_large_and_has_plurals():
    assert len(sentences()) > 900
    assert sum(len(one) == 2 for one in sentences()) > 25


def test_every_slot_has_a_name_and_nothing_else():
    for forms in sentences():
        for one in forms:
            for _, name, form, turn in Formatter().parse(one):
                assert name is None or (name.isidentifier() and not form and turn is None), one


def test_no_sentence_is_now_a_plural_and_now_none():
    """gettext has one entry for both, and would find only one of them."""
    plural = {one[0] for one in extracted() if len(one) == 2}
    assert not plural & {one[0] for one in extracted() if len(one) == 1}


MARKUP = re.compile(r"</?[a-z]+[ >]|&[a-z]+;")
"""A sentence is text; markup stands in the templates."""


def faults(sentence: str) -> list[str]:
    """What is wrong with a sentence."""
    found = {
        "claims too much": FORBIDDEN.search(sentence),
        "two blanks": "  " in sentence,
        "a number that is none": re.search(r"\b(NaN|nan)\b", sentence),
        "markup": MARKUP.search(sentence),
        "a blank before a stop": re.search(r" [.,;:!?](\s|$)", sentence),
    }
    return [fault for fault, there in found.items() if there]


def test_no_sentence_claims_too_much_or_is_badly_set():
    assert not [(one, faults(one)) for forms in sentences() for one in forms if faults(one)]
    wrong = ["claims too much", "two blanks", "markup", "a blank before a stop"]
    assert faults("It is  fair <b>indeed</b> .") == wrong


def test_the_guard_sees_what_it_is_for():
    for wrong in ("The model is fair.", "This proves it.", "A certified model", "unbiased", "proven"):
        assert FORBIDDEN.search(wrong), wrong
    assert not FORBIDDEN.search("Affairs of a fairground improve.")


def test_the_table_of_findings_claims_nothing_either():
    assert CODES
    for code in CODES.values():
        assert not FORBIDDEN.search(f"{code.title} {code.meaning} {code.fix}"), code


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_word_of_their_own(path: Path):
    """What stands between the marks of a template is markup; words come through `_()` or `say`."""
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|alt|data-label|placeholder)="([^"]*)"', source)
    told = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", "\n", source, flags=re.DOTALL)
    kept = [one.strip() for one in [*spoken, *told.splitlines()] if re.search(r"[A-Za-z]{2}", one)]
    assert not [one for one in kept if one not in NOT_WORDS], kept


NOT_WORDS = {
    "dlaudit",
    "audit.json",
    "– dlaudit",
    "[report]",
    'examples = "masked"  #',
    'examples = "full"    #',
    "--rule ''",
}
"""Names and lines of configuration."""


def test_no_template_takes_a_translation_for_markup():
    assert not [path for path in TEMPLATES if re.search(r"{%-?\s*trans\b", path.read_text(encoding="utf-8"))]


def test_words_are_taken_where_they_are_translated():
    """The parts of the catalogue are put together in catalogue.py; whoever took `TEXT` from a part got English."""
    outputs = ROOT / "dlaudit" / "outputs"
    for path in outputs.rglob("*.py"):
        if path.name.startswith("catalogue"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlaudit.outputs.catalogue_"):
                assert not {"TEXT", "SAID"} & {one.name for one in node.names}, path.name
