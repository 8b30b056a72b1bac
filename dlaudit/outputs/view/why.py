"""Why: gaps split over inputs and in other ways, and what moves the score in each slice."""

from dataclasses import dataclass

from dlaudit.findings.explained import withheld
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.view.all_gaps import PairBlock, all_gaps
from dlaudit.outputs.view.importance import Importances, importances
from dlaudit.outputs.view.layers import LayerTable, layers
from dlaudit.outputs.view.maps import Maps, maps
from dlaudit.outputs.view.outside import OutsideTable, outside_tables
from dlaudit.outputs.view.profiles import Profiles, profiles
from dlaudit.outputs.view.proxies import Experiment, Proxies, others, proxies
from dlaudit.outputs.view.score_mix import Mixes, score_mix
from dlaudit.outputs.view.swaps import Suite, suites
from dlaudit.outputs.view.waterfall import Split, waterfall
from dlaudit.outputs.view.words import Words, word_tables
from dlaudit.outputs.why_sentences import distrust, method_named, ranked, slices_named
from dlaudit.outputs.words import Name, Sentence, said
from dlaudit.record import Audit, Decomposition, Verdict

MOST_FULL = 2
"""Further gaps that are drawn in full."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """The section."""

    splits: list[Split]
    """The gap that a reader comes for, then the first ones of other slices."""
    table: list[PairBlock]
    left_out: int
    mixes: Mixes
    proxies: Proxies
    profiles: Profiles
    importances: Importances | None
    maps: Maps
    outside: list[OutsideTable]
    words: Words
    swaps: list[Suite]
    layers: list[LayerTable]
    others: list[Experiment]
    reasons: list[tuple[str, str]]
    """What is missing and why."""
    distrust: list[Sentence]
    """What is not trustworthy, above everything that it concerns."""
    withheld: list[Sentence]
    is_tested: bool
    """Whether parts were tested together, so that there are marks."""

    @property
    def ran(self) -> bool:
        """Whether there is anything to show."""
        return bool(
            self.splits or self.profiles.first or self.mixes.first or self.layers or self.maps.first or self.swaps
        )


def why(audit: Audit, verdict: Verdict | None) -> Why:
    """Gaps by how much a reader needs them, and attributions by sensitive feature."""
    ordered = ranked(audit, verdict)
    missing = {"attributions": audit.attributions, "decompositions": audit.decompositions}
    full = _in_full(ordered)
    table, left_out = all_gaps(audit, ordered)
    return Why(
        splits=[waterfall(audit, one) for one in full],
        table=table if len(ordered) > 1 else [],
        left_out=left_out,
        mixes=score_mix(audit, verdict, (full[0].slice, full[0].reference) if full else None),
        proxies=proxies(audit, ordered),
        profiles=profiles(audit),
        importances=importances(audit),
        maps=maps(audit),
        outside=outside_tables(audit),
        words=word_tables(audit),
        swaps=suites(audit),
        layers=layers(audit),
        others=others(audit),
        reasons=[(one.what, one.reason) for one in audit.not_applicable if missing.get(one.what) == []],
        distrust=distrust(audit),
        withheld=_withheld(audit),
        is_tested=any(part.p_adjusted is not None for one in ordered for part in one.contributions),
    )


def _in_full(ordered: list[Decomposition]) -> list[Decomposition]:
    """The first gap, then the first gap of other pairs of slices, then other gaps, as far as there is room."""
    if not ordered:
        return []
    seen = {(ordered[0].slice, ordered[0].reference)}
    others: list[Decomposition] = []
    for one in ordered[1:]:
        if (one.slice, one.reference) not in seen:
            seen.add((one.slice, one.reference))
            others.append(one)
    rest = [one for one in ordered[1:] if one not in others]
    return [ordered[0], *[*others, *rest][:MOST_FULL]]


def _withheld(audit: Audit) -> list[Sentence]:
    return [
        said(
            "withheld",
            lead=TEXT["withheld_lead"],
            method=(Name(method_named(method)),),
            slices=slices_named(audit, slices),
        )
        for method, slices in withheld(audit).items()
    ]
