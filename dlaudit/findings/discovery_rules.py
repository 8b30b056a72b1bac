"""Rules about slices that the search confirmed and nobody declared."""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import counted, in_hundred, interval, name, names
from dlaudit.record.audit import Audit
from dlaudit.record.distributions import DiscoveredSlice, Discovery
from dlaudit.record.judged import Finding

MOST_TOLD = 3
"""Slices that have a finding of their own; the others share one."""
_HAPPENS = {
    "error": "{value} {rows} are predicted wrong",
    "false_positive": "{value} {rows} whose label is negative are predicted positive",
    "false_negative": "{value} {rows} whose label is positive are predicted negative",
    "large_error": "{value} {rows} are among the tenth with the largest errors",
}


@finding_rule("DLA460")
def found_slices(observed: Observed) -> Iterator[Finding]:
    """Confirmed slices that nobody declared: the first few that are about different things, and one for the others."""
    told = worth_telling(observed.audit)[:MOST_TOLD]
    named = {*observed.audit.data.sensitive, *observed.audit.data.control}
    yield from (_one(observed.audit, search, one, named) for search, one in told)
    apart = {one.id for _, one in told}
    others = {one.id: one for one in undeclared(observed.audit) if one.id not in apart}
    if others:
        yield _others(list(others.values()), len(told))


def undeclared(audit: Audit) -> list[DiscoveredSlice]:
    """The confirmed slices of all searches that are none of the audit's own, each search's surest first."""
    return [one for search in audit.discoveries for one in search.found if not one.declared]


def worth_telling(audit: Audit) -> list[tuple[Discovery, DiscoveredSlice]]:
    """Those of them that tell something new: none shares a condition with one before it.

    A tree cuts all rows into leaves, so that a slice that the exhaustive search confirmed, or that was declared, comes
    back in several of them: a leaf is left out whose columns all stand in confirmed slices of that search.
    """
    told: list[tuple[Discovery, DiscoveredSlice]] = []
    seen: set[tuple[str, str]] = set()
    known: set[str] = set()
    for search in audit.discoveries:
        for one in search.found:
            named = search.method == "embedding_clusters"
            repeats = search.method == "error_tree" and set(one.where) <= known
            if not one.declared and (named or not (repeats or seen & set(one.where.items()))):
                told.append((search, one))
                seen |= set(one.where.items())
        known |= {column for one in search.found for column in one.where}
    return told


def _one(audit: Audit, search: Discovery, one: DiscoveredSlice, named: set[str]) -> Finding:
    share, rows = in_hundred(one.value), name(audit.data.rows_are)
    happens = _HAPPENS.get(one.outcome, "").format(value=share, rows=rows) or f"{share} {rows} have {name(one.outcome)}"
    message = (
        f"In {name(one.id)}, {happens}, against {in_hundred(one.rest)} elsewhere "
        f"(difference {interval(one.low, one.high)})."
    )
    return finding(
        "DLA460",
        "warning",
        one.id,
        f"{message} The slice was found by a search through {counted(search.searched, 'slice')}, not declared.",
        next_step=_next_step(search, one, named),
        evidence={
            "where": one.where,
            "outcome": one.outcome,
            "rows": one.n,
            "value": one.value,
            "rest": one.rest,
            "p_adjusted": one.p_adjusted,
            "searched": search.searched,
            "tested": search.tested,
        },
    )


def _next_step(search: Discovery, one: DiscoveredSlice, named: set[str]) -> str:
    """What to do: look, and declare what of the slice is not declared yet."""
    if search.method == "embedding_clusters":
        return "Look at rows of the cluster and name what they share; then declare it as a feature and measure it."
    fresh = [column for column in one.where if column not in named]
    declare = [f"name {names(fresh)} in slices.control (numbers with their cuts in slices.bins)"] if fresh else []
    if len(one.where) > 1:
        declare.append("its columns together in slices.intersections" if fresh else "name it in slices.intersections")
    elif not fresh:
        declare.append(f"give {names(one.where)} such a level in slices.bins")
    again = "" if search.method == "error_tree" else " on other data, since a search picks large differences"
    told = " and ".join(declare)
    return f"Look at rows of it for a common cause. To measure and gate it, {told}; then run again{again}."


def _others(slices: list[DiscoveredSlice], told: int) -> Finding:
    columns = dict.fromkeys(column for one in slices for column in one.where)
    noun = "more found slice" if told else "found slice"
    many = "Many hold" if len(slices) > 1 else "It may hold"
    return finding(
        "DLA460",
        "note",
        counted(len(slices), noun),
        f"{counted(len(slices), noun)} with more errors than elsewhere, told by {names(columns)}. {many} much the same "
        f"rows as {'those told before' if told else 'declared ones that were confirmed'}.",
        next_step="See the found slices in the report.",
        evidence={"slices": [one.id for one in slices]},
    )
