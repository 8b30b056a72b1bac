"""A translation is one file: it is read, checked, spoken, and what it lacks is told."""

import gettext
import re
from pathlib import Path

import pytest
import report_lending
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from words_catalogue import sentences
from words_pseudo import Text

from dlaudit.errors import UsageError
from dlaudit.outputs.html import render_html
from dlaudit.outputs.language_file import LARGEST, missing_told, read_language
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.translate import NN_, Words, _, is_english, language_code, ngettext, speaking

BADGE, SCRIPT = "Outside tolerance", "<script>alert(1)</script>"
CHECKS = NN_("{count} more check is outside tolerance.", "{count} more checks are outside tolerance.")


@pytest.fixture
def german(tmp_path: Path) -> Path:
    """The committed example, compiled."""
    path = tmp_path / "de.mo"
    with (Path(__file__).parent / "de.po").open("rb") as source, path.open("wb") as file:
        write_mo(file, read_po(source))
    return path


def verdict_of(html: str) -> str:
    found = re.search(r'<header id="verdict">.*?</dl>\n', html, re.DOTALL)
    assert found
    page = Text()
    page.feed(found.group())
    return " ".join(" ".join(page.told).split())


def test_english_is_what_stands_in_the_sources():
    assert is_english() and language_code() == "en"
    assert _("Verdict") == "Verdict" and _("") == ""
    assert ngettext("{count} row", "{count} rows", 1) == "{count} row"
    assert ngettext("{count} row", "{count} rows", 0) == "{count} rows"


def test_the_verdict_speaks_german(german):
    audit, verdict = report_lending.lending()
    language = read_language(german)
    with speaking(language):
        html = render_html(audit, verdict)
        told = terminal_summary(audit, verdict, width=200)
    assert '<html lang="de">' in html
    said = verdict_of(html)
    assert "Außerhalb der Toleranz" in said and "Größter Abstand: Auswahlrate, Verhältnis" in said
    sentence = "Personen mit race\xa0=\xa0Black werden 0.52-mal so oft ausgewählt wie Personen mit race\xa0=\xa0White"
    assert f"{sentence}; erlaubt ist nicht weniger als das 0.80-Fache." in " ".join(told.split(" "))
    assert sentence.replace("\xa0", " ") in said.replace("\xa0", " ")
    assert "von 100" in said and "Prüfungen:" in said
    assert "<title>Außerhalb der Toleranz" in html
    assert is_english(), "the next report is English again"
    assert render_html(audit, verdict).startswith('<!doctype html>\n<html lang="en">')


def test_plural_forms_follow_the_language(german):
    with speaking(read_language(german)):
        assert ngettext(*CHECKS, 1) == "Eine weitere Prüfung liegt außerhalb der Toleranz."
        assert ngettext(*CHECKS, 3).format(count=3) == "3 weitere Prüfungen liegen außerhalb der Toleranz."


def test_a_language_with_three_forms_has_three_forms(language_file):
    forms = ("{count} wiersz", "{count} wiersze", "{count} wierszy")
    with speaking(read_language(language_file({("{count} row", "{count} rows"): forms}, "pl"))):
        said = [ngettext("{count} row", "{count} rows", count).format(count=count) for count in (1, 3, 5, 22)]
    assert said == ["1 wiersz", "3 wiersze", "5 wierszy", "22 wiersze"]


def test_the_example_translates_sentences_that_exist(german):
    language = read_language(german)
    assert {*language.texts, *language.plurals} <= {one[0] for one in sentences()}


def test_what_the_file_lacks_stays_english_and_is_told(german):
    audit, verdict = report_lending.lending()
    language = read_language(german)
    with speaking(language):
        assert "Gaps by slice" in render_html(audit, verdict)
    told = missing_told(language, german)
    assert re.match(r"\d+ sentences of this report are not in .*de\.mo and stand in English: “", told)
    assert f"and {len(language.missing) - 5} more" in told
    assert missing_told(read_language(german), german) == "", "nothing was said yet"


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("{rows} with {where}", "{rows} mit {wo}"),
        ("{rows} with {where}", "{rows}"),
        ("{rows} with {where}", "{rows} mit {where} und {where.__class__}"),
        ("{rows} with {where}", "{rows} mit {where!r}"),
        ("{rows} with {where}", "{rows:>999999999} mit {where}"),
        ("{rows} with {where}", "{rows} mit {where"),
        ("Verdict", "Urteil {0}"),
        ("Verdict", "Urteil {}"),
        (("{count} row", "{count} rows"), ("{count} Zeile", "{zahl} Zeilen")),
    ],
)
def test_a_sentence_with_other_slots_is_refused_by_name(language_file, english, said):
    path = language_file({english: said})
    with pytest.raises(UsageError) as caught:
        read_language(path)
    assert caught.value.code == "DLA115" and str(path) in str(caught.value)
    assert (english if isinstance(english, str) else english[0]) in caught.value.what


@pytest.mark.parametrize("rule", ["n/0", "n/(n-500)", "(n>500)*7", "n/(n-1)"])
def test_a_rule_of_plurals_that_has_no_value_stops_nothing(tmp_path, rule):
    header = f"Language: de\nContent-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=2; plural={rule};\n"
    path = tmp_path / "x.mo"
    path.write_bytes(_mo({"": header, "{count} row\0{count} rows": "{count} Zeile\0{count} Zeilen"}))
    try:
        language = read_language(path)
    except UsageError as error:
        assert "fewer forms" in error.what
        return
    with speaking(language):
        assert {ngettext("{count} row", "{count} rows", n) for n in (0, 1, 2, 500, 501)} <= {
            "{count} Zeile",
            "{count} Zeilen",
        }


