"""Every word that a report says of its own accord can be translated."""

import re
import typing

import pytest
import report_audits
import report_base
import report_examples
import report_explained
import report_kinds
import report_lending
import report_states
from words_pseudo import PSEUDO, forgotten, outside, strings, texts_of

from dlaudit.metrics import METRICS
from dlaudit.outputs.catalogue_standards import TOPICS
from dlaudit.outputs.diff import diff_text, render_diff
from dlaudit.outputs.html import render_html
from dlaudit.outputs.inventory import render_inventory
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.translate import _, speaking
from dlaudit.outputs.view.inventory import Run
from dlaudit.record import Audit, Verdict


def explained() -> tuple[Audit, Verdict]:
    audit, verdict = report_lending.lending()
    return audit.model_copy(update=report_explained.everything()), verdict


MADE = {
    "lending": report_lending.lending,
    "explained": explained,
    "kinds": report_kinds.kinds,
    "scores": report_audits.scores_only,
    "regression": report_audits.regression,
    "multiclass": report_audits.multiclass,
    "degenerate": report_audits.degenerate,
    "paired": report_base.paired,
    "unpaired": report_base.unpaired,
    "cards": report_examples.lending_cards,
    "masked cards": lambda: report_examples.lending_cards("masked"),
    "many levels": report_states.many_levels,
    "nobody selected": report_states.nobody_selected,
    "one level": report_states.one_level,
    "no sensitive feature": report_states.no_sensitive,
    "small cells": report_states.all_cells_small,
}
KNOWN = (
    "`dlaudit gate`",
    "dlaudit",
    "SHA-256",
    "Python",
    "AUC",
    "Captum",
    "UTC",
    "MiB",
    "[report]",
    'examples = "masked" #',
    'examples = "full" #',
    "--rule",
    "<details><summary>",
    "</summary>",
    "</details>",
    *(source for source, _, _ in TOPICS),
    *(f"{metric.formula}." for _name, metric in METRICS.items()),
    *sorted((", ".join(one.aliases) for _name, one in METRICS.items() if one.aliases), key=len, reverse=True),
)
"""Names, also those that metrics have elsewhere, formulas and configuration: they are the same in every language."""


def schema() -> frozenset[str]:
    """Names of the record's fields, which no report shows."""
    found: set[str] = set()
    todo: list[object] = [Audit, Verdict]
    seen: set[object] = set()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        todo += typing.get_args(one)
        for name, field in getattr(one, "model_fields", {}).items():
            found.add(name)
            todo.append(field.annotation)
    return frozenset(found)


def data_of(audit: Audit, verdict: Verdict | None) -> list[str]:
    told = strings(audit.model_dump(mode="json"), schema())
    told += strings(verdict.model_dump(mode="json"), schema()) if verdict else []
    keys = [key.replace("_", " ") for one in audit.findings for key in one.evidence]  # names of the record
    return [*told, *keys]


@pytest.mark.parametrize("name", MADE)
def test_a_report_has_no_word_outside_the_catalogue(name):
    audit, verdict = MADE[name]()
    with speaking(PSEUDO):
        html = render_html(audit, verdict)
    assert '<html lang="en-XA">' in html
    assert forgotten(texts_of(html), data_of(audit, verdict), KNOWN) == []


@pytest.mark.parametrize("name", MADE)
def test_a_terminal_has_no_word_outside_the_catalogue(name):
    audit, verdict = MADE[name]()
    with speaking(PSEUDO):
        told = terminal_summary(audit, verdict, width=4000, report_path="", elapsed=134.0)
    assert forgotten(outside(told).splitlines(), data_of(audit, verdict), (*KNOWN, " by ")) == []


@pytest.mark.parametrize("name", ["degenerate", "scores", "kinds"])
def test_a_summary_has_no_word_outside_the_catalogue(name):
    audit, verdict = MADE[name]()
    audit = audit.model_copy(update={"findings": []})  # their sentences are escaped data
    with speaking(PSEUDO):
        told = render_markdown(audit, verdict)
    entities = ("&gt;", "&lt;", "&amp;", " by ")
    plain = re.sub(r"<!--.*?-->|\\\\", "", told)
    assert forgotten(outside(plain).splitlines(), data_of(audit, verdict), (*KNOWN, *entities)) == []


def test_an_index_has_no_word_outside_the_catalogue():
    audit, verdict = report_lending.lending()
    runs = [
        Run(place="a", href="./a/report.html", audit=audit, verdict=verdict),
        Run(place="b", href=None, audit=audit, verdict=None),
        Run(place="c", href=None, fault="unreadable"),
    ]
    with speaking(PSEUDO):
        html = render_inventory(runs)
    assert forgotten(texts_of(html), [*data_of(audit, verdict), "unreadable"], KNOWN) == []


@pytest.mark.parametrize("found", [report_base.same_rows, report_base.other_rows])
def test_a_comparison_of_runs_has_no_word_outside_the_catalogue(found):
    audit, verdict = report_base.since(found())
    one = found()
    one = one.model_copy(update={"new": one.old})
    data = [*data_of(audit, verdict), *strings(one.model_dump(mode="json"), schema())]
    with speaking(PSEUDO):
        html, told = render_diff(one, audit), diff_text(one, audit)
    assert forgotten(texts_of(html), data, KNOWN) == []
    assert forgotten(outside(told).splitlines(), data, KNOWN) == []


def test_a_forgotten_word_is_found():
    with speaking(PSEUDO):
        html = f"<p>{_('Value')} Forgotten</p><i title='Left'></i>"
    assert forgotten(texts_of(html), ["Black"], KNOWN) == ["Forgotten", "Left"]
    assert forgotten(texts_of(html), ["Forgotten Left"], KNOWN) == []
