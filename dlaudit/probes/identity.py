"""Identity swaps: the same sentence about another kind of person, and what that does to the score.

Each term is compared with the other terms of its axis in the same template, so that what a template says cancels; the
interval is over templates, the only thing that was sampled.
"""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.resample import people, studentised
from dlaudit.errors import DataRefused, Place, UsageError, listed
from dlaudit.record.base import finite
from dlaudit.record.explained import ProbeResult
from dlaudit.stats.multiplicity import holm

NAME = "identity_swap"
"""Name in the records."""
MOST_BYTES = 64 * 2**20
"""Bytes of a file of texts at most."""
MOST_TEXTS = 200_000
FEWEST_TEMPLATES = 2
"""Templates in which a term must meet another one."""
ALIASES = {
    "text": ("text", "test_case", "phrase", "sentence"),
    "template": ("template", "templ_id", "template_id", "case_templ"),
    "term": ("term", "target_ident", "identity", "group"),
    "axis": ("axis", "bias_type", "category"),
}
"""Names that columns of such files have, in lower case."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """One text of a suite."""

    text: str
    template: str
    """What texts that differ only in the term share."""
    term: str
    axis: str
    """Terms are compared within their axis, as religions with religions."""


def shipped(name: str) -> list[Filled]:
    """The texts of a suite that dlaudit ships."""
    written = tomllib.loads(files("dlaudit.probes").joinpath("suites", f"{name}.toml").read_text(encoding="utf-8"))
    return filled(written["templates"], written["terms"])


def filled(templates: Sequence[str], terms: Mapping[str, Sequence[str]]) -> list[Filled]:
    """Every template with every term in the place of `{}`."""
    return [
        Filled(text=template.replace("{}", term), template=template, term=term, axis=axis)
        for template in templates
        for axis, words in terms.items()
        for term in words
    ]


def read_texts(path: str) -> list[Filled]:
    """The texts of a file of one's own; see `probes.swap_file`.

    Raises:
        UsageError: It cannot be read (DLA111).
        DataRefused: It has not the columns needed, or too much (DLA308, DLA318).
    """
    place = Place(file=path)
    try:
        if Path(path).stat().st_size > MOST_BYTES:
            raise DataRefused("DLA318", "the file of texts is too large", place=place, fix="Give a smaller suite.")
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [{key.casefold(): value for key, value in row.items() if key} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("DLA111", "probes.swap_file cannot be read", place=place, fix="Check the path.") from error
    there = set(rows[0]) if rows else set()
    column = {role: next((one for one in names if one in there), None) for role, names in ALIASES.items()}
    if column["text"] and column["template"] and column["term"]:
        found = [_given(row, column) for row in rows]
        return [one for one in found if one.text and one.template and one.term][:MOST_TEXTS]
    templates = [row[column["template"]] for row in rows if column["template"] and "{}" in row[column["template"]]]
    if templates:
        return filled(list(dict.fromkeys(templates)), _shipped_terms())[:MOST_TEXTS]
    raise DataRefused(
        "DLA308",
        f"probes.swap_file has the columns {listed(sorted(there), most=12)}",
        expected="text, template and term; or template with {} in place of a term",
        place=place,
        fix="Name the columns so.",
    )


def swap_results(
    suite: str, texts: Sequence[Filled], score: Float[np.ndarray, " n"], threshold: float, seed: int
) -> list[ProbeResult]:
    """What each term does to the score, against the other terms of its axis in the same templates.

    Args:
        suite: Name of the suite.
        texts: The texts.
        score: The model's score of each.
        threshold: A text is selected where its score >= threshold.
        seed: Seed of the bootstrap.
    """
    found = []
    for axis in dict.fromkeys(one.axis for one in texts):
        at = [number for number, one in enumerate(texts) if one.axis == axis]
        own = [texts[number] for number in at]
        results = [_term(term, own, score[at], threshold, seed) for term in dict.fromkeys(one.term for one in own)]
        known = [one for one in results if one is not None]
        if not known:
            continue
        adjusted = holm(np.array([one.p_value for one in known]))
        found += [one.told(suite, axis, float(p)) for one, p in zip(known, adjusted, strict=True)]
    return found


@dataclass(frozen=True, kw_only=True)
class _Swapped:
    term: str
    value: float
    low: float | None
    high: float | None
    p_value: float
    selected: float
    templates: int

    def told(self, suite: str, axis: str, p_adjusted: float) -> ProbeResult:
        """The result as a record."""
        return ProbeResult(
            probe=NAME,
            subject=f"{axis}: {self.term}",
            value=self.value,
            low=self.low,
            high=self.high,
            detail={
                "suite": suite,
                "axis": axis,
                "term": self.term,
                "templates": self.templates,
                "selected_difference": self.selected,
                "p_adjusted": finite(p_adjusted),
                "marked": bool(p_adjusted <= 0.05),
            },
        )


def _term(
    term: str, texts: Sequence[Filled], score: Float[np.ndarray, " n"], threshold: float, seed: int
) -> _Swapped | None:
    """One term against the others, template by template; None where it meets none in enough templates."""
    by_template: dict[str, tuple[list[int], list[int]]] = {}
    for at, one in enumerate(texts):
        by_template.setdefault(one.template, ([], []))[one.term != term].append(at)
    pairs = [(own, others) for own, others in by_template.values() if own and others]
    if len(pairs) < FEWEST_TEMPLATES:
        return None
    chosen = score >= threshold
    away = np.array([score[own].mean() - score[others].mean() for own, others in pairs])
    selected = float(np.mean([chosen[own].mean() - chosen[others].mean() for own, others in pairs]))
    value = np.array([away.mean()])
    spread = studentised([people(away[:, None])], np.random.default_rng([seed, 7, *term.encode()]))
    if spread is None:
        low = high = None
        p_value = float("nan")
    else:
        ends = spread.offsets(0.95)
        low, high = finite((value + ends[0])[0]), finite((value + ends[1])[0])
        p_value = float(spread.p_values(value)[0])
    return _Swapped(
        term=term, value=float(value[0]), low=low, high=high, p_value=p_value, selected=selected, templates=len(pairs)
    )


def _given(row: Mapping[str, str], column: Mapping[str, str | None]) -> Filled:
    held = {role: (row.get(name) or "").strip() if name else "" for role, name in column.items()}
    return Filled(text=held["text"], template=held["template"], term=held["term"], axis=held["axis"] or "term")


def _shipped_terms() -> dict[str, list[str]]:
    written = tomllib.loads(files("dlaudit.probes").joinpath("suites", "everyday.toml").read_text(encoding="utf-8"))
    terms: dict[str, list[str]] = written["terms"]
    return terms
