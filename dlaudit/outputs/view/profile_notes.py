"""What the report says of the profiles of a policy: their source and status, what they ask for, and its tests."""

import math
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.translate import _
from dlaudit.record import Audit, Measurement, Verdict
from dlaudit.spec.profile import Profile, profile_named, profile_names
from dlaudit.stats.adverse_impact import Selected, fisher_p, pooled_z, shortfall


@dataclass(frozen=True)
class Asked:
    """One thing that a profile asks to be told."""

    what: str
    given: str
    """What was given; empty where nothing was."""


@dataclass(frozen=True)
class ProfileNote:
    """One profile."""

    name: str
    title: str
    status: str
    source: str
    as_of: str
    read: str
    """Which text was read, or that it was not opened."""
    note: str
    figures: list[str]
    """Tables and figures that it asks for."""
    asked: list[Asked]


@dataclass(frozen=True)
class Tests:
    """How a category compares with the one selected most, by tests whose names stand above them."""

    z: str
    fisher: str
    shortfall: str


def profiles_of(verdict: Verdict | None) -> list[Profile]:
    """The profiles of the policy that this dlaudit knows."""
    known = profile_names()
    return [profile_named(name) for name in (verdict.profiles if verdict else []) if name in known]


def profile_notes(audit: Audit, verdict: Verdict | None) -> list[ProfileNote]:
    """What is said of each."""
    names = [name for name in (verdict.profiles if verdict else []) if name in profile_names()]
    return [
        ProfileNote(
            name=name,
            title=one.title,
            status=" ".join(one.status.split()),
            source=one.source,
            as_of=one.as_of.isoformat(),
            read=" ".join(one.read.split()),
            note=" ".join(one.note.split()),
            figures=[table.title for table in one.table],
            asked=[Asked(ask.what, _given(audit, ask.key)) for ask in one.ask],
        )
        for name, one in zip(names, profiles_of(verdict), strict=True)
    ]


def wants_scoring(verdict: Verdict | None) -> bool:
    """Whether a profile asks for shares above the median score."""
    return any(table.figure == "scoring_rate" for one in profiles_of(verdict) for table in one.table)


def wants_tests(verdict: Verdict | None) -> bool:
    """Whether a profile asks for tests beside the impact ratios."""
    return any(table.figure == "significance" for one in profiles_of(verdict) for table in one.table)


def tests(one: Measurement, best: Measurement) -> Tests:
    """The tests of one category against the one selected most; a dash where counts are not shown or no whole rows."""
    counts = (one.numerator, one.denominator, best.numerator, best.denominator)
    if one.slice == best.slice or not all(isinstance(count, int) for count in counts):
        return Tests(text.NONE, text.NONE, text.NONE)
    x, n, other_x, other_n = (int(count or 0) for count in counts)
    if not n or not other_n:
        return Tests(text.NONE, text.NONE, text.NONE)
    table = Selected(x, n, other_x, other_n)
    z = pooled_z(table)
    p = fisher_p(table)
    return Tests(
        z=text.NONE if math.isnan(z) else f"{z:.2f}".replace("-", text.MINUS),
        fisher="< .0001" if p < 1e-4 else f"{p:.4f}",
        shortfall=f"{shortfall(table):.1f}".replace("-", text.MINUS),
    )


def _given(audit: Audit, key: str) -> str:
    declared = audit.declared
    told = {
        "report.intended_use": declared.intended_use,
        "report.owner": declared.owner,
        "report.data_source": declared.data_source,
        "data.unit": audit.data.unit or "",
    }
    return told.get(key, "") or _("not given ({key})").format(key=key)
