"""Files of sentences in which one kind of person is swapped for another: a form of ours, and published suites."""

import csv
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from dlaudit.errors import DataRefused, Place, UsageError, listed
from dlaudit.probes.identity import Filled, filled

MOST_BYTES = 64 * 2**20
"""Bytes of a file of texts at most."""
MOST_TEXTS = 200_000
ALIASES = {
    "text": ("text", "test_case", "phrase", "sentence"),
    "template": ("template", "templ_id", "template_id", "case_templ"),
    "term": ("term", "target_ident", "identity", "group"),
    "axis": ("axis", "bias_type", "category"),
}
"""Names that columns of such files have, in lower case."""
CROWS = {"sent_more", "sent_less", "stereo_antistereo", "bias_type"}
DISADVANTAGED, OTHER = "disadvantaged", "advantaged"
"""Terms of CrowS-Pairs: whom the sentence is about, in the words of its authors."""
Row = Mapping[str, str]


def shipped(name: str) -> list[Filled]:
    """The texts of a suite that dlaudit ships."""
    written = tomllib.loads(files("dlaudit.probes").joinpath("suites", f"{name}.toml").read_text(encoding="utf-8"))
    return filled(written["templates"], written["terms"])


def read_texts(path: str) -> list[Filled]:
    """The texts of a file of one's own; see `probes.swap_file`.

    Raises:
        UsageError: It cannot be read (DLA111).
        DataRefused: It has not the columns needed, or too much (DLA308, DLA318).
    """
    rows = _rows(path)
    there = set(rows[0]) if rows else set()
    found = next((read(rows) for fits, read in _FORMS if fits(there)), [])
    if found:
        return found[:MOST_TEXTS]
    raise DataRefused(
        "DLA308",
        f"probes.swap_file has the columns {listed(sorted(there), most=12)}, and no texts were found by them",
        expected="text, template and term; template with {} in place of a term; text alone, with words for kinds of "
        "people in it; or the columns of CrowS-Pairs or Winogender",
        place=Place(file=path),
        fix="Name the columns so.",
    )


def _rows(path: str) -> list[Row]:
    place = Place(file=path)
    try:
        if Path(path).stat().st_size > MOST_BYTES:
            raise DataRefused("DLA318", "the file of texts is too large", place=place, fix="Give a smaller suite.")
        with open(path, encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            read = csv.DictReader(file, delimiter="\t" if "\t" in first else ",")
            return [{key.casefold(): value or "" for key, value in row.items() if key} for row in read]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("DLA111", "probes.swap_file cannot be read", place=place, fix="Check the path.") from error


def _column(there: set[str], role: str) -> str | None:
    return next((one for one in ALIASES[role] if one in there), None)


def _is_named(there: set[str]) -> bool:
    return all(_column(there, role) for role in ("text", "template", "term"))


def _named(rows: Sequence[Row]) -> list[Filled]:
    """A text, what it shares with others, and who is named: HateCheck, or a file of one's own."""
    column = {role: _column(set(rows[0]), role) for role in ALIASES}
    held = [{role: (row[name] if name else "").strip() for role, name in column.items()} for row in rows]
    return [
        Filled(text=one["text"], template=one["template"], term=one["term"], axis=one["axis"] or "term")
        for one in held
        if one["text"] and one["template"] and one["term"]
    ]


def _crows_pairs(rows: Sequence[Row]) -> list[Filled]:
    """Both sentences of each pair; the more stereotypical one is about the disadvantaged, but in pairs that go against
    a stereotype.

    Nangia et al. 2020, DOI 10.18653/v1/2020.emnlp-main.154.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        sides = (row["sent_more"], row["sent_less"])
        if row["stereo_antistereo"] != "stereo":
            sides = sides[::-1]
        found += [
            Filled(text=text.strip(), template=str(number), term=term, axis=row["bias_type"].strip())
            for text, term in zip(sides, (DISADVANTAGED, OTHER), strict=True)
        ]
    return [one for one in found if one.text]


def _winogender(rows: Sequence[Row]) -> list[Filled]:
    """Sentences whose id ends with the gender of their pronoun, as `technician.customer.1.male.txt`.

    Rudinger et al. 2018, DOI 10.18653/v1/N18-2002.
    """
    found = []
    for row in rows:
        *about, gender = row["sentid"].strip().removesuffix(".txt").split(".")
        found.append(Filled(text=row["sentence"].strip(), template=".".join(about), term=gender, axis="pronoun"))
    return [one for one in found if one.text and one.template]


def _templates(rows: Sequence[Row]) -> list[Filled]:
    """Sentences with `{}` for the shipped terms; none where no sentence has such a place."""
    column = str(_column(set(rows[0]), "template"))
    templates = dict.fromkeys(row[column] for row in rows if "{}" in row[column])
    return filled(list(templates), _shipped_terms())


def _texts_alone(rows: Sequence[Row]) -> list[Filled]:
    """Texts that have exactly one shipped term, as the madlibs of Dixon et al. 2018: what is left is their template."""
    column, found = str(_column(set(rows[0]), "text")), []
    axes = {term.casefold(): (term, axis) for axis, terms in _shipped_terms().items() for term in terms}
    word = re.compile(rf"\b(?:{'|'.join(map(re.escape, axes))})\b")
    for text in dict.fromkeys(row[column].strip() for row in rows):
        folded = text.casefold()
        places = list(word.finditer(folded))
        if len(places) == 1:
            term, axis = axes[places[0].group()]
            template = f"{folded[: places[0].start()]}{{}}{folded[places[0].end() :]}"
            found.append(Filled(text=text, template=template, term=term, axis=axis))
    return found


_FORMS: tuple[tuple[Callable[[set[str]], bool], Callable[[Sequence[Row]], list[Filled]]], ...] = (
    (_is_named, _named),
    (lambda there: there >= CROWS, _crows_pairs),
    (lambda there: there >= {"sentid", "sentence"}, _winogender),
    (lambda there: _column(there, "text") is not None, _texts_alone),
    (lambda there: _column(there, "template") is not None, _templates),
)
"""Forms by their columns, and how each is read; the first that fits."""


def _shipped_terms() -> dict[str, list[str]]:
    written = tomllib.loads(files("dlaudit.probes").joinpath("suites", "everyday.toml").read_text(encoding="utf-8"))
    terms: dict[str, list[str]] = written["terms"]
    return terms
