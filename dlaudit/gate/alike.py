"""Many audits judged by one policy, and how often each verdict came up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from dlaudit.gate.judge import judge
from dlaudit.record import Audit, Verdict
from dlaudit.record.planned import Chances
from dlaudit.spec import Policy


@dataclass
class Tally:
    """Verdicts counted, of the whole policy and of each check in order."""

    whole: Counter[str] = field(default_factory=Counter)
    """Outcome of the policy to its number."""
    checks: list[Counter[str]] = field(default_factory=list)
    """The same for each check."""
    verdict: Verdict | None = None
    """The last verdict, for what is the same in all of them."""

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.verdict = verdict
        self.whole[verdict.outcome] += 1
        self.checks = self.checks or [Counter() for _ in verdict.checks]
        for count, check in zip(self.checks, verdict.checks, strict=True):
            count[check.outcome] += 1

    @property
    def policy(self) -> Chances:
        """Chances of the whole policy."""
        return _chances(self.whole)

    def check(self, place: int) -> Chances:
        """Chances of one check."""
        return _chances(self.checks[place])


def tally(audits: Iterable[Audit], policy: Policy) -> Tally:
    """How often `policy` comes to each verdict on the audits.

    Raises:
        UsageError: A rule names a metric or feature that an audit does not have (DLA106).
    """
    found = Tally()
    for audit in audits:
        found.add(judge(audit, policy, bounds=False))
    return found


def point_screen(policy: Policy) -> Policy:
    """The same limits on the bare estimates: what a gate without statistics does."""
    return Policy(rules=[rule.model_copy(update={"judge": "point"}) for rule in policy.rules])


def _chances(count: Counter[str]) -> Chances:
    return Chances.of(count["pass"], count["fail"], count["undecided"])
