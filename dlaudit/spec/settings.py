"""Dotted keys, as `--set model.threshold=0.8` and the Python API's `settings` write them."""

import tomllib
from collections.abc import Mapping
from typing import Any

from dlaudit.errors import UsageError, shown


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """`{"model.threshold": 0.8}` as `{"model": {"threshold": 0.8}}`.

    Raises:
        UsageError: A key is both a table and a value.
    """
    tables: dict[str, Any] = {}
    for key, value in dotted.items():
        *path, name = key.split(".")
        at = tables
        for part in path:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise UsageError("DLA101", f"{shown(key)} is inside a value", fix="Give each key once.")
        if isinstance(at.get(name), dict):
            raise UsageError("DLA101", f"{shown(key)} is both a value and a table", fix="Give each key once.")
        at[name] = value
    return tables


def setting(text: str) -> tuple[str, Any]:
    """Key and value of `KEY=VALUE`; the value is TOML, or plain text where it is not.

    Raises:
        UsageError: There is no `=`.
    """
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise UsageError(
            "DLA101",
            f"--set {shown(text)} has no key and value",
            expected="KEY=VALUE",
            fix="For example --set model.threshold=0.8.",
        )
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value
