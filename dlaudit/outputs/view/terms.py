"""What the words mean: metrics from their registry, other terms from the catalogue."""

from dataclasses import dataclass

from dlaudit.metrics import METRICS
from dlaudit.outputs.catalogue import GLOSSARY
from dlaudit.outputs.order import metrics_of
from dlaudit.outputs.translate import _
from dlaudit.outputs.words import Sentence, base, capitalised, words
from dlaudit.record import Audit


@dataclass(frozen=True)
class Term:
    """A word of the report."""

    word: Sentence
    meaning: str
    id: str = ""
    """By which the page links to it; empty for a metric."""


def meaning_of(metric: str) -> str:
    """One sentence and the formula; empty for a metric that is not registered here."""
    found = METRICS.get(base(metric)) if base(metric) in METRICS else None
    return f"{_(found.meaning)} {found.formula}." if found else ""


def terms(audit: Audit) -> list[Term]:
    """The catalogue's words, then every metric of the audit with its other names."""
    known = [Term((_(word).capitalize(),), _(meaning), word.replace(" ", "-")) for word, meaning in GLOSSARY.items()]
    for metric in dict.fromkeys(base(one) for one in metrics_of(audit)):
        if metric not in METRICS or metric in GLOSSARY:
            continue
        aliases = METRICS.get(metric).aliases
        told = meaning_of(metric)
        if aliases:
            told += " " + _("Elsewhere also called {names}.").format(names=", ".join(aliases))
        known.append(Term(capitalised((words(metric).label,)), told))
    return known
