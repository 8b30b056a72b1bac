"""The pytest plugin: the fixture `dlaudit_audit`, and what an undecided rule does to a test.

Registering it imports neither torch nor NumPy: a test run that makes no audit does not notice it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from dlaudit.integrations.asserting import assert_rule as assert_rule
from dlaudit.integrations.asserting import undecided_as_before, undecided_from_now_on

if TYPE_CHECKING:
    from dlaudit.record import Audit

_CHOICES = ("fail", "skip", "pass")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--dlaudit-undecided` and the ini key `dlaudit_undecided`."""
    group = parser.getgroup("dlaudit", "audits of models")
    group.addoption(
        "--dlaudit-undecided",
        choices=_CHOICES,
        default=None,
        help="What a rule does to a test that the data cannot decide [fail].",
    )
    parser.addini("dlaudit_undecided", "the same in the configuration: fail, skip or pass", default="fail")


def pytest_configure(config: pytest.Config) -> None:
    """Let the session's choice hold for every `assert_rule` that does not say otherwise."""
    choice = config.getoption("dlaudit_undecided") or config.getini("dlaudit_undecided")
    if choice not in _CHOICES:
        raise pytest.UsageError(f"dlaudit_undecided is {choice!r}; expected one of {', '.join(_CHOICES)}")
    undecided_from_now_on(choice)
    config.add_cleanup(undecided_as_before)


@pytest.fixture(scope="session")
def dlaudit_audit() -> "Callable[..., Audit]":
    """A function that audits a model, or reads a finished run, once per session for the same files and settings.

    ``dlaudit_audit("model.pt2", "test.csv", target="approved", sensitive=["sex"])``, or
    ``dlaudit_audit(config="dlaudit.toml")``, or ``dlaudit_audit(run="dlaudit-report")``. Further keywords are those of
    `dlaudit.audit`. A model or table that is an object of this process may change, so it is audited at every call: keep
    such an Audit in a session fixture of your own.
    """
    from dlaudit.integrations.remembered import Remembered

    remembered = Remembered()

    def make(model: Any = None, data: Any = None, *, run: Any = None, config: Any = None, **given: Any) -> "Audit":
        return remembered.audit(model, data, run=run, config=config, **given)

    return make
