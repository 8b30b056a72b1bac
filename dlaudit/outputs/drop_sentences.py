"""What a rule on a drop found, in words: which slice got worse since an earlier run, by how much, from what to what."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.rate_moves import is_better_lower, slice_told
from dlaudit.outputs.translate import N_, Words, _
from dlaudit.outputs.words import Sentence, figure, filled, label
from dlaudit.record import Audit, Check, RunComparison


@dataclass(frozen=True)
class Drop:
    """A figure of one slice in both runs."""

    metric: str
    slice: str
    old: float
    new: float
    rows: float
    """What the figure is a share of; the slice's rows where it is no share."""

    @property
    def worse(self) -> float:
        """How much worse it is, in its own unit; below 0 where it is better."""
        return self.new - self.old if is_better_lower(self.metric) else self.old - self.new


HEADS = Words(
    {
        "worse": N_("Got worse since {then}: {what}"),
        "else": N_("Since {then}: {what}"),
    }
)
"""What stands over the figure of the report's head."""
_FELL = N_("Since {then} the {label} of {slice} fell by {value}, from {old} to {new}; {limit}.")
_ROSE = N_("Since {then} the {label} of {slice} rose by {value}, from {old} to {new}; {limit}.")


def then(compared: RunComparison | None) -> str:
    """What the run is held against: an accepted baseline, or any other earlier run."""
    return _("the baseline") if compared is not None and compared.accepted is not None else _("the earlier run")


def is_drop(check: Check) -> bool:
    """Whether the check is about a figure of single slices since the earlier run."""
    return check.compare is not None and check.kind == "value"


def drop_of(audit: Audit, check: Check) -> Drop | None:
    """The slice whose change is what the check observed; None where no figures of two runs give it.

    A check may name the slice that keeps it from being decided rather than the one that got worse most.
    """
    if not is_drop(check) or check.observed is None or audit.baseline is None:
        return None
    found = [one for one in _drops(audit, check) if _same(one.worse, check.observed)]
    return min(found, key=lambda one: one.slice != check.worst, default=None)


def fell_told(audit: Audit, check: Check, value: str, limit: Sentence) -> Sentence:
    """`Since the baseline the accuracy of Black fell by 16.4 points, from … to …; …`; empty where no slice is known."""
    found = drop_of(audit, check)
    if found is None or found.worse <= 0:
        return ()
    return filled(
        _(_FELL if found.new < found.old else _ROSE),
        then=then(audit.baseline),
        label=label(found.metric),
        slice=slice_told(audit, found.slice),
        value=value,
        old=figure(found.metric)(found.old),
        new=figure(found.metric)(found.new),
        limit=limit,
    )


def head_told(audit: Audit, check: Check, otherwise: Sentence) -> Sentence:
    """What the figure in the report's head is: the slice with both its values, or `otherwise` where none is known."""
    found, what = drop_of(audit, check), otherwise
    if found is not None:
        what = filled(
            _("{label} of {slice}, from {old} to {new}"),
            label=label(found.metric),
            slice=slice_told(audit, found.slice),
            old=figure(found.metric)(found.old),
            new=figure(found.metric)(found.new),
        )
    is_worse = check.observed is not None and check.observed > 0
    return filled(HEADS["worse" if is_worse else "else"], then=then(audit.baseline), what=what)


def _drops(audit: Audit, check: Check) -> Iterator[Drop]:
    """The metric of every slice by the check's features, in both runs."""
    compared, by = audit.baseline, sorted(check.by)
    assert compared is not None, "asked for two runs where there is one"
    counted = {one.slice: one.denominator for one in audit.measurements if one.metric == check.metric}
    if compared.paired is not None:
        for rate in compared.paired.rates:
            is_asked = (rate.metric, sorted(rate.by)) == (check.metric, by) and not rate.within
            if is_asked and rate.base is not None and rate.tuned is not None:
                yield Drop(rate.metric, rate.slice, rate.base, rate.tuned, rate.n or rate.rows)
        return
    for one in compared.values:
        is_asked = (one.metric, sorted(one.by)) == (check.metric, by)
        if is_asked and one.old.value is not None and one.new.value is not None:
            yield Drop(one.metric, one.slice, one.old.value, one.new.value, counted.get(one.slice) or one.new.n)


def interval_told(low: float | None, high: float | None, form: text.Format) -> str:
    """The interval of what got worse without signs, as `18.1 better to 5.1 worse`; plain where none of it is better."""
    if all(end is None or end >= 0 for end in (low, high)):
        return text.span(low, high, _unsigned(form))
    ends = tuple(None if end is None else _sided(end, form) for end in (low, high))
    if ends[0] is None:
        return _("at most {value}").format(value=ends[1])
    if ends[1] is None:
        return _("at least {value}").format(value=ends[0])
    return _("{low} to {high}").format(low=ends[0], high=ends[1])


def _sided(value: float, form: text.Format) -> str:
    size = _unsigned(form)(abs(value))
    if value == 0:
        return size
    return (_("{value} better") if value < 0 else _("{value} worse")).format(value=size)


def _unsigned(form: text.Format) -> text.Format:
    return lambda value: form(value).lstrip("+")


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
