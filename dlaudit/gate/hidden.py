"""A suppressed audit judged again: nothing is decided where figures are hidden."""

from dlaudit.errors import listed
from dlaudit.record import SUPPRESSED, Audit

_MOST_NAMES = 5


def hidden_figures(audit: Audit, metric: str, by: list[str]) -> str | None:
    """Why a rule cannot be judged on this audit, as slices that it compares are not shown; None where all are.

    A pass would rest on the slices that happen to be large, a fail on a family that was chosen by its outcomes.
    """
    hidden = audit.suppression
    if hidden is None:
        return None
    features = sorted(by)
    compared = {one.id for one in audit.slices if sorted(one.by) == features and not one.unknown}
    names = [one.id for one in hidden.slices if sorted(one.by) == features and not one.unknown]
    names += [
        one.slice
        for one in audit.measurements
        if one.metric == metric and one.slice in compared and (one.undefined or "").startswith(SUPPRESSED)
    ]
    if not names and features not in [sorted(one) for one in hidden.unnamed]:
        return None
    which = f"figures of {listed(names, most=_MOST_NAMES, quote=False)}" if names else "figures of some slices"
    return (
        f"{which} are not shown in this audit, which tells no count of fewer than {hidden.least} people; the verdict "
        "that was stored with it rests on all figures"
    )
