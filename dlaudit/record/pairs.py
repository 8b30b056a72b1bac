"""What is recorded of an audit whose rows are pairs of samples."""

from dlaudit.record.base import Record


class PairsInfo(Record):
    """Pairs that were compared, and where the threshold comes from."""

    samples: int
    """Samples."""
    identities: int
    """People."""
    mated: int
    """Pairs of one person among all that could be compared."""
    nonmated: int
    """Pairs of two people among all that could be compared."""
    alone: int | None = 0
    """People with one sample, who are in no pair of one person; None where that number is held back."""
    repeated: int | None = 0
    """Pairs of a list that stand in it before, in the same order or mirrored; None where that is held back."""
    kept: float = 1.0
    """Share of the non-mated pairs that a uniform sample kept; 1 where all were compared."""
    target_fmr: float | None = None
    """Share of non-mated pairs that the threshold was chosen to let match; None where the threshold was given."""
    threshold_low: float | None = None
    """Lower end of the threshold's interval at 95 %, where it was chosen on these data."""
    threshold_high: float | None = None
    """Upper end of it."""


def level_between(first: str, second: str) -> str:
    """The level of a pair: that of both samples, or `F with M` in alphabetical order."""
    return first if first == second else " with ".join(sorted((first, second)))
