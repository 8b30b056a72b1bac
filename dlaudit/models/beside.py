"""Which functions may run beside a model: dlaudit's own, found by name."""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

Operation = Callable[..., tuple[dict[str, Any], dict[str, Any]]]
"""`(model, params, tables)` to `(params, tables)`."""

_NAME = re.compile(r"dlaudit(?:\.[a-z]\w*)+:[a-z]\w*")


def operation_named(name: str) -> Operation:
    """The function that `dlaudit.package.module:function` names.

    Raises:
        ValueError: Another form, or another package's.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} names no operation of dlaudit")
    module, _, function = name.partition(":")
    found: Operation = getattr(import_module(module), function)
    return found
