"""One rule judged on counts."""

from collections.abc import Callable

import pytest
from gate_audits import make_audit

from dlaudit.gate import judge
from dlaudit.spec import Policy, Rule


@pytest.fixture
def check() -> Callable:
    """The one check of one rule on counts."""

    def judged(counts, rule="selection_rate.difference by race <= 0.1", audit=None, changes=None, **about):
        made = audit or make_audit(counts, **about)
        written = Rule.parse(rule).model_dump() | (changes or {})
        verdict = judge(made, Policy(rules=[Rule(**written)]))
        assert len(verdict.checks) == 1
        return verdict.checks[0]

    return judged


@pytest.fixture
def audit_of() -> Callable:
    return make_audit
