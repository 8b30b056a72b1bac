"""Shapes are checked in the first calls of each test: what a simulation calls a million times is checked by then."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from beartype import beartype
from jaxtyping import config

ENOUGH = 1_500
"""Checks of one test, fixtures that it is first to need included; they take a few hundredths of a second."""
_done = 0


def begin_test() -> None:
    """Check again from here on."""
    global _done
    _done = 0
    config.update("jaxtyping_disable", False)


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function checked by beartype; the checks end for this test when there were enough."""
    inner = beartype(function)

    @wraps(function)
    def counted(*arguments: Any, **named: Any) -> Any:
        global _done
        _done += 1
        if _done > ENOUGH:
            config.update("jaxtyping_disable", True)
        return inner(*arguments, **named)

    return counted
