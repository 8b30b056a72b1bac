"""What rows are called: people, or pairs of samples, of which people are the units."""

from dataclasses import dataclass, replace

from dlaudit.outputs import text
from dlaudit.outputs.catalogue_metrics import METRICS, MetricWords
from dlaudit.outputs.translate import _
from dlaudit.outputs.words import base, plain, rows_of, who, words
from dlaudit.record import Audit

_ONE, _TWO = " that are of one person", " that are of two people"
PAIR_METRICS = {
    "selection_rate": ("match", ""),
    "prevalence": ("are of one person", ""),
    "true_positive_rate": ("match", _ONE),
    "false_positive_rate": ("match", _TWO),
    "true_negative_rate": ("do not match", _TWO),
    "false_negative_rate": ("do not match", _ONE),
    "accuracy": ("are told rightly", ""),
    "precision": ("are of one person", " that match"),
    "false_discovery_rate": ("are of two people", " that match"),
    "negative_predictive_value": ("are of two people", " that do not match"),
    "false_omission_rate": ("are of one person", " that do not match"),
}
"""What happens to the pairs that a metric counts, and which pairs it is a share of."""


@dataclass(frozen=True)
class Nouns:
    """Names of the rows of an audit, and of what makes a slice large enough."""

    rows: str
    """Several of them."""
    enough: str
    """What a slice must hold enough of."""
    heads: str
    """Whom a gap is counted in, in round numbers."""


def nouns(audit: Audit) -> Nouns:
    """What the rows of this audit are called."""
    if audit.data.pairs is not None:
        return Nouns(rows=_("pairs"), enough=_("people"), heads=_("pairs"))
    return Nouns(rows=_("rows"), enough=_("rows"), heads=text.name(plain(rows_of(audit))))


def spoken_of(audit: Audit, metric: str) -> MetricWords:
    """How the metric is spoken of in an audit: of pairs, what happens to pairs."""
    known, of_pairs = words(metric), PAIR_METRICS.get(base(metric))
    if audit.data.pairs is None or of_pairs is None or base(metric) not in METRICS:
        return replace(known, among=known.among.replace(" who ", f" {who(audit)} "))
    clause, among = of_pairs
    return MetricWords(known.label, known.rate, clause, among, known.conditional)
