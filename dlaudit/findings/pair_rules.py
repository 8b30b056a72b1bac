"""Rules about rows that are pairs: where the threshold comes from, and how many pairs were left out."""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import counted, number
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
        "note",
        "model",
        f"The threshold {threshold:.4g}{between} was chosen on these same pairs, so that "
        f"{number(100 * pairs.target_fmr)} % of those of two people match. Intervals of rates allow for it: each is "
        "the wider of two, that of this number in use elsewhere, and that of a threshold chosen without each person.",
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


@finding_rule("DLA364")
def pairs_repeated(observed: Observed) -> Iterator[Finding]:
    """Pairs that stand in the list more than once."""
    pairs = observed.audit.data.pairs
    if pairs is None or not pairs.repeated:
        return
    yield finding(
        "DLA364",
        "note",
        "data",
        f"{counted(pairs.repeated, 'pair')} of the list stand in it before, in the same order or mirrored, and count "
        "as often as they stand there.",
        evidence={"repeated": pairs.repeated},
    )
