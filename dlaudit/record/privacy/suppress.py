"""suppressed: an audit and its verdict in which no small count of people is shown or can be worked out."""

from typing import Any

from dlaudit.errors import UsageError
from dlaudit.record.audit import Audit
from dlaudit.record.distributions import Discovery
from dlaudit.record.judged import Verdict
from dlaudit.record.measured import OVERALL
from dlaudit.record.privacy import figures, told
from dlaudit.record.privacy.complement import levels
from dlaudit.record.privacy.kept import Kept

AS_IT_IS = (
    *("schema_version", "title", "model", "declared", "guesses"),
    *("cross_checks", "grids", "min_size"),
)
"""Fields of an audit that count no people."""


def suppressed(audit: Audit, verdict: Verdict | None, least: int) -> tuple[Audit, Verdict | None]:
    """The audit and the verdict without any count of people from 1 to below `least`, nor what would tell one.

    Outcomes stay as they were judged, on all figures. What is not shown is undefined with a reason, or left out and
    named in `not_applicable`; a number is never replaced by another. A field that this function does not know is left
    at its default. An audit that was suppressed to the same or a larger `least` comes back as it is.

    Args:
        audit: What was found.
        verdict: How it was judged; None where it was not.
        least: Smallest count that may be shown; 0 and 1 hide nothing.

    Raises:
        UsageError: Fewer than `least` rows were scored, so that nothing could be shown (DLA421); or the audit was
            suppressed to a smaller count before (DLA422).
    """
    if least <= 1:
        return audit, verdict
    if audit.suppression is not None:
        _refuse_more(audit.suppression.least, least)
        return audit, verdict
    _refuse_few(audit, least)
    kept = Kept(audit, levels(audit, least), least)
    fields: dict[str, Any] = {name: getattr(audit, name) for name in AS_IT_IS}
    fields |= {
        "provenance": audit.provenance.model_copy(update={"run_id": None}),
        "data": figures.data_info(kept),
        "slices": figures.slices(kept),
        "measurements": figures.measurements(kept),
        "disparities": figures.disparities(kept),
        "discoveries": [_without_found(one) for one in figures.discoveries(kept)],
        "attributions": figures.attributions(kept),
        "quality": figures.quality(kept),
        "trust": figures.trust(kept),
        "decompositions": figures.decompositions(kept),
        "probes": figures.probes(kept),
        "findings": told.findings(kept),
        "not_applicable": told.not_applicable(kept),
        "suppression": kept.suppression,
    }
    return Audit(**fields), told.verdict(kept, verdict) if verdict is not None else None


def _without_found(search: Discovery) -> Discovery:
    """The search without the slices that it confirmed: they overlap with others, so that differences would tell. The
    smallest difference that it could find is left out too: how many errors there were can be worked out from it.
    """
    return Discovery(
        method=search.method,
        columns=search.columns,
        outcomes=search.outcomes,
        searched=search.searched,
        tested=search.tested,
        depth=search.depth,
        min_rows=search.min_rows,
        alpha=search.alpha,
        guarantee=search.guarantee,
    )


def _refuse_few(audit: Audit, least: int) -> None:
    scored = max([audit.data.scored, *(one.n for one in audit.slices if one.id == OVERALL)])
    if scored >= least:
        return
    raise UsageError(
        "DLA421",
        f"fewer than {least} rows were scored, and report.small_cells = {least} lets no smaller count be shown",
        fix="Audit a larger evaluation set, or set report.small_cells = 0 for a report that is not published.",
    )


def _refuse_more(done: int, least: int) -> None:
    if least <= done:
        return
    raise UsageError(
        "DLA422",
        f"this audit shows no count below {done}; hiding those below {least} needs the figures that it lacks",
        fix=f"Run the audit again with report.small_cells = {least}.",
    )
