"""Rules about the levels of sensitive features: characters that cannot be seen, levels declared to be none."""

from collections.abc import Iterator, Mapping

from dlaudit.errors import shown
from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import counted, name
from dlaudit.record.judged import Finding

_SAYS_NOTHING = frozenset({"na", "n/a", "nan", "null", "unknown", "not recorded", "missing"})
"""Texts that say of themselves that nothing was recorded: never more than a note."""
_MOST_TEXTS = 5


@finding_rule("DLA317")
def odd_levels(observed: Observed) -> Iterator[Finding]:
    """Levels with control, zero-width or bidirectional characters: two that look alike may be two slices."""
    for one in observed.audit.slices:
        if one.kind != "group":
            continue
        level = one.where[one.by[0]]
        if shown(level, limit=10_000, quote=False) != level:
            yield finding(
                "DLA317",
                "warning",
                one.id,
                f"The level {name(one.id)} has characters that cannot be seen.",
                evidence={"level": shown(level, limit=200, quote=False)},
            )


@finding_rule("DLA423")
def taken_out(observed: Observed) -> Iterator[Finding]:
    """Levels that the configuration takes out of every comparison: a warning where one is as large as a slice must be.

    People do declare "prefer not to say"; a level that a rule fails by could be declared away in the same line.
    """
    for feature, texts in observed.set_aside.items():
        large = [text for text, rows in texts.items() if rows >= observed.audit.min_size and _says_something(text)]
        what = f"takes these texts of {name(feature)} as not recorded: {_told(texts)}. No rule"
        yield _out(observed, feature, f"{what} compares their rows and no gap speaks about them.", texts, bool(large))
    for feature, levels in observed.apart.items():
        known = {one.where[feature]: one for one in observed.audit.slices if one.by == [feature] and one.apart}
        rows = {level: known[level].n for level in levels if level in known}
        if rows:
            what = f"sets these levels of {name(feature)} apart: {_told(rows)}. They are measured, and no rule"
            is_large = max(rows.values()) >= observed.audit.min_size
            yield _out(observed, feature, f"{what} compares them with others.", rows, is_large)


def _out(observed: Observed, feature: str, what: str, rows: Mapping[str, int], is_large: bool) -> Finding:
    evidence = {"rows": dict(rows), "min_size": observed.audit.min_size}
    severity = "warning" if is_large else "note"
    return finding("DLA423", severity, feature, f"The configuration {what}", evidence=evidence)


def _told(texts: Mapping[str, int]) -> str:
    """`Black (60 rows), x (2 rows) and 3 more`."""
    told = [f"{name(text)} ({counted(rows, 'row')})" for text, rows in list(texts.items())[:_MOST_TEXTS]]
    more = f" and {len(texts) - _MOST_TEXTS} more" if len(texts) > _MOST_TEXTS else ""
    return f"{', '.join(told)}{more}"


def _says_something(text: str) -> bool:
    return text.strip().strip("()").casefold() not in _SAYS_NOTHING
