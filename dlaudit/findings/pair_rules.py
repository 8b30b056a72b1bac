"""Rules about rows that are pairs: where the threshold comes from, and how many pairs were left out."""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import number
from dlaudit.record.judged import Finding


@finding_rule("DLA362")
def threshold_chosen_here(observed: Observed) -> Iterator[Finding]:
    """A threshold that was chosen on the pairs that are judged with it."""
    pairs, threshold = observed.audit.data.pairs, observed.audit.model.threshold
    if pairs is None or pairs.target_fmr is None or threshold is None:
        return
    ends = (pairs.threshold_low, pairs.threshold_high)
    between = "" if None in ends else f" (95 % interval {ends[0]:.4g} to {ends[1]:.4g})"
    yield finding(
        "DLA362",
        "warning",
        "model",
        f"The threshold {threshold:.4g}{between} was chosen on these same pairs, so that "
        f"{number(100 * pairs.target_fmr)} % of the non-mated ones match. Rates and gaps are those at this threshold; "
        "their intervals do not allow for how it was chosen.",
        evidence={"target_fmr": pairs.target_fmr, "threshold_low": ends[0], "threshold_high": ends[1]},
    )


@finding_rule("DLA363")
def pairs_left_out(observed: Observed) -> Iterator[Finding]:
    """Non-mated pairs of which only a sample was compared."""
    pairs = observed.audit.data.pairs
    if pairs is None or pairs.kept >= 1:
        return
    yield finding(
        "DLA363",
        "note",
        "data",
        f"Of {pairs.nonmated:,} pairs of two people a uniform sample of {number(100 * pairs.kept)} % was compared, and "
        f"all {pairs.mated:,} pairs of one person: shares over all rows, as the prevalence, are those of the sample.",
        evidence={"mated": pairs.mated, "nonmated": pairs.nonmated, "kept": pairs.kept},
    )