def test_one_thing_needs_no_number(language_file):
    path = language_file({("{count} row", "{count} rows"): ("eine Zeile", "{count} Zeilen")})
    assert read_language(path).plurals["{count} row"][0] == "eine Zeile"


@pytest.mark.parametrize(
    "content", [b"", b"\xde\x12\x04\x95", b"not a catalogue at all", b"\xde\x12\x04\x95" + b"\xff" * 40]
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path, content):
    path = tmp_path / "de.mo"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"no \.mo file") as caught:
        read_language(path)
    assert caught.value.code == "DLA115"


def test_a_missing_file_a_folder_and_a_huge_file_are_refused(tmp_path):
    huge = tmp_path / "huge.mo"
    with huge.open("wb") as file:
        file.truncate(LARGEST + 1)
    for path, told in ((tmp_path / "de.mo", "no such file"), (tmp_path, "no such file"), (huge, "too large")):
        with pytest.raises(UsageError, match=told):
            read_language(path)


@pytest.mark.parametrize("locale", [None, "de"])
def test_a_file_must_name_its_language(language_file, locale):
    path = language_file({"Verdict": "Urteil"}, locale)
    if locale is None:
        with pytest.raises(UsageError, match="which language"):
            read_language(path)
    else:
        assert read_language(path).code == "de"


def test_a_language_that_is_markup_is_refused(tmp_path):
    header = 'Language: de"><script>\nContent-Type: text/plain; charset=utf-8\n'
    path = tmp_path / "x.mo"
    path.write_bytes(_mo({"": header, "Verdict": "Urteil"}))
    with path.open("rb") as file:
        assert gettext.GNUTranslations(file).info()["language"].endswith("<script>")
    with pytest.raises(UsageError, match="which language"):
        read_language(path)


def _mo(pairs: dict[str, str]) -> bytes:
    import struct

    keys = [one.encode() for one in pairs]
    values = [one.encode() for one in pairs.values()]
    start = 28 + 16 * len(keys)
    body, tables = b"", []
    for table in (keys, values):
        entries = b""
        for one in table:
            entries += struct.pack("<2I", len(one), start + len(body))
            body += one + b"\0"
        tables.append(entries)
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    return head + b"".join(tables) + body


def test_a_hostile_translation_is_text_everywhere(language_file):
    hostile = f"{SCRIPT} @everyone [x](javascript:1) \u202e\x1b[2J ::error::"
    words = {
        one[0]: hostile
        + "".join(f" {{{name}}}" for name in _slots(one[0]))
        + "".join(re.findall(r"\[(?:at|low|high)\]", one[0]))
        for one in sentences()
        if len(one) == 1
    }
    language = read_language(language_file(words, "de"))
    audit, verdict = report_lending.lending()
    with speaking(language):
        html, told = render_html(audit, verdict), terminal_summary(audit, verdict, width=100)
        summary = render_markdown(audit, verdict)
    assert SCRIPT not in html and "&lt;script&gt;" in html
    for page in (html, told, summary):
        assert "\u202e" not in page and "\x1b" not in page and "⟨U+202E⟩" in page
    assert "<script" not in summary and "@everyone" not in summary and "](javascript" not in summary
    assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]


def _slots(sentence: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"\{(\w+)\}", sentence)))


def test_words_are_translated_when_they_are_taken_out(language_file):
    words = Words({"a": "Verdict", "b": "Gap"})
    with speaking(read_language(language_file({"Verdict": "Urteil"}))):
        assert words["a"] == words.get("a") == "Urteil" and words["b"] == "Gap"
        assert words.get("c") is None and next(iter(words.items())) == ("a", "Urteil") and words.values()[1] == "Gap"
    assert words["a"] == "Verdict"


def test_another_encoding_is_read_as_the_header_says(tmp_path):
    catalogue, path = Catalog(locale="de", charset="iso-8859-1"), tmp_path / "latin.mo"
    catalogue.add("Verdict", "Prüfung")
    with path.open("wb") as file:
        write_mo(file, catalogue)
    assert read_language(path).texts["Verdict"] == "Prüfung"
    path.write_bytes(path.read_bytes().replace(b"charset=iso-8859-1", b"charset=utf-8     "))
    with pytest.raises(UsageError, match="no .mo file|encoding") as caught:
        read_language(path)
    assert caught.value.code == "DLA115"


@pytest.mark.parametrize("said", ["x" * 3990 + "{count}" + "y" * 40, "\u202e" * 450 + "{count}" + "\u202e" * 450])
def test_a_sentence_that_would_be_cut_is_refused_before_anything_is_rendered(language_file, said):
    english = "{count} more inputs"
    path = language_file({english: said})
    with pytest.raises(UsageError) as caught:
        read_language(path)
    assert caught.value.code == "DLA115"


def test_slots_that_the_script_fills_are_kept(language_file):
    english = "At [at]: [low] to [high]"
    assert read_language(language_file({english: "Bei [at]: [low] bis [high]"}))
    with pytest.raises(UsageError, match="other slots"):
        read_language(language_file({english: "Bei [at]: [low]"}))
