"""Many findings of one kind as a few and one for the others: twenty warnings of one kind are read by nobody."""

import re
from collections.abc import Iterator, Sequence

from dlaudit.findings.registry import finding
from dlaudit.findings.words import counted, name
from dlaudit.record.judged import Finding

_NAMED = 4
_COUNTED = re.compile(r"[\d,]+ more ")


def counts_others(one: Finding) -> bool:
    """Whether it stands for others that have no finding of their own, as `8 more gaps`."""
    return _COUNTED.match(one.subject) is not None


def subjects_of(one: Finding) -> list[str]:
    """What it is about, and what else it counts, as far as it names them (an accepted baseline does not)."""
    told = [one.evidence.get(key) for key in ("subjects", "slices")] if counts_others(one) else []
    return [one.subject, *(subject for some in told if isinstance(some, list) for subject in map(str, some))]


def first_few(found: Sequence[Finding], most: int, others: tuple[str, str], where: str) -> Iterator[Finding]:
    """The first findings as they are, and one note that counts and names the others.

    Args:
        found: Findings of one code, those that matter most first.
        most: How many have a finding of their own; one more is told rather than counted.
        others: What one of the others is, as `gap`, and what is said of them, as `Also more than chance`.
        where: Where their figures stand.
    """
    if len(found) <= most + 1:
        yield from found
        return
    yield from found[:most]
    subjects = [one.subject for one in found[most:]]
    named = ", ".join(name(one) for one in subjects[:_NAMED])
    more = f" and {len(subjects) - _NAMED:,} more" if len(subjects) > _NAMED else ""
    noun, also = others
    yield finding(
        found[0].code,
        "note",
        counted(len(subjects), f"more {noun}"),
        f"{also}: {named}{more}.",
        next_step=f"See {where}; begin with the ones that have a finding of their own.",
        evidence={"subjects": subjects},
    )
