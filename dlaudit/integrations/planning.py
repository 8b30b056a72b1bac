"""`dlaudit.plan`: what a policy can decide, from Python."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlaudit.record import Audit
    from dlaudit.record.planned import Planned
    from dlaudit.spec import Policy


def plan(
    sizes: "Audit | Mapping[str, Any]",
    policy: "Policy",
    *,
    rates: Mapping[str, float] | None = None,
    gap: float | None = None,
    churn: Sequence[float] | None = None,
    samples: int | None = None,
    min_size: int = 30,
) -> "Planned":
    """What a policy can decide at these slice sizes, and the rows that would decide more. No model is run.

    Args:
        sizes: A finished Audit; or level to rows, as `{"White": 1200, "Black": 300}`; or feature to level to rows.
        policy: Rules; at least one.
        rates: Metric to the rate supposed for it; `prevalence` says how many rows of bare sizes are truly positive.
        gap: The gap to look for (of a ratio: 1 minus the ratio; of a `max_drop` how far a slice fell); None for twice
            what each rule allows.
        churn: Of a `max_drop`: shares of the rows that count whose decision flips at random; None for 0.01 and 0.05.
        samples: Samples of each kind that the gate judges; None for 200, or as many as fit in 8 seconds.
        min_size: Of bare sizes: rows below which no PASS speaks about a slice.

    Raises:
        UsageError: There is no rule, or a rule names a metric or feature that there is not (DLA106).
    """
    from dlaudit.errors import UsageError
    from dlaudit.gate import check_policy
    from dlaudit.record import Audit
    from dlaudit.stages.check_baseline import with_brought
    from dlaudit.stages.plan import Supposition
    from dlaudit.stages.plan import plan as planned
    from dlaudit.stages.plan_drop import CHURNS
    from dlaudit.stages.plan_sizes import sizes_given, sizes_of_run

    check_policy(policy)
    supposed = dict(rates or {})
    if isinstance(sizes, Audit):
        known = sizes_of_run(sizes, policy, "an audit")
    else:
        nested = sizes if all(isinstance(one, Mapping) for one in sizes.values()) else {"": sizes}
        known = sizes_given(nested, policy, supposed, min_size)
    churns = CHURNS if churn is None else tuple(churn)
    if not all(0 <= one < 1 for one in churns):
        raise UsageError(
            "DLA106", f"churn is {list(churns)}", expected="shares from 0 up to 1", fix="For example [0.02]."
        )
    known_policy, brought = with_brought(known, policy, None)
    return planned(
        known,
        known_policy,
        Supposition(gap=gap, rates=supposed, samples=samples, churns=churns, brought=brought),
    )
